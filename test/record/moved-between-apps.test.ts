import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, keepTables, record, restoreTables, type Told } from '../harness/story.ts';

/*
 * A subscription that was bought past the gateway as Atlas's product and changed to Quay's is Atlas's (ADR 20), and gives the same,
 * in whatever order Polar events come.
 */

const DAY = 86_400_000;
const RUNS = Math.min(Number(env.TEST_RUNS), 120);

let world: World;
let apps: TestApp[];
let resources: string[];
let story: Told[];
let tables: Awaited<ReturnType<typeof keepTables>>;

beforeAll(async () => {
  world = await createWorld();
  apps = [
    await world.createApp({ product: 'quay', webhook: false }),
    await world.createApp({ product: 'atlas', webhook: false }),
  ];
  const make = (app: string) =>
    world.createProduct({
      name: `${app}:monthly`,
      recurring: 'month',
      price: app === 'quay' ? 2900 : 900,
      benefits: [{ type: 'custom', description: `Of ${app}`, metadata: { content_id: `of-${app}` } }],
    });
  const [quay, atlas] = [await make('quay'), await make('atlas')];
  resources = [
    ...['quay', 'atlas'].flatMap((app) => [`content:of-${app}`, `plan:${app}:monthly`]),
    ...[quay, atlas].flatMap(({ id, benefitIds }) => [`product:${id}`, `benefit:${benefitIds[0]}`]),
  ];
  await world.settle();
  tables = await keepTables();
  const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
    products: [atlas.id],
  });
  story = await record(world, async () => {
    await world.pay('sandbox', checkout.url, { email: 'ada@readers.dev' });
    const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/subscriptions/');
    await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${items[0]?.id}`, {
      product_id: quay.id,
      proration_behavior: 'invoice',
    });
    await world.simulator.settle();
    await world.advance(32 * DAY);
    const orders = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/orders/?limit=1');
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: orders.items[0]?.id,
      amount: 100,
      reason: 'other',
    });
    await world.simulator.settle();
  });
  // Nothing is to be learned by reading: only the events tell.
  world.polarForgets = true;
}, 300_000);

afterAll(() => {
  vi.useRealTimers();
});

async function readOwners(): Promise<unknown> {
  const owned = ['subscriptions', 'orders', 'grants', 'refunds'].map(
    (table) => `select '${table}' as what, id, app_id, payment_id from ${table}`,
  );
  const { results } = await env.DB.prepare(
    `${owned.join(' union all ')} union all select 'payments', id, app_id, order_id from payments order by 1, 2`,
  ).all<{ app_id: string | null }>();
  return results;
}

async function readAccess(): Promise<unknown> {
  const customer = await env.DB.prepare('select id from customers').first<string>('id');
  const body = { customer, resources, max_age: 0 };
  return Promise.all(
    apps.map(async ({ slug, secretKey }) => {
      const answer = await call<{ results: unknown }>('POST', '/v1/access/batch', { key: secretKey, body });
      expect([answer.status, answer.text]).toEqual([200, answer.text]);
      return [slug, answer.body.results];
    }),
  );
}

async function outcomeOf(told: readonly Told[]) {
  await restoreTables(tables);
  for (const event of told) expect(await deliver(world, event)).toBe(200);
  await world.settle();
  return { owners: await readOwners(), access: await readAccess() };
}

it('has one owner and the same access in every order of arrival', async () => {
  const expected = await outcomeOf(story);
  const atlas = apps[1]?.id;
  const owners = expected.owners as { what: string; app_id: string | null }[];
  for (const what of ['subscriptions', 'orders', 'grants', 'refunds', 'payments'])
    expect(owners.filter((row) => row.what === what).length, what).toBeGreaterThan(0);
  expect(owners.map(({ app_id: app }) => app)).toEqual(owners.map(() => atlas));
  const indexes = [...story.keys()];
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(indexes, { minLength: indexes.length }), async (order) => {
      expect(await outcomeOf(order.flatMap((index) => story[index] ?? []))).toEqual(expected);
    }),
    {
      numRuns: Math.ceil(RUNS / 6),
      // The change of product, then its order, before anything that names what was bought.
      examples: [[indexes.toReversed()]],
    },
  );
}, 240_000);
