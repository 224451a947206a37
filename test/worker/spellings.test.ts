import { env, exports } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openJar } from '../../packages/kit/cookies.ts';
import { verifyEntitlements } from '../../packages/kit/entitlements.ts';
import { readCode } from '../../src/domain/sign-in.ts';
import { seedExternal, seedPurchase, seedSession, seedShop, seedWare, uuid } from './access-rows.ts';
import { GATEWAY_URL } from './bindings.ts';
import { call, CALLBACK, createWorld } from './harness.ts';

/* One name can be written in several ways. Every door takes all of them for the same name. */

const numRuns = Math.min(Number(env.TEST_RUNS), 40);

/** Segments of content ids as authors write them: letters that compose, scripts that do not, signs of addresses. */
const segment = fc
  .array(
    fc.constantFrom('a', 'é', 'ü', 'ñ', 'ø', '語', 'ब', '-', '_', '~', "'", '(', '!', '@', '&', '7', '✓'),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((letters) => `p${letters.join('')}`);
const contentId = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));

type Spelling = (id: string) => string;
const SPELLINGS: Record<string, Spelling> = {
  composed: (id) => id.normalize('NFC'),
  'in parts': (id) => id.normalize('NFD'),
  'as in an address': (id) => encodeURI(id.normalize('NFC')),
  'as in an address, lower case': (id) =>
    encodeURI(id.normalize('NFC')).replaceAll(/%../g, (escape) => escape.toLowerCase()),
  'encoded in parts': (id) => encodeURI(id.normalize('NFD')),
};
const spelling = fc.constantFrom(...Object.values(SPELLINGS));

/** Whether each door opens the resource to the customer. */
async function askEverywhere(sold: string, asked: string, path: string) {
  const shop = await seedShop();
  const ware = await seedWare(shop, { content: sold });
  const customer = uuid();
  await seedPurchase(shop, ware, customer);
  const resource = `content:${asked}`;
  const query = new URLSearchParams({ resource, customer, max_age: '0' });
  const { body: one } = await call<{ allow: boolean; token: string }>('GET', `/v1/access?${query}`, {
    key: shop.secretKey,
  });
  const { body: batch } = await call<{ results: { allow: boolean }[] }>('POST', '/v1/access/batch', {
    key: shop.secretKey,
    body: { resources: [resource], customer, max_age: 0 },
  });
  const rpc = await exports
    .FloeAccess({ props: { app: shop.app.slug } })
    .check({ resource, customer, maxAge: 0 });
  const session = await seedSession(shop, { customerId: customer });
  const [cookie = ''] = (openJar(shop.app.slug, false).set('session', session, 60) ?? '').split(';', 1);
  const forward = async (rule: Record<string, string>) => {
    const asking = new URLSearchParams({ app: shop.app.slug, max_age: '0', ...rule });
    const answer = await call('GET', `/v1/access/forward-auth?${asking}`, {
      headers: { cookie, 'x-forwarded-uri': path },
    });
    return answer.status === 200;
  };
  const { keys } = (await call<{ keys: object[] }>('GET', '/.well-known/jwks.json')).body;
  const verified = await verifyEntitlements(one.token, {
    gateway: GATEWAY_URL,
    app: shop.app.slug,
    resource,
    jwks: { keys },
  });
  return {
    api: one.allow,
    batch: batch.results[0]?.allow,
    rpc: rpc.allow,
    'forward-auth by path': await forward({ prefix: '/shelf:content:*' }),
    'forward-auth by name': await forward({ resource }),
    'the kit': verified.ok,
  };
}

describe('a content id', () => {
  test('that somebody has opens at every door, however it is written there and where it is sold', async () => {
    await fc.assert(
      fc.asyncProperty(contentId, spelling, spelling, async (id, sold, asked) => {
        const path = `/shelf/${encodeURI(id.normalize('NFC'))}`;
        const doors = await askEverywhere(sold(id), asked(id), path);
        expect(doors).toEqual(Object.fromEntries(Object.keys(doors).map((door) => [door, true])));
      }),
      { numRuns, examples: [['blog/café-menu', (id) => id, (id) => id]] },
    );
  });

  test.each(['blog/%2e%2e/b', 'blog/a%2Fb', 'blog/a%00', 'blog/%252e'])(
    '%s is not what it would decode to',
    async (asked) => {
      const doors = await askEverywhere(decodeURIComponent(asked).replaceAll(/[\0]/g, ''), asked, '/nowhere');
      expect([doors.api, doors.batch, doors.rpc, doors['the kit']]).toEqual([false, false, false, false]);
    },
  );
});

describe('an external id', () => {
  test('is the same at every door, whatever white space stands around it and however its letters are written', async () => {
    const world = await createWorld();
    const quay = await world.createApp({ product: 'quay' });
    const { id: product } = await world.createProduct({ name: 'quay:lifetime' });
    const around = fc.constantFrom('', ' ', '\u00a0', '  ', '\u2003');
    const write = fc.tuple(around, fc.constantFrom('NFC', 'NFD'), around);
    const spell = ([before, form, after]: [string, string, string], name: string) =>
      `${before}${name.normalize(form)}${after}`;
    await fc.assert(
      fc.asyncProperty(segment, write, write, async (name, sold, asked) => {
        const user = `${name}-${uuid()}`;
        const key = quay.secretKey;
        const made = await call<{ checkout_url: string }>('POST', '/v1/payments', {
          key,
          body: { product_id: product, success_url: CALLBACK, customer: { external_id: spell(sold, user) } },
        });
        expect(made.status).toBe(201);
        await world.pay('sandbox', made.body.checkout_url, { email: `${uuid()}@floe-mail.dev` });
        await world.settle();
        const external = `external:${spell(asked, user)}`;
        const named = new URLSearchParams({ customer: external });
        const access = new URLSearchParams({ resource: `product:${product}`, customer: external });
        const session = await call<{ subject: { external_id: string } }>('POST', '/v1/sessions', {
          key,
          body: { external_id: spell(asked, user) },
        });
        expect({
          api: (await call<{ allow: boolean }>('GET', `/v1/access?${access}`, { key })).body.allow,
          batch: (
            await call<{ results: { allow: boolean }[] }>('POST', '/v1/access/batch', {
              key,
              body: { resources: [`product:${product}`], customer: external },
            })
          ).body.results[0]?.allow,
          rpc: (
            await exports.FloeAccess({ props: { app: quay.slug } }).check({
              resource: `product:${product}`,
              customer: external,
            })
          ).allow,
          payments: (await call<{ data: unknown[] }>('GET', `/v1/payments?${named}`, { key })).body.data
            .length,
          sessions: (await call<{ data: unknown[] }>('GET', `/v1/sessions?${named}`, { key })).body.data
            .length,
          session: session.body.subject.external_id,
        }).toEqual({
          api: true,
          batch: true,
          rpc: true,
          payments: 1,
          sessions: 1,
          session: user.normalize('NFC'),
        });
      }),
      { numRuns: Math.min(numRuns, 15) },
    );
  });

  test('of white space alone is refused at every door', async () => {
    const shop = await seedShop();
    await seedExternal(shop, 'user', uuid());
    const ask = async (method: string, path: string, body?: object) =>
      (await call(method, path, { key: shop.secretKey, ...(body ? { body } : {}) })).status;
    expect(await ask('GET', '/v1/access?resource=content:a&customer=external:%20')).toBe(422);
    expect(await ask('GET', '/v1/payments?customer=external:%C2%A0')).toBe(422);
    expect(await ask('POST', '/v1/sessions', { external_id: '\u00a0 ' })).toBe(422);
    expect(await ask('POST', '/v1/payments', { product_id: uuid(), customer: { external_id: ' ' } })).toBe(
      422,
    );
  });
});

test('a sign-in code is its six digits, whatever a mail program or a keyboard has put between them', () => {
  const between = fc.constantFrom(
    '',
    ' ',
    '-',
    '\u00a0',
    '\u200b',
    '\u00ad',
    '\u2011',
    '\u2013',
    '\u2060',
    '\ufeff',
    '\t',
    '\u202f',
  );
  const digit = fc.integer({ min: 0, max: 9 });
  fc.assert(
    fc.property(fc.array(fc.tuple(digit, between, fc.boolean()), { minLength: 6, maxLength: 6 }), (parts) => {
      const typed = parts
        .map(([value, sign, isWide]) => `${isWide ? String.fromCharCode(0xff10 + value) : value}${sign}`)
        .join('');
      expect(readCode(typed)).toBe(parts.map(([value]) => value).join(''));
    }),
  );
  expect(readCode('12a456')).toBe('12a456');
});

test.each([
  ['a field', '{"product_id":"x","__proto__":{"a":1}}', 'body.__proto__'],
  ['metadata', '{"metadata":{"__proto__":"x"}}', 'body.metadata.__proto__'],
  ['metadata, escaped', '{"metadata":{"\\u005f_proto__":"x"}}', 'body.metadata.__proto__'],
])('%s with a name that would be dropped is refused', async (_what, rawBody, path) => {
  const shop = await seedShop();
  const answer = await call<{ errors: { path: string }[] }>('POST', '/v1/payments', {
    key: shop.secretKey,
    rawBody,
  });
  expect(answer.status).toBe(422);
  expect(answer.body.errors.map((error) => error.path)).toContain(path);
});

test('so is a parameter of that name', async () => {
  const shop = await seedShop();
  expect((await call('GET', '/v1/payments?__proto__=x', { key: shop.secretKey })).status).toBe(422);
});
