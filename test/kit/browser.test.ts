import { describe, expect, test, vi } from 'vitest';
import { openFloe } from '../../packages/kit/browser.ts';
import type { FloeOptions } from '../../packages/kit/browser-settings.ts';
import {
  APP,
  challengeOf,
  GATEWAY,
  openFakeGateway,
  problem,
  PUBLISHABLE_KEY,
  RESOURCE,
  SECRET_KEY,
  sessionToken,
} from './fake-gateway.ts';
import { withBatch } from './fake-batch.ts';
import { openFakeBrowser, type TabMemory } from './fake-page.ts';

/* What the elements and the hooks are made of, without a DOM. */

const SHOP = 'https://shop.example.com/blog/premium';
const PAYMENT = `pay_${'0'.repeat(26)}`;
const CODE = 'c'.repeat(43);
const STORE = `floe:${APP}`;
const DAY_MS = 86_400_000;

async function openWorld() {
  const gateway = await openFakeGateway();
  const browser = openFakeBrowser();
  const { batches, fetch, state: batching } = withBatch(gateway);
  const openPage = (href = SHOP, options: Partial<FloeOptions> = {}, memory?: TabMemory) => {
    const page = browser.openTab(href, memory);
    const { now } = gateway;
    return {
      page,
      floe: openFloe({
        gateway: GATEWAY,
        app: APP,
        publishableKey: PUBLISHABLE_KEY,
        page,
        fetch,
        now,
        ...options,
      }),
    };
  };
  /** Begins a purchase here, and gives the code that its buyer comes back with. */
  const beginPurchase = async (floe: ReturnType<typeof openFloe>, letter: string, callback = SHOP) => {
    const link = new URL(await floe.linkCheckout({ product: 'p' }));
    const challenge = link.searchParams.get('code_challenge') ?? '';
    const code = letter.repeat(43);
    gateway.codes.set(code, {
      callback,
      session: gateway.signIn(letter, `purchase:${letter}`, [`content:${letter}`]).token,
      challenge,
    });
    return code;
  };
  /** Somebody who is signed in already. */
  const keep = (letter: string, sub: string, has?: readonly string[], reason?: string) => {
    const { token, holder } = gateway.signIn(letter, sub, has, reason);
    const sessions = JSON.parse(browser.kept.get(STORE) ?? '{"sessions":[]}').sessions as object[];
    const held = { session: token, expiresAt: gateway.clock.now + 30 * DAY_MS, proof: 'email', token: null };
    browser.kept.set(STORE, JSON.stringify({ version: 1, sessions: [...sessions, held] }));
    return holder;
  };
  const stored = () =>
    (
      JSON.parse(browser.kept.get(STORE) ?? '{"sessions":[]}') as {
        sessions: { session: string; token: string | null }[];
      }
    ).sessions;
  return { gateway, fetch, browser, batches, batching, openPage, beginPurchase, keep, stored };
}

type Floe = ReturnType<typeof openFloe>;

/** What a page shows in the end. */
async function lookAt(floe: Floe, resource = RESOURCE) {
  const watch = floe.access(resource);
  await watch.check();
  return watch.getState();
}

describe('coming back from checkout', () => {
  test('the address is clean before anything else happens, and the site’s own part of it stays as written', async () => {
    const { openPage } = await openWorld();
    const { page } = openPage(
      `${SHOP}?a=%20b&code=${CODE}&payment_id=${PAYMENT}&status=succeeded&q=1+2#part`,
    );
    expect(page.location.href).toBe(`${SHOP}?a=%20b&q=1+2#part`);
  });

  test('a code of somebody else’s OAuth is left alone', async () => {
    const { openPage, gateway } = await openWorld();
    const { page, floe } = openPage(`${SHOP}?code=${CODE}&state=x`);
    expect((await floe.arrival).checkout).toBe('none');
    expect(page.location.href).toContain('code=');
    expect(gateway.calls).toEqual([]);
  });

  test('the buyer’s browser is signed in, in whichever tab', async () => {
    const { openPage, beginPurchase } = await openWorld();
    const code = await beginPurchase(openPage().floe, 'd');
    const { floe } = openPage(`${SHOP}?code=${code}&payment_id=${PAYMENT}&status=succeeded`);
    expect((await floe.arrival).checkout).toBe('signed_in');
    expect((await lookAt(floe, 'content:d')).status).toBe('open');
  });

  test('an answer that got lost is asked for again, with the same key', async () => {
    const { openPage, gateway, beginPurchase } = await openWorld();
    const code = await beginPurchase(openPage().floe, 'd');
    gateway.state.losesAnswers = 1;
    const { floe } = openPage(`${SHOP}?code=${code}&payment_id=${PAYMENT}&status=succeeded`);
    expect((await floe.arrival).checkout).toBe('signed_in');
    expect(gateway.asked('/v1/sessions/exchange')).toHaveLength(2);
  });

  test('a code that comes to a browser where no purchase began is not even sent', async () => {
    const { openPage, gateway, stored } = await openWorld();
    const { floe } = openPage(`${SHOP}?code=${CODE}&payment_id=${PAYMENT}&status=succeeded`);
    expect((await floe.arrival).checkout).toBe('not_ours');
    expect(gateway.asked('/v1/sessions/exchange')).toEqual([]);
    expect(stored()).toEqual([]);
  });

  test('another’s code is refused where a purchase of one’s own is under way: nobody is signed in as somebody else', async () => {
    const { openPage, gateway, beginPurchase, stored } = await openWorld();
    await beginPurchase(openPage().floe, 'd');
    gateway.codes.set(CODE, {
      callback: SHOP,
      session: sessionToken('z'),
      challenge: await challengeOf('v'.repeat(43)),
    });
    const { floe } = openPage(`${SHOP}?code=${CODE}&payment_id=${PAYMENT}&status=succeeded`);
    expect((await floe.arrival).checkout).toBe('refused');
    expect(stored()).toEqual([]);
  });

  test('an hour after the last purchase began, no code is used any more', async () => {
    const { openPage, gateway, beginPurchase } = await openWorld();
    const code = await beginPurchase(openPage().floe, 'd');
    gateway.clock.now += 60 * 60_000;
    const { floe } = openPage(`${SHOP}?code=${code}&payment_id=${PAYMENT}&status=succeeded`);
    expect((await floe.arrival).checkout).toBe('not_ours');
  });

  test('what was bought before stays open: each purchase has a session of its own', async () => {
    const { openPage, beginPurchase, stored } = await openWorld();
    for (const letter of ['d', 'e']) {
      const code = await beginPurchase(openPage().floe, letter);
      await openPage(`${SHOP}?code=${code}&payment_id=${PAYMENT}&status=succeeded`).floe.arrival;
    }
    expect(stored().length).toBe(2);
    const { floe } = openPage();
    expect((await lookAt(floe, 'content:d')).status).toBe('open');
    expect((await lookAt(floe, 'content:e')).status).toBe('open');
    expect((await lookAt(floe, 'content:f')).status).toBe('closed');
  });
});

const turn = setTimeout;
/** Lets time pass, and what is under way go on: under fake timers, real work needs real turns. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    await vi.advanceTimersByTimeAsync(500);
    await new Promise((resolve) => turn(resolve, 4));
    // Signatures are checked on threads: on a busy machine that takes longer than the wait.
    for (let checks = 0; checks < 4; checks++) {
      await crypto.subtle.digest('SHA-256', new Uint8Array(1));
      await new Promise((resolve) => turn(resolve, 0));
    }
  }
}

/** What a watch says, one after the other, until it is stopped. */
function watchAll(floe: Floe, resource = RESOURCE) {
  const watch = floe.access(resource);
  const seen: string[] = [];
  const stop = watch.subscribe(() => seen.push(watch.getState().status));
  return { watch, seen, stop };
}

describe('a return that cannot be finished at once', () => {
  const back = (code: string) => `${SHOP}?code=${code}&payment_id=${PAYMENT}&status=succeeded`;
  /** Never answers: as a page sees it that is left meanwhile. */
  const hang = () => new Promise<Response>(() => undefined);

  test('a reload while it is exchanged repeats the same exchange: who has paid reads', async () => {
    const { openPage, beginPurchase, gateway } = await openWorld();
    const code = await beginPurchase(openPage().floe, 'd');
    const memory: TabMemory = new Map();
    // The gateway has done it, and the page is gone before the answer comes.
    const leave = async (url: string, init: RequestInit) => {
      await gateway.fetch(url, init);
      return hang();
    };
    openPage(back(code), { fetch: leave }, memory);
    await vi.waitFor(() => expect(gateway.codes.size).toBe(0));
    const { page, floe } = openPage(SHOP, {}, memory);
    expect((await floe.arrival).checkout).toBe('signed_in');
    expect((await lookAt(floe, 'content:d')).status).toBe('open');
    expect(page.location.href).toBe(SHOP);
    expect([...memory.values()], 'nothing of it stays').toEqual([]);
  });

  test('while it takes long it is said to be pending, and nothing is sold', async () => {
    vi.useFakeTimers();
    try {
      const { openPage, beginPurchase } = await openWorld();
      const code = await beginPurchase(openPage().floe, 'd');
      const { watch, seen, stop } = watchAll(openPage(back(code), { fetch: hang }).floe, 'content:d');
      await vi.advanceTimersByTimeAsync(900);
      expect(seen).toEqual([]);
      await vi.advanceTimersByTimeAsync(200);
      expect(watch.getState()).toEqual({ status: 'pending', reason: 'unconfirmed', token: null });
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('a gateway that is away: never a plain no, and the session is had when it is back, in this page or the next', async () => {
    vi.useFakeTimers();
    try {
      const { openPage, beginPurchase, gateway } = await openWorld();
      const code = await beginPurchase(openPage().floe, 'd');
      gateway.state.isDown = true;
      const memory: TabMemory = new Map();
      const first = openPage(back(code), {}, memory).floe;
      const { watch, seen, stop } = watchAll(first, 'content:d');
      await pass(8_000);
      expect(watch.getState()).toMatchObject({ status: 'unavailable', reason: 'unconfirmed' });
      expect((await first.arrival).checkout).toBe('unavailable');
      const later = watchAll(openPage(SHOP, {}, memory).floe, 'content:d');
      await pass(8_000);
      expect(later.watch.getState().status).toBe('unavailable');
      later.stop();
      gateway.state.isDown = false;
      await pass(30_000);
      await vi.waitFor(() => expect(watch.getState().status).toBe('open'), 20_000);
      expect(seen).not.toContain('closed');
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ['a proxy’s page', () => new Response('<h1>Blocked</h1>', { status: 403 })],
    ['a firewall’s JSON', () => Response.json({ code: 'invalid_code' }, { status: 400 })],
    ['a 200 of something in between', () => Response.json({ ok: true })],
    ['the gateway: the key is replaced', () => problem('unauthorized')],
    ['the gateway: the origin is not registered', () => problem('forbidden_origin')],
  ])('%s is no word on the code: it waits', async (_name, answer) => {
    const { openPage, beginPurchase, gateway } = await openWorld();
    const code = await beginPurchase(openPage().floe, 'd');
    let answers = 0;
    const { floe } = openPage(back(code), {
      fetch: async (url, init) => (answers++ === 0 ? answer() : gateway.fetch(url, init)),
    });
    expect((await floe.arrival).checkout).toBe('signed_in');
  });

  test('a gateway that asks for patience gets it, and the rest of the page does not wait for that', async () => {
    vi.useFakeTimers();
    try {
      const { openPage, beginPurchase, keep, gateway, fetch } = await openWorld();
      keep('a', 'customer-1');
      const code = await beginPurchase(openPage().floe, 'd');
      const asked: number[] = [];
      const start = Date.now();
      const { floe } = openPage(back(code), {
        now: () => gateway.clock.now + Date.now() - start,
        async fetch(url, init) {
          if (!url.endsWith('/exchange') || asked.push(Date.now()) > 1) return fetch(url, init);
          const headers = { 'content-type': 'application/problem+json', 'retry-after': '60' };
          return new Response('{"code":"rate_limited"}', { status: 429, headers });
        },
      });
      const [mine, bought] = [watchAll(floe), watchAll(floe, 'content:d')];
      await pass(2_000);
      expect([mine.watch.getState().status, bought.watch.getState().status]).toEqual(['open', 'unavailable']);
      await pass(100_000);
      expect(bought.watch.getState().status).toBe('open');
      expect(asked.length).toBe(2);
      expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(60_000);
      mine.stop();
      bought.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('attack: a link with a made-up code makes nobody hesitate to buy beyond the page it leads to', async () => {
    const { openPage } = await openWorld();
    const memory: TabMemory = new Map();
    // It may be a buyer all the same, whom a bank's app has brought to another browser.
    expect((await lookAt(openPage(back(CODE), {}, memory).floe)).reason).toBe('unconfirmed');
    expect((await lookAt(openPage(SHOP, {}, memory).floe)).reason).toBe('no_session');
  });

  test('who signed out while the checkout was open is told what to do, after a reload too', async () => {
    const { openPage, beginPurchase } = await openWorld();
    const { floe } = openPage();
    const code = await beginPurchase(floe, 'd');
    await floe.signOut();
    const memory: TabMemory = new Map();
    openPage(back(code), {}, memory);
    expect((await lookAt(openPage(SHOP, {}, memory).floe, 'content:d')).reason).toBe('unconfirmed');
  });

  test('refused: told to sign in instead of a plain no, until the address is proven', async () => {
    const { openPage, beginPurchase, gateway, keep } = await openWorld();
    const code = await beginPurchase(openPage().floe, 'd');
    gateway.codes.clear();
    const memory: TabMemory = new Map();
    expect(await lookAt(openPage(back(code), {}, memory).floe, 'content:d')).toEqual({
      status: 'closed',
      reason: 'unconfirmed',
      token: null,
    });
    expect((await lookAt(openPage(SHOP, {}, memory).floe)).reason, 'after a reload too').toBe('unconfirmed');
    expect((await lookAt(openPage().floe)).reason, 'not in another tab').toBe('no_session');
    keep('a', 'customer-1', []);
    expect((await lookAt(openPage(SHOP, {}, memory).floe)).reason).toBe('not_granted');
  });

  test.each(['isStorageBlocked', 'isStorageFull'] as const)(
    'a browser that keeps nothing (%s): known before, and told after',
    async (trouble) => {
      const { openPage, beginPurchase, browser } = await openWorld();
      expect(openPage().floe.canReturn()).toBe(true);
      browser.state[trouble] = true;
      const { floe } = openPage();
      expect(floe.canReturn()).toBe(false);
      const code = await beginPurchase(floe, 'd');
      expect(await lookAt(openPage(back(code)).floe, 'content:d')).toEqual({
        status: 'closed',
        reason: 'unconfirmed',
        token: null,
      });
    },
  );

  test('who signs out is not signed in by what was under way', async () => {
    const { openPage, beginPurchase, gateway, stored } = await openWorld();
    const code = await beginPurchase(openPage().floe, 'd');
    const memory: TabMemory = new Map();
    let arrive = () => {};
    const held = new Promise<void>((resolve) => (arrive = resolve));
    const { floe } = openPage(
      back(code),
      {
        async fetch(url, init) {
          const answer = await gateway.fetch(url, init);
          await held;
          return answer;
        },
      },
      memory,
    );
    await vi.waitFor(() => expect(gateway.codes.size).toBe(0));
    await floe.signOut();
    arrive();
    await floe.arrival;
    expect(stored()).toEqual([]);
    expect(await lookAt(openPage(SHOP, {}, memory).floe, 'content:d')).toMatchObject({
      reason: 'no_session',
    });
  });

  test('attack: after a sign-out the browser’s history lets nobody back in', async () => {
    const { openPage, beginPurchase, gateway, browser } = await openWorld();
    const code = await beginPurchase(openPage().floe, 'd');
    const { floe } = openPage(back(code));
    await floe.arrival;
    // The session lives on, and the answer to the exchange is given again.
    gateway.state.isDown = true;
    await floe.signOut();
    gateway.state.isDown = false;
    const next = openPage(back(code)).floe;
    expect((await next.arrival).checkout).toBe('not_ours');
    expect((await lookAt(next, 'content:d')).status).toBe('closed');
    expect([...browser.kept.values()].join(' ')).not.toContain('verifier');
  }, 20_000);

  test('attack: a sign-out in another tab ends what waits in this one, for good', async () => {
    vi.useFakeTimers();
    try {
      const { openPage, beginPurchase, gateway, stored, keep } = await openWorld();
      keep('a', 'customer-1', []);
      const code = await beginPurchase(openPage().floe, 'd');
      const memory: TabMemory = new Map();
      const state = { isAway: true };
      const fetch = async (url: string, init: RequestInit) => {
        if (state.isAway && url.endsWith('/exchange')) throw new TypeError('fetch failed');
        return gateway.fetch(url, init);
      };
      const { watch, stop } = watchAll(openPage(back(code), { fetch }, memory).floe, 'content:d');
      await pass(9_000);
      expect(watch.getState()).toMatchObject({ status: 'unavailable', reason: 'unconfirmed' });
      await openPage().floe.signOut();
      state.isAway = false;
      await pass(60_000);
      await openPage(SHOP, {}, memory).floe.arrival;
      expect(stored()).toEqual([]);
      expect(watch.getState()).toEqual({ status: 'closed', reason: 'no_session', token: null });
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('attack: an exchange in flight is worth nothing when another tab signs out meanwhile', async () => {
    const { openPage, beginPurchase, gateway, stored, keep } = await openWorld();
    keep('a', 'customer-1', []);
    const code = await beginPurchase(openPage().floe, 'd');
    let arrive = () => {};
    const held = new Promise<void>((resolve) => (arrive = resolve));
    const { floe } = openPage(back(code), {
      async fetch(url, init) {
        const answer = await gateway.fetch(url, init);
        await held;
        return answer;
      },
    });
    await vi.waitFor(() => expect(gateway.codes.size).toBe(0));
    await openPage().floe.signOut();
    arrive();
    await floe.arrival;
    expect(stored()).toEqual([]);
  });

  test('attack: who signs in by mail does not get what somebody else left waiting', async () => {
    const { openPage, beginPurchase, gateway, stored } = await openWorld();
    const code = await beginPurchase(openPage().floe, 'd');
    const memory: TabMemory = new Map();
    openPage(back(code), { fetch: hang }, memory);
    const { token } = gateway.signIn('m', 'customer-2', []);
    const { floe } = openPage(SHOP, {
      fetch: async (url) =>
        Response.json({
          attempt: `sia_${'0'.repeat(26)}`,
          browser_token: 'b'.repeat(43),
          session: token,
          expires_at: new Date(gateway.clock.now + DAY_MS).toISOString(),
          replaced: !url.endsWith('/verify'),
        }),
    });
    await floe.signIn.start('bob@example.com');
    await floe.signIn.enter('123456');
    expect((await openPage(SHOP, {}, memory).floe.arrival).checkout).toBe('none');
    expect(stored().map(({ session }) => session)).toEqual([token]);
  });

  test('sessions that end while a code waits: asked again until it is known', async () => {
    vi.useFakeTimers();
    try {
      const { openPage, beginPurchase, gateway, keep } = await openWorld();
      keep('a', 'customer-1', []);
      const code = await beginPurchase(openPage().floe, 'd');
      const state = { isAway: true };
      const { floe } = openPage(back(code), {
        async fetch(url, init) {
          if (state.isAway && url.endsWith('/exchange')) throw new TypeError('fetch failed');
          return gateway.fetch(url, init);
        },
      });
      const { watch, stop } = watchAll(floe, 'content:d');
      await pass(9_000);
      gateway.sessions.delete(sessionToken('a'));
      void floe.access('content:else').check();
      await pass(1_000);
      expect(floe.sessions()).toEqual([]);
      expect(watch.getState()).toMatchObject({ status: 'unavailable', reason: 'unconfirmed' });
      state.isAway = false;
      await pass(10_000);
      await vi.waitFor(() => expect(watch.getState().status).toBe('open'));
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('a sign-out while the first check waits for a return takes away what is shown', async () => {
    const { openPage, beginPurchase, keep, gateway } = await openWorld();
    keep('a', 'customer-1');
    await lookAt(openPage().floe);
    vi.useFakeTimers();
    try {
      const code = await beginPurchase(openPage().floe, 'd');
      const { floe } = openPage(back(code), { fetch: () => Promise.reject(new TypeError('fetch failed')) });
      const { watch, stop } = watchAll(floe);
      await pass(1_000);
      expect(watch.getState().status).toBe('open');
      await openPage().floe.signOut();
      expect(watch.getState().status).toBe('closed');
      expect(gateway.asked('/v1/sessions/exchange')).toEqual([]);
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('who signs in next waits for no attempt of the last one', async () => {
    vi.useFakeTimers();
    try {
      const { openPage, beginPurchase, keep, gateway } = await openWorld();
      const code = await beginPurchase(openPage().floe, 'd');
      const busy = { 'content-type': 'application/problem+json', 'retry-after': '30' };
      const { floe } = openPage(back(code), {
        fetch: async (url, init) =>
          url.endsWith('/exchange')
            ? new Response('{"code":"rate_limited"}', { status: 429, headers: busy })
            : gateway.fetch(url, init),
      });
      await pass(1_000);
      await floe.signOut();
      keep('b', 'customer-2');
      const { watch, stop } = watchAll(floe);
      await pass(1_000);
      await vi.waitFor(() => expect(watch.getState().status).toBe('open'));
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('two purchases that wait are both had', async () => {
    const { openPage, beginPurchase, stored } = await openWorld();
    const memory: TabMemory = new Map();
    const { floe } = openPage();
    for (const letter of ['d', 'e'])
      openPage(back(await beginPurchase(floe, letter)), { fetch: hang }, memory);
    await openPage(SHOP, {}, memory).floe.arrival;
    expect(stored().length).toBe(2);
  });
});

describe('several on one page', () => {
  test('thirty paywalls ask once, and once more when they look again', async () => {
    const { openPage, keep, gateway, batches } = await openWorld();
    keep('a', 'customer-1', ['content:p0', 'content:p1']);
    const { floe } = openPage();
    const watched = Array.from({ length: 30 }, (_, number) => watchAll(floe, `content:p${number}`));
    await vi.waitFor(() => {
      const states = watched.map(({ watch }) => watch.getState().status);
      expect(states.filter((status) => status === 'open').length).toBe(2);
      expect(states.filter((status) => status === 'closed').length).toBe(28);
    });
    expect([batches.map((each) => each.length), gateway.calls.length]).toEqual([[30], 0]);
    await Promise.all(watched.map(({ watch }) => watch.check()));
    expect(
      batches.map((each) => each.length),
      'what is open is known',
    ).toEqual([30, 28]);
    for (const { stop } of watched) stop();
  });

  test('the same resource is asked for once', async () => {
    const { openPage, keep, gateway, batches } = await openWorld();
    keep('a', 'customer-1', []);
    const watch = openPage().floe.access(RESOURCE);
    await Promise.all([watch.check(), watch.check(), watch.check()]);
    expect([gateway.asked('/v1/access').length, batches.length]).toEqual([1, 0]);
  });

  test('what one session does not open, the next is asked for', async () => {
    const { openPage, keep, batches } = await openWorld();
    keep('a', 'customer-1', ['content:one']);
    keep('b', 'customer-2', ['content:two']);
    const { floe } = openPage();
    const states = await Promise.all(
      ['content:one', 'content:two', 'content:none'].map((r) => lookAt(floe, r)),
    );
    expect(states.map(({ status }) => status)).toEqual(['open', 'open', 'closed']);
    expect(batches).toEqual([
      ['content:one', 'content:two', 'content:none'],
      ['content:two', 'content:none'],
    ]);
  });

  test.each([0, 1, 3])(
    'yeses that no token has room for are asked about in halves (room for %i): who has paid reads',
    async (room) => {
      const { openPage, keep, batching, gateway, batches } = await openWorld();
      const owned = Array.from({ length: 7 }, (_, number) => `content:p${number}`);
      keep('a', 'customer-1', owned);
      batching.roomInToken = room;
      const { floe } = openPage();
      const states = await Promise.all([...owned, 'content:none'].map((resource) => lookAt(floe, resource)));
      expect(states.map(({ status }) => status)).toEqual([...owned.map(() => 'open'), 'closed']);
      expect(batches.length + gateway.calls.length).toBeLessThan(2 * owned.length);
    },
  );

  test('one malformed name among thirty costs a few requests, and none of a session that has ended', async () => {
    const { openPage, keep, batches, gateway, stored } = await openWorld();
    keep('a', 'customer-1', []);
    const names = Array.from({ length: 30 }, (_, number) => (number === 7 ? 'bad' : `content:p${number}`));
    const { floe } = openPage();
    const states = await Promise.all(names.map((name) => lookAt(floe, name)));
    expect(states.map(({ reason }) => reason)).toEqual(
      names.map((name) => (name === 'bad' ? 'unknown_resource' : 'not_granted')),
    );
    expect(batches.length + gateway.calls.length).toBeLessThan(12);
    batches.length = gateway.calls.length = 0;
    gateway.sessions.clear();
    const watched = names.map((name) => watchAll(floe, name));
    await vi.waitFor(() => expect(stored()).toEqual([]));
    expect(batches.length + gateway.calls.length).toBeLessThan(7);
    for (const { stop } of watched) stop();
  });

  test('ten sessions that have ended cost a request each', async () => {
    const { openPage, keep, gateway, stored } = await openWorld();
    for (const letter of 'abcdefghij') keep(letter, `customer-${letter}`, []);
    gateway.sessions.clear();
    const { floe } = openPage(SHOP, {
      async fetch(url, init) {
        // As long as a request takes: whoever looks again meanwhile asks again.
        await new Promise((resolve) => setTimeout(resolve, 10));
        return gateway.fetch(url, init);
      },
    });
    const { watch, stop } = watchAll(floe);
    await vi.waitFor(() => expect(stored()).toEqual([]));
    await vi.waitFor(() => expect(watch.getState().status).toBe('closed'));
    expect(gateway.asked('/v1/access').length).toBe(10);
    stop();
  });

  test('in an outage they go on asking together, however their timers came apart', async () => {
    vi.useFakeTimers();
    try {
      const { openPage, keep, gateway, browser } = await openWorld();
      keep('a', 'customer-1', []);
      const asked: number[] = [];
      gateway.state.isDown = true;
      const { floe } = openPage(SHOP, {
        async fetch(url, init) {
          asked.push(Date.now());
          return gateway.fetch(url, init);
        },
      });
      expect(browser.kept.size).toBe(1);
      const watched: ReturnType<typeof watchAll>[] = [];
      for (let number = 0; number < 10; number++) {
        watched.push(watchAll(floe, `content:p${number}`));
        await vi.advanceTimersByTimeAsync(4);
      }
      await pass(1_000);
      const first = asked.length;
      await pass(2_000);
      expect([first > 1, asked.length - first]).toEqual([true, 1]);
      for (const { stop } of watched) stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    [90, 90],
    [900, 300],
  ])('a gateway that asks for %i seconds of patience gets %i', async (told, given) => {
    vi.useFakeTimers();
    try {
      const { openPage, keep } = await openWorld();
      keep('a', 'customer-1', []);
      const asked: number[] = [];
      const { floe } = openPage(SHOP, {
        async fetch() {
          asked.push(Date.now());
          return new Response('', { status: 503, headers: { 'retry-after': `${told}` } });
        },
      });
      const { stop } = watchAll(floe);
      await pass(1_000 * (given + 5));
      expect(asked.length).toBe(2);
      expect(Math.round(((asked[1] ?? 0) - (asked[0] ?? 0)) / 1_000)).toBe(given);
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('a session that runs out while it is asked about: asked again, not left in the open', async () => {
    const { openPage, gateway, browser, keep } = await openWorld();
    keep('a', 'customer-1', []);
    const { token } = gateway.signIn('b', 'customer-2', []);
    const { sessions } = JSON.parse(browser.kept.get(STORE) ?? '') as { sessions: object[] };
    const brief = { session: token, expiresAt: gateway.clock.now + 500, proof: 'purchase', token: null };
    browser.kept.set(STORE, JSON.stringify({ version: 1, sessions: [...sessions, brief] }));
    const { floe } = openPage(SHOP, {
      async fetch(url, init) {
        const answer = await gateway.fetch(url, init);
        gateway.clock.now += 1_000;
        return answer;
      },
    });
    const { watch, stop } = watchAll(floe);
    await vi.waitFor(() =>
      expect(watch.getState()).toMatchObject({ status: 'closed', reason: 'not_granted' }),
    );
    stop();
  });

  test('a resource that is no resource spoils none of the others', async () => {
    const { openPage, keep } = await openWorld();
    keep('a', 'customer-1');
    const { floe } = openPage();
    const [wrong, right] = await Promise.all([lookAt(floe, 'nonsense'), lookAt(floe)]);
    expect(wrong).toMatchObject({ status: 'closed', reason: 'unknown_resource' });
    expect(right.status).toBe('open');
  });

  test('a database that is away: what a cache allows is open all the same', async () => {
    const { openPage, keep, gateway } = await openWorld();
    keep('a', 'customer-1');
    const { floe } = openPage();
    const part = { resource: 'content:else', allow: false, reason: 'unavailable', expires_at: null };
    gateway.state.instead.push(Response.json({ ...part, customer: null, token: null }, { status: 503 }));
    const [unknown, cached] = await Promise.all([lookAt(floe, 'content:else'), lookAt(floe)]);
    expect([unknown.status, cached.status]).toEqual(['unavailable', 'open']);
  });

  test.each([
    ['a guest network’s page', () => new Response('<h1>Sign in</h1>', { status: 401 })],
    ['a firewall’s JSON', () => Response.json({ code: 'unauthorized' }, { status: 401 })],
    ['an access product’s JSON', () => Response.json({ reason: 'unauthorized' }, { status: 401 })],
  ])('a 401 that is not the gateway’s own ends no session: %s', async (_name, answer) => {
    const { openPage, keep, gateway, stored } = await openWorld();
    keep('a', 'customer-1');
    gateway.state.instead.push(answer());
    expect((await lookAt(openPage().floe)).status).toBe('unavailable');
    expect(stored().length).toBe(1);
  });
});

describe('access', () => {
  test('nobody signed in: closed, and nothing is asked', async () => {
    const { openPage, gateway } = await openWorld();
    expect(await lookAt(openPage().floe)).toEqual({ status: 'closed', reason: 'no_session', token: null });
    expect(gateway.calls).toEqual([]);
  });

  test('a token is believed for as long as it says, then the gateway is asked: a refund closes', async () => {
    const { openPage, gateway, keep } = await openWorld();
    const holder = keep('a', 'customer-1');
    const { floe } = openPage();
    expect((await lookAt(floe)).status).toBe('open');
    holder.has.clear();
    holder.reason = 'revoked';
    gateway.clock.now += 299_000;
    expect((await lookAt(floe)).status).toBe('open');
    expect(gateway.asked('/v1/access').length).toBe(1);
    gateway.clock.now += 2_000;
    expect(await lookAt(floe)).toEqual({ status: 'closed', reason: 'revoked', token: null });
  });

  test('asked for anew, or with max-age 0, a refund closes at once, in a fresh page too', async () => {
    const { openPage, keep, stored } = await openWorld();
    const holder = keep('a', 'customer-1');
    const { floe } = openPage();
    await lookAt(floe);
    holder.has.clear();
    await floe.access(RESOURCE).check(true);
    expect(floe.access(RESOURCE).getState().status).toBe('closed');
    expect(stored()[0]?.token, 'what says otherwise is gone').toBeNull();
    expect((await lookAt(openPage(SHOP, { maxAge: 0 }).floe)).status).toBe('closed');
  });

  test('a cache that is behind what this browser has seen opens nothing: the database decides', async () => {
    const { openPage, gateway, keep } = await openWorld();
    const holder = keep('a', 'customer-1', ['content:other']);
    const { floe } = openPage();
    expect((await lookAt(floe, 'content:other')).status).toBe('open');
    gateway.state.cacheLag = { ms: 60_000, has: new Map([[RESOURCE, null]]) };
    expect((await lookAt(floe)).status).toBe('closed');
    holder.has.set(RESOURCE, null);
    expect((await lookAt(floe)).status).toBe('open');
  });

  test('a payment on its way is waited for, whatever other sessions say, and asked about again', async () => {
    vi.useFakeTimers();
    try {
      const { openPage, keep } = await openWorld();
      keep('a', 'customer-1', []);
      const buyer = keep('b', 'purchase:1', [], 'pending_payment');
      const { floe } = openPage();
      const watch = floe.access(RESOURCE);
      const seen: string[] = [];
      const stop = watch.subscribe(() => seen.push(watch.getState().status));
      await vi.waitFor(() => expect(seen).toEqual(['pending']));
      buyer.has.set(RESOURCE, null);
      await vi.advanceTimersByTimeAsync(5_000);
      await vi.waitFor(() => expect(seen).toEqual(['pending', 'open']));
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('an outage opens nothing and denies nothing; a token that is still good goes on', async () => {
    const { openPage, gateway, keep } = await openWorld();
    keep('a', 'customer-1');
    const { floe } = openPage(SHOP, { maxAge: 60 });
    await lookAt(floe);
    gateway.state.isDown = true;
    expect(await lookAt(floe, 'content:else')).toEqual({
      status: 'unavailable',
      reason: 'unavailable',
      token: null,
    });
    gateway.clock.now += 61_000;
    expect((await lookAt(floe)).status).toBe('open');
    gateway.clock.now += 300_000;
    expect((await lookAt(floe)).status).toBe('unavailable');
  });

  test('a yes without a token, or with another app’s, opens nothing', async () => {
    const { openPage, gateway, keep } = await openWorld();
    keep('a', 'customer-1');
    const { floe } = openPage();
    const yes = { resource: RESOURCE, allow: true, reason: 'granted', expires_at: null, customer: null };
    const foreign = await gateway.sign(gateway.claims({ aud: 'atlas-live' }));
    for (const token of [null, foreign, 'rubbish']) {
      gateway.state.instead.push(Response.json({ ...yes, token }));
      expect((await lookAt(floe)).status).toBe('unavailable');
    }
  });

  test('a session that the gateway does not know is forgotten', async () => {
    const { openPage, gateway, keep, stored } = await openWorld();
    keep('a', 'customer-1');
    gateway.sessions.clear();
    const { floe } = openPage();
    await lookAt(floe);
    expect((await lookAt(floe)).reason).toBe('no_session');
    expect(stored()).toEqual([]);
  });

  test('who signs out while the answer is under way sees nothing of it', async () => {
    const { openPage, keep, stored, gateway } = await openWorld();
    keep('a', 'customer-1');
    let arrive = () => {};
    const held = new Promise<void>((resolve) => (arrive = resolve));
    let hasAsked = false;
    const { floe } = openPage(SHOP, {
      async fetch(url, init) {
        const answer = await gateway.fetch(url, init);
        if (url.includes('/v1/access')) {
          hasAsked = true;
          await held;
        }
        return answer;
      },
    });
    const watch = floe.access(RESOURCE);
    const seen: string[] = [];
    const stop = watch.subscribe(() => seen.push(watch.getState().status));
    await vi.waitFor(() => expect(hasAsked).toBe(true));
    await floe.signOut();
    arrive();
    await watch.check();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toEqual(['closed']);
    expect(stored()).toEqual([]);
    stop();
  });

  test('whoever wants to hear of a refund sooner says so', async () => {
    const { openPage, keep, gateway } = await openWorld();
    const holder = keep('a', 'customer-1');
    const { floe } = openPage(SHOP, { maxAge: 60 });
    await lookAt(floe);
    holder.has.clear();
    gateway.clock.now += 59_000;
    expect((await lookAt(floe)).status).toBe('open');
    gateway.clock.now += 2_000;
    expect((await lookAt(floe)).status).toBe('closed');
  });

  test('a clock that is wrong costs a request a minute, not a flood', async () => {
    vi.useFakeTimers();
    try {
      const { openPage, keep, gateway } = await openWorld();
      keep('a', 'customer-1');
      const { floe } = openPage(SHOP, { now: () => gateway.clock.now + 3_600_000 });
      const watch = floe.access(RESOURCE);
      const stop = watch.subscribe(() => undefined);
      await vi.waitFor(() => expect(watch.getState().status).toBe('open'));
      await vi.advanceTimersByTimeAsync(1_200_000);
      expect(gateway.asked('/v1/access').length).toBeLessThan(22);
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('attack: who comes after somebody else on the same page sees nothing of what that one had', async () => {
    const { openPage, keep, gateway } = await openWorld();
    keep('a', 'customer-1');
    let isSlow = false;
    const { floe } = openPage(SHOP, {
      fetch: (url, init) => (isSlow ? new Promise(() => undefined) : gateway.fetch(url, init)),
    });
    const first = watchAll(floe);
    await vi.waitFor(() => expect(first.watch.getState().status).toBe('open'));
    first.stop();
    await floe.signOut();
    keep('b', 'customer-2', []);
    isSlow = true;
    expect(first.watch.getState().status, 'as React renders, before it listens').toBe('checking');
    const second = watchAll(floe);
    expect(second.watch.getState()).toEqual({ status: 'checking', reason: null, token: null });
    second.stop();
  });

  test('attack: what was checked once, and watched later, is not believed for the next person', async () => {
    const { openPage, keep } = await openWorld();
    keep('a', 'customer-1');
    const { floe } = openPage();
    expect((await lookAt(floe)).status).toBe('open');
    await floe.signOut();
    const { watch, stop } = watchAll(floe);
    expect(watch.getState().status).toBe('checking');
    stop();
  });

  test('who comes back to an article with a token that is good sees it at once', async () => {
    const { openPage, keep } = await openWorld();
    keep('a', 'customer-1');
    const { floe } = openPage();
    await lookAt(floe);
    const { watch, stop } = watchAll(floe);
    expect(watch.getState().status).toBe('open');
    stop();
  });

  test('a session that was ended elsewhere closes what it opened, at the first word of it', async () => {
    const { openPage, keep, gateway, stored } = await openWorld();
    keep('a', 'customer-1');
    const { floe } = openPage();
    const { watch, stop } = watchAll(floe);
    await vi.waitFor(() => expect(watch.getState().status).toBe('open'));
    gateway.sessions.clear();
    await floe.access('content:else').check();
    expect(watch.getState()).toEqual({ status: 'closed', reason: 'no_session', token: null });
    expect(stored()).toEqual([]);
    stop();
  });

  test('signing in or out in one tab is seen in the other', async () => {
    const { openPage, beginPurchase } = await openWorld();
    const { floe } = openPage();
    const watch = floe.access('content:d');
    const stop = watch.subscribe(() => undefined);
    await vi.waitFor(() => expect(watch.getState().status).toBe('closed'));
    const code = await beginPurchase(floe, 'd');
    const other = openPage(`${SHOP}?code=${code}&payment_id=${PAYMENT}&status=succeeded`).floe;
    await vi.waitFor(() => expect(watch.getState().status).toBe('open'));
    expect(await other.signOut()).toBe(true);
    await vi.waitFor(() => expect(watch.getState().status).toBe('closed'));
    stop();
  });
});

describe('signing in by mail', () => {
  const ATTEMPT = { attempt: `sia_${'0'.repeat(26)}`, browser_token: 'b'.repeat(43) };

  test.each([
    ['20 minutes ahead', 20],
    ['a day ahead', 24 * 60],
    ['a day behind', -24 * 60],
  ])('a clock that is %s keeps nobody out: fifteen minutes count from here', async (_name, minutes) => {
    const { openPage, gateway } = await openWorld();
    const aside = { minutes: 0 };
    const { floe } = openPage(SHOP, {
      now: () => gateway.clock.now + (minutes + aside.minutes) * 60_000,
      async fetch(url) {
        const expiresAt = new Date(gateway.clock.now + 15 * 60_000).toISOString();
        return Response.json(
          url.endsWith('/verify')
            ? {
                session: sessionToken('m'),
                expires_at: new Date(gateway.clock.now + 30 * DAY_MS).toISOString(),
                replaced: false,
              }
            : { ...ATTEMPT, expires_at: expiresAt },
        );
      },
    });
    await floe.signIn.start('ada@example.com');
    expect(floe.signIn.isAwaited()).toBe(true);
    aside.minutes = 16;
    expect(floe.signIn.isAwaited()).toBe(false);
    aside.minutes = 14;
    await floe.signIn.enter('123 456');
    expect(floe.sessions().map(({ session }) => session)).toEqual([sessionToken('m')]);
  });
});

test('whose address stands for several has them all: the customer first', async () => {
  const { openPage, gateway } = await openWorld();
  const given = (letter: string, resource: string) => ({
    session: gateway.signIn(letter, `subject-${letter}`, [resource]).token,
    expires_at: new Date(gateway.clock.now + 30 * DAY_MS).toISOString(),
  });
  const answer = { ...given('m', 'content:own'), replaced: false, others: [given('n', 'content:team')] };
  const started = {
    attempt: `sia_${'0'.repeat(26)}`,
    browser_token: 'b'.repeat(43),
    expires_at: '2100-01-01',
  };
  const { floe } = openPage(SHOP, {
    fetch: async (url, init) =>
      url.includes('/v1/sign-in')
        ? Response.json(url.endsWith('/verify') ? answer : started)
        : gateway.fetch(url, init),
  });
  await floe.signIn.start('ada@example.com');
  await floe.signIn.enter('123456');
  expect(floe.sessions().map(({ session }) => session)).toEqual([sessionToken('m'), sessionToken('n')]);
  for (const resource of ['content:own', 'content:team'])
    expect((await lookAt(floe, resource)).status).toBe('open');
});

describe('what is stored', () => {
  test.each([
    ['no JSON', '{'],
    ['another version', '{"version":2,"sessions":[]}'],
    [
      'the other mode',
      JSON.stringify({
        version: 1,
        sessions: [{ session: sessionToken('a', 'sandbox'), expiresAt: 9e15, proof: 'email', token: null }],
      }),
    ],
    [
      'a header in disguise',
      JSON.stringify({
        version: 1,
        sessions: [{ session: 'floe_st_live_a\r\nx: y', expiresAt: 9e15, proof: 'email', token: null }],
      }),
    ],
    [
      'no end',
      JSON.stringify({ version: 1, sessions: [{ session: sessionToken('a'), proof: 'email', token: null }] }),
    ],
  ])('%s is nobody', async (_name, raw) => {
    const { openPage, browser, gateway } = await openWorld();
    browser.kept.set(STORE, raw);
    expect(openPage().floe.sessions()).toEqual([]);
    expect(gateway.calls).toEqual([]);
  });

  test('a session that is over is nobody’s', async () => {
    const { openPage, keep, gateway } = await openWorld();
    keep('a', 'customer-1');
    const { floe } = openPage();
    gateway.clock.now += 31 * DAY_MS;
    expect((await lookAt(floe)).reason).toBe('no_session');
  });

  test('a browser that buys and buys forgets the oldest purchases, never a proven address', async () => {
    const { openPage, beginPurchase, keep, stored } = await openWorld();
    keep('a', 'customer-1');
    for (const letter of 'bcdefghijklmno') {
      const code = await beginPurchase(openPage().floe, letter);
      await openPage(`${SHOP}?code=${code}&payment_id=${PAYMENT}&status=succeeded`).floe.arrival;
    }
    expect(stored().map(({ session }) => session[13])).toEqual('aonmlkjihgfe'.split(''));
  });

  test('where the browser keeps nothing, a page of its own still works', async () => {
    const { openPage, browser, gateway } = await openWorld();
    browser.state.isStorageBlocked = true;
    const { floe } = openPage();
    const link = new URL(await floe.linkCheckout({ product: 'p' }));
    expect(link.searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect((await lookAt(floe)).status).toBe('closed');
    expect(gateway.calls).toEqual([]);
  });
});

describe('opening it', () => {
  test('a secret key in a page is refused, loudly', () => {
    expect(() => openFloe({ gateway: GATEWAY, app: APP, publishableKey: SECRET_KEY })).toThrow('secret key');
  });

  test('on a server nobody is signed in, and nothing is asked', async () => {
    const floe = openFloe({
      gateway: GATEWAY,
      app: APP,
      publishableKey: PUBLISHABLE_KEY,
      fetch: () => Promise.reject(new Error('asked')),
    });
    expect(await floe.arrival).toEqual({ checkout: 'none', link: 'none' });
    expect((await lookAt(floe)).status).toBe('closed');
  });
});
