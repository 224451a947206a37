import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openFloe } from '../../packages/kit/browser.ts';
import { withBatch } from './fake-batch.ts';
import { type FakeElement, globals, make, page as dom } from './fake-dom.ts';
import {
  APP,
  GATEWAY,
  openFakeGateway,
  problem,
  PUBLISHABLE_KEY,
  RESOURCE,
  sessionToken,
} from './fake-gateway.ts';
import { openFakeBrowser, type TabMemory } from './fake-page.ts';

/* What the elements do, without a browser. How they look, and what one hears: test/browser. */

const SHOP = 'https://shop.example.com/blog/premium';
const PAYMENT = `pay_${'0'.repeat(26)}`;
const STORE = `floe:${APP}`;
const CHECKOUT = 'https://polar.example.com/checkout/1';
const SECRET = 'At four the reefers begin to hum.';

const turn = setTimeout;
/** Requests under way. */
const requests = { open: 0 };
async function counted<Value>(work: Promise<Value>): Promise<Value> {
  requests.open++;
  try {
    return await work;
  } finally {
    requests.open--;
  }
}
/** Lets time pass, and what is under way go on: under fake timers, real work needs real turns. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    await vi.advanceTimersByTimeAsync(Math.min(250, ms - passed));
    // Some never end, on purpose.
    for (let turns = 0; turns === 0 || (requests.open > 0 && turns < 30); turns++)
      await new Promise((resolve) => turn(resolve, 4));
  }
}
/** What needs no waiting, but for a second at most. */
async function soon(): Promise<void> {
  await new Promise((resolve) => turn(resolve, 30));
  await pass(1_000);
}

beforeEach(() => {
  requests.open = 0;
  vi.useFakeTimers();
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
});
afterEach(() => {
  dom.reset();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function openWorld() {
  const gateway = await openFakeGateway();
  const browser = openFakeBrowser();
  const { fetch } = withBatch(gateway);
  /** What the gateway answers instead, by the end of the address. */
  const instead = new Map<string, (body: string) => Response | Promise<Response>>();
  /** What checkouts were begun with. */
  const begun: Record<string, unknown>[] = [];
  instead.set('/v1/checkout', (body) => {
    begun.push(JSON.parse(body));
    return Response.json({ url: CHECKOUT, expires_at: null });
  });
  instead.set('/v1/products', () => Response.json({ data: [{ id: 'p1', name: 'quay:lifetime' }] }));
  instead.set('/v1/sessions?limit=50', () =>
    Response.json({
      data: [{ id: 's1', current: true, email: 'a…@x.dev', browser: null, created_at: '2026' }],
    }),
  );
  const site = { status: 200, asked: 0 };
  vi.stubGlobal('fetch', async () => {
    site.asked++;
    return new Response(`<p>${SECRET}</p>`, {
      status: site.status,
      headers: { 'content-type': 'text/html' },
    });
  });
  const openPage = async (href = SHOP, memory?: TabMemory) => {
    dom.reset();
    const tab = browser.openTab(href, memory);
    const floe = openFloe({
      gateway: GATEWAY,
      app: APP,
      publishableKey: PUBLISHABLE_KEY,
      page: tab,
      now: gateway.now,
      fetch: async (url, init) => {
        const route = [...instead].find(([end]) => url.endsWith(end))?.[1];
        return counted(
          route && !gateway.state.isDown
            ? Promise.resolve(route(typeof init?.body === 'string' ? init.body : ''))
            : fetch(url, init),
        );
      },
    });
    // By address: the elements are written for a DOM, which these tests' types do not know.
    const { defineFloeElements } = (await import(
      new URL('../../packages/kit/elements/index.ts', import.meta.url).pathname
    )) as { defineFloeElements: (floe: object) => void };
    defineFloeElements(floe);
    return { tab, floe };
  };
  /** Somebody who is signed in already. */
  const keep = (letter: string, sub: string, has?: readonly string[]) => {
    const { token, holder } = gateway.signIn(letter, sub, has);
    const held = { session: token, expiresAt: gateway.clock.now + 9e8, proof: 'email', token: null };
    browser.kept.set(STORE, JSON.stringify({ version: 1, sessions: [held] }));
    return holder;
  };
  return { gateway, browser, instead, begun, site, openPage, keep };
}

function put(tag: string, attributes: Record<string, string>, ...children: (FakeElement | string)[]) {
  const element = make(tag, attributes, ...children);
  dom.body.append(element);
  return element;
}
const putPaywall = () =>
  put(
    'floe-paywall',
    { resource: RESOURCE, src: '/protected/x.html' },
    make('p', {}, 'preview'),
    make('div', { slot: 'offer' }, 'offer'),
  );
const putBuy = (attributes: Record<string, string> = {}, ...children: (FakeElement | string)[]) =>
  put('floe-buy', { product: 'p1', ...attributes }, ...(children.length === 0 ? ['Buy for $9'] : children));

/** A part of an element. */
function part(element: FakeElement, name: string): FakeElement {
  const found = element.shadowRoot?.querySelector(`[part=${name}]`);
  if (!found) throw new Error(`no part ${name}`);
  return found;
}
const state = (element: FakeElement) => element.getAttribute('state');
const isHidden = (element: FakeElement) => element.hasAttribute('hidden');
const returnOf = (code: string) => `${SHOP}?code=${code}&payment_id=${PAYMENT}&status=succeeded`;

describe('<floe-paywall>', () => {
  test('a site that fails is asked again by itself, more slowly each time, until it answers', async () => {
    const { openPage, keep, site } = await openWorld();
    keep('a', 'customer-1');
    site.status = 500;
    await openPage();
    const paywall = putPaywall();
    await soon();
    expect([state(paywall), part(paywall, 'status').textContent]).toEqual([
      'unavailable',
      expect.stringContaining('it is tried again'),
    ]);
    await pass(15_000);
    expect(site.asked).toBeGreaterThan(3);
    expect(site.asked).toBeLessThan(8);
    site.status = 200;
    await pass(15_000);
    expect(state(paywall)).toBe('open');
    expect(paywall.textContent).toContain(SECRET);
  });

  test.each([401, 403])('a site that says %i: the gateway decides what that means', async (status) => {
    const { openPage, keep, site, gateway } = await openWorld();
    const holder = keep('a', 'customer-1');
    site.status = status;
    await openPage();
    const paywall = putPaywall();
    await soon();
    expect(state(paywall)).toBe('unavailable');
    // Refunded meanwhile: the token that this browser holds does not know.
    holder.has.clear();
    await pass(3_000);
    expect(state(paywall)).toBe('closed');
    expect(gateway.asked('/v1/access').at(-1)?.path).toContain('max_age=0');
  });

  test('an element that is gone asks no more', async () => {
    const { openPage, keep, site } = await openWorld();
    keep('a', 'customer-1');
    site.status = 500;
    await openPage();
    const paywall = putPaywall();
    await soon();
    paywall.remove();
    const { asked } = site;
    await pass(20_000);
    expect(site.asked).toBe(asked);
  });

  test('what takes long is explained after a second, and not before', async () => {
    const { openPage, keep, instead } = await openWorld();
    keep('a', 'customer-1');
    instead.set('max_age=300', () => new Promise<Response>(() => undefined));
    await openPage();
    const paywall = putPaywall();
    await pass(750);
    expect([state(paywall), part(paywall, 'status').textContent]).toEqual(['checking', '']);
    await pass(500);
    expect(part(paywall, 'status').textContent).toBe('One moment …');
  });

  test('“Try again” keeps the focus while it tries, and hands it on to what comes of it', async () => {
    const { openPage, keep, gateway } = await openWorld();
    keep('a', 'customer-1');
    gateway.state.isDown = true;
    await openPage();
    const paywall = putPaywall();
    await soon();
    const retry = part(paywall, 'retry');
    expect([state(paywall), isHidden(retry)]).toEqual(['unavailable', false]);
    retry.focus();
    retry.click();
    expect([state(paywall), isHidden(retry)]).toEqual(['checking', false]);
    await soon();
    expect([state(paywall), dom.focused()]).toEqual(['unavailable', retry]);
    gateway.state.isDown = false;
    retry.click();
    await soon();
    expect([state(paywall), isHidden(retry)]).toEqual(['open', true]);
    expect(dom.focused()).toBe(part(paywall, 'content'));
  });

  test('a session that was ended elsewhere: the offer again at once, said and with the focus beside it', async () => {
    const { openPage, keep, gateway } = await openWorld();
    keep('a', 'customer-1');
    await openPage();
    const [paywall, account] = [putPaywall(), put('floe-account', {})];
    await soon();
    expect([state(paywall), state(account)]).toEqual(['open', 'account']);
    const content = paywall.querySelector('[slot=content]');
    content?.querySelector('p')?.focus();
    gateway.sessions.clear();
    // Another element of the page is the first to hear of it.
    put('floe-paywall', { resource: 'content:else' });
    await soon();
    expect([state(paywall), state(account)]).toEqual(['closed', 'signed-out']);
    expect(paywall.textContent).not.toContain(SECRET);
    expect(part(paywall, 'status').textContent).toBe('This is closed now.');
    expect(dom.focused()).toBe(part(paywall, 'offer'));
    expect(part(account, 'status').textContent).toBe('You are signed out.');
    expect(account.shadowRoot?.querySelector('input')?.getAttribute('id')).toBe('email');
  });

  test('back from checkout while the gateway is away: no offer, one thing is said, and it opens by itself', async () => {
    const { openPage, gateway, browser } = await openWorld();
    const { floe } = await openPage();
    const link = new URL(await floe.linkCheckout({ product: 'p1' }));
    const code = 'd'.repeat(43);
    const { token } = gateway.signIn('d', 'purchase:d');
    gateway.codes.set(code, {
      callback: SHOP,
      session: token,
      challenge: link.searchParams.get('code_challenge') ?? '',
    });
    gateway.state.isDown = true;
    const memory: TabMemory = new Map();
    await openPage(returnOf(code), memory);
    const [paywall, account] = [putPaywall(), put('floe-account', {})];
    const seen: (string | null)[] = [];
    for (let second = 0; second < 10; second++) {
      await pass(1_250);
      seen.push(state(paywall));
    }
    expect(new Set(seen)).toEqual(new Set(['pending', 'unavailable']));
    expect(part(paywall, 'status').textContent).toContain('do not pay again');
    expect([
      part(paywall, 'paid').textContent,
      isHidden(part(paywall, 'sign-in').parent?.parent as FakeElement),
    ]).toEqual(['', true]);
    expect([part(account, 'status').textContent, part(account, 'error').textContent]).toEqual(['', '']);
    gateway.state.isDown = false;
    await pass(30_000);
    expect([state(paywall), part(paywall, 'paid').textContent]).toEqual(['open', '']);
    expect(browser.kept.get(STORE)).toContain(sessionToken('d'));
  });

  test('back from checkout with a code that is refused: told what to do, at the page’s own sign-in', async () => {
    const { openPage } = await openWorld();
    const { floe } = await openPage();
    await floe.linkCheckout({ product: 'p1' });
    await openPage(returnOf('d'.repeat(43)));
    const [paywall, account] = [putPaywall(), put('floe-account', {})];
    await soon();
    expect([state(paywall), part(paywall, 'paid').textContent]).toEqual([
      'closed',
      expect.stringContaining('do not pay again'),
    ]);
    expect(part(account, 'status').textContent).toContain('If you have just paid');
    expect(part(account, 'error').textContent, 'nobody has done anything wrong').toBe('');
    part(paywall, 'sign-in').click();
    expect(dom.focused()).toBe(account.shadowRoot?.querySelector('input'));
    expect(paywall.shadowRoot?.querySelector('floe-account')).toBeNull();
  });

  test('a page without a sign-in of its own is given one, which does not say it all again', async () => {
    const { openPage } = await openWorld();
    const { floe } = await openPage();
    await floe.linkCheckout({ product: 'p1' });
    await openPage(returnOf('d'.repeat(43)));
    const paywall = putPaywall();
    await soon();
    part(paywall, 'sign-in').click();
    await soon();
    expect(dom.focused()?.getAttribute('id'), 'its own sign-in').toBe('email');
    const account = part(paywall, 'paid').parent?.querySelector('floe-account') as FakeElement;
    expect([part(account, 'status').textContent, part(account, 'error').textContent]).toEqual(['', '']);
  });

  test('an ordinary visitor sees the plain offer', async () => {
    const { openPage } = await openWorld();
    await openPage();
    const paywall = putPaywall();
    await soon();
    expect([state(paywall), part(paywall, 'paid').textContent]).toEqual(['closed', '']);
    expect(isHidden(part(paywall, 'sign-in').parent?.parent as FakeElement)).toBe(true);
  });
});

describe('<floe-buy>', () => {
  test('leads to the checkout, and rests when that leads nowhere', async () => {
    const { openPage } = await openWorld();
    const { tab } = await openPage();
    const buy = putBuy();
    const button = part(buy, 'button');
    button.click();
    await soon();
    expect([tab.went, button.getAttribute('aria-busy')]).toEqual([[CHECKOUT], 'true']);
    await pass(10_000);
    expect([button.getAttribute('aria-busy'), part(buy, 'status').textContent]).toEqual(['false', '']);
    button.click();
    await soon();
    expect(tab.went.length).toBe(2);
  });

  test('asks for what its attributes say, also as a link', async () => {
    const { openPage, instead, begun } = await openWorld();
    await openPage();
    const said = { units: '3', seats: '2', currency: 'eur', locale: 'de', 'discount-code': 'LAUNCH' };
    part(putBuy(said), 'button').click();
    await soon();
    expect(begun).toEqual([
      expect.objectContaining({
        product_id: 'p1',
        units: 3,
        seats: 2,
        currency: 'eur',
        locale: 'de',
        discount_code: 'LAUNCH',
      }),
    ]);
    instead.set('/v1/checkout', () => problem('unavailable'));
    const buy = putBuy(said);
    part(buy, 'button').click();
    await soon();
    const { searchParams } = new URL(part(buy, 'link').getAttribute('href') ?? '');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      units: '3',
      seats: '2',
      currency: 'eur',
      discount_code: 'LAUNCH',
    });
  });

  test('rests in a page that comes back as it was left', async () => {
    const { openPage } = await openWorld();
    await openPage();
    const buy = putBuy();
    part(buy, 'button').click();
    await soon();
    dom.wake();
    expect(part(buy, 'button').getAttribute('aria-busy')).toBe('false');
  });

  test.each([
    ['removed', (buy: FakeElement) => buy.remove()],
    ['for another product by then', (buy: FakeElement) => buy.setAttribute('product', 'p2')],
  ])('%s while it asks, goes nowhere', async (_name, change) => {
    const { openPage, instead } = await openWorld();
    const { tab } = await openPage();
    let arrive = () => {};
    const held = new Promise<void>((resolve) => (arrive = resolve));
    instead.set('/v1/checkout', async () => {
      await held;
      return Response.json({ url: CHECKOUT, expires_at: null });
    });
    const buy = putBuy();
    part(buy, 'button').click();
    await soon();
    change(buy);
    arrive();
    await soon();
    expect([tab.went, part(buy, 'button').getAttribute('aria-busy')]).toEqual([[], 'false']);
  });

  test('what failed for one product is not said of the next', async () => {
    const { openPage, instead } = await openWorld();
    await openPage();
    instead.set('/v1/checkout', () => problem('unknown_product'));
    const buy = putBuy();
    part(buy, 'button').click();
    await soon();
    expect(part(buy, 'link').getAttribute('href')).toContain('product=p1');
    buy.setAttribute('product', 'p2');
    expect(part(buy, 'error').textContent).toBe('');
  });

  test.each(['isStorageBlocked', 'isStorageFull'] as const)(
    'a browser that keeps nothing (%s) is told before anybody pays, and pressing again goes on',
    async (trouble) => {
      const { openPage, browser } = await openWorld();
      browser.state[trouble] = true;
      const { tab } = await openPage();
      const buy = putBuy();
      part(buy, 'button').click();
      await soon();
      expect(tab.went).toEqual([]);
      expect(part(buy, 'error').textContent).toContain('keeps nothing for this site');
      expect(part(buy, 'link').getAttribute('href')).toContain(`${GATEWAY}/checkout/${APP}?product=p1`);
      part(buy, 'button').click();
      await soon();
      expect(tab.went).toEqual([CHECKOUT]);
    },
  );

  test('a link inside: shows that it is busy and says so; one that opens elsewhere is left alone', async () => {
    const { openPage, instead } = await openWorld();
    const { tab } = await openPage();
    instead.set('/v1/checkout', () => new Promise<Response>(() => undefined));
    const [here, elsewhere] = [{}, { target: '_blank' }].map((more) =>
      make('a', { href: '/checkout', ...more }, 'Buy'),
    ) as [FakeElement, FakeElement];
    const buys = [putBuy({}, here), putBuy({}, elsewhere)];
    expect(elsewhere.click().defaultPrevented).toBeUndefined();
    expect(here.click().defaultPrevented).toBe(true);
    await soon();
    expect(buys.map((buy) => part(buy, 'status').textContent)).toEqual(['Opening the checkout …', '']);
    expect(part(buys[0] as FakeElement, 'status').getAttribute('class'), 'not for ears only').toBe('');
    expect([here.getAttribute('aria-busy'), elsewhere.getAttribute('aria-busy')]).toEqual(['true', 'false']);
    expect(tab.went).toEqual([]);
  });

  test('disabled: says so, and does nothing', async () => {
    const { openPage, gateway } = await openWorld();
    const { tab } = await openPage();
    const link = make('a', { href: '/checkout' }, 'Buy');
    const buys = [putBuy({ disabled: '' }), putBuy({ disabled: '' }, link)];
    const button = part(buys[0] as FakeElement, 'button');
    button.click();
    expect(link.click().defaultPrevented).toBe(true);
    await soon();
    expect([button, link].map((each) => each.getAttribute('aria-disabled'))).toEqual(['true', 'true']);
    expect([tab.went, gateway.calls]).toEqual([[], []]);
    buys[1]?.removeAttribute('disabled');
    expect(link.getAttribute('aria-disabled')).toBe('false');
  });
});

describe('<floe-account>', () => {
  test('a gateway that is away: try again keeps the focus, and signing out is there', async () => {
    const { openPage, keep, gateway, browser } = await openWorld();
    keep('a', 'customer-1');
    gateway.state.isDown = true;
    await openPage();
    const account = put('floe-account', {});
    await pass(3_000);
    expect(state(account)).toBe('unavailable');
    const retry = part(account, 'retry');
    retry.focus();
    retry.click();
    expect(part(account, 'status').textContent).toBe('One moment …');
    await pass(3_000);
    expect(dom.focused()).toBe(part(account, 'retry'));
    const out = part(account, 'secondary');
    expect(out.textContent).toBe('Sign out');
    out.focus();
    out.click();
    await soon();
    expect([state(account), part(account, 'status').textContent]).toEqual([
      'signed-out',
      'You are signed out.',
    ]);
    expect(dom.focused()?.getAttribute('id')).toBe('email');
    expect(browser.kept.get(STORE)).toBeUndefined();
  });

  test('a session that was ended elsewhere leads to the sign-in, said aloud', async () => {
    const { openPage, keep, instead } = await openWorld();
    keep('a', 'customer-1');
    await openPage();
    const account = put('floe-account', {});
    await soon();
    expect(state(account)).toBe('account');
    instead.set('/v1/sessions?limit=50', () => problem('unauthorized'));
    await openPage();
    const next = put('floe-account', {});
    await soon();
    expect([state(next), part(next, 'status').textContent]).toEqual(['signed-out', 'You are signed out.']);
  });

  test('who was never signed in is not told of signing out', async () => {
    const { openPage } = await openWorld();
    await openPage();
    const account = put('floe-account', {});
    await soon();
    expect([state(account), part(account, 'status').textContent]).toEqual(['signed-out', '']);
  });
});
