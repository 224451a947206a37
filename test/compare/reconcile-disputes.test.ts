import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { eventsOf, losing, NO_DRIFT, reconcile, rowsOf } from './reconcile-calls.ts';
import { startPayment } from '../harness/story.ts';

/* Polar sends no webhook for disputes: they are found by reading, and told to the app whose sale is disputed. */

let world: World;
let quay: TestApp;
let atlas: TestApp;
let orderId: string;

const DAY = 86_400_000;
const BENEFITS = [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }];

async function buy(app: TestApp, productId: string): Promise<string> {
  const payment = await startPayment(app, productId);
  await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  await world.settle();
  const [row] = await rowsOf<{ order_id: string }>(
    `select order_id from payments where id = '${payment.id}'`,
  );
  return row?.order_id ?? '';
}

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
  const mine = await world.createProduct({ name: 'quay:lifetime', benefits: BENEFITS });
  const theirs = await world.createProduct({ name: 'atlas:pro' });
  orderId = await buy(quay, mine.id);
  await buy(atlas, theirs.id);
  await reconcile(world);
});

const disputes = () => eventsOf("type glob 'dispute.*'");
const typesOf = (events: readonly { type: string }[]) => events.map(({ type }) => type);

describe('a dispute', () => {
  it('is found, and told once, to the app whose order it is only', async () => {
    const id = world.simulator.openDispute(orderId);
    const { report } = await reconcile(world);
    expect(report.kinds['dispute']).toMatchObject({ missing: 1, repaired: 1, failed: 0 });
    const told = await disputes();
    expect(told).toMatchObject([{ app_id: quay.id, key: `dispute.created:${id}`, origin: 'reconcile' }]);
    const again = await reconcile(world);
    expect(again.report.total).toEqual(NO_DRIFT);
    expect(await disputes()).toEqual(told);
    expect(
      (await call<{ data: unknown[] }>('GET', '/v1/events?type=dispute.created', { key: atlas.secretKey }))
        .body.data,
    ).toEqual([]);
  });

  it('that was changed before it was first seen is told as new alone; what changes later is told', async () => {
    const id = world.simulator.openDispute(orderId);
    const answer = world.simulator.fetch.bind(world.simulator);
    const changed = (changes: object) => {
      world.simulator.fetch = async (request) => {
        const response = await answer(request);
        if (!request.url.includes('/v1/disputes/?')) return response;
        const page = await response.json<{ items: { created_at: string }[] }>();
        return Response.json({ ...page, items: page.items.map((item) => ({ ...item, ...changes })) });
      };
    };
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    changed({ modified_at: at(1000) });
    await reconcile(world);
    expect((await disputes()).map(({ key }) => key)).toEqual([`dispute.created:${id}`]);
    changed({ modified_at: at(2000), status: 'under_review' });
    await reconcile(world);
    await reconcile(world);
    expect(typesOf(await disputes())).toEqual(['dispute.created', 'dispute.updated']);
  });

  it('says what it is about, and nothing of the customer but the id', async () => {
    world.simulator.openDispute(orderId);
    await reconcile(world);
    const [event] = await disputes();
    const { data } = JSON.parse(event?.body ?? '{}') as {
      data: { payment: { order_id: string }; polar: { data: Record<string, unknown> } };
    };
    const [order] = await rowsOf(`select customer_id, payment_id from orders where id = '${orderId}'`);
    expect(data.payment).toMatchObject({ id: order?.['payment_id'] });
    expect(data.polar.data).toMatchObject({
      order_id: orderId,
      status: 'needs_response',
      customer_id: order?.['customer_id'],
    });
    expect(data.polar.data).not.toHaveProperty('customer');
    expect(
      await rowsOf(
        "select json_extract(data, '$.customer') as customer from snapshots where kind = 'dispute'",
      ),
    ).toEqual([{ customer: null }]);
  });

  it.each(['won', 'lost'] as const)(
    'that is %s weeks later is told once, and the access it took is gone',
    async (outcome) => {
      const id = world.simulator.openDispute(orderId);
      await reconcile(world);
      await world.advance(20 * DAY);
      await reconcile(world);
      await losing(world, async () => world.simulator.resolveDispute(id, outcome));
      const answer = world.simulator.fetch.bind(world.simulator);
      // As among many: it is on no page that a run reads.
      world.simulator.fetch = (request) =>
        request.url.includes('/v1/disputes/?')
          ? Promise.resolve(Response.json({ items: [], pagination: { total_count: 0, max_page: 0 } }))
          : answer(request);
      world.polarRequests.length = 0;
      const { report } = await reconcile(world);
      world.simulator.fetch = answer;
      expect(report.kinds['dispute']).toMatchObject({ missing: 0, stale: 1, repaired: 1 });
      expect(report.kinds['grant']).toMatchObject({ stale: 1, repaired: 1 });
      expect(world.polarRequests).toContain(`GET /v1/disputes/${id}`);
      expect(typesOf(await disputes())).toEqual(['dispute.created', `dispute.${outcome}`]);
      expect(await rowsOf('select is_granted from grants')).toEqual([{ is_granted: 0 }]);
      const again = await reconcile(world, { scope: 'full' });
      expect(again.report.total).toEqual(NO_DRIFT);
      expect(typesOf(await disputes())).toEqual(['dispute.created', `dispute.${outcome}`]);
    },
  );

  it('that was prevented is told with the refund that prevented it', async () => {
    await losing(world, async () => world.simulator.preventDispute(orderId));
    const { report } = await reconcile(world);
    expect(report.kinds['dispute']).toMatchObject({ missing: 1, repaired: 1 });
    expect(typesOf(await disputes())).toEqual(['dispute.created', 'dispute.prevented']);
    expect(typesOf(await eventsOf("type glob 'refund.*'"))).toEqual(['refund.created', 'refund.succeeded']);
    expect((await reconcile(world)).report.total).toEqual(NO_DRIFT);
  });

  it('stored as open and on no list is asked about, one of many in its turn', async () => {
    const ids = Array.from({ length: 45 }, () => crypto.randomUUID());
    await env.DB.batch(
      ids.map((id) =>
        env.DB.prepare(
          `insert into snapshots (mode, kind, id, status, data, version, seen_version, digest)
          values ('sandbox', 'dispute', ?, 'needs_response', '{}', 0, 0, 0)`,
        ).bind(id),
      ),
    );
    const asked = new Set<string>();
    for (let run = 0; run < 2; run++) {
      world.polarRequests.length = 0;
      await reconcile(world);
      const each = world.polarRequests.filter((request) => /\/disputes\/[0-9a-f]/.test(request));
      expect(each.length).toBeLessThanOrEqual(40);
      for (const request of each) asked.add(request);
    }
    expect(asked.size).toBe(ids.length);
  });

  it('of an order that belongs to nobody is kept and told to nobody', async () => {
    const product = await world.createProduct({ name: 'Nobody’s book' });
    const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [product.id],
    });
    await world.pay('sandbox', checkout.url, { email: 'eve@readers.dev' });
    await world.settle();
    const [order] = await rowsOf<{ id: string }>('select id from orders where app_id is null');
    world.simulator.openDispute(order?.id ?? '');
    await reconcile(world);
    expect(await rowsOf("select app_id from snapshots where kind = 'dispute'")).toEqual([{ app_id: null }]);
    expect(await disputes()).toEqual([]);
    expect((await reconcile(world)).report.total).toEqual(NO_DRIFT);
  });
});
