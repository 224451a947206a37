import { env } from 'cloudflare:workers';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { createGate, type GateAnswer } from '../../packages/kit/index.ts';
import {
  type EntitlementClaims,
  MAX_GIVEN_TOKEN_CHARS,
  TOKEN_TTL_SECONDS,
} from '../../src/access/entitlement-token.rules.ts';
import {
  openGateway,
  seedGrant,
  seedPayment,
  seedPurchase,
  seedSession,
  seedShop,
  seedSubscription,
  seedWare,
  type Shop,
  uuid,
} from './access-rows.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';

/*
 * Readers who have more than a cookie can hold: their token is shortened, but the gateway's cached one is whole (ADR
 * 44).
 */

const ARTICLES = 60;
const nameOf = (article: number) => `content:magazine/issue-${article}/an-article-with-a-name`;

/** A shop whose one benefit opens more than fits in 4 KB. */
async function openMagazine(articles = ARTICLES) {
  const gateway = openGateway();
  const shop = await seedShop();
  const names = Array.from({ length: articles }, (_, article) => nameOf(article).slice('content:'.length));
  const ware = await seedWare(shop, { content: names.join(' ') });
  const customer = uuid();
  const purchase = await seedPurchase(shop, ware, customer);
  const check = (resource: string, query: Record<string, string> = {}) =>
    gateway.check(shop.secretKey, { resource, customer, ...query });
  const stored = async () => {
    const token = await env.ENTITLEMENTS.get(`entitlements:live:${shop.app.id}:${customer}`);
    return token === null ? null : read(token);
  };
  return { gateway, shop, ware, customer, purchase, check, stored };
}

const read = (token: string | null) => decodeJwt<EntitlementClaims>(token ?? '');

test('a token above 4 KB is given with nothing but what was asked for, and is kept whole', async () => {
  const { check, stored, gateway } = await openMagazine();
  const cold = await check(nameOf(7));
  expect(cold.body).toMatchObject({ allow: true, reason: 'granted' });
  const claims = read(cold.body['token'] ?? null);
  const whole = await stored();
  expect(claims.ent).toEqual([nameOf(7)]);
  expect(whole?.ent.length).toBeGreaterThan(ARTICLES);
  const { ent: _, ...rest } = claims;
  expect(whole).toMatchObject(rest);

  // Both caches hold the whole one: another article needs no database.
  const warm = await check(nameOf(8));
  expect(warm.spent).toEqual({ d1: 0, kvReads: 0, kvWrites: 0 });
  expect(read(warm.body['token'] ?? null)).toMatchObject({ ent: [nameOf(8)], ver: claims.ver });
  gateway.elsewhere();
  const elsewhere = await check(nameOf(9));
  expect(elsewhere.spent).toEqual({ d1: 0, kvReads: 1, kvWrites: 0 });
  expect(read(elsewhere.body['token'] ?? null)).toMatchObject({ ent: [nameOf(9)], ver: claims.ver });
});

test('a token that fits is given whole', async () => {
  const { check } = await openMagazine(5);
  const { body } = await check(nameOf(2));
  expect(read(body['token'] ?? null).ent).toEqual(
    expect.arrayContaining([0, 1, 2, 3, 4].map((article) => nameOf(article))),
  );
});

test('whatever the size, one question’s token fits in a cookie', async () => {
  let narrowed = 0;
  for (const articles of [34, 38, 42, 46, 50, 54]) {
    const { check } = await openMagazine(articles);
    const { body } = await check(nameOf(1));
    const token: string = body['token'] ?? '';
    expect(token.length).toBeLessThanOrEqual(MAX_GIVEN_TOKEN_CHARS);
    if (read(token).ent.length === 1) narrowed += 1;
  }
  expect(narrowed).toBeGreaterThan(0);
  expect(narrowed).toBeLessThan(6);
});

test('a batch is given what it asked for and is had', async () => {
  const { gateway, shop, customer } = await openMagazine();
  const resources = [nameOf(3), 'content:of-nobody', nameOf(5)];
  const { body } = await gateway.request('POST', '/v1/access/batch', shop.secretKey, {
    body: { resources, customer },
  });
  expect(read(body['token'] ?? null).ent).toEqual([nameOf(3), nameOf(5)]);
});

test('it carries a wider entitlement by which the resource is had', async () => {
  const { shop, customer, check } = await openMagazine();
  const course = await seedWare(shop, { content: 'courses/git/*', name: 'course' });
  await seedPurchase(shop, course, customer);
  const { body } = await check('content:courses/git/rebase');
  expect(read(body['token'] ?? null).ent).toEqual(['content:courses/git/*']);
});

/** As long as one of Polar's metadata values, and three bytes a character. */
const LONG = '课'.repeat(490);

test('of much that covers one long name it carries what lasts longest, and fits', async () => {
  const gateway = openGateway();
  const shop = await seedShop();
  const customer = uuid();
  for (const content of [`${LONG}/*`, `${LONG}/1/*`, `${LONG}/1/2`])
    await seedPurchase(shop, await seedWare(shop, { content, name: content.slice(-5) }), customer);
  const resource = `content:${LONG}/1/2`;
  const { body } = await gateway.check(shop.secretKey, { resource, customer });
  expect((body['token'] ?? '').length).toBeLessThanOrEqual(MAX_GIVEN_TOKEN_CHARS);
  expect(read(body['token'] ?? null).ent).toEqual([`content:${LONG}/*`]);
});

test('a long name that ends is carried without its end, and the token dies with it', async () => {
  const gateway = openGateway();
  const shop = await seedShop();
  const { productId, benefitId } = await seedWare(shop, { content: LONG });
  const customer = uuid();
  const end = (Math.floor(Date.now() / 1000) + 60) * 1000;
  const cancelled = { cancelAtPeriodEnd: true, currentPeriodEnd: end, endsAt: end };
  const subscriptionId = await seedSubscription(shop, { customerId: customer, productId, ...cancelled });
  await seedGrant(shop, { customerId: customer, benefitId, subscriptionId });
  const resource = `content:${LONG}`;
  const { body } = await gateway.check(shop.secretKey, { resource, customer });
  expect((body['token'] ?? '').length).toBeLessThanOrEqual(MAX_GIVEN_TOKEN_CHARS);
  const claims = read(body['token'] ?? null);
  expect(claims).toMatchObject({ ent: [resource], exp: end / 1000 });
  expect(claims.ends).toBeUndefined();
  expect(body).toMatchObject({ expires_at: new Date(end).toISOString() });
});

test('no token is given rather than one that a browser drops', async () => {
  const gateway = openGateway();
  const shop = await seedShop();
  const customer = uuid();
  const names = [`${LONG}1`, `${LONG}2`];
  for (const content of names) await seedPurchase(shop, await seedWare(shop, { content }), customer);
  const resources = names.map((name) => `content:${name}`);
  const ask = () =>
    gateway.request('POST', '/v1/access/batch', shop.secretKey, { body: { resources, customer } });
  for (const answer of [await ask(), await ask()])
    expect(answer.body).toMatchObject({ results: [{ allow: true }, { allow: true }], token: null });
  // Each by itself fits.
  const { body } = await gateway.check(shop.secretKey, { resource: resources[0] ?? '', customer });
  expect(read(body['token'] ?? null).ent).toEqual([resources[0]]);
});

test('it ends with what it carries, and not with what it leaves out', async () => {
  const { shop, customer, check, stored } = await openMagazine();
  const { productId, benefitId } = await seedWare(shop, { content: 'club', name: 'club' });
  const end = (Math.floor(Date.now() / 1000) + 60) * 1000;
  const cancelled = { cancelAtPeriodEnd: true, currentPeriodEnd: end, endsAt: end };
  const subscriptionId = await seedSubscription(shop, { customerId: customer, productId, ...cancelled });
  await seedGrant(shop, { customerId: customer, benefitId, subscriptionId });

  const club = read((await check('content:club')).body['token'] ?? null);
  expect(club).toMatchObject({ ends: { 'content:club': end / 1000 }, exp: end / 1000 });
  const article = read((await check(nameOf(1))).body['token'] ?? null);
  expect(article.ends).toBeUndefined();
  expect(article.exp).toBe(article.iat + TOKEN_TTL_SECONDS);
  expect((await stored())?.exp).toBe(end / 1000);
});

test('when the database is away, it is made of what the cache has', async () => {
  const { gateway, check } = await openMagazine();
  await check(nameOf(7));
  gateway.broken.d1 = true;
  expect(read((await check(nameOf(8))).body['token'] ?? null).ent).toEqual([nameOf(8)]);
});

/** A reader’s browser at a site with the kit, which asks for the article named by the path. */
async function openReader(gateway: ReturnType<typeof openGateway>, shop: Shop, customerId: string) {
  const paymentId = await seedPayment(shop, { customerId });
  const session = await seedSession(shop, { customerId, paymentId });
  const cookies = new Map([[`__Host-floe_${shop.app.slug}_session`, session]]);
  const asked: string[] = [];
  const gate = createGate({
    gateway: GATEWAY_URL,
    app: shop.app.slug,
    secretKey: shop.secretKey,
    resource: (request) => `content:${new URL(request.url).pathname.slice(1)}`,
    fetch: async (url, init) => {
      const { pathname, search } = new URL(url);
      if (pathname === '/v1/access') asked.push(search);
      const authorization = new Headers(init.headers).get('authorization')?.replace('Bearer ', '');
      const { status, headers, body } = await gateway.request('GET', pathname + search, authorization);
      return Response.json(body, { status, headers });
    },
  });
  const visit = async (resource: string): Promise<GateAnswer> => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const url = `https://shop.example-site.dev/${resource.slice('content:'.length)}`;
    const answer = await gate(new Request(url, { headers: { cookie } }));
    for (const line of answer.setCookies) {
      const [name = '', value = ''] = (line.split('; ')[0] ?? '').split(/=(.*)/s);
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  return { visit, asked };
}

test('the kit’s gate keeps it, and takes its silence about the rest for no “no”', async () => {
  const { gateway, shop, customer } = await openMagazine();
  const { visit, asked } = await openReader(gateway, shop, customer);
  expect((await visit(nameOf(1))).decision.allow).toBe(true);
  expect((await visit(nameOf(1))).decision.allow).toBe(true);
  expect(asked).toHaveLength(1);

  expect((await visit(nameOf(2))).decision.allow).toBe(true);
  expect(asked).toHaveLength(2);
  expect((await visit('content:of-nobody')).decision).toMatchObject({ allow: false, status: 403 });
  expect(asked).toHaveLength(3);

  // What is not in it is not opened by it either, when nobody can be asked.
  gateway.broken.d1 = true;
  gateway.broken.kv = true;
  gateway.elsewhere();
  expect((await visit(nameOf(2))).decision.allow).toBe(true);
  expect((await visit(nameOf(1))).decision).toMatchObject({ allow: false, reason: 'unavailable' });
});
