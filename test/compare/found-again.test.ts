import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { losing, NO_DRIFT, reconcile } from './reconcile-calls.ts';
import { startPayment } from '../harness/story.ts';

/*
 * A customer or member whom Polar's list leaves out and whom it does not find is taken for deleted. Whoever is found again,
 * as they were, comes back: by comparing, and by a webhook that tells of them.
 */

const HOUR = 60 * 60_000;
let world: World;
let quay: TestApp;
let customer: string;
let resource: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  const { id: product } = await world.createProduct({ name: 'quay:lifetime' });
  const { checkoutUrl } = await startPayment(quay, product);
  await world.pay('sandbox', checkoutUrl, { email: 'ada@readers.dev' });
  await world.settle();
  const page = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/customers/');
  customer = page.items[0]?.id ?? '';
  resource = `product:${product}`;
  await pass();
});
afterEach(() => {
  vi.useRealTimers();
});

async function rowsOf(query: string): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare(query).all()).results;
}

/** Lists leave out what is younger than some minutes. */
async function pass(): Promise<void> {
  await losing(world, () => world.advance(HOUR));
}

/** What Polar answers while it has lost its customers and members. */
async function hiding(act: () => Promise<void>): Promise<void> {
  const fetch = world.simulator.fetch.bind(world.simulator);
  world.simulator.fetch = async (request) => {
    const { pathname } = new URL(request.url);
    if (!/^\/v1\/(customers|members)/.test(pathname)) return fetch(request);
    return /^\/v1\/\w+\/$/.test(pathname)
      ? Response.json({ items: [], pagination: { total_count: 0, max_page: 0 } })
      : Response.json({ error: 'ResourceNotFound', detail: 'Not found' }, { status: 404 });
  };
  await act();
  world.simulator.fetch = fetch;
}

async function isAllowed(): Promise<boolean> {
  const query = new URLSearchParams({ customer, resource, max_age: '0' });
  const answer = await call<{ allow: boolean }>('GET', `/v1/access?${query}`, { key: quay.secretKey });
  return answer.body.allow;
}

async function takeForDeleted(): Promise<void> {
  await hiding(async () => {
    const { report } = await reconcile(world, { scope: 'full' });
    expect(report.kinds['customer']).toMatchObject({ stale: 1, repaired: 1, failed: 0 });
  });
  expect(await isAllowed()).toBe(false);
  await pass();
}

async function expectBack(): Promise<void> {
  expect(await isAllowed()).toBe(true);
  expect(await rowsOf('select deleted_at from customers')).toEqual([{ deleted_at: null }]);
  const told = await rowsOf("select type, body from events where type like 'customer.%' order by sequence");
  const states = told.map(({ type, body }) => [
    type,
    (JSON.parse(String(body)) as { data: { polar: { data: { deleted_at: unknown } } } }).data.polar.data
      .deleted_at !== null,
  ]);
  expect(states).toEqual([
    ['customer.created', false],
    ['customer.deleted', true],
    ['customer.updated', false],
  ]);
}

it('whoever was taken for deleted, and is found again unchanged, comes back by comparing', async () => {
  await takeForDeleted();
  const { report } = await reconcile(world, { scope: 'full' });
  expect(report.kinds['customer']).toMatchObject({ stale: 1, repaired: 1, failed: 0 });
  await expectBack();
  await pass();
  expect((await reconcile(world, { scope: 'full' })).report.total).toEqual(NO_DRIFT);
});

it('and at once, by a webhook in which they stand as they were', async () => {
  await takeForDeleted();
  const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/orders/');
  await world.polar('sandbox', 'PATCH', `/v1/orders/${items[0]?.id}`, { billing_name: 'Ada Lovelace' });
  await world.settle();
  expect(await isAllowed()).toBe(true);
  expect(await rowsOf('select deleted_at from customers')).toEqual([{ deleted_at: null }]);
});

it('a member that is found again unchanged comes back', async () => {
  await takeForDeleted();
  expect(await rowsOf("select status from snapshots where kind = 'member'")).toEqual([{ status: 'deleted' }]);
  const { report } = await reconcile(world, { scope: 'full' });
  expect(report.kinds['member']).toMatchObject({ stale: 1, repaired: 1, failed: 0 });
  expect(await rowsOf("select status from snapshots where kind = 'member'")).toEqual([{ status: null }]);
});

it('is no repair when something newer came in between: it is looked at again', async () => {
  const fetch = world.simulator.fetch.bind(world.simulator);
  const later = new Date(Date.now() + 24 * HOUR).toISOString();
  await hiding(async () => {
    const lost = world.simulator.fetch.bind(world.simulator);
    world.simulator.fetch = async (request) => {
      // Its own webhook tells of a later change just before Polar’s answer is there.
      if (new URL(request.url).pathname === `/v1/customers/${customer}`)
        await env.DB.prepare(
          'update customers set version = ?1 * 1000, seen_version = ?1 * 1000 + 86400000000',
        )
          .bind(Date.parse(later))
          .run();
      return lost(request);
    };
    const { report } = await reconcile(world, { scope: 'full' });
    expect(report.kinds['customer']).toMatchObject({ stale: 1, repaired: 0, failed: 1 });
  });
  world.simulator.fetch = fetch;
  expect(await isAllowed()).toBe(true);
});
