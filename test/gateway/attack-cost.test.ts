import { env } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/d1';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { benefits, products } from '../../src/base/db/schema.rows.ts';
import { seedPurchase, seedSession, seedShop, seedWare, type Shop, uuid } from '../access/access-rows.ts';
import { call } from '../harness/harness.ts';

/*
 * What one question about access costs, counted and not timed: how often and of how much text Unicode's normal form is made and
 * escapes are decoded. Normalizing takes time by the square of a run of marks, and names were once spelled anew for each pair.
 */

const db = drizzle(env.DB);
const BENEFITS = 60;

/** A shop with a product of many benefits, and a buyer's session. */
async function openShop(count: number) {
  const shop = await seedShop();
  const ware = await seedWare(shop);
  const customerId = uuid();
  await seedPurchase(shop, ware, customerId);
  const ids = Array.from({ length: count }, uuid);
  const version = { version: Date.now() * 1000, seenVersion: Date.now() * 1000, digest: 0 };
  for (const [i, id] of ids.entries()) {
    await db.insert(benefits).values({
      mode: shop.app.mode,
      id,
      type: 'feature_flag',
      description: `Fläg ${i}`,
      isDeleted: false,
      metadata: { content_id: `bücher/${i}/*` },
      ...version,
    });
  }
  await db.insert(products).values({
    mode: shop.app.mode,
    id: uuid(),
    name: `${shop.app.product}:all`,
    isArchived: false,
    isRecurring: false,
    metadata: {},
    data: { benefits: ids.map((id) => ({ id })), prices: [{ amount_type: 'fixed' }] },
    appId: shop.app.id,
    ...version,
  });
  return { shop, customerId, session: await seedSession(shop, { customerId }) };
}

interface Work {
  calls: number;
  longestRun: number;
}

/** Counts, while something runs, how often texts are normalized or decoded, and the most marks in a row that were. */
async function counted(run: () => Promise<unknown>): Promise<Work> {
  const normalize = vi.spyOn(String.prototype, 'normalize');
  const decode = vi.spyOn(globalThis, 'decodeURIComponent');
  try {
    await run();
    const runs = normalize.mock.contexts.flatMap(
      (text) => String(text).match(/[\p{M}\uff9e\uff9f]+/gu) ?? [],
    );
    return {
      calls: normalize.mock.calls.length + decode.mock.calls.length,
      longestRun: Math.max(0, ...runs.map(({ length }) => length)),
    };
  } finally {
    normalize.mockRestore();
    decode.mockRestore();
  }
}

let large: Awaited<ReturnType<typeof openShop>>;
let small: typeof large;
beforeAll(async () => {
  large = await openShop(BENEFITS);
  small = await openShop(1);
});

const ask = (session: string, resources: readonly string[]) => () =>
  call<{ results: { reason: string }[] }>('POST', '/v1/access/batch', { key: session, body: { resources } });
const reasonsOf = async (shop: Shop, resources: readonly string[], customer: string) => {
  const { body } = await call<{ results: { reason: string }[] }>('POST', '/v1/access/batch', {
    key: shop.secretKey,
    body: { resources, customer },
  });
  return [...new Set(body.results.map(({ reason }) => reason))];
};

const NAMES: readonly (readonly [string, (i: number) => string])[] = [
  ['plain names', (i) => `content:nothing/${i}`],
  ['names beneath many stars', (i) => `content:ü/${'a/'.repeat(200)}${i}`],
  ['escapes', (i) => `content:${i}${'%C3%A9'.repeat(3)}`],
];

describe('attack: a question that holds the processor', () => {
  test.each(NAMES)(
    '%s: what is sold is spelled once, not once for each that is asked',
    async (_name, make) => {
      const names = (count: number) => Array.from({ length: count }, (_, i) => make(i));
      const cost = async ({ session }: typeof large, count: number) =>
        (await counted(ask(session, names(count)))).calls;
      // What the first question of an isolate asks besides is none of this.
      for (const { session } of [large, small]) await ask(session, names(1))();
      const [one, many] = [await cost(large, 1), await cost(large, 50)];
      const [oneOfFew, manyOfFew] = [await cost(small, 1), await cost(small, 50)];
      // Forty-nine names more cost the same in the large shop as in the small one.
      expect(many - one).toBe(manyOfFew - oneOfFew);
      // The catalogue is read once: twice its benefits of the one and of the many.
      expect(many - manyOfFew).toBe(one - oneOfFew);
      expect(many - manyOfFew).toBeLessThan(8 * BENEFITS);
    },
  );

  test('a product that many share is spelled once', async () => {
    // A product that comes again names its benefits again, and none is spelled anew for that.
    const before = (await counted(ask(large.session, ['content:none']))).calls;
    const shared = await db.select().from(products);
    const all = shared.find(({ appId, name }) => appId === large.shop.app.id && name.endsWith(':all'));
    if (!all) throw new Error('no product');
    await db.insert(products).values({ ...all, id: uuid(), name: `${large.shop.app.product}:more` });
    const after = (await counted(ask(large.session, ['content:none']))).calls;
    expect(after - before).toBeLessThan(BENEFITS / 4);
  });

  const marks = (count: number) => '\u0301\u0323'.repeat(count / 2);
  test.each<[string, (i: number) => string]>([
    ['marks', (i) => `content:${i}a${marks(560)}`],
    ['marks in escapes', (i) => `content:${i}a${encodeURIComponent(marks(90))}`],
    ['marks behind each kind', (i) => `feature:${i}${marks(560)}`],
    ['half-width sound marks', (i) => `content:courses/${i}\uff76${'\uff9e\u0323'.repeat(250)}`],
  ])('%s without end are never normalized, and are no name', async (_name, make) => {
    const names = Array.from({ length: 50 }, (_, i) => make(i));
    const { longestRun } = await counted(ask(large.session, names));
    expect(longestRun).toBeLessThanOrEqual(30);
    expect(await reasonsOf(large.shop, names, large.customerId)).toEqual(['unknown_resource']);
  });

  test('thirty marks are a name', async () => {
    const shop = await seedShop();
    const sold = `a${marks(30)}`;
    const ware = await seedWare(shop, { content: sold });
    const customer = uuid();
    await seedPurchase(shop, ware, customer);
    const names = [
      `content:${sold}`,
      `content:${sold.normalize('NFC')}`,
      `content:${encodeURIComponent(sold)}`,
    ];
    expect(await reasonsOf(shop, names, customer)).toEqual(['granted']);
  });

  test('nor are they in the address that a proxy passes on, or in a benefit', async () => {
    const shop = await seedShop();
    const customer = uuid();
    const long = marks(200);
    await seedPurchase(shop, await seedWare(shop, { content: `a${long}`, type: 'feature_flag' }), customer);
    const query = new URLSearchParams({ app: shop.app.slug, prefix: '/:content:*' });
    const { longestRun } = await counted(async () => {
      await reasonsOf(shop, ['content:a'], customer);
      await call('GET', `/v1/access/forward-auth?${query}`, {
        headers: { 'x-original-uri': `/a${encodeURIComponent(long)}` },
      });
    });
    expect(longestRun).toBeLessThanOrEqual(30);
  });
});

describe('attack: a query of nothing but signs', () => {
  const shopQuery = (query: string) =>
    call<{ errors?: { path: string; message: string }[] }>('GET', `/v1/payments?${query}`, {
      key: large.shop.secretKey,
    });

  test('is read once: nothing looks for a value from each sign on', async () => {
    const looked = async (query: string) => {
      const spy = vi.spyOn(String.prototype, 'indexOf');
      const { status } = await shopQuery(query);
      const { calls, contexts } = spy.mock;
      spy.mockRestore();
      expect(status).toBe(200);
      const chars = calls.map(([text, from], i) =>
        text === '=' ? String(contexts[i]).length - (from ?? 0) : 0,
      );
      return chars.reduce((sum, each) => sum + each, 0);
    };
    const [few, many] = [await looked('&'.repeat(90)), await looked('&'.repeat(900))];
    expect(many).toBeLessThan(few + 20 * 900);
  });

  test('of more than a thousand it is refused, empty ones too', async () => {
    expect((await shopQuery('&'.repeat(999))).status).toBe(200);
    for (const query of ['&'.repeat(1_000), '&'.repeat(16_000), 'limit=1&'.repeat(1_500)]) {
      const { status, body } = await shopQuery(query);
      expect([status, body.errors]).toEqual([
        422,
        [{ path: 'query', message: 'Must have at most 1000 parameters.' }],
      ]);
    }
  });

  test.each(['/v1/access/forward-auth', '/checkout/x-live', '/sign-in'])('so it is at %s', async (path) => {
    expect((await call('GET', `${path}?${'&'.repeat(5_000)}`)).status).toBe(422);
  });

  test('of a parameter that comes twice, both are seen', async () => {
    const { status, body } = await shopQuery('limit=1&limi%74=2');
    expect([status, body.errors]).toEqual([422, [{ path: 'query.limit', message: 'Must be given once.' }]]);
  });
});
