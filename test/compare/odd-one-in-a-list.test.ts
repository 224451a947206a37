import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { consume, losing, reconcile, rowsOf, runCron } from './reconcile-calls.ts';
import { deliver, record, startPayment } from '../harness/story.ts';

/* One object that Polar lists otherwise than it documents is noted, and the rest of its list is read. */

type Item = Record<string, unknown>;

let world: World;
let quay: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
});

const gives = (content: string) => [
  { type: 'custom', description: `Gives ${content}`, metadata: { content_id: content } },
];

/** Changes what Polar answers to requests for `path`. `in`: the name of the list in the answer. */
function answering(path: RegExp, change: (items: Item[]) => unknown[], within = 'items'): void {
  const answer = world.simulator.fetch.bind(world.simulator);
  world.simulator.fetch = async (request) => {
    const response = await answer(request);
    const url = new URL(request.url);
    if (request.method !== 'GET' || !path.test(url.pathname + url.search) || !response.ok) return response;
    const body = await response.json<Record<string, unknown>>();
    return Response.json({ ...body, [within]: change(body[within] as Item[]) });
  };
}

/** The first of a list is an odd one of the same kind. */
const oddFirst =
  (change: (item: Item) => unknown) =>
  (items: Item[]): unknown[] =>
    items.length === 0 ? items : [change({ ...items[0], id: ODD }), ...items];
const ODD = '0ddba115-0000-4000-8000-000000000000';

const stock = (names: string[]) =>
  losing(world, async () => {
    const ids: string[] = [];
    for (const name of names) ids.push((await world.createProduct({ name, benefits: gives(name) })).id);
    return ids;
  });

const listed = async () => {
  const { status, body } = await call<{ data: { name: string; benefits: Item[]; images: string[] }[] }>(
    'GET',
    '/v1/products',
    { key: quay.secretKey },
  );
  expect(status).toBe(200);
  return body.data;
};

describe('the list of products', () => {
  it.each([
    ['without what it needs', (item: Item) => ({ ...item, is_archived: null })],
    ['with a time that is none', (item: Item) => ({ ...item, created_at: 'yesterday' })],
    ['that is no object', () => 'a product'],
    ['that is nothing', () => null],
  ])('with one %s sells the others, and says which it was', async (_what, change) => {
    const [bookId = ''] = await stock(['quay:book', 'quay:course']);
    answering(/^\/v1\/products\/\?/, oddFirst(change));
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect((await listed()).map(({ name }) => name)).toEqual(['quay:book', 'quay:course']);
    expect(await rowsOf('select count(*) as n from benefits')).toEqual([{ n: 2 }]);
    const line = logged.mock.calls.flat().find((text) => String(text).includes('product of Polar'));
    const id = typeof change({}) === 'object' && change({}) !== null ? ODD : null;
    expect(JSON.parse(String(line))).toMatchObject({ id, reason: expect.stringMatching(/\w/) });
    logged.mockRestore();
    await startPayment(quay, bookId);
    const asked = world.polarRequests.filter((request) => request === 'GET /v1/products/').length;
    await listed();
    expect(world.polarRequests.filter((request) => request === 'GET /v1/products/')).toHaveLength(asked);
  });

  it('shows a product whose benefits or pictures are partly odd, without those', async () => {
    await stock(['quay:book']);
    answering(/^\/v1\/products\/\?/, (items) =>
      items.map((item) => ({
        ...item,
        benefits: [{ id: 7 }, null, ...(item['benefits'] as Item[])],
        medias: [7, { public_url: 7 }, { public_url: 'https://pictures.readers.dev/book.png' }],
      })),
    );
    const [book] = await listed();
    expect(book?.benefits).toMatchObject([{ description: 'Gives quay:book' }]);
    expect(book?.images).toEqual(['https://pictures.readers.dev/book.png']);
  });

  it('an odd product itself is not sold, and the answer says why', async () => {
    const [id = ''] = await stock(['quay:book']);
    const answer = world.simulator.fetch.bind(world.simulator);
    world.simulator.fetch = async (request) => {
      const response = await answer(request);
      if (new URL(request.url).pathname !== `/v1/products/${id}`) return response;
      return Response.json({ ...(await response.json<Item>()), is_archived: null });
    };
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const body = { method: 'polar', product_id: id };
    const sold = await call('POST', '/v1/payments', { key: quay.secretKey, body });
    expect([sold.status, sold.body]).toMatchObject([
      502,
      { code: 'polar_failed', detail: expect.stringContaining('not what it documents') },
    ]);
  });
});

describe('comparing with Polar', () => {
  /** Two sales of everything that is compared, of which nothing was heard. */
  async function sell(): Promise<void> {
    const monthly = await world.createProduct({
      name: 'quay:monthly',
      recurring: 'month',
      benefits: gives('magazine'),
    });
    await losing(world, async () => {
      for (const email of ['ada@readers.dev', 'bob@readers.dev']) {
        const { checkoutUrl } = await startPayment(quay, monthly.id);
        await world.pay('sandbox', checkoutUrl, { email });
      }
      await world.createProduct({ name: 'quay:other', benefits: gives('other') });
      const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/orders/');
      for (const { id } of items) {
        await world.polar('sandbox', 'POST', '/v1/refunds/', { order_id: id, amount: 1, reason: 'other' });
        world.simulator.openDispute(id);
      }
    });
  }

  it.each([
    ['products', 'product'],
    ['benefits', 'benefit'],
    ['customers', 'customer'],
    ['orders', 'order'],
    ['subscriptions', 'subscription'],
    ['refunds', 'refund'],
    ['checkouts', 'checkout'],
    ['benefit-grants', 'grant'],
    ['disputes', 'dispute'],
  ] as const)('of the list of %s an odd one is noted, and all others are repaired', async (path, kind) => {
    await sell();
    answering(
      new RegExp(`^/v1/${path}/\\?`),
      oddFirst((item) => ({ ...item, created_at: 'yesterday', modified_at: null })),
    );
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { status, report } = await reconcile(world, { scope: 'full' });
    expect([status, report.refused]).toEqual(['finished', {}]);
    const { seen = 0, repaired = 0, missing = 0, failed = 0, stale = 0 } = report.kinds[kind] ?? {};
    expect(seen).toBeGreaterThan(2);
    expect(repaired).toBeGreaterThan(0);
    expect(failed).toBeGreaterThan(0);
    expect(missing + stale).toBe(repaired + failed);
    expect(report.not_understood).toEqual([{ kind, id: ODD, why: expect.stringMatching(/\w/) }]);
    for (const [other, tally] of Object.entries(report.kinds))
      if (other !== kind) expect([other, tally.failed]).toEqual([other, 0]);
  });

  it('one without an id is counted and noted; members and seats are read loosely', async () => {
    await sell();
    answering(/^\/v1\/orders\/\?/, (items) => [{ total: 7 }, null, ...items]);
    answering(/^\/v1\/members\/\?/, (items) => [{ id: 7 }, ...items]);
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { report } = await reconcile(world);
    expect(report.not_understood).toEqual([
      { kind: 'member', id: null, why: 'It has no id.' },
      { kind: 'order', id: null, why: 'It has no id.' },
    ]);
    expect(report.kinds['order']).toMatchObject({ missing: 2, repaired: 2 });
    expect(report.kinds['member']).toMatchObject({ missing: 2, repaired: 2, failed: 1 });
  });

  it('an odd webhook endpoint of somebody else’s does not hide the gateway’s own', async () => {
    answering(/^\/v1\/webhooks\/endpoints/, (items) => [
      { id: 7 },
      null,
      ...items.map((item) => ({ ...item, events: 'all of them' })),
    ]);
    const { report } = await reconcile(world);
    expect(report.refused).toEqual({});
    expect(report.webhook).toMatchObject({ registered: true, enabled: true, secret_known: true });
    expect(report.webhook?.['missing_events']).not.toEqual([]);
  });
});

it('of a customer’s grants, read again, an odd one keeps none of the others from being applied', async () => {
  const product = await world.createProduct({
    name: 'quay:book',
    benefits: [...gives('book'), ...gives('index')],
  });
  const { checkoutUrl } = await startPayment(quay, product.id);
  await losing(world, () => world.pay('sandbox', checkoutUrl, { email: 'ada@readers.dev' }));
  const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/customers/');
  const customer = items[0]?.id ?? '';
  answering(
    /^\/v1\/benefit-grants\/\?/,
    oddFirst((item) => ({ ...item, is_granted: 'yes' })),
  );
  await env.DB.prepare(
    `insert into rereads (mode, kind, id, reason, requested_at, attempts, next_attempt_at) values ('sandbox', 'grants', ?, 'a test', 0, 0, 0)`,
  )
    .bind(customer)
    .run();
  const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await consume({ type: 'reread', mode: 'sandbox', kind: 'grants', id: customer });
  expect(await rowsOf('select is_granted from grants')).toEqual([{ is_granted: 1 }, { is_granted: 1 }]);
  expect(await rowsOf("select id from rereads where kind = 'grants' and reason = 'a test'")).toEqual([]);
  expect(logged.mock.calls.flat().join(' ')).toContain('was not understood');
});

it('an embedded object that stays unreadable is asked for by itself, and given up after some thirty tries', async () => {
  const product = await world.createProduct({ name: 'quay:book', benefits: gives('book') });
  const { checkoutUrl } = await startPayment(quay, product.id);
  const told = await record(world, async () => {
    await world.pay('sandbox', checkoutUrl, { email: 'ada@readers.dev' });
  });
  const answer = world.simulator.fetch.bind(world.simulator);
  let asked = 0;
  world.simulator.fetch = async (request) => {
    if (!new URL(request.url).pathname.startsWith('/v1/customers/')) return answer(request);
    asked += 1;
    return Response.json({ ...(await (await answer(request)).json<Item>()), created_at: 'yesterday' });
  };
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const paid = told.find(({ type }) => type === 'order.paid');
  if (!paid) throw new Error('no order.paid');
  const event = JSON.parse(paid.body) as { data: { customer_id: string } };
  const body = JSON.stringify({ ...event, data: { ...event.data, customer: null } });
  expect(await deliver(world, { ...paid, body })).toBe(200);
  await world.settle();
  expect(await rowsOf('select status from payments')).toEqual([{ status: 'succeeded' }]);
  const isWaiting = async () =>
    (await rowsOf("select id from rereads where kind = 'customer' and reason like 'not readable%'")).length >
    0;
  expect(await isWaiting()).toBe(true);
  for (let tries = 0; tries < 60 && (await isWaiting()); tries++) {
    await env.DB.prepare('update rereads set next_attempt_at = 0').run();
    const { customer_id: id } = event.data;
    await consume({ type: 'reread', mode: 'sandbox', kind: 'customer', id });
  }
  expect(await isWaiting()).toBe(false);
  expect(asked).toBeLessThanOrEqual(31);
  expect(logged.mock.calls.flat().join(' ')).toContain('reread given up');
});

it('a buyer who comes back goes on with a code, though one of the grants cannot be understood', async () => {
  const product = await world.createProduct({ name: 'quay:book', benefits: gives('book') });
  const payment = await startPayment(quay, product.id);
  const [row] = await rowsOf<{ checkout_id: string }>('select checkout_id from payments');
  const checkout = await world.polar<{ success_url: string }>(
    'sandbox',
    'GET',
    `/v1/checkouts/${row?.checkout_id}`,
  );
  answering(
    /^\/v1\/benefit-grants\/\?/,
    oddFirst((item) => ({ ...item, created_at: 'yesterday', modified_at: null })),
  );
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  world.holdWebhooks = true;
  await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  const { pathname, search } = new URL(checkout.success_url);
  const back = await call('GET', pathname + search);
  expect([back.status, back.headers.get('location')]).toEqual([303, expect.stringMatching(/[?&]code=/)]);
  expect(await rowsOf('select is_granted from grants')).toEqual([{ is_granted: 1 }]);
});

it('Polar is well, though the first product that it lists is odd', async () => {
  await stock(['quay:book']);
  answering(/^\/v1\/products\/\?/, () => ['a product']);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await runCron();
  const { text } = await call('GET', '/health');
  expect(text).not.toContain('not understood');
});
