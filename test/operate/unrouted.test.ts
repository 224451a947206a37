import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { databaseInSteps, requestInterrupted } from '../harness/interrupted.ts';

/* Purchases that belong to no app: they are shown, given to an app with all that belongs to them, or hidden. */

const OPERATOR = env.FLOE_ADMIN_TOKEN;
const BENEFITS = [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }];

interface Unrouted {
  kind: string;
  id: string;
  why: string;
  customer: { id: string; email: string | null };
  product: { id: string } | null;
  orders: number;
  grants: number;
  dismissed: boolean;
}

let world: World;
let quay: TestApp;
let atlas: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
});

const admin = <T = Record<string, unknown>>(method: string, path: string, body?: unknown) =>
  call<T>(method, path, { key: OPERATOR, ...(body === undefined ? {} : { body }) });
const list = async (more = '') =>
  (
    await admin<{ data: Unrouted[]; next_cursor: string | null }>(
      'GET',
      `/admin/unrouted?mode=sandbox${more}`,
    )
  ).body;
const adopt = ({ kind, id }: Pick<Unrouted, 'kind' | 'id'>, app: string) =>
  admin('POST', `/admin/unrouted/${kind}/${id}/adopt`, { app });
const rowsOf = async <T>(query: string) => (await env.DB.prepare(query).all<T>()).results;
const told = async (app: TestApp) =>
  rowsOf<{ type: string; origin: string }>(
    `select type, origin from events where app_id = '${app.id}' order by sequence`,
  );

/** Buys past the gateway, at Polar itself. */
async function buyElsewhere(productId: string, email: string): Promise<void> {
  const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
    products: [productId],
  });
  await world.pay('sandbox', checkout.url, { email });
  await world.settle();
}

const orphan = async (recurring?: 'month') =>
  world.createProduct({
    name: 'an old product',
    benefits: BENEFITS,
    ...(recurring ? { recurring } : {}),
  });

describe('a purchase that belongs to no app', () => {
  it('is shown once, with what is known, whatever Polar has told of it', async () => {
    const { id: once } = await orphan();
    const { id: monthly } = await orphan('month');
    await buyElsewhere(once, 'ada@readers.dev');
    await buyElsewhere(monthly, 'bob@readers.dev');
    const { data } = await list();
    expect(data).toMatchObject([
      {
        kind: 'subscription',
        why: 'product_unowned',
        product: { id: monthly },
        customer: { email: 'bob@readers.dev' },
        orders: 1,
        grants: 1,
      },
      {
        kind: 'order',
        why: 'product_unowned',
        product: { id: once },
        customer: { email: 'ada@readers.dev' },
        orders: 1,
        grants: 1,
      },
    ]);
    const first = await list('&limit=1');
    expect(first.data).toEqual(data.slice(0, 1));
    expect((await list(`&limit=1&cursor=${first.next_cursor}`)).data).toEqual(data.slice(1));
    expect((await list('&created_before=2020-01-01')).data).toEqual([]);
    expect((await admin<{ data: unknown[] }>('GET', '/admin/unrouted?mode=live')).body.data).toEqual([]);
  });

  it('is not among them when an app has it', async () => {
    const { id } = await world.createProduct({ name: 'quay:book' });
    await buyElsewhere(id, 'ada@readers.dev');
    expect((await list()).data).toEqual([]);
  });
});

describe('adopting', () => {
  it('an order brings its payment, refunds and grants to the app, which is told of them as adopted, and opens', async () => {
    const { id: productId } = await orphan();
    await buyElsewhere(productId, 'ada@readers.dev');
    const [order] = await rowsOf<{ id: string; net_amount: number; customer_id: string }>(
      'select id, net_amount, customer_id from orders',
    );
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: order?.id,
      amount: 100,
      reason: 'other',
    });
    await world.simulator.settle();
    await world.settle();
    const [purchase] = (await list()).data;
    expect(purchase).toMatchObject({ kind: 'order', refunds: 1 });
    if (!purchase) throw new Error('nothing to adopt');

    const answer = await adopt(purchase, quay.slug);
    expect([answer.status, answer.text]).toEqual([200, answer.text]);
    expect(answer.body).toMatchObject({ kind: 'order', id: order?.id, app: quay.slug, remaining: 0 });
    await world.settle();
    const events = await told(quay);
    const types = events.map(({ type }) => type);
    expect(types).toContain('payment.succeeded');
    expect(types).toContain('refund.succeeded');
    expect(types).toContain('grant.created');
    const ours = events.filter(({ type }) => !type.startsWith('polar.') && !type.startsWith('customer.'));
    // An update that Polar told of is told as it was.
    const others = ours.filter(({ origin }) => origin !== 'adopted').map(({ type }) => type);
    expect(others).toEqual(['payment.updated']);
    expect(await told(atlas)).toEqual([]);
    expect((await list()).data).toEqual([]);
    const payment = await call<{ status: string; refunded_amount: number; order_id: string }>(
      'GET',
      `/v1/payments/${String(answer.body['payment_id'])}`,
      { key: quay.secretKey },
    );
    expect(payment.body).toMatchObject({
      status: 'partially_refunded',
      refunded_amount: 100,
      order_id: order?.id,
    });
    const open = await call<{ allow: boolean }>(
      'GET',
      `/v1/access?max_age=0&customer=${order?.customer_id}&resource=product:${productId}`,
      { key: quay.secretKey },
    );
    expect(open.body.allow).toBe(true);
    expect(await rowsOf('select app_id from grants')).toEqual([{ app_id: quay.id }]);
    expect(
      await rowsOf(
        "select count(*) as n from polar_events where status = 'unrouted' and type like 'order.%'",
      ),
    ).toEqual([{ n: 0 }]);
  });

  it('a subscription brings its orders, and those that come later', async () => {
    const { id: productId } = await orphan('month');
    await buyElsewhere(productId, 'ada@readers.dev');
    const [purchase] = (await list()).data;
    if (!purchase) throw new Error('nothing to adopt');
    expect((await adopt(purchase, quay.slug)).status).toBe(200);
    await world.settle();
    const types = (await told(quay)).map(({ type }) => type);
    for (const type of ['subscription.created', 'subscription.active', 'payment.succeeded', 'grant.created'])
      expect(
        types.filter((each) => each === type),
        type,
      ).toHaveLength(1);
    await world.advance(32 * 86_400_000);
    await world.settle();
    expect((await told(quay)).filter(({ type }) => type === 'subscription.renewed')).toHaveLength(1);
    expect(await rowsOf('select distinct app_id from orders')).toEqual([{ app_id: quay.id }]);
  });

  it('once more changes nothing, and no other app can have it', async () => {
    const { id } = await orphan();
    await buyElsewhere(id, 'ada@readers.dev');
    const [purchase] = (await list()).data;
    if (!purchase) throw new Error('nothing to adopt');
    const first = await adopt(purchase, quay.slug);
    await world.settle();
    const before = await told(quay);
    const again = await adopt(purchase, quay.slug);
    await world.settle();
    expect(again.body).toMatchObject({ payment_id: first.body['payment_id'] });
    expect(await told(quay)).toEqual(before);
    const other = await adopt(purchase, atlas.slug);
    expect([other.status, other.body['code']]).toEqual([409, 'conflict']);
    expect(await told(atlas)).toEqual([]);
    const audited = await admin<{ data: { target: string; app: string }[] }>(
      'GET',
      '/admin/audit?action=purchase.adopted',
    );
    expect(audited.body.data).toMatchObject([{ target: purchase.id, app: quay.slug }]);
  });

  it('a subscription brings the order that began it although it was never heard of', async () => {
    const { id } = await orphan('month');
    await buyElsewhere(id, 'ada@readers.dev');
    await env.DB.batch([
      env.DB.prepare('delete from orders'),
      env.DB.prepare("delete from polar_events where type like 'order.%' or type like 'checkout.%'"),
    ]);
    const [purchase] = (await list()).data;
    if (!purchase) throw new Error('nothing to adopt');
    expect((await adopt(purchase, quay.slug)).status).toBe(200);
    await world.settle();
    const types = (await told(quay)).map(({ type }) => type);
    expect(types.filter((type) => type === 'payment.succeeded')).toHaveLength(1);
    expect(await rowsOf('select app_id, billing_reason from orders')).toEqual([
      { app_id: quay.id, billing_reason: 'subscription_create' },
    ]);
  });

  it.each(['order', 'subscription'])(
    'a %s into two apps at the same time gives it to one, and tells the other nothing',
    async (kind) => {
      const { id } = await orphan(kind === 'order' ? undefined : 'month');
      // Before it reads, between its read and its batch, and after.
      for (const at of [3, 4, 5]) {
        await buyElsewhere(id, `${kind}-${at}@readers.dev`);
        const [purchase] = (await list()).data;
        if (!purchase) throw new Error('nothing to adopt');
        let calls = 0;
        let other: Awaited<ReturnType<typeof adopt>> | undefined;
        const DB = databaseInSteps(async (act) => {
          if (++calls === at) other = await adopt(purchase, quay.slug);
          return act();
        });
        const late = await requestInterrupted(
          'POST',
          `/admin/unrouted/${kind}/${purchase.id}/adopt`,
          {
            key: OPERATOR,
            body: { app: atlas.slug },
            bindings: { DB, WORK: env.WORK, WORK_SLOW: env.WORK_SLOW },
          },
          undefined,
        );
        await world.settle();
        const where = `call ${at}`;
        expect([late.status, other?.status].toSorted(), where).toEqual([200, 409]);
        const winner = late.status === 200 ? atlas : quay;
        expect(
          await rowsOf(`select distinct app_id from events where customer_id = '${purchase.customer.id}'`),
          where,
        ).toEqual([{ app_id: winner.id }]);
        expect(
          await rowsOf(
            `select app_id from audit_log where action = 'purchase.adopted' and target = '${purchase.id}'`,
          ),
          where,
        ).toEqual([{ app_id: winner.id }]);
        expect(
          await rowsOf(`select distinct app_id from payments where customer_id = '${purchase.customer.id}'`),
          where,
        ).toEqual([{ app_id: winner.id }]);
      }
    },
  );

  it('goes on where it stopped when Polar was away', async () => {
    const { id } = await orphan();
    await buyElsewhere(id, 'ada@readers.dev');
    const [purchase] = (await list()).data;
    if (!purchase) throw new Error('nothing to adopt');
    world.polarDown = true;
    const failed = await adopt(purchase, quay.slug);
    expect([failed.status, failed.body['code']]).toEqual([503, 'polar_unavailable']);
    world.polarDown = false;
    expect(await told(quay)).toEqual([]);
    expect((await adopt(purchase, quay.slug)).status).toBe(200);
  });

  it('refuses what is not there, an app that is not there, and an order of a subscription', async () => {
    const { id } = await orphan('month');
    await buyElsewhere(id, 'ada@readers.dev');
    const [order] = await rowsOf<{ id: string }>('select id from orders');
    const unknown = { kind: 'order', id: '00000000-0000-4000-8000-000000000001' };
    expect((await adopt(unknown, quay.slug)).status).toBe(404);
    expect((await adopt({ kind: 'order', id: order?.id ?? '' }, 'nobody-sandbox')).status).toBe(404);
    const part = await adopt({ kind: 'order', id: order?.id ?? '' }, quay.slug);
    expect([part.status, part.body['code']]).toEqual([409, 'conflict']);
    expect((await adopt({ kind: 'refund', id: order?.id ?? '' }, quay.slug)).status).toBe(422);
  });
});

describe('dismissing', () => {
  it('hides a purchase, which can be adopted all the same', async () => {
    const { id } = await orphan();
    await buyElsewhere(id, 'ada@readers.dev');
    const [purchase] = (await list()).data;
    if (!purchase) throw new Error('nothing to dismiss');
    const path = `/admin/unrouted/${purchase.kind}/${purchase.id}`;
    expect((await admin('DELETE', path)).status).toBe(204);
    expect((await admin('DELETE', path)).status).toBe(204);
    expect((await list()).data).toEqual([]);
    expect((await list('&dismissed=true')).data).toMatchObject([{ id: purchase.id, dismissed: true }]);
    const audited = await admin<{ data: unknown[] }>('GET', '/admin/audit?action=purchase.dismissed');
    expect(audited.body.data).toHaveLength(1);
    expect((await adopt(purchase, quay.slug)).status).toBe(200);
    expect((await admin('DELETE', path)).status).toBe(404);
    expect((await list('&dismissed=true')).data).toEqual([]);
  });
});
