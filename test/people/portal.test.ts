import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  seedPayment,
  seedPurchase,
  seedSession,
  seedShop,
  seedSnapshot,
  seedWare,
  type Shop,
  uuid,
} from '../access/access-rows.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';
import {
  codeIn,
  type Desk,
  type Init,
  type Jar,
  openDesk,
  seedCustomer,
  someone,
  wrongCode,
} from './sign-in-calls.ts';

/* The gateway's own pages: sign in by mail, then to Polar's portal. Driven as a browser without scripts does. */

const PORTAL_URL = 'https://polar.sh/floe/portal?customer_session_token=polar_cst_secret&email=x';

let desk: Desk;
let shop: Shop;
let jar: Jar;
/** What Polar was asked. */
let asked: { path: string; body: Record<string, unknown> }[];
let polarAnswer: () => Response;

beforeEach(async () => {
  desk = openDesk();
  shop = await seedShop();
  jar = new Map();
  asked = [];
  polarAnswer = () =>
    Response.json({ token: 'polar_cst_secret', customer_portal_url: PORTAL_URL }, { status: 201 });
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    const { pathname, host } = new URL(request.url);
    asked.push({ path: `${request.method} ${host}${pathname}`, body: await request.json() });
    return polarAnswer();
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const visit = (path: string, init: Init = {}) =>
  desk.send('GET', path, {
    jar,
    ...init,
    headers: { accept: 'text/html', ...fromAnywhere(), ...init.headers },
  });

/** Visitors are counted by address; what is tested here is not that. */
function fromAnywhere() {
  return { 'cf-connecting-ip': `192.0.2.${Math.floor(Math.random() * 250)}` };
}

/** Every hidden field of the page's form. */
const fieldsOf = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );

const submit = (path: string, form: Record<string, string>, init: Init = {}) =>
  desk.send('POST', path, {
    jar,
    form,
    ...init,
    headers: {
      accept: 'text/html',
      origin: GATEWAY_URL,
      ...fromAnywhere(),
      ...init.headers,
    },
  });

/** A customer with the one member that Polar gives each. */
async function seedReader(owner: Shop = shop, email = someone()) {
  const customerId = await seedCustomer(owner, email);
  const memberId = uuid();
  await seedSnapshot(owner, { kind: 'member', id: memberId, customerId, data: { email, role: 'owner' } });
  await seedPayment(owner, { customerId });
  return { email, customerId, memberId };
}

/** Through both pages, to the cookie. */
async function signIn(email: string, owner: Shop = shop, then = '') {
  const page = await visit(`/sign-in?app=${owner.app.slug}&to=${then}`);
  const sent = await submit('/sign-in', { ...fieldsOf(page.text), email });
  expect(sent.status).toBe(303);
  const codePage = await visit(sent.headers.get('location') ?? '');
  return submit('/sign-in/code', { ...fieldsOf(codePage.text), code: codeIn(desk.mails.at(-1)) });
}

const portal = (init: Init = {}, owner: Shop = shop) => visit(`/portal?app=${owner.app.slug}`, init);

describe('a customer', () => {
  test('signs in on the gateway’s own pages and is sent to Polar’s portal, which nothing keeps', async () => {
    const lines: string[] = [];
    for (const level of ['log', 'warn', 'error'] as const)
      vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)));
    const { email, customerId, memberId } = await seedReader();
    const away = await portal();
    expect([away.status, away.headers.get('location')]).toEqual([
      303,
      `/sign-in?app=${shop.app.slug}&to=portal`,
    ]);
    const done = await signIn(email, shop, 'portal');
    expect([done.status, done.headers.get('location')]).toEqual([
      303,
      `/sign-in?app=${shop.app.slug}&to=portal`,
    ]);
    const inside = await visit(done.headers.get('location') ?? '');
    expect(inside.text).toContain(`${email[0]}…@readers.dev`);
    expect(inside.text).not.toContain(email);
    expect(inside.headers.get('refresh')).toBe(`0; url=/portal?app=${shop.app.slug}`);
    const { status, headers } = await portal();
    expect([status, headers.get('location')]).toEqual([303, PORTAL_URL]);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(asked).toEqual([
      {
        path: 'POST api.polar.sh/v1/customer-sessions/',
        body: {
          customer_id: customerId,
          member_id: memberId,
          return_url: `${GATEWAY_URL}/sign-in?app=${shop.app.slug}`,
        },
      },
    ]);
    const tables = await env.DB.prepare(
      "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '_cf_%'",
    ).all<{ name: string }>();
    for (const { name } of tables.results) {
      const { results } = await env.DB.prepare(`select * from "${name}"`).all();
      expect(JSON.stringify(results)).not.toContain('polar_cst_secret');
    }
    expect(lines.join('\n')).not.toContain('polar_cst_secret');
  });

  test('is told in the mail where alone the code belongs', async () => {
    const { email } = await seedReader();
    await signIn(email);
    expect(desk.mails[0]?.text).toContain(`Type it at ${new URL(GATEWAY_URL).host} and nowhere else.`);
    expect(desk.mails[0]?.text).not.toContain('#floe_sign_in');
  });

  test('of a team is named to Polar as the member they are', async () => {
    const customerId = await seedCustomer(shop, null);
    await seedPayment(shop, { customerId });
    const [email, owner] = [someone(), someone()];
    const [memberId, ownerId] = [uuid(), uuid()];
    await seedSnapshot(shop, { kind: 'member', id: memberId, customerId, data: { email, role: 'member' } });
    await seedSnapshot(shop, {
      kind: 'member',
      id: ownerId,
      customerId,
      data: { email: owner, role: 'owner' },
    });
    for (const address of [email, owner]) {
      await signIn(address);
      await portal();
    }
    expect(asked.map(({ body }) => [body['customer_id'], body['member_id']])).toEqual([
      [customerId, memberId],
      [customerId, ownerId],
    ]);
  });

  test('who mistypes the code is shown the form again, with what is wrong, for a screen reader too', async () => {
    const { email } = await seedReader();
    const page = await visit(`/sign-in?app=${shop.app.slug}`);
    const sent = await submit('/sign-in', { ...fieldsOf(page.text), email });
    const form = await visit(sent.headers.get('location') ?? '');
    const code = codeIn(desk.mails[0]);
    const wrong = await submit('/sign-in/code', { ...fieldsOf(form.text), code: wrongCode(code) });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('role="alert"');
    expect(wrong.text).toContain('aria-describedby="problem"');
    const right = await submit('/sign-in/code', { ...fieldsOf(wrong.text), code });
    expect(right.status).toBe(303);
  });

  test('signs out', async () => {
    const { email } = await seedReader();
    await signIn(email);
    const cookie = new Map(jar);
    const page = await visit(`/sign-in?app=${shop.app.slug}`);
    expect(page.text).toContain('You are signed in');
    expect((await submit('/sign-out', fieldsOf(page.text))).status).toBe(303);
    expect(jar.has('__Host-floe')).toBe(false);
    // Also for whoever kept the cookie.
    expect((await portal({ jar: cookie })).headers.get('location')).toContain('/sign-in');
    expect(asked).toEqual([]);
  });

  test('who signs in again has the old cookie ended, whichever app it was for', async () => {
    const other = await seedShop();
    const { email, customerId } = await seedReader();
    await seedPayment(other, { customerId });
    await signIn(email);
    const before = new Map(jar);
    await signIn(email, other);
    expect(jar.get('__Host-floe')).not.toBe(before.get('__Host-floe'));
    expect((await portal({ jar: before })).headers.get('location')).toContain('/sign-in');
    expect((await portal({}, other)).headers.get('location')).toBe(PORTAL_URL);
  });

  test('is asked for a new proof after a day', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await signIn((await seedReader()).email);
    vi.setSystemTime(Date.now() + 24 * 3_600_000);
    expect((await portal()).headers.get('location')).toContain('/sign-in');
  });

  test('is told when Polar is away, with a page that tries again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await signIn((await seedReader()).email);
    polarAnswer = () => {
      throw new TypeError('fetch failed');
    };
    const { status, headers, text } = await portal();
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('5');
    expect(text).toContain('Polar cannot be reached.');
  });

  test('of several things has one cookie here: the first', async () => {
    const { email, customerId } = await seedReader();
    const team = await seedCustomer(shop, null);
    await seedPayment(shop, { customerId: team });
    await seedSnapshot(shop, { kind: 'member', customerId: team, data: { email, role: 'member' } });
    const count = () =>
      env.DB.prepare('select count(*) as n from sessions where app_id = ?').bind(shop.app.id).first('n');
    await signIn(email);
    expect(await count()).toBe(1);
    await portal();
    expect(asked[0]?.body['customer_id']).toBe(customerId);
  });

  test('is told when D1 is away, on every page, and has spent nothing', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { email } = await seedReader();
    await signIn(email);
    const fields = fieldsOf((await visit(`/sign-in?app=${shop.app.slug}`)).text);
    const held = () => [desk.mails.length, jar.get('__Host-floe')];
    const ask = () => submit('/sign-in', { ...fields, email });
    const calls = [
      () => visit(`/sign-in?app=${shop.app.slug}`),
      () => visit(`/sign-in/code?app=${shop.app.slug}`),
      () => portal(),
      ask,
      () => submit('/sign-in/code', { ...fields, code: codeIn(desk.mails.at(-1)) }),
      () => submit('/sign-out', fields),
    ];
    const done = [];
    for (const call of calls) {
      const before = held();
      // Away at once, then after each further round trip, until it got through.
      for (desk.trouble.d1 = 0; ;) {
        const trips = desk.trouble.d1;
        const { status, headers, text } = await call();
        if (status < 500) break;
        expect([status, Number(headers.get('retry-after')) > 0]).toEqual([503, true]);
        expect(headers.get('content-type')).toContain('text/html');
        expect(text).not.toContain('D1_');
        expect(held()).toEqual(before);
        desk.trouble.d1 = trips + 1;
      }
      done.push(held().map((each, index) => each === before[index]));
      desk.trouble.d1 = Infinity;
      // It was away again behind the answer: no mail came.
      if (call === ask) await ask();
    }
    // The code that was tried in vain was right in the end.
    expect(done.slice(4)).toEqual([
      [true, false],
      [true, false],
    ]);
  });

  test('an address that nobody has leads to the same page', async () => {
    const { email } = await seedReader();
    const answers = [];
    for (const address of [email, someone()]) {
      jar = new Map();
      const page = await visit(`/sign-in?app=${shop.app.slug}`);
      const sent = await submit('/sign-in', { ...fieldsOf(page.text), email: address });
      const form = await visit(sent.headers.get('location') ?? '');
      answers.push([
        sent.status,
        sent.headers.get('location'),
        sent.trips,
        form.text.replaceAll(/value="[^"]*"/g, ''),
      ]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(desk.mails).toHaveLength(1);
  });
});

describe('the pages', () => {
  test('load nothing, run nothing, are framed by nobody, and say where their forms come from', async () => {
    const { headers, text } = await visit(`/sign-in?app=${shop.app.slug}`);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    );
    // With no-referrer a browser sends `Origin: null` with the form, and it would be refused.
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    // The icon is in the page, as an address that names SVG.
    expect(text.replace(/<link rel="icon"[^>]*>/, '')).not.toMatch(/<script|https?:/);
    expect(text).toContain('<label for="email">');
  });

  test('set cookies that no sibling domain, script or plain http sees', async () => {
    const { email } = await seedReader();
    const page = await visit(`/sign-in?app=${shop.app.slug}`);
    const sent = await submit('/sign-in', { ...fieldsOf(page.text), email });
    const form = await visit(sent.headers.get('location') ?? '');
    const done = await submit('/sign-in/code', { ...fieldsOf(form.text), code: codeIn(desk.mails[0]) });
    const cookies = [page, sent, done].flatMap(({ headers }) => headers.getSetCookie());
    expect(cookies.map((cookie) => cookie.split('=', 1)[0])).toEqual([
      '__Host-floe-form',
      '__Host-floe-attempt',
      '__Host-floe',
      '__Host-floe-attempt',
    ]);
    for (const cookie of cookies) expect(cookie).toMatch(/Path=\/;.*HttpOnly; Secure; SameSite=(Lax|Strict)/);
  });

  test('of an app that is not there are 404, in HTML for people', async () => {
    for (const path of ['/sign-in?app=nobody-live', '/sign-in/code?app=nobody-live']) {
      const { status, headers } = await visit(path);
      expect([status, headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    }
  });

  test('show an app’s name as text', async () => {
    await env.DB.prepare('update apps set name = ? where id = ?')
      .bind('<img src=x onerror=alert(1)>', shop.app.id)
      .run();
    const { text } = await visit(`/sign-in?app=${shop.app.slug}`);
    expect(text).not.toContain('<img');
  });
});

describe('attack: the portal', () => {
  test('without proof opens nothing: no cookie, an unknown one, an app’s session in its place', async () => {
    const { customerId, email } = await seedReader();
    const vouched = await seedSession(shop, { customerId, proof: 'app' });
    // Even one whose e-mail is proven: an app has it, and would be given the whole organization.
    const proven = await seedSession(shop, { customerId, proof: 'email', email });
    for (const token of [undefined, 'rubbish', shop.secretKey, vouched, proven]) {
      const planted: Jar = new Map(token === undefined ? [] : [['__Host-floe', token]]);
      const { status, headers } = await portal({ jar: planted });
      expect([status, headers.get('location')]).toEqual([303, `/sign-in?app=${shop.app.slug}&to=portal`]);
    }
    for (const key of [vouched, proven])
      expect((await portal({ key })).headers.get('location')).toContain('/sign-in');
    expect(asked).toEqual([]);
  });

  test('a code that an app asked for is not taken here, nor one from here by the app', async () => {
    const { email } = await seedReader();
    const begun = await desk.ask(shop, email);
    jar.set('__Host-floe-attempt', `${begun.body.attempt}.${begun.body.browser_token}`);
    const form = await visit(`/sign-in/code?app=${shop.app.slug}`);
    const tried = await submit('/sign-in/code', { ...fieldsOf(form.text), code: codeIn(desk.mails[0]) });
    expect([tried.status, jar.has('__Host-floe')]).toEqual([400, false]);
    expect(
      (await desk.verify(shop, { ...begun.body, expires_at: undefined, code: codeIn(desk.mails[0]) })).status,
    ).toBe(200);

    await submit('/sign-in', { ...fieldsOf(form.text), email });
    const [attempt, browser_token] = (jar.get('__Host-floe-attempt') ?? '').split('.');
    const byApp = await desk.verify(shop, { attempt, browser_token, code: codeIn(desk.mails[1]) });
    expect([byApp.status, byApp.body.code]).toEqual([400, 'invalid_code']);
  });

  test('the cookie is no Bearer token', async () => {
    await signIn((await seedReader()).email);
    const key = jar.get('__Host-floe') ?? '';
    for (const path of ['/v1/session', '/v1/sessions', '/v1/access?resource=plan:x:y'])
      expect((await desk.send('GET', path, { key })).status).toBe(401);
  });

  test('another app’s cookie, and another mode’s, lead to signing in', async () => {
    await signIn((await seedReader()).email);
    for (const other of [await seedShop(), await seedShop('sandbox', shop.app.product)])
      expect((await portal({}, other)).headers.get('location')).toContain('/sign-in');
    expect(asked).toEqual([]);
  });

  test('is not opened by HEAD, a prefetch, a frame or a fetch of a sibling domain', async () => {
    await signIn((await seedReader()).email);
    const head = await desk.send('HEAD', `/portal?app=${shop.app.slug}`, { jar });
    expect([head.status, head.headers.get('location')]).toEqual([204, null]);
    for (const [headers, status] of [
      [{ 'sec-purpose': 'prefetch' }, 405],
      [{ 'sec-purpose': 'prefetch;prerender' }, 405],
      [{ 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, 403],
      [{ 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, 403],
      [{ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, 403],
    ] as const)
      expect((await portal({ headers })).status).toBe(status);
    expect(asked).toEqual([]);
    const clicked = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect((await portal({ headers: clicked })).headers.get('location')).toBe(PORTAL_URL);
  });

  test('is shut for an address that has become another’s at Polar since it was proven', async () => {
    const { email, customerId } = await seedReader();
    await signIn(email);
    await env.DB.prepare("update customers set email = 'moved@readers.dev' where id = ?")
      .bind(customerId)
      .run();
    expect((await portal()).headers.get('location')).toContain('/sign-in');
    await env.DB.prepare('update customers set email = ? where id = ?').bind(email, customerId).run();
    // The visit is over: a new proof is asked for.
    expect((await portal()).headers.get('location')).toContain('/sign-in');
    expect(asked).toEqual([]);
  });

  test('is shut for a member whose address is another’s now, and for one who was removed', async () => {
    for (const change of [
      "set data = json_set(data, '$.email', 'successor@readers.dev')",
      "set status = 'deleted'",
    ]) {
      const customerId = await seedCustomer(shop, null);
      await seedPayment(shop, { customerId });
      const [email, memberId] = [someone(), uuid()];
      await seedSnapshot(shop, { kind: 'member', id: memberId, customerId, data: { email, role: 'member' } });
      await signIn(email);
      await env.DB.prepare(`update snapshots ${change} where id = ?`).bind(memberId).run();
      expect((await portal()).headers.get('location')).toContain('/sign-in');
    }
    expect(asked).toEqual([]);
  });

  test('is shut for who owned the team and does no more, and for a deleted customer’s member', async () => {
    for (const [role, change] of [
      ['owner', "update snapshots set data = json_set(data, '$.role', 'member') where customer_id = ?"],
      ['member', 'update customers set deleted_at = 1 where id = ?'],
    ] as const) {
      const customerId = await seedCustomer(shop, null);
      await seedPayment(shop, { customerId });
      const email = someone();
      await seedSnapshot(shop, { kind: 'member', customerId, data: { email, role } });
      await signIn(email);
      await env.DB.prepare(change).bind(customerId).run();
      expect((await portal()).headers.get('location')).toContain('/sign-in');
    }
    expect(asked).toEqual([]);
  });

  test('opens for a member known from a seat alone: Polar says whether there still is one', async () => {
    const customerId = await seedCustomer(shop, null);
    await seedPayment(shop, { customerId });
    const [email, memberId] = [someone(), uuid()];
    const data = { customer_email: email, member_id: memberId };
    await seedSnapshot(shop, { kind: 'seat', customerId, status: 'claimed', data });
    await signIn(email);
    await env.DB.prepare("update snapshots set status = 'revoked', data = '{}' where customer_id = ?")
      .bind(customerId)
      .run();
    expect((await portal()).headers.get('location')).toBe(PORTAL_URL);
    expect(asked[0]?.body).toMatchObject({ customer_id: customerId, member_id: memberId });
  });

  test('opened through a purchase with a victim’s e-mail typed at checkout stays shut', async () => {
    const { customerId } = await seedReader();
    const { paymentId } = await seedPurchase(shop, await seedWare(shop), customerId);
    const session = await seedSession(shop, { paymentId });
    expect((await portal({ jar: new Map([['__Host-floe', session]]) })).headers.get('location')).toContain(
      '/sign-in',
    );
    expect(asked).toEqual([]);
  });

  test('an address that Polar gives and no browser should follow is not followed', async () => {
    await signIn((await seedReader()).email);
    polarAnswer = () => Response.json({ customer_portal_url: 'javascript:alert(1)' }, { status: 201 });
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect((await portal()).status).toBe(502);
  });
});

describe('attack: CSRF', () => {
  /** Signed in, with a code on its way, and the forms' fields. */
  async function prepare() {
    const { email } = await seedReader();
    await signIn(email);
    const page = await visit(`/sign-in?app=${shop.app.slug}`);
    const fields = fieldsOf(page.text);
    await submit('/sign-in', { ...fields, email });
    return {
      email,
      fields,
      mails: desk.mails.length,
      code: codeIn(desk.mails.at(-1)),
      visit: jar.get('__Host-floe'),
    };
  }
  const routes = ['/sign-in', '/sign-in/code', '/sign-out'] as const;

  test.each(routes)('%s is refused from a foreign origin, from none, and from null', async (path) => {
    const { email, fields, code, mails, visit: token } = await prepare();
    for (const origin of [
      'https://evil.dev',
      `${GATEWAY_URL}.evil.dev`,
      GATEWAY_URL.replace('https', 'http'),
      'null',
      '',
    ]) {
      const { status, text } = await submit(path, { ...fields, email, code }, { headers: { origin } });
      expect([status, text.includes('own page only')]).toEqual([403, true]);
    }
    expect([desk.mails.length, jar.get('__Host-floe')]).toEqual([mails, token]);
  });

  test.each(routes)('%s is refused without the form’s token, or with another browser’s', async (path) => {
    const { email, fields, code, mails, visit: token } = await prepare();
    const stranger = new Map<string, string>();
    const theirs = fieldsOf((await visit(`/sign-in?app=${shop.app.slug}`, { jar: stranger })).text);
    const { form_token: _, ...without } = fields;
    const forms = [
      without,
      { ...fields, form_token: 'x' },
      { ...fields, form_token: theirs['form_token'] ?? '' },
    ];
    for (const form of forms) {
      const { status } = await submit(path, { ...form, email, code });
      expect([403, 422]).toContain(status);
    }
    const noCookie = new Map([...jar].filter(([name]) => name !== '__Host-floe-form'));
    expect((await submit(path, { ...fields, email, code }, { jar: noCookie })).status).toBe(403);
    expect([desk.mails.length, jar.get('__Host-floe')]).toEqual([mails, token]);
  });

  test.each(routes)('%s by GET or as JSON changes nothing', async (path) => {
    const { email, fields, code, mails, visit: token } = await prepare();
    const query = new URLSearchParams({ ...fields, email, code }).toString();
    await visit(`${path}?${query}`);
    const asJson = await desk.send('POST', path, {
      jar,
      body: { ...fields, email, code },
      headers: { origin: GATEWAY_URL },
    });
    expect(asJson.status).toBe(415);
    expect([desk.mails.length, jar.get('__Host-floe')]).toEqual([mails, token]);
    expect((await portal()).headers.get('location')).toBe(PORTAL_URL);
  });

  test('the right form does it: these tests can fail', async () => {
    const { fields, code, visit: token } = await prepare();
    expect((await submit('/sign-in/code', { ...fields, code })).status).toBe(303);
    expect(jar.get('__Host-floe')).not.toBe(token);
    expect((await submit('/sign-out', fields)).status).toBe(303);
    expect(jar.has('__Host-floe')).toBe(false);
  });

  test('flooding: one address opens the portal some twenty times a minute, no more', async () => {
    await signIn((await seedReader()).email);
    const headers = { 'cf-connecting-ip': '192.0.3.9' };
    // A minute may end meanwhile: of more than two minutes' worth, some are too many.
    for (let i = 0; i < 45; i++) await portal({ headers });
    expect(asked.length).toBeLessThanOrEqual(40);
  });

  test('open redirect: the way on is a word of ours, never an address', async () => {
    const { fields, email } = await prepare();
    for (const to of ['https://evil.dev', '//evil.dev', '/v1/session']) {
      expect((await submit('/sign-in', { ...fields, email, to })).status).toBe(422);
      expect((await visit(`/sign-in?app=${shop.app.slug}&to=${encodeURIComponent(to)}`)).status).toBe(422);
    }
    const { headers } = await submit('/sign-out', { ...fields, app: '//evil.dev' });
    expect(headers.get('location')).toBe('/sign-in?app=%2F%2Fevil.dev');
  });
});
