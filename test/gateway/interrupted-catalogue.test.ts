import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { call, CALLBACK, createWorld, ORIGIN, type World } from '../harness/harness.ts';
import { type Failure, requestInterrupted } from '../harness/interrupted.ts';
import { losing, reconcile, rowsOf } from '../compare/reconcile-calls.ts';

/*
 * Apps, products and their owners, with a D1 that fails at each call in turn, before or after it takes effect. Whatever
 * it leaves is put right by itself: by the same call again, by the next comparison with Polar, by the sweep.
 */

const ADMIN = env.FLOE_ADMIN_TOKEN;
const HOUR = 60 * 60_000;

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

/** Products of two apps and of nobody, made at Polar while the gateway hears nothing. */
function stock(): Promise<string[]> {
  return losing(world, async () => {
    const made = [];
    for (const name of ['quay:monthly', 'quay:lifetime', 'atlas:pro', 'A book without a name of ours'])
      made.push(
        (await world.createProduct({ name, benefits: [{ type: 'custom', description: `With ${name}` }] })).id,
      );
    return made;
  });
}

const failures: Failure[] = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) =>
  [false, true].map((after) => ({ call: n, after })),
);
const named = failures.map(
  (failure) =>
    [`call ${failure.call} fails ${failure.after ? 'after' : 'before'} it took effect`, failure] as const,
);

async function ownersByName(): Promise<Record<string, string | null>> {
  const rows = await rowsOf<{ name: string; slug: string | null }>(
    'select p.name, a.slug from products p left join apps a on a.id = p.app_id order by p.name',
  );
  return Object.fromEntries(rows.map(({ name, slug }) => [name, slug]));
}

const OWNED = {
  'A book without a name of ours': null,
  'atlas:pro': null,
  'quay:lifetime': 'quay-sandbox',
  'quay:monthly': 'quay-sandbox',
};

const create = (product: string, ownsUnclaimed = false) => ({
  key: ADMIN,
  body: {
    product,
    mode: 'sandbox',
    origins: [ORIGIN],
    callback_urls: [CALLBACK],
    owns_unclaimed: ownsUnclaimed,
  },
});

describe('the first list of products', () => {
  it.each(named)('when %s: the next call sells all of them', async (_name, failure) => {
    const quay = await world.createApp({ product: 'quay', webhook: false });
    const [productId] = await stock();
    await requestInterrupted('GET', '/v1/products', { key: quay.secretKey }, failure);
    const { body } = await call<{ data: { name: string }[] }>('GET', '/v1/products', { key: quay.secretKey });
    expect(body.data.map(({ name }) => name)).toEqual(['quay:lifetime', 'quay:monthly']);
    expect(await ownersByName()).toEqual(OWNED);
    expect(await rowsOf('select count(*) as n from benefits')).toEqual([{ n: 4 }]);
    const sold = await call('POST', '/v1/payments', {
      key: quay.secretKey,
      body: { method: 'polar', product_id: productId },
    });
    expect([sold.status, sold.text]).toEqual([201, sold.text]);
  });

  it.each(named)(
    'when %s: a sale, or comparing with Polar, needs no list to be asked for again',
    async (_name, failure) => {
      const quay = await world.createApp({ product: 'quay', webhook: false });
      await stock();
      await requestInterrupted('GET', '/v1/products', { key: quay.secretKey }, failure);
      const { report } = await reconcile(world);
      expect(report.total.failed).toBe(0);
      expect(await ownersByName()).toEqual(OWNED);
    },
  );

  it.each(named)(
    'read again behind an answer, when %s: two minutes later it is tried again',
    async (_name, failure) => {
      const quay = await world.createApp({ product: 'quay', webhook: false });
      await stock();
      await call('GET', '/v1/products', { key: quay.secretKey });
      await losing(world, () => world.createProduct({ name: 'quay:yearly' }));
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR + 60_000 });
      await requestInterrupted('GET', '/v1/products', { key: quay.secretKey }, failure);
      vi.setSystemTime(Date.now() + 2 * 60_000);
      await call('GET', '/v1/products', { key: quay.secretKey });
      await expect.poll(ownersByName).toEqual({ ...OWNED, 'quay:yearly': 'quay-sandbox' });
    },
  );
});

describe('whose products are', () => {
  it.each(named)('a new app, when %s: there with its products, or not there', async (_name, failure) => {
    const quay = await world.createApp({ product: 'quay', webhook: false });
    await stock();
    await call('GET', '/v1/products', { key: quay.secretKey });
    await requestInterrupted('POST', '/admin/apps', create('atlas', true), failure);
    const again = await call('POST', '/admin/apps', create('atlas', true));
    expect([201, 409]).toContain(again.status);
    expect(await ownersByName()).toEqual({
      ...OWNED,
      'atlas:pro': 'atlas-sandbox',
      'A book without a name of ours': 'atlas-sandbox',
    });
  });

  it.each(named)('an app that owns what is unclaimed, when %s: both, or none', async (_name, failure) => {
    const quay = await world.createApp({ product: 'quay', webhook: false });
    await stock();
    await call('GET', '/v1/products', { key: quay.secretKey });
    await requestInterrupted(
      'PATCH',
      `/admin/apps/${quay.slug}`,
      { key: ADMIN, body: { owns_unclaimed: true } },
      failure,
    );
    const [app] = await rowsOf<{ owns: number }>('select owns_unclaimed as owns from apps');
    const owner = app?.owns === 1 ? 'quay-sandbox' : null;
    expect(await ownersByName()).toEqual({ ...OWNED, 'A book without a name of ours': owner });
  });

  it.each(named)('an assignment, when %s: both, or none', async (_name, failure) => {
    const quay = await world.createApp({ product: 'quay', webhook: false });
    const [, , , book] = await stock();
    await call('GET', '/v1/products', { key: quay.secretKey });
    await requestInterrupted(
      'POST',
      `/admin/products/${book}/owner`,
      { key: ADMIN, body: { mode: 'sandbox', app: quay.slug } },
      failure,
    );
    const [row] = await rowsOf<{ assigned: string | null; owner: string | null }>(
      `select assigned_app_id as assigned, app_id as owner from products where id = '${book}'`,
    );
    expect(row?.owner).toBe(row?.assigned);
  });
});

it('an app that comes while products are read gets its own all the same', async () => {
  const quay = await world.createApp({ product: 'quay', webhook: false });
  await stock();
  const answer = world.simulator.fetch.bind(world.simulator);
  world.simulator.fetch = async (request) => {
    if (!request.url.includes('/v1/products/?')) return answer(request);
    const listed = await answer(request);
    world.simulator.fetch = answer;
    expect((await call('POST', '/admin/apps', create('atlas'))).status).toBe(201);
    return listed;
  };
  await call('GET', '/v1/products', { key: quay.secretKey });
  expect(await ownersByName()).toEqual({ ...OWNED, 'atlas:pro': 'atlas-sandbox' });
});

it('an organization with 600 products is read in one go, far from what an invocation may ask of D1', async () => {
  const quay = await world.createApp({ product: 'quay', webhook: false });
  const benefit = (index: number) => ({
    id: crypto.randomUUID(),
    created_at: new Date().toISOString(),
    modified_at: null,
    type: 'custom',
    description: `Shelf ${index}`,
    selectable: true,
    deletable: true,
    is_deleted: false,
    metadata: { content_id: `shelf/${index}` },
    properties: { note: 'x'.repeat(500) },
  });
  const all = Array.from({ length: 600 }, (_, index) => ({
    id: crypto.randomUUID(),
    created_at: new Date().toISOString(),
    modified_at: null,
    name: `quay:plan-${index}`,
    description: 'é'.repeat(1500),
    is_archived: false,
    is_recurring: false,
    metadata: {},
    prices: [],
    benefits: [benefit(index)],
    medias: [],
  }));
  const answer = world.simulator.fetch.bind(world.simulator);
  world.simulator.fetch = (request) => {
    const url = new URL(request.url);
    if (url.pathname !== '/v1/products/') return answer(request);
    const page = Number(url.searchParams.get('page'));
    const items = all.slice((page - 1) * 100, page * 100);
    return Promise.resolve(Response.json({ items, pagination: { total_count: all.length, max_page: 6 } }));
  };
  const { calls, status, body } = await requestInterrupted(
    'GET',
    '/v1/products',
    { key: quay.secretKey },
    undefined,
  );
  expect([status, (body['data'] as unknown[]).length]).toEqual([200, 600]);
  expect(calls).toBeLessThan(8);
  expect(await rowsOf('select count(*) as n from benefits')).toEqual([{ n: 600 }]);
});
