import { beforeEach, describe, expect, test } from 'vitest';
import { Problem, problemResponse } from '../../src/base/problem.ts';
import {
  APP,
  type FakeGateway,
  fakeProduct,
  openFakeGateway,
  problem,
  PUBLISHABLE_KEY,
  RESOURCE,
} from './fake-gateway.ts';
import { ARTICLE, CHECKOUT, newVisitor, openSite, SITE, type Visitor } from './own-pages-site.ts';

/* The gate's own pages: from "this is not yours" to the open page, without a line of the site's. */

let gateway: FakeGateway;
let site: ReturnType<typeof openSite>;
let reader: Visitor;
beforeEach(async () => {
  gateway = await openFakeGateway();
  gateway.state.products.set(RESOURCE, [fakeProduct()]);
  site = openSite(gateway);
  reader = newVisitor(site.serve);
});

const SESSION = `__Host-floe_${APP}_session`;
const PAGE = '/premium/a?b=%2Fc';
const TO = encodeURIComponent(PAGE);
const customer = (id: string) => ({
  payment_id: null,
  customer_id: id,
  external_id: null,
  member_id: null,
});

/** Somebody whom the gateway knows, with a session in this browser. */
function hold(
  letter: string,
  {
    has = [],
    reason = 'not_granted',
    proof = 'email',
    subject = customer('customer-1'),
    email = 'a…@readers.dev',
  }: {
    has?: string[];
    reason?: string;
    proof?: 'email' | 'app' | 'purchase';
    subject?: object;
    email?: string | null;
  } = {},
) {
  const { token, holder } = gateway.signIn(letter, `customer-${letter}`, has, reason);
  // A session that came with a purchase names nobody.
  const named = proof === 'purchase' ? { ...subject, customer_id: null } : subject;
  Object.assign(holder.is, { proof, subject: named, email: proof === 'email' ? email : null });
  const kept = reader.cookies.get(SESSION);
  const entry = `${token}.${proof === 'purchase' ? 'p' : 's'}zzzzzz`;
  reader.cookies.set(SESSION, kept === undefined ? entry : `${kept}~${entry}`);
  return token;
}

const paid = (change: object = {}) => ({
  id: `pay_${'1'.repeat(26)}`,
  status: 'succeeded',
  product: { id: 'p1', name: 'quay:lifetime', plan: 'lifetime' },
  amount: 1071,
  currency: 'eur',
  subscription_id: null,
  invoice_number: 'INV-1',
  created_at: '2026-11-02T10:00:00Z',
  succeeded_at: '2026-11-02T10:00:05Z',
  customer: { id: 'customer-1', external_id: null, email: null },
  ...change,
});

const subscribed = (change: object = {}) => ({
  id: 'sub-1',
  status: 'active',
  product: { id: fakeProduct().id, name: 'quay:monthly', plan: 'monthly' },
  amount: 900,
  currency: 'eur',
  interval: 'month',
  interval_count: 1,
  current_period_start: '2026-11-02T10:00:00Z',
  current_period_end: '2026-12-02T10:00:00Z',
  trial_end: null,
  cancel_at_period_end: false,
  ends_at: null,
  ended_at: null,
  customer: { id: 'customer-1', external_id: null, email: null },
  ...change,
});

describe('a no', () => {
  test('shows what opens the page, with its price, a way to sign in, and no script', async () => {
    const page = await reader.open(PAGE);
    expect(page.status).toBe(401);
    expect(page.html).toContain('<h1><bdi>Premium</bdi></h1>');
    expect(page.text).toContain('Buy it to go on.');
    expect(page.text).toContain('Monthly €9 / month Subscribe');
    expect(page.html).toContain(`<a href="/floe/sign-in?to=${TO}">Sign in</a>`);
    expect(page.forms).toEqual([
      {
        action: '/floe/buy',
        fields: { product: fakeProduct().id, to: PAGE, token: expect.stringMatching(/^[\w-]{43}$/) },
      },
    ]);
    expect(page.html).not.toMatch(/<script|<style|style=|onclick/i);
    expect(page.html).not.toContain(ARTICLE);
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self' https:; base-uri 'none'; frame-ancestors 'self'",
    );
    expect(page.headers.get('cache-control')).toBe('private, no-store');
    expect(page.headers.get('vary')).toMatch(/Accept-Language.*Cookie/);
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
  });

  test('costs the gateway one question in half a minute, however many look', async () => {
    for (let i = 0; i < 5; i++) await newVisitor(site.serve).open(PAGE);
    expect(gateway.calls.map(({ path }) => path)).toEqual([
      `/v1/products?resource=${encodeURIComponent(RESOURCE)}`,
    ]);
    gateway.clock.now += 31_000;
    await reader.open(PAGE);
    expect(gateway.calls.length).toBe(2);
  });

  test('a question that is never answered, as in Workers when its visitor leaves, holds up nobody else', async () => {
    let isFirst = true;
    site = openSite(gateway, {
      fetch: (url, init) => {
        if (!isFirst) return gateway.fetch(url, init);
        isFirst = false;
        return new Promise(() => undefined);
      },
    });
    void newVisitor(site.serve).open(PAGE);
    expect((await newVisitor(site.serve).open(PAGE)).text).toContain('€9 / month');
  });

  test('is a problem for programs, which cost the gateway nothing', async () => {
    const { status, headers, html } = await reader.fetch(PAGE, { headers: { accept: 'application/json' } });
    expect([status, headers.get('content-type')]).toEqual([401, 'application/problem+json']);
    expect(JSON.parse(html)).toMatchObject({ code: 'no_session', status: 401 });
    expect(gateway.calls).toEqual([]);
  });

  test.each([
    ['not_granted', 402, 'What you have bought does not include this.', true],
    ['unknown_customer', 402, 'What you have bought does not include this.', true],
    ['revoked', 402, 'for example because the purchase was refunded', true],
    ['expired', 402, 'Your subscription has ended.', true],
    ['unknown_resource', 403, 'Nothing that is sold here opens this page.', false],
    ['pending_payment', 503, 'Your payment is being confirmed', false],
  ])('because of %s is %i and says so', async (reason, status, sentence, sells) => {
    hold('a', { reason });
    const page = await reader.open(PAGE);
    expect(page.status).toBe(status);
    expect(page.text).toContain(sentence);
    expect(page.forms.some(({ action }) => action === '/floe/buy')).toBe(sells);
    expect(page.text).toContain('You are signed in as a…@readers.dev.');
    expect(page.forms.some(({ action }) => action === '/floe/sign-out')).toBe(true);
    expect(page.headers.get('refresh')).toBe(status === 503 ? '5' : null);
  });

  test.each(['expired', 'revoked'])(
    'because a renewal could not be charged (%s) asks for what is due, and sells nothing',
    async (reason) => {
      hold('a', { reason });
      gateway.state.subscriptions.push(subscribed({ status: 'past_due' }));
      const page = await reader.open(PAGE);
      expect(page.text).toContain('The last payment for your subscription failed.');
      expect(page.html).toContain(`<a href="https://floe.example.com/portal?app=${APP}">`);
      expect(page.forms.map(({ action }) => action)).toEqual(['/floe/sign-out']);
    },
  );

  test('of a purchase that nobody has signed in for only that subscription counts', async () => {
    const { id } = paid();
    hold('p', {
      reason: 'revoked',
      proof: 'purchase',
      subject: { ...customer('customer-1'), payment_id: id },
    });
    gateway.state.subscriptions.push(subscribed({ id: 'sub-1', status: 'past_due' }));
    gateway.state.payments.push(paid());
    expect((await reader.open(PAGE)).text).toContain('because the purchase was refunded');
    gateway.state.payments[0] = paid({ subscription_id: 'sub-1' });
    const page = await reader.open(PAGE);
    expect(page.text).toContain('The last payment for your subscription failed.');
    expect(page.html).toContain(
      `<a href="https://floe.example.com/portal?app=${APP}">Sign in to update your payment method</a>`,
    );
    expect(page.forms.map(({ action }) => action)).toEqual(['/floe/sign-out']);
    expect((await reader.open('/floe/account')).text).toContain('Sign in to update your payment method');
  });

  test.each(['past_due', 'unpaid'])(
    'a subscription that is %s counts, whichever of the sessions it is of',
    async (status) => {
      hold('a', { subject: customer('customer-9') });
      hold('b', {
        reason: 'revoked',
        proof: 'app',
        subject: { ...customer('x'), customer_id: null, external_id: 'user-1' },
      });
      gateway.state.subscriptions.push(
        subscribed({ status, customer: { id: 'customer-1', external_id: 'user-1' } }),
      );
      const page = await reader.open(PAGE);
      expect(page.text).toContain('The last payment for your subscription failed.');
      expect(page.forms.map(({ action }) => action)).toEqual(['/floe/sign-out']);
    },
  );

  test('sells nothing where it cannot be known whether a payment is due', async () => {
    hold('a', { reason: 'expired' });
    gateway.state.refusals.set('GET /v1/subscriptions', [problem('internal_error')]);
    const page = await reader.open(PAGE);
    expect(page.text).toContain('The prices cannot be shown right now.');
    expect(page.forms.map(({ action }) => action)).toEqual(['/floe/sign-out']);
    expect(site.told.length).toBe(1);
  });

  test('a subscription to something else that is past due changes nothing', async () => {
    hold('a', { reason: 'revoked' });
    gateway.state.subscriptions.push(
      subscribed({ status: 'past_due', product: { id: 'other', name: 'x', plan: null } }),
    );
    expect((await reader.open(PAGE)).text).toContain('because the purchase was refunded');
  });

  test('is 503 while the gateway is away, tries again by itself, and sells nothing', async () => {
    hold('a', { has: [RESOURCE] });
    gateway.state.isDown = true;
    const page = await reader.open(PAGE);
    expect([page.status, page.headers.get('retry-after'), page.headers.get('refresh')]).toEqual([
      503,
      '2',
      '5',
    ]);
    expect(page.text).toContain('This page tries again by itself.');
    expect(page.forms).toEqual([]);
  });

  test('without prices still leads to signing in, and the owner is told', async () => {
    gateway.state.refusals.set('GET /v1/products', [problem('polar_unavailable')]);
    const page = await reader.open(PAGE);
    expect(page.status).toBe(401);
    expect(page.text).toContain('The prices cannot be shown right now.');
    expect(page.html).toContain('/floe/sign-in?to=');
    expect(site.told.length).toBe(1);
    expect((await reader.open(PAGE)).text, 'a failure is not kept').toContain('€9 / month');
  });

  test('says that nothing is sold when nothing is', async () => {
    gateway.state.products.clear();
    expect((await reader.open(PAGE)).text).toContain('It cannot be bought at the moment.');
  });

  test('attack: what is written into products and addresses stays text', async () => {
    const name = '<script>alert(1)</script>"\'&';
    gateway.state.products.set(RESOURCE, [fakeProduct({ name, description: '<img src=x onerror=y>' })]);
    const page = await reader.open(`/premium/a?"><script>alert(2)</script>`);
    expect(page.html).not.toMatch(/<script|<img/);
    expect(page.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
  });
});

describe('buying', () => {
  const created = () =>
    gateway.calls.filter(({ path }) => path === '/v1/payments').map(({ body }) => JSON.parse(body));

  test('leads to the checkout, tied to this browser, and back to exactly this page', async () => {
    const bought = await reader.send(await reader.open(PAGE), '/floe/buy');
    expect([bought.status, bought.location]).toEqual([303, CHECKOUT]);
    expect(created()).toEqual([
      {
        product_id: fakeProduct().id,
        success_url: SITE + PAGE,
        return_url: SITE + PAGE,
        code_challenge: expect.stringMatching(/^[\w-]{43}$/),
        locale: 'en',
      },
    ]);
    expect(reader.cookies.has(`__Host-floe_${APP}_verifier`)).toBe(true);
    expect(bought.headers.get('cache-control')).toBe('private, no-store');
  });

  describe('coming back', () => {
    const CODE = 'c'.repeat(43);
    const BACK = `${PAGE}&code=${CODE}&payment_id=pay_${'0'.repeat(26)}&status=succeeded`;
    const VERIFIER = `__Host-floe_${APP}_verifier`;
    /** What the gateway does when the first purchase was paid. */
    const issue = () => {
      const { token } = gateway.signIn('z', 'purchase:1');
      const [{ code_challenge: challenge }] = created();
      gateway.codes.set(CODE, { callback: SITE + PAGE, session: token, challenge });
    };

    test.each([false, true])(
      'without what proves it is asked to sign in, and offered nothing (pkce: %s)',
      async (pkce) => {
        site = openSite(gateway, { pkce });
        reader = newVisitor(site.serve);
        await reader.send(await reader.open(PAGE), '/floe/buy');
        issue();
        reader.cookies.delete(VERIFIER);
        const page = await reader.open(BACK);
        expect(page.status).toBe(401);
        expect(page.text).toContain(
          'If you have just paid, sign in with the e-mail address of your purchase',
        );
        expect(page.html).toContain(`/floe/sign-in?to=${TO}`);
        expect(page.forms).toEqual([]);
      },
    );

    test('with a code that is used up leads to the open page, where a session opens it', async () => {
      await reader.send(await reader.open(PAGE), '/floe/buy');
      issue();
      for (let i = 0; i < 2; i++) {
        const { status, location } = await reader.open(BACK);
        expect([status, location]).toEqual([303, SITE + PAGE]);
      }
      expect((await reader.open(PAGE)).text).toBe(ARTICLE);
    });

    test('of one of two tabs that buy at once is proven', async () => {
      const page = await reader.open(PAGE);
      const before = new Map(reader.cookies);
      await reader.send(page, '/floe/buy');
      reader.cookies.clear();
      for (const [name, value] of before) reader.cookies.set(name, value);
      await reader.send(page, '/floe/buy');
      issue();
      await reader.open(BACK);
      expect((await reader.open(PAGE)).text).toBe(ARTICLE);
    });
  });

  test.each([
    ['has it by now', [`product:${fakeProduct().id}`], 'not_granted'],
    ['is paying for it', [], 'pending_payment'],
  ])('in a tab that was left open leads to the page for who %s', async (_who, has, reason) => {
    const page = await reader.open(PAGE);
    hold('a', { has, reason });
    const answer = await reader.send(page, '/floe/buy');
    expect([answer.status, answer.location]).toEqual([303, PAGE]);
    expect(created()).toEqual([]);
    expect(gateway.asked('/v1/access')[0]?.path).toContain('max_age=0');
  });

  test('buys nothing while it cannot be known whether it was bought', async () => {
    const page = await reader.open(PAGE);
    hold('a');
    gateway.state.instead.push(problem('internal_error'));
    const answer = await reader.send(page, '/floe/buy');
    expect([answer.status, answer.text.includes('cannot be reached right now')]).toEqual([503, true]);
    expect(created()).toEqual([]);
  });

  test('is for the site’s own user, where the site has vouched for one', async () => {
    hold('b');
    hold('a', { proof: 'app', subject: { ...customer('x'), customer_id: null, external_id: 'user-1' } });
    await reader.send(await reader.open(PAGE), '/floe/buy');
    expect(created()).toMatchObject([{ customer: { external_id: 'user-1' } }]);
  });

  test.each([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, {}],
    ['another site, in an old browser', { origin: 'https://evil.example' }, {}],
    ['a subdomain', { origin: 'https://a.shop.example.com', 'sec-fetch-site': 'same-site' }, {}],
    ['nobody knows where', {}, {}],
    ['this site without a token', { origin: SITE }, { token: '' }],
    ['this site with a made-up token', { origin: SITE }, { token: 'x'.repeat(43) }],
  ])('attack: a form from %s buys nothing', async (_who, headers, change) => {
    const page = await reader.open(PAGE);
    const fields = { ...page.forms[0]?.fields, ...change };
    const answer = await reader.fetch('/floe/buy', {
      method: 'POST',
      headers,
      body: new URLSearchParams(fields),
    });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('This page was open for too long.');
    expect(created()).toEqual([]);
  });

  test('attack: a form from another site, which comes without cookies, leaves those of this browser alone', async () => {
    const answer = await site.serve(
      new Request(`${SITE}/floe/buy`, {
        method: 'POST',
        headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
        body: new URLSearchParams({ product: 'x' }),
      }),
    );
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
  });

  test('a wait that is longer than somebody waits for a page is said at once', async () => {
    const page = await reader.open(PAGE);
    const refusal = problem('rate_limited');
    refusal.headers.set('retry-after', '3');
    gateway.state.refusals.set('POST /v1/payments', [refusal]);
    const answer = await reader.send(page, '/floe/buy');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '3']);
    expect(created().length).toBe(1);
  });

  test('a body that was read before the gate is named as the fault', async () => {
    const page = await reader.open(PAGE);
    const request = new Request(`${SITE}/floe/buy`, {
      method: 'POST',
      body: new URLSearchParams(page.forms[0]?.fields),
    });
    await request.text();
    await expect(site.serve(request)).rejects.toThrow(/has read the body of this form before the gate/);
  });

  test('attack: a token of another browser buys nothing', async () => {
    const other = newVisitor(site.serve);
    const [form] = (await other.open(PAGE)).forms;
    await reader.open(PAGE);
    const answer = await reader.fetch('/floe/buy', {
      method: 'POST',
      headers: { origin: SITE },
      body: new URLSearchParams(form?.fields),
    });
    expect(answer.status).toBe(403);
    expect(created()).toEqual([]);
  });

  test.each([
    '//evil.example/a',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/a\nb',
    '/.//evil.example',
    'premium/a',
    '',
    '/floe/sign-out',
    `/${'a'.repeat(2_000)}`,
  ])('attack: the way back %j leads to the site’s first page', async (to) => {
    const page = await reader.open(PAGE);
    await reader.send(page, '/floe/buy', { to });
    expect(created()).toMatchObject([{ success_url: `${SITE}/` }]);
    const { html } = await reader.open(`/floe/sign-in?to=${encodeURIComponent(to)}`);
    expect(html).toContain('<a href="/">Back</a>');
  });

  test.each([
    ['product_archived', 410, 'This is not sold any more.'],
    ['unknown_product', 410, 'This is not sold any more.'],
    ['already_subscribed', 409, 'You have a subscription already.'],
    ['rate_limited', 429, 'Please try again in 1 minute.'],
    ['disallowed_url', 502, 'Nothing was charged.'],
    ['forbidden_key', 502, 'Nothing was charged.'],
  ] as const)('%s is said in a sentence, with a way back', async (code, status, sentence) => {
    gateway.state.refusals.set('POST /v1/payments', [problem(code), problem(code)]);
    const answer = await reader.send(await reader.open(PAGE), '/floe/buy');
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(sentence);
    expect(answer.html).toContain(`<a href="${PAGE}">Back</a>`);
    expect(answer.text, 'what is for the owner stays with the owner').not.toMatch(/registered|key may not/);
    expect(site.told.length).toBe(status === 502 ? 1 : 0);
  });

  test.each([
    ['disallowed_url', false],
    ['forbidden_key', false],
    ['polar_unavailable', true],
  ] as const)('a checkout that fails by %s is to be tried again: %s', async (code, passes) => {
    gateway.state.refusals.set('POST /v1/payments', [problem(code), problem(code)]);
    const answer = await reader.send(await reader.open(PAGE), '/floe/buy');
    expect(answer.text.includes('Please try again in a moment.')).toBe(passes);
    expect(answer.headers.has('retry-after')).toBe(passes);
  });

  test('on this machine the page says what the gateway said, so that whoever builds the site sees it', async () => {
    site = openSite(gateway, { origin: 'http://localhost:4321' });
    gateway.state.refusals.set('POST /v1/payments', [problem('disallowed_url')]);
    reader = newVisitor(site.serve);
    const answer = await reader.send(await reader.open(PAGE), '/floe/buy');
    expect(answer.text).toContain('This URL is not allowed here.');
  });

  test('what is wrong with both addresses to come back to is said once', async () => {
    site = openSite(gateway, { origin: 'http://localhost:4321' });
    const message = 'Must be one of the app’s registered callback URLs, or beneath one.';
    const errors = ['success_url', 'return_url'].map((name) => ({ path: `body.${name}`, message }));
    const detail = errors.map((each) => `${each.path}: ${message}`).join(' ');
    gateway.state.refusals.set('POST /v1/payments', [
      problemResponse(new Problem('disallowed_url', { errors, detail }), 'req_1'),
    ]);
    reader = newVisitor(site.serve);
    const { text } = await reader.send(await reader.open(PAGE), '/floe/buy');
    expect(text.split(message)).toHaveLength(2);
    expect(text).toContain(`body.success_url, body.return_url: ${message}`);
  });

  test('a reload or a bookmark of the address leads to the site', async () => {
    for (const name of ['buy', 'sign-out']) {
      const { status, location } = await reader.open(`/floe/${name}?to=${TO}`);
      expect([status, location]).toEqual([303, PAGE]);
    }
    expect((await reader.fetch('/floe/buy', { method: 'PUT' })).headers.get('allow')).toBe('POST');
  });
});

describe('signing in by mail', () => {
  const verified = () =>
    gateway.calls.filter(({ path }) => path === '/v1/sign-in/verify').map(({ body }) => JSON.parse(body));
  const begin = async (email = 'ada@readers.dev') => {
    const page = await reader.open(`/floe/sign-in?to=${TO}`);
    const sent = await reader.send(page, '/floe/sign-in', { email });
    expect([sent.status, sent.location]).toEqual([303, `/floe/code?to=${TO}`]);
    return reader.open(sent.location ?? '');
  };
  beforeEach(() => {
    const { token } = gateway.signIn('n', 'customer-n', [RESOURCE]);
    gateway.state.addresses.set('ada@readers.dev', token);
  });

  test('with the code leads back to the page, which is open then', async () => {
    const page = await begin(' ada@readers.dev ');
    expect(page.text).toContain('If something was bought with ada@readers.dev, a mail');
    expect(page.html).toMatch(/<input [^>]*autocomplete="one-time-code" inputmode="numeric" required/);
    const done = await reader.send(page, '/floe/code', { code: '023360' });
    expect([done.status, done.location]).toEqual([303, PAGE]);
    expect((await reader.open(PAGE)).text).toBe(ARTICLE);
    expect(reader.cookies.has(`__Host-floe_${APP}_attempt`)).toBe(false);
    const [asked] = gateway.calls.filter(({ path }) => path === '/v1/sign-in');
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      email: 'ada@readers.dev',
      return_url: `${SITE}/floe/code?to=${TO}`,
    });
  });

  test('with what is behind the mail’s link, which a script of the page hands to its form', async () => {
    const page = await begin();
    expect(page.html).toContain('<script src="/floe/link.js" defer></script>');
    const [id] = gateway.state.attempts.keys();
    const done = await reader.send(page, '/floe/code', { link: `${id}.${'l'.repeat(43)}`, code: '' });
    expect([done.status, done.location]).toEqual([303, PAGE]);
    expect((await reader.open(PAGE)).text).toBe(ARTICLE);
  });

  test('names the session that the browser has, so that it is ended where the new one opens all that it did', async () => {
    const token = hold('p', { proof: 'purchase' });
    await reader.send(await begin(), '/floe/code', { code: '023360' });
    expect(verified()).toMatchObject([{ session: token }]);
    expect(reader.cookies.get(SESSION)).toContain(token);
  });

  test('with a form that one double click has sent twice', async () => {
    const page = await begin();
    const before = new Map(reader.cookies);
    await reader.send(page, '/floe/code', { code: '023360' });
    reader.cookies.clear();
    for (const [name, value] of before) reader.cookies.set(name, value);
    const second = await reader.send(page, '/floe/code', { code: '023360' });
    expect([second.status, second.location]).toEqual([303, PAGE]);
    expect((await reader.open(PAGE)).text).toBe(ARTICLE);
  });

  test('with a long address in letters that take several bytes', async () => {
    const email = `${'語'.repeat(240)}@x.dev`;
    gateway.state.addresses.set(email, gateway.signIn('l', 'customer-l', [RESOURCE]).token);
    const done = await reader.send(await begin(email), '/floe/code', { code: '023360' });
    expect(done.location).toBe(PAGE);
  });

  test('with a form of another browser is asked for again on the same page', async () => {
    const other = newVisitor(site.serve);
    const page = await other.open(`/floe/sign-in?to=${TO}`);
    const refused = await reader.send(page, '/floe/sign-in', { email: 'ada@readers.dev' });
    expect([refused.status, refused.text.includes('This page was open for too long.')]).toEqual([403, true]);
    expect((await reader.send(refused, '/floe/sign-in', { email: 'ada@readers.dev' })).status).toBe(303);
  });

  test('with a wrong code says so, and takes the right one afterwards', async () => {
    const page = await begin();
    const wrong = await reader.send(page, '/floe/code', { code: '111111' });
    expect(wrong.status).toBe(400);
    expect(wrong.html).toMatch(
      /<input [^>]*aria-invalid="true" aria-describedby="floe-error">\s*<p class="floe-error" id="floe-error" role="alert">This code is not right/,
    );
    expect((await reader.send(wrong, '/floe/code', { code: ' ' })).status).toBe(400);
    expect((await reader.send(wrong, '/floe/code', { code: '023360' })).location).toBe(PAGE);
  });

  test('an address that is not known gets the same pages and answers', async () => {
    const known = await begin('ada@readers.dev');
    const knownWrong = await reader.send(known, '/floe/code', { code: '1' });
    const unknown = await begin('eve@readers.dev');
    const unknownWrong = await reader.send(unknown, '/floe/code', { code: '1' });
    const masked = (html: string) => html.replaceAll(/(ada|eve)@/g, '@');
    expect(masked(unknown.html)).toBe(masked(known.html));
    expect(masked(unknownWrong.html)).toBe(masked(knownWrong.html));
    expect(unknownWrong.status).toBe(knownWrong.status);
  });

  test.each(['', 'ada', 'ada@', 'a b@readers.dev', `${'a'.repeat(300)}@readers.dev`])(
    'asks again for %j, which is no address',
    async (email) => {
      const page = await reader.open(`/floe/sign-in?to=${TO}`);
      const answer = await reader.send(page, '/floe/sign-in', { email });
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('Enter a complete e-mail address');
      expect(gateway.asked('/v1/sign-in')).toEqual([]);
    },
  );

  test('asks again for what the gateway does not take for an address', async () => {
    gateway.state.refusals.set('POST /v1/sign-in', [problem('validation_failed')]);
    const answer = await reader.send(await reader.open('/floe/sign-in'), '/floe/sign-in', {
      email: 'a@b',
    });
    expect([answer.status, answer.text.includes('Enter a complete')]).toEqual([400, true]);
    expect(answer.html).toContain('value="a@b"');
  });

  test('says when to try again, after too many attempts', async () => {
    const refused = () =>
      new Response(JSON.stringify({ code: 'rate_limited', title: 'x', status: 429 }), {
        status: 429,
        headers: { 'content-type': 'application/problem+json', 'retry-after': '40' },
      });
    gateway.state.refusals.set('POST /v1/sign-in', [refused()]);
    const page = await reader.open('/floe/sign-in');
    const email = { email: 'ada@readers.dev' };
    // A short wait is waited for by the client, once.
    const answer = await reader.send(page, '/floe/sign-in', email);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '40']);
    expect(answer.text).toContain('Please try again in 40 seconds.');
    const code = await begin();
    gateway.state.refusals.set('POST /v1/sign-in/verify', [refused()]);
    expect((await reader.send(code, '/floe/code', { code: '023360' })).status).toBe(429);
  });

  test('where the gateway sends no mail, says so, and tells the owner', async () => {
    gateway.state.refusals.set('POST /v1/sign-in', [
      problem('mail_not_configured'),
      problem('mail_not_configured'),
    ]);
    const answer = await reader.send(await reader.open('/floe/sign-in'), '/floe/sign-in', {
      email: 'ada@readers.dev',
    });
    expect([answer.status, answer.text.includes('No mail can be sent')]).toEqual([503, true]);
    expect(site.told.length).toBe(1);
  });

  test('where the page is not among the app’s addresses, the mail has a code only', async () => {
    gateway.state.refusals.set('POST /v1/sign-in', [problem('disallowed_url')]);
    const page = await begin();
    expect((await reader.send(page, '/floe/code', { code: '023360' })).location).toBe(PAGE);
    expect(site.told.length).toBe(1);
  });

  test('attack: a code or a link is worth nothing in another browser', async () => {
    await begin();
    const [id] = gateway.state.attempts.keys();
    const victim = newVisitor(site.serve);
    const opened = await victim.open(`/floe/code?to=${TO}`);
    expect(opened.text).toContain(
      'works once, for 15 minutes, and only in the browser in which it was asked for',
    );
    expect(opened.forms.map(({ action }) => action)).toEqual(['/floe/sign-in']);
    const token = opened.forms[0]?.fields['token'] ?? '';
    const guesses: Record<string, string>[] = [{ code: '023360' }, { link: `${id}.${'l'.repeat(43)}` }];
    for (const typed of guesses) {
      const answer = await victim.fetch('/floe/code', {
        method: 'POST',
        headers: { origin: SITE },
        body: new URLSearchParams({ ...typed, token, to: PAGE }),
      });
      expect(answer.status).toBe(400);
    }
    expect(verified()).toEqual([]);
    expect(victim.cookies.has(SESSION)).toBe(false);
  });

  test('attack: a link of another attempt signs nobody in', async () => {
    await begin();
    const page = await begin();
    const [first] = gateway.state.attempts.keys();
    const answer = await reader.send(page, '/floe/code', { link: `${first}.${'l'.repeat(43)}` });
    expect(answer.status).toBe(400);
    expect(verified()).toEqual([]);
  });

  test('attack: what is no form of these pages is not read', async () => {
    const page = await reader.open('/floe/sign-in');
    const fields = page.forms[0]?.fields ?? {};
    const post = (body: BodyInit, headers: Record<string, string> = {}) =>
      reader.fetch('/floe/sign-in', { method: 'POST', headers: { origin: SITE, ...headers }, body });
    const huge = new URLSearchParams({ ...fields, email: 'a'.repeat(9_000) });
    const json = JSON.stringify({ ...fields, email: 'ada@readers.dev' });
    for (const answer of [
      await post(huge),
      await post(json, { 'content-type': 'application/json' }),
      await post(new Blob([String(new URLSearchParams(fields))]), { 'content-type': 'text/plain' }),
    ])
      expect(answer.status).toBe(403);
    expect(gateway.calls).toEqual([]);
  });
});

describe('the account', () => {
  test('of nobody leads to signing in', async () => {
    const page = await reader.open(`/floe/account?to=${TO}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('You are not signed in.');
    expect(page.html).toContain(`/floe/sign-in?to=${TO}`);
    expect(page.forms).toEqual([]);
    expect(gateway.calls).toEqual([]);
  });

  test('has purchases, subscriptions and invoices of whoever has signed in', async () => {
    hold('a');
    gateway.state.payments.push(
      paid(),
      paid({
        id: `pay_${'2'.repeat(26)}`,
        status: 'refunded',
        product: { id: 'p2', name: 'A book', plan: null },
      }),
      paid({ id: `pay_${'3'.repeat(26)}`, status: 'pending' }),
      paid({ id: `pay_${'4'.repeat(26)}`, customer: { id: 'customer-2', external_id: null } }),
    );
    gateway.state.subscriptions.push(
      subscribed(),
      subscribed({ id: 'sub-2', cancel_at_period_end: true, ends_at: '2026-12-24T10:00:00Z' }),
      subscribed({ id: 'sub-3', status: 'past_due' }),
      subscribed({ id: 'sub-4', status: 'canceled', ended_at: '2026-11-05T10:00:00Z' }),
      subscribed({ id: 'sub-5', status: 'trialing', trial_end: '2026-11-30T10:00:00Z' }),
      subscribed({ id: 'sub-6', customer: { id: 'customer-2' } }),
    );
    const page = await reader.open(`/floe/account?to=${TO}`);
    expect(page.text).toContain('You are signed in as a…@readers.dev.');
    expect(page.text).toContain('Monthly €9 / month Active. Renews on December 2, 2026.');
    expect(page.text).toContain('Active until December 24, 2026. It does not renew.');
    expect(page.text).toContain('The last payment failed. Update your payment method.');
    expect(page.text).toContain('Ended on November 5, 2026');
    expect(page.text).toContain('Free trial until November 30, 2026');
    expect(page.text).toContain('Lifetime €10.71 Bought on November 2, 2026 · Paid Invoice');
    expect(page.text).toContain('A book €10.71 Bought on November 2, 2026 · Refunded Invoice');
    expect(page.html.match(/\/floe\/invoice/g)).toHaveLength(2);
    expect(page.html).toContain(`https://floe.example.com/portal?app=${APP}`);
  });

  test('of a purchase that nobody has signed in for shows that purchase, and neither address nor invoice', async () => {
    const mine = paid({ subscription_id: 'sub-1', customer: { id: 'customer-1', email: 'ada@readers.dev' } });
    gateway.state.payments.push(mine, paid({ id: `pay_${'2'.repeat(26)}` }));
    gateway.state.subscriptions.push(subscribed(), subscribed({ id: 'sub-2' }));
    hold('p', { proof: 'purchase', subject: { ...customer('customer-1'), payment_id: mine.id } });
    const page = await reader.open('/floe/account');
    expect(page.text).toContain('This browser knows what was bought in it.');
    expect(page.html.match(/Bought on/g)).toHaveLength(1);
    expect(page.html.match(/Renews on/g)).toHaveLength(1);
    expect(page.text).not.toMatch(/ada|Invoice|payment methods/);
    expect(page.html).toContain('/floe/sign-in');
  });

  test('shows what was bought behind many checkouts that were left unpaid, and says when there is more', async () => {
    hold('a');
    const id = (i: number) => `pay_${String(i).padStart(26, '0')}`;
    for (let i = 0; i < 60; i++) gateway.state.payments.push(paid({ id: id(i), status: 'pending' }));
    gateway.state.payments.push(paid());
    const page = await reader.open('/floe/account');
    expect(page.html.match(/· Paid/g)).toHaveLength(1);
    expect(page.text).not.toContain('Only the newest are shown here.');
    for (let i = 60; i < 120; i++) gateway.state.payments.push(paid({ id: id(i) }));
    expect((await reader.open('/floe/account')).text).toContain('Only the newest are shown here.');
  });

  test('of a member of a team shows nothing of what the team pays', async () => {
    gateway.state.payments.push(paid());
    hold('m', { subject: { ...customer('customer-1'), member_id: 'member-1' } });
    const page = await reader.open('/floe/account');
    expect(page.text).toContain('You are signed in as a…@readers.dev. A place in a team Back Sign out');
    expect(page.text).not.toMatch(/Bought on|Invoice/);
    expect(gateway.asked('/v1/payments')).toEqual([]);
  });

  test('of the site’s own user is found by the site’s name for them', async () => {
    gateway.state.payments.push(paid({ customer: { id: null, external_id: 'user-1' } }));
    hold('a', { proof: 'app', subject: { ...customer('x'), customer_id: null, external_id: 'user-1' } });
    expect((await reader.open('/floe/account')).text).toContain('Lifetime €10.71');
  });

  test('says that it cannot be shown while the gateway is away, and not that nothing was bought', async () => {
    hold('a');
    gateway.state.isDown = true;
    const page = await reader.open('/floe/account');
    expect(page.text).toContain('What you have bought cannot be shown right now.');
    expect(page.text).not.toContain('Nothing has been bought yet.');
  });

  test('leaves out sessions that are over', async () => {
    const token = hold('a');
    gateway.sessions.delete(token);
    expect((await reader.open('/floe/account')).text).toContain('You are not signed in.');
  });

  test('signs out, at the gateway too, and leads back', async () => {
    const token = hold('a', { has: [RESOURCE] });
    expect((await reader.open(PAGE)).text).toBe(ARTICLE);
    const done = await reader.send(await reader.open(`/floe/account?to=${TO}`), '/floe/sign-out');
    expect([done.status, done.location]).toEqual([303, PAGE]);
    expect(gateway.sessions.has(token)).toBe(false);
    expect((await reader.open(PAGE)).status).toBe(401);
  });

  test('attack: nobody is signed out by another site', async () => {
    const token = hold('a');
    const page = await reader.open('/floe/account');
    const fields = page.forms.find(({ action }) => action === '/floe/sign-out')?.fields ?? {};
    const answer = await reader.fetch('/floe/sign-out', {
      method: 'POST',
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      body: new URLSearchParams(fields),
    });
    expect(answer.status).toBe(403);
    expect(gateway.sessions.has(token)).toBe(true);
  });

  describe('invoices', () => {
    const invoice = (id: string) => reader.open(`/floe/invoice?payment=${id}`);

    test('are the buyer’s, who has proven the address', async () => {
      gateway.state.payments.push(paid());
      hold('a');
      expect((await invoice(paid().id)).location).toBe(`https://polar.example/invoices/${paid().id}`);
    });

    test('attack: of others, of a team, or of a purchase that is not proven are not given out', async () => {
      gateway.state.payments.push(paid({ customer: { id: 'customer-2', external_id: null } }));
      const refused = async () => {
        expect((await invoice(paid().id)).location).toBe('/floe/account?to=%2F');
        expect(gateway.asked(`/v1/payments/${paid().id}/invoice`)).toEqual([]);
        reader.cookies.clear();
      };
      await refused();
      hold('a');
      await refused();
      hold('b', { subject: { ...customer('customer-2'), member_id: 'member-1' } });
      await refused();
      hold('c', { proof: 'purchase', subject: { ...customer('customer-2'), payment_id: paid().id } });
      await refused();
      hold('d', { subject: customer('customer-2') });
      expect((await invoice('pay_../../x')).location).toBe('/floe/account?to=%2F');
      expect((await invoice(`pay_${'9'.repeat(26)}`)).location).toBe('/floe/account?to=%2F');
    });

    test('that lack the buyer’s address lead to where it is given; that are not ready say so', async () => {
      gateway.state.payments.push(paid());
      hold('a');
      const where = `GET /v1/payments/${paid().id}/invoice`;
      gateway.state.refusals.set(where, [problem('billing_details_missing')]);
      expect((await invoice(paid().id)).location).toBe(`https://floe.example.com/portal?app=${APP}`);
      gateway.state.refusals.set(where, [Response.json({ url: null, expires_at: null }, { status: 202 })]);
      const later = await invoice(paid().id);
      expect([later.status, later.headers.get('retry-after')]).toEqual([503, '5']);
      expect(later.text).toContain('The invoice is not ready yet.');
    });
  });
});

describe('options', () => {
  test('pages: false and a publishable key leave the plain page, without links', async () => {
    for (const plain of [
      openSite(gateway, { pages: false }),
      openSite(gateway, {}, { publishableKey: PUBLISHABLE_KEY }),
    ]) {
      const page = await newVisitor(plain.serve).open(PAGE);
      expect([page.status, page.html.includes('<a ')]).toEqual([401, false]);
      expect(plain.gate.hasPage(`${SITE}/floe/sign-in`)).toBe(false);
      expect((await newVisitor(plain.serve).open('/floe/sign-in')).text).toBe(ARTICLE);
    }
  });

  test('hasPage tells an adapter which bodies are the gate’s', () => {
    const has = (path: string) => site.gate.hasPage(SITE + path);
    for (const name of ['buy', 'sign-in', 'sign-in/', 'code', 'account', 'sign-out', 'invoice', 'style.css'])
      expect(has(`/floe/${name}`)).toBe(true);
    for (const path of ['/', '/floe/', '/floe/logo.png', '/floe/buy/x', '/xfloe/buy', '/a/floe/buy'])
      expect(has(path)).toBe(false);
  });

  test('pages.path moves them, and what else is beneath it stays the site’s', async () => {
    site = openSite(gateway, { pages: { path: '/konto/' } });
    reader = newVisitor(site.serve);
    expect((await reader.open(PAGE)).forms[0]?.action).toBe('/konto/buy');
    expect((await reader.open('/konto/account')).text).toContain('You are not signed in.');
    expect((await reader.open('/konto/logo.png')).text).toBe(ARTICLE);
    expect((await reader.open('/floe/account')).text).toBe(ARTICLE);
  });

  test('names, titles, and a first page of the site’s', async () => {
    site = openSite(gateway, {
      pages: { name: 'Quay <News>', home: '/start', title: async () => 'The night shift' },
    });
    reader = newVisitor(site.serve);
    const page = await reader.open(PAGE);
    expect(page.html).toContain('<h1><bdi>The night shift</bdi></h1>');
    expect(page.html).toContain('<title>The night shift · Quay &lt;News&gt;</title>');
    expect((await reader.open('/floe/account')).html).toContain('<a href="/start">Back</a>');
  });

  test('a theme and a stylesheet', async () => {
    site = openSite(gateway, {
      pages: { theme: { accent: 'light-dark(#0a7d4f, #7fe0b5)' }, stylesheet: 'https://cdn.example/own.css' },
    });
    reader = newVisitor(site.serve);
    const style = await reader.open('/floe/style.css');
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(style.html).toContain(':root{--floe-accent:light-dark(#0a7d4f, #7fe0b5);}');
    const page = await reader.open(PAGE);
    expect(page.html).toMatch(
      /floe\/style\.css">\s*<link rel="stylesheet" href="https:\/\/cdn\.example\/own\.css">/,
    );
    expect(page.headers.get('content-security-policy')).toContain("style-src 'self' https://cdn.example;");
  });

  test.each([
    [{ path: 'floe' }, /pages\.path/],
    [{ path: '/floe' }, /pages\.path/],
    [{ path: '/../' }, /pages\.path/],
    [{ path: '/' }, /pages\.path/],
    [{ home: '//evil.example' }, /pages\.home/],
    [{ home: 'https://evil.example' }, /pages\.home/],
    [{ theme: { accent: 'red;}body{display:none' } }, /pages\.theme\.accent/],
    [{ stylesheet: '//evil.example/a.css' }, /pages\.stylesheet/],
    [{ stylesheet: "https://a.example;script-src 'unsafe-inline'" }, /pages\.stylesheet/],
    [{ home: '/floe/account' }, /pages\.home/],
    [{ messages: { de: {} }, lang: 'xx' }, /pages\.lang/],
    [{ messages: { pt_BR: {} }, lang: 'pt_BR' }, /pt_BR .*such as pt-BR/],
    [{ lang: 'de-' }, /de- in pages/],
    [{ messages: { constructor: {} } }, /constructor in pages/],
  ])('%o is refused when the site starts', (pages, message) => {
    expect(() => openSite(gateway, { pages })).toThrow(message);
  });

  test('a page of the site’s own that cannot be made is told to its owner, and the kit’s takes its place', async () => {
    const fail = () => {
      throw new Error('no template');
    };
    site = openSite(gateway, {
      pages: { title: fail, denied: fail, account: (() => null) as unknown as () => string },
    });
    reader = newVisitor(site.serve);
    const denied = await reader.open(PAGE);
    expect([denied.status, denied.text.includes('Monthly €9 / month')]).toEqual([401, true]);
    expect(site.told).toEqual(['Error: no template', 'Error: no template']);
    const account = await reader.open('/floe/account');
    expect(account.text).toContain('You are not signed in.');
    for (const { headers } of [denied, account])
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('a page of the site’s own is for no cache on the way, whatever it says', async () => {
    const shared = { 'cdn-cache-control': 'public, max-age=600', 'surrogate-control': 'max-age=600' };
    site = openSite(gateway, { pages: { account: () => new Response('mine', { headers: shared }) } });
    const { headers } = await newVisitor(site.serve).open('/floe/account');
    expect([...headers.keys()].filter((name) => Object.hasOwn(shared, name))).toEqual([]);
    expect(headers.get('cache-control')).toBe('private, no-store');
  });

  test('a page of the site’s own gets everything as data; the rest stays the kit’s', async () => {
    site = openSite(gateway, {
      pages: {
        denied: ({ title, reason, offers, signIn, text }) =>
          `<p>${title}: ${reason}, ${offers?.[0]?.price}, ${text.signIn} ${signIn}</p>`,
        signIn: ({ form, error }) =>
          new Response(`${form.action} ${Object.keys(form.fields).join()} ${error}`, {
            status: 418,
            headers: { 'x-own': '1', 'content-security-policy': 'own' },
          }),
      },
    });
    reader = newVisitor(site.serve);
    const denied = await reader.open(PAGE);
    expect([denied.status, denied.html]).toEqual([
      401,
      `<p>Premium: no_session, €9 / month, Sign in /floe/sign-in?to=${TO}</p>`,
    ]);
    expect(denied.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(denied.headers.get('content-security-policy')).toBeNull();
    expect(denied.headers.get('cache-control')).toBe('private, no-store');
    const signIn = await reader.open('/floe/sign-in');
    expect([signIn.status, signIn.html]).toEqual([418, '/floe/sign-in to,token null']);
    expect([signIn.headers.get('x-own'), signIn.headers.get('content-security-policy')]).toEqual([
      '1',
      'own',
    ]);
    expect(reader.cookies.has(`__Host-floe_${APP}_form`)).toBe(true);
    expect((await reader.open('/floe/account')).text).toContain('You are not signed in.');
  });
});
