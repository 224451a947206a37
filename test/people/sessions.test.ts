import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ORIGIN,
  seedExternal,
  seedPayment,
  seedPurchase,
  seedSession,
  seedShop,
  seedWare,
  type Shop,
  uuid,
} from '../access/access-rows.ts';
import { type Desk, openDesk } from './sign-in-calls.ts';

const DAY = 86_400_000;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0';

let desk: Desk;
let shop: Shop;

beforeEach(async () => {
  desk = openDesk();
  shop = await seedShop();
});

afterEach(() => {
  vi.useRealTimers();
});

const vouch = (body: Record<string, unknown>, headers: Record<string, string> = {}, owner = shop) =>
  desk.send('POST', '/v1/sessions', { key: owner.secretKey, body, headers });
const list = (key: string, query = '') => desk.send('GET', `/v1/sessions${query}`, { key });
const status = async (key: string) => (await desk.send('GET', '/v1/session', { key })).status;

describe('an app that vouches for its own user', () => {
  test('gets a session of all customers it has tied to that user', async () => {
    const ware = await seedWare(shop, { content: 'blog/premium' });
    const [one, two] = [uuid(), uuid()];
    await seedPurchase(shop, ware, two);
    for (const id of [one, two]) await seedExternal(shop, 'user-7', id);
    const { status: made, body } = await vouch({ external_id: 'user-7', user_agent: FIREFOX });
    expect(made).toBe(201);
    expect(body).toEqual({
      session: expect.stringMatching(/^floe_st_live_[\w-]{43}$/),
      expires_at: expect.any(String),
      subject: { payment_id: null, customer_id: null, external_id: 'user-7', member_id: null },
    });
    const access = await desk.send('GET', '/v1/access?resource=content:blog/premium', { key: body.session });
    expect(access.body).toMatchObject({ allow: true, customer: 'external:user-7' });
    const { body: described } = await desk.send('GET', '/v1/session', { key: body.session });
    expect(described).toMatchObject({ proof: 'app', email: null, browser: 'Firefox on Linux' });
    const rows = JSON.stringify((await env.DB.prepare('select * from sessions').all()).results);
    expect(rows).not.toContain(body.session);
    expect(rows).not.toContain('Gecko');
  });

  test('names a customer as access checks do', async () => {
    const customerId = uuid();
    expect((await vouch({ customer: customerId })).body.subject).toMatchObject({ customer_id: customerId });
    expect((await vouch({ customer: 'external:u1' })).body.subject).toMatchObject({ external_id: 'u1' });
    const memberId = uuid();
    expect((await vouch({ customer: customerId, member: memberId })).body.subject).toMatchObject({
      customer_id: customerId,
      member_id: memberId,
    });
  });

  test('says how long it lasts: 30 days if it does not, 90 at most', async () => {
    const days = async (body: Record<string, unknown>) => {
      const answer = await vouch({ external_id: 'u', ...body });
      return Math.round((Date.parse(answer.body.expires_at) - Date.now()) / DAY);
    };
    expect(await days({})).toBe(30);
    expect(await days({ ttl_seconds: 90 * 86_400 })).toBe(90);
    for (const ttl_seconds of [90 * 86_400 + 1, 0, 59, 1.5, '60']) {
      const { status: refused, body } = await vouch({ external_id: 'u', ttl_seconds });
      expect([refused, body.errors[0]?.path]).toEqual([422, 'body.ttl_seconds']);
    }
  });

  test.each([
    {},
    { external_id: 'u', customer: uuid() },
    { customer: 'someone' },
    { external_id: 'u', member: uuid() },
    { customer: 'external:u', member: uuid() },
    { external_id: 'u', email: 'a@b.dev' },
    { external_id: '' },
  ])('is told when %j names nobody, or two', async (body) => {
    expect((await vouch(body)).status).toBe(422);
  });

  test('with an Idempotency-Key gets one session, however often it asks', async () => {
    const headers = { 'idempotency-key': 'login-1' };
    const [first, again] = [
      await vouch({ external_id: 'u' }, headers),
      await vouch({ external_id: 'u' }, headers),
    ];
    expect(again.body).toEqual(first.body);
    const other = await vouch({ external_id: 'v' }, headers);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
  });

  test('attack: a publishable key and a session vouch for nobody', async () => {
    const session = await seedSession(shop, { customerId: uuid(), proof: 'app' });
    for (const key of [shop.publishableKey, session]) {
      const answer = await desk.send('POST', '/v1/sessions', { key, body: { external_id: 'u' } });
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden_key']);
    }
  });
});

describe('the list of sessions', () => {
  test('has a customer’s own, newest first, with the one that asks, those of their purchases, and no token', async () => {
    const customerId = uuid();
    const paymentId = await seedPayment(shop, { customerId });
    const byPurchase = await seedSession(shop, { paymentId, createdAt: Date.now() - 2 * DAY });
    await seedSession(shop, {
      customerId,
      proof: 'app',
      createdAt: Date.now() - DAY,
      label: 'Safari on iOS',
    });
    const mine = await seedSession(shop, { customerId, proof: 'email', email: 'ada@readers.dev' });
    await seedSession(shop, { customerId: uuid() });
    await seedSession(shop, { customerId, memberId: uuid() });
    await seedSession(shop, { customerId, revokedAt: Date.now() });
    await seedSession(shop, { customerId, expiresAt: Date.now() - 1 });
    const { body, text } = await list(mine);
    expect(body.next_cursor).toBeNull();
    expect(body.data.map(({ proof, current, email, browser }) => [proof, current, email, browser])).toEqual([
      ['email', true, 'a…@readers.dev', null],
      ['app', false, null, 'Safari on iOS'],
      ['purchase', false, null, null],
    ]);
    for (const token of [mine, byPurchase]) expect(text).not.toContain(token);
    expect(text).not.toContain('hash');
  });

  test('comes in pages', async () => {
    const customerId = uuid();
    for (let i = 0; i < 3; i++) await seedSession(shop, { customerId, createdAt: Date.now() - i });
    const query = `?customer=${customerId}&limit=2`;
    const { body: first } = await list(shop.secretKey, query);
    const { body: second } = await list(shop.secretKey, `${query}&cursor=${first.next_cursor}`);
    const ids = [...first.data, ...second.data].map(({ id }: { id: string }) => id);
    expect([first.data.length, second.data.length, new Set(ids).size]).toEqual([2, 1, 3]);
    expect(second.next_cursor).toBeNull();
  });

  test('of a customer, asked with a secret key, has the team’s members too, or one of them', async () => {
    const customerId = uuid();
    const memberId = uuid();
    await seedSession(shop, { customerId });
    await seedSession(shop, { customerId, memberId });
    await seedSession(shop, { externalId: 'u1', proof: 'app' });
    const count = async (query: string) => (await list(shop.secretKey, query)).body.data.length;
    expect(await count(`?customer=${customerId}`)).toBe(2);
    expect(await count(`?customer=${customerId}&member=${memberId}`)).toBe(1);
    expect(await count('?customer=external:u1')).toBe(1);
  });

  test.each(['', '?customer=nobody', '?customer=external:u&member=' + uuid()])(
    'asked with a secret key for %j is refused',
    async (query) => {
      expect((await list(shop.secretKey, query)).status).toBe(422);
    },
  );

  test('attack: a purchase-only session sees itself, whoever’s address was typed', async () => {
    const victim = uuid();
    await seedSession(shop, { customerId: victim, proof: 'email' });
    const session = await seedSession(shop, {
      paymentId: await seedPayment(shop, { customerId: victim }),
    });
    const { body } = await list(session);
    expect(body.data.map(({ current }: { current: boolean }) => current)).toEqual([true]);
  });

  test('attack: a session cannot name somebody else, another app sees nothing', async () => {
    const customerId = uuid();
    const session = await seedSession(shop, { customerId });
    expect((await list(session, `?customer=${uuid()}`)).status).toBe(422);
    const other = await seedShop();
    expect((await list(other.secretKey, `?customer=${customerId}`)).body.data).toEqual([]);
  });
});

describe('signing out', () => {
  test('ends this session at once', async () => {
    const session = await seedSession(shop, { customerId: uuid() });
    expect(await status(session)).toBe(200);
    expect((await desk.send('DELETE', '/v1/session', { key: session })).status).toBe(204);
    expect(await status(session)).toBe(401);
  });

  test('everywhere ends all of the customer’s, those of purchases too, and nobody else’s', async () => {
    const customerId = uuid();
    const mine = await seedSession(shop, { customerId });
    const phone = await seedSession(shop, { customerId });
    const bought = await seedSession(shop, { paymentId: await seedPayment(shop, { customerId }) });
    const someoneElse = await seedSession(shop, { customerId: uuid() });
    for (const key of [mine, phone, bought, someoneElse]) expect(await status(key)).toBe(200);
    const { body } = await desk.send('DELETE', '/v1/sessions', { key: mine });
    expect(body).toEqual({ ended: 3 });
    for (const key of [mine, phone, bought]) expect(await status(key)).toBe(401);
    expect(await status(someoneElse)).toBe(200);
  });

  test('everywhere, by the app, needs a name', async () => {
    const session = await seedSession(shop, { externalId: 'u9', proof: 'app' });
    expect((await desk.send('DELETE', '/v1/sessions', { key: shop.secretKey })).status).toBe(422);
    const { body } = await desk.send('DELETE', '/v1/sessions?customer=external:u9', { key: shop.secretKey });
    expect(body).toEqual({ ended: 1 });
    expect(await status(session)).toBe(401);
  });

  test('everywhere, by the app, ends what came from its user’s checkouts too, whoever was proven since', async () => {
    const customerId = uuid();
    const named = { externalCustomerId: 'u7' };
    const vouched = (await vouch({ external_id: 'u7' })).body.session;
    const bought = await seedSession(shop, { paymentId: await seedPayment(shop, named) });
    const proven = await seedSession(shop, {
      paymentId: await seedPayment(shop, { ...named, customerId, customerProven: true }),
      customerId,
      proof: 'app',
    });
    const other = await seedShop();
    const elsewhere = await seedSession(other, { paymentId: await seedPayment(other, named) });
    const otherUser = await seedSession(shop, {
      paymentId: await seedPayment(shop, { externalCustomerId: 'u8' }),
    });
    const query = '?customer=external:u7';
    expect((await list(shop.secretKey, query)).body.data).toHaveLength(3);
    const { body } = await desk.send('DELETE', `/v1/sessions${query}`, { key: shop.secretKey });
    expect(body).toEqual({ ended: 3 });
    for (const key of [vouched, bought, proven]) expect(await status(key)).toBe(401);
    for (const key of [elsewhere, otherUser]) expect(await status(key)).toBe(200);
  });

  test('attack: the user of an app neither sees nor ends who was proven at a checkout begun in that name', async () => {
    const named = { externalCustomerId: 'u7' };
    const vouched = (await vouch({ external_id: 'u7' })).body.session;
    const bought = await seedSession(shop, { paymentId: await seedPayment(shop, named) });
    const friend = await seedSession(shop, {
      paymentId: await seedPayment(shop, named),
      customerId: uuid(),
      proof: 'email',
      email: 'friend@readers.dev',
    });
    const { body } = await list(vouched);
    expect(body.data.map(({ proof }: { proof: string }) => proof).sort()).toEqual(['app', 'purchase']);
    expect((await desk.send('DELETE', '/v1/sessions', { key: vouched })).body).toEqual({ ended: 2 });
    expect([await status(bought), await status(friend)]).toEqual([401, 200]);
  });

  test('one device from another', async () => {
    const customerId = uuid();
    const mine = await seedSession(shop, { customerId });
    const lost = await seedSession(shop, { customerId });
    const { body } = await list(mine);
    const id = body.data.find(({ current }) => !current)?.id;
    expect((await desk.send('DELETE', `/v1/sessions/${id}`, { key: mine })).status).toBe(204);
    expect([await status(lost), await status(mine)]).toEqual([401, 200]);
    expect((await desk.send('DELETE', `/v1/sessions/${id}`, { key: mine })).status).toBe(404);
  });

  test('attack: someone else’s session, another app’s, and one that is not there are all 404', async () => {
    const mine = await seedSession(shop, { customerId: uuid() });
    const purchaseOnly = await seedSession(shop, { paymentId: await seedPayment(shop) });
    const theirs = await seedSession(shop, { customerId: uuid() });
    const { body } = await desk.send('GET', '/v1/session', { key: theirs });
    const other = await seedShop();
    for (const [key, id] of [
      [mine, body.id],
      [purchaseOnly, body.id],
      [other.secretKey, body.id],
      [shop.secretKey, 'ses_00000000000000000000000000'],
    ] as const) {
      const answer = await desk.send('DELETE', `/v1/sessions/${id}`, { key });
      expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    }
    expect(await status(theirs)).toBe(200);
    expect((await desk.send('DELETE', `/v1/sessions/${body.id}`, { key: shop.secretKey })).status).toBe(204);
  });

  test('attack: a page of a foreign origin that has stolen a session ends nothing with it', async () => {
    const session = await seedSession(shop, { customerId: uuid() });
    const headers = { origin: 'https://evil.dev' };
    const { body } = await desk.send('GET', '/v1/session', { key: session });
    for (const [method, path] of [
      ['DELETE', '/v1/session'],
      ['DELETE', '/v1/sessions'],
      ['DELETE', `/v1/sessions/${body.id}`],
      ['GET', '/v1/sessions'],
    ] as const) {
      const answer = await desk.send(method, path, { key: session, headers });
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden_origin']);
    }
    const own = await desk.send('DELETE', '/v1/session', { key: session, headers: { origin: ORIGIN } });
    expect(own.status).toBe(204);
  });

  test('attack: without a key, or with a cookie, nothing is ended', async () => {
    const session = await seedSession(shop, { customerId: uuid() });
    for (const path of ['/v1/session', '/v1/sessions']) {
      const answer = await desk.send('DELETE', path, { jar: new Map([['__Host-floe', session]]) });
      expect(answer.status).toBe(401);
    }
    expect(await status(session)).toBe(200);
  });
});
