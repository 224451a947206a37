import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import { call, createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import { deliver, record, startPayment, type Told } from '../harness/story.ts';
import { fetchGateway } from '../harness/front-door.ts';

/*
 * What must be repaired without an operator: short failures of the database, Polar events that never came, products
 * that get another owner.
 */

let world: World;
let quay: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
});

const rowsOf = async (query: string) => (await env.DB.prepare(query).all()).results;
const DAY = 86_400_000;

async function sweep(): Promise<void> {
  const context = createExecutionContext();
  const controller = {
    scheduledTime: Date.now(),
    cron: '* * * * *',
    noRetry: () => undefined,
    type: 'scheduled',
  };
  await worker.scheduled(controller, env, context);
  await waitOnExecutionContext(context);
}

/** Delivers with a D1 whose batches fail, as a short outage does; single statements work again. */
async function deliverInOutage(told: Told, batchesThatFail: number): Promise<number> {
  let left = batchesThatFail;
  const DB = {
    prepare: (query: string) => env.DB.prepare(query),
    batch: (statements: D1PreparedStatement[]) =>
      left-- > 0 ? Promise.reject(new Error('D1_ERROR: Network connection lost')) : env.DB.batch(statements),
  };
  const headers = await world.simulator.sign(
    world.polarEndpoints.sandbox,
    told.webhookId,
    told.body,
    Date.now(),
  );
  const request = new Request(`${GATEWAY_URL}/webhooks/polar`, { method: 'POST', body: told.body, headers });
  const response = await fetchGateway(request, { ...env, DB });
  return response.status;
}

async function recordPurchase(options: { benefits?: boolean; recurring?: 'month' } = {}) {
  const product = await world.createProduct({
    name: options.recurring ? 'quay:monthly' : 'quay:lifetime',
    ...(options.recurring ? { recurring: options.recurring } : {}),
    ...(options.benefits
      ? { benefits: [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }] }
      : {}),
  });
  const payment = await startPayment(quay, product.id);
  const story = await record(world, async () => {
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  });
  return { product, payment, story };
}

const pick = (story: Told[], type: string): Told => {
  const told = story.find((event) => event.type === type);
  if (!told) throw new Error(`no ${type} in the story`);
  return told;
};

const accessTo = async (resource: string, key = quay.secretKey) => {
  const [row] = await rowsOf('select customer_id from orders limit 1');
  return (
    await call<{ allow: boolean; reason: string }>(
      'GET',
      `/v1/access?max_age=0&customer=${String(row?.['customer_id'])}&resource=${resource}`,
      { key },
    )
  ).body;
};

describe('a short outage of D1', () => {
  it('keeps the event for later, and the sweep applies it', async () => {
    const { story } = await recordPurchase();
    expect(await deliverInOutage(pick(story, 'order.paid'), 1)).toBe(200);
    expect(await rowsOf("select status from polar_events where type like 'order.%'")).toEqual([
      { status: 'pending' },
    ]);
    await sweep();
    await world.settle();
    expect(await rowsOf('select status from payments')).toEqual([{ status: 'succeeded' }]);
    expect(await rowsOf("select count(*) as n from events where type = 'payment.succeeded'")).toEqual([
      { n: 1 },
    ]);
  });

  it('shows an event as failed only when its content is to blame, and Polar’s redelivery has it applied again', async () => {
    const { story } = await recordPurchase();
    const told = pick(story, 'order.paid');
    await deliver(world, told);
    await env.DB.prepare("update polar_events set status = 'failed'").run();
    await env.DB.prepare('delete from events').run();
    expect(await deliver(world, told)).toBe(200);
    await world.settle();
    expect(await rowsOf("select status from polar_events where type = 'order.paid'")).toEqual([
      { status: 'applied' },
    ]);
    expect(await rowsOf("select count(*) as n from events where type = 'payment.succeeded'")).toEqual([
      { n: 1 },
    ]);
  });
});

describe('events that never came', () => {
  it('a purchase whose own events were lost is found by the customer’s state, opens its benefits, and is told', async () => {
    const { story } = await recordPurchase({ benefits: true });
    const state = story.filter(({ type }) => type === 'customer.state_changed').at(-1);
    await deliver(world, state ?? pick(story, 'customer.state_changed'));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 90_000 });
    for (let minute = 0; minute < 4; minute++) {
      await sweep();
      await scheduler.wait(60);
      await world.settle();
      vi.setSystemTime(Date.now() + 90_000);
    }
    expect(await rowsOf('select app_id is not null as owned from grants')).toEqual([{ owned: 1 }]);
    const told = (await rowsOf('select type from events order by type')).map(({ type }) => type);
    expect(told).toEqual(expect.arrayContaining(['payment.succeeded', 'grant.created']));
    expect(await accessTo('content:extra')).toMatchObject({ allow: true });
  });

  it('a grant whose own event was lost is told as created by what follows it, once, and again only when it is granted again', async () => {
    const { story } = await recordPurchase({ benefits: true, recurring: 'month' });
    for (const told of story.filter((each) => each.type !== 'benefit_grant.created'))
      expect(await deliver(world, told)).toBe(200);
    const renewal = await record(world, () => world.simulator.advance(32 * DAY));
    for (const told of renewal) expect(await deliver(world, told)).toBe(200);
    const told = () => rowsOf("select type from events where type glob 'grant.*' order by type");
    expect(await told()).toEqual([{ type: 'grant.created' }, { type: 'grant.renewed' }]);
    // It comes after all: the same granting, told already.
    await deliver(world, pick(story, 'benefit_grant.created'));
    expect(await told()).toHaveLength(2);
    // A change of the benefit moves `granted_at`, and grants nothing.
    const cycled = pick(renewal, 'benefit_grant.cycled');
    const event = JSON.parse(cycled.body) as { data: Record<string, unknown>; timestamp: string };
    const later = new Date(Date.parse(event.timestamp) + 1000).toISOString();
    const changed = { ...event.data, granted_at: later, modified_at: later };
    const body = JSON.stringify({ ...event, type: 'benefit_grant.updated', timestamp: later, data: changed });
    await deliver(world, { webhookId: crypto.randomUUID(), type: 'benefit_grant.updated', body });
    expect(await told()).toEqual([
      { type: 'grant.created' },
      { type: 'grant.renewed' },
      { type: 'grant.updated' },
    ]);
  });

  it('a revocation that was lost is noticed by the customer’s state', async () => {
    const { story } = await recordPurchase({ benefits: true });
    for (const told of story) await deliver(world, told);
    await world.settle();
    const [order] = await rowsOf('select id, net_amount from orders');
    const refund = await record(world, async () => {
      await world.polar('sandbox', 'POST', '/v1/refunds/', {
        order_id: order?.['id'],
        amount: order?.['net_amount'],
        reason: 'other',
        revoke_benefits: true,
      });
      await world.simulator.settle();
    });
    await deliver(
      world,
      refund.filter(({ type }) => type === 'customer.state_changed').at(-1) ??
        pick(refund, 'customer.state_changed'),
    );
    expect(await accessTo('content:extra')).toMatchObject({ allow: true });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 90_000 });
    await sweep();
    await expect
      .poll(() => rowsOf('select is_granted from grants'), { timeout: 5_000 })
      .toEqual([{ is_granted: 0 }]);
    expect(await accessTo('content:extra')).toMatchObject({ allow: false, reason: 'revoked' });
  });
});

describe('an unowned product that gets an owner', () => {
  it('wakes what waits for the order and for the subscription, though the subscription’s own events were lost', async () => {
    const product = await world.createProduct({
      name: 'Nobody’s monthly',
      recurring: 'month',
      benefits: [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }],
    });
    const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [product.id],
    });
    const story = await record(world, async () => {
      await world.pay('sandbox', checkout.url, { email: 'ada@readers.dev' });
    });
    world.polarForgets = true;
    for (const type of ['order.paid', 'benefit_grant.created']) await deliver(world, pick(story, type));
    expect(
      await rowsOf(
        "select count(*) as n from polar_events where status = 'unrouted' and waits_for is not null and type in ('order.paid', 'benefit_grant.created')",
      ),
    ).toEqual([{ n: 2 }]);
    world.polarForgets = false;
    await call('POST', `/admin/products/${product.id}/owner`, {
      key: env.FLOE_ADMIN_TOKEN,
      body: { mode: 'sandbox', app: quay.slug },
    });
    await expect
      .poll(() => rowsOf('select app_id is not null as owned from grants'), { timeout: 5_000 })
      .toEqual([{ owned: 1 }]);
    expect(await accessTo('content:extra')).toMatchObject({ allow: true });
  });

  it('is repaired by assigning it again when waking failed the first time', async () => {
    const product = await world.createProduct({ name: 'Nobody’s book' });
    const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [product.id],
    });
    await world.pay('sandbox', checkout.url, { email: 'ada@readers.dev' });
    await world.settle();
    await env.DB.prepare('update products set app_id = ?1, assigned_app_id = ?1 where id = ?2')
      .bind(quay.id, product.id)
      .run();
    await call('POST', `/admin/products/${product.id}/owner`, {
      key: env.FLOE_ADMIN_TOKEN,
      body: { mode: 'sandbox', app: quay.slug },
    });
    await expect
      .poll(() => rowsOf("select count(*) as n from events where type = 'payment.succeeded'"), {
        timeout: 5_000,
      })
      .toEqual([{ n: 1 }]);
  });
});

describe('tenants stay apart', () => {
  it('a forged gateway_payment_id of another app’s payment carries neither its external id nor its metadata over', async () => {
    const atlas = await world.createApp({ product: 'atlas', webhook: false });
    const mine = await world.createProduct({ name: 'quay:lifetime' });
    const theirs = await world.createProduct({ name: 'atlas:pro' });
    const secret = await startPayment(quay, mine.id, {
      customer: { external_id: 'user-1' },
      metadata: { private: 'of-quay' },
    });
    const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [theirs.id],
      metadata: { gateway_payment_id: secret.id, gateway_app: quay.slug },
    });
    await world.pay('sandbox', checkout.url, { email: 'eve@readers.dev' });
    await world.settle();
    expect(
      await rowsOf(`select external_customer_id, metadata from payments where app_id = '${atlas.id}'`),
    ).toEqual([{ external_customer_id: null, metadata: '{}' }]);
    const events = await rowsOf(
      `select body from events where app_id = '${atlas.id}' and type = 'payment.succeeded'`,
    );
    expect(events).toHaveLength(1);
    expect(JSON.parse(String(events[0]?.['body'])).data.payment).toMatchObject({
      metadata: {},
      customer: { external_id: null },
    });
    const access = await call('GET', `/v1/access?customer=external:user-1&resource=product:${theirs.id}`, {
      key: atlas.secretKey,
    });
    expect(access.body).toMatchObject({ allow: false, reason: 'unknown_customer' });
  });

  it('a subscription moved to another app’s product opens neither its plan nor its content in the first app', async () => {
    await world.createApp({ product: 'atlas', webhook: false });
    const mine = await world.createProduct({ name: 'quay:basic', recurring: 'month' });
    const theirs = await world.createProduct({
      name: 'Pro',
      recurring: 'month',
      metadata: { gateway_product: 'atlas', gateway_plan: 'pro', content_id: 'premium' },
      benefits: [{ type: 'custom', description: 'Atlas reader', metadata: { content_id: 'atlas/extra' } }],
    });
    const payment = await startPayment(quay, mine.id);
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    const [subscription] = await rowsOf('select id from subscriptions');
    await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${String(subscription?.['id'])}`, {
      product_id: theirs.id,
      proration_behavior: 'prorate',
    });
    await world.settle();
    for (const resource of ['plan:quay:pro', 'plan:quay:basic', 'content:premium', 'content:atlas/extra']) {
      expect([resource, (await accessTo(resource)).allow]).toEqual([resource, false]);
    }
    expect(await accessTo(`product:${theirs.id}`)).toMatchObject({ allow: true });
  });
});

describe('many events', () => {
  it('an order wakes a customer’s past only for an app that is new to the customer', async () => {
    const { story } = await recordPurchase();
    for (const told of story) await deliver(world, told);
    await world.settle();
    const customerEvents = story.filter(
      ({ type }) => type.startsWith('customer.') && type !== 'customer.state_changed',
    );
    expect(customerEvents.length).toBeGreaterThan(0);
    const before = await rowsOf(
      "select id, attempts from polar_events where type like 'customer.%' order by id",
    );
    const second = await startPayment(
      quay,
      String((await rowsOf('select product_id from payments'))[0]?.['product_id']),
    );
    await world.pay('sandbox', second.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    const after = await rowsOf(
      `select id, attempts from polar_events where id in (${before.map(({ id }) => `'${String(id)}'`).join(',')}) order by id`,
    );
    expect(after).toEqual(before);
  });

  it('hundreds that waited for one order are applied in small messages', async () => {
    const { story } = await recordPurchase();
    world.polarForgets = true;
    const refunds = Array.from({ length: 130 }, (_, index): Told => {
      const at = new Date().toISOString();
      const order = JSON.parse(pick(story, 'order.paid').body) as {
        data: { id: string; customer_id: string };
      };
      const data = {
        id: crypto.randomUUID(),
        created_at: at,
        modified_at: null,
        status: 'pending',
        reason: 'other',
        amount: 1,
        currency: 'usd',
        order_id: order.data.id,
        customer_id: order.data.customer_id,
      };
      return {
        webhookId: `bulk-${index}`,
        type: 'refund.created',
        body: JSON.stringify({ type: 'refund.created', timestamp: at, data }),
      };
    });
    for (const refund of refunds) expect(await deliver(world, refund)).toBe(200);
    await deliver(world, pick(story, 'order.paid'));
    await expect
      .poll(
        () =>
          rowsOf(
            "select status, count(*) as n from polar_events where type = 'refund.created' group by status",
          ),
        { timeout: 20_000 },
      )
      .toEqual([{ status: 'applied', n: 130 }]);
    expect(await rowsOf("select count(*) as n from events where type = 'refund.created'")).toEqual([
      { n: 130 },
    ]);
  });
});

describe('what Polar adds tomorrow', () => {
  it.each([
    ['on a known noun, with the object', 'subscription.migrated', (subscription: object) => subscription],
    [
      'on a known noun, with another payload',
      'subscription.vanished',
      (subscription: { id: string }) => ({ id: 'x', subscription_id: subscription.id }),
    ],
    [
      'without an id of its own',
      'loyalty.earned',
      (subscription: { id: string }) => ({ subscription_id: subscription.id, points: 3 }),
    ],
  ])(
    '%s is forwarded once, under its own name',
    async (_name, type, shape: (subscription: { id: string }) => object) => {
      const { story } = await recordPurchase({ recurring: 'month' });
      for (const told of story) await deliver(world, told);
      const subscription = JSON.parse(pick(story, 'subscription.created').body) as { data: { id: string } };
      const event = {
        webhookId: `new-${type}`,
        type,
        body: JSON.stringify({ type, timestamp: new Date().toISOString(), data: shape(subscription.data) }),
      };
      expect(await deliver(world, event)).toBe(200);
      expect(await deliver(world, { ...event, webhookId: `again-${type}` })).toBe(200);
      expect(await rowsOf(`select count(*) as n from events where type = 'polar.${type}'`)).toEqual([
        { n: 1 },
      ]);
      await world.settle();
      expect(await rowsOf("select count(*) as n from polar_events where status <> 'applied'")).toEqual([
        { n: 0 },
      ]);
    },
  );
});

describe('renewed means paid for a further period', () => {
  it('a bill for usage in between, and the last bill of an ended subscription, are payments and no renewals', async () => {
    const { story } = await recordPurchase({ recurring: 'month' });
    for (const told of story) await deliver(world, told);
    const renewal = await record(world, () => world.advance(31 * DAY));
    const paid = JSON.parse(pick(renewal, 'order.paid').body) as {
      type: string;
      timestamp: string;
      data: Record<string, unknown> & { subscription: object };
    };
    const asEvent = (id: string, change: object): Told => ({
      webhookId: id,
      type: 'order.paid',
      body: JSON.stringify({ ...paid, data: { ...paid.data, id: crypto.randomUUID(), ...change } }),
    });
    await deliver(world, asEvent('usage', { billing_reason: 'subscription_meter_cycle' }));
    await deliver(
      world,
      asEvent('last', {
        subscription: { ...paid.data.subscription, ended_at: paid.timestamp, status: 'canceled' },
      }),
    );
    expect(await rowsOf("select count(*) as n from payments where kind = 'renewal'")).toEqual([{ n: 2 }]);
    expect(await rowsOf("select count(*) as n from events where type = 'subscription.renewed'")).toEqual([
      { n: 0 },
    ]);
    await deliver(world, pick(renewal, 'order.paid'));
    expect(await rowsOf("select count(*) as n from events where type = 'subscription.renewed'")).toEqual([
      { n: 1 },
    ]);
  });
});

describe('two contents of one version', () => {
  it('end the same in either order, and Polar is asked which of them is true', async () => {
    const { story } = await recordPurchase();
    const paid = JSON.parse(pick(story, 'order.paid').body) as {
      type: string;
      timestamp: string;
      data: object;
    };
    const told = (id: string, change: object): Told => ({
      webhookId: id,
      type: 'order.updated',
      body: JSON.stringify({ ...paid, type: 'order.updated', data: { ...paid.data, ...change } }),
    });
    const [one, other] = [told('tie-1', { total_amount: 111 }), told('tie-2', { total_amount: 222 })];
    const kept: unknown[] = [];
    for (const order of [
      [one, other],
      [other, one],
    ]) {
      await env.DB.batch(
        ['polar_events', 'orders', 'rereads'].map((table) => env.DB.prepare(`delete from ${table}`)),
      );
      world.polarDown = true;
      for (const event of order) await deliver(world, event);
      kept.push(await rowsOf('select total_amount from orders'));
      expect(await rowsOf("select kind, reason from rereads where kind = 'order'")).toEqual([
        { kind: 'order', reason: 'two of one version' },
      ]);
    }
    expect(kept[0]).toEqual(kept[1]);
    world.polarDown = false;
    await env.DB.prepare('update rereads set next_attempt_at = 0').run();
    await sweep();
    await expect
      .poll(() => rowsOf('select total_amount from orders'), { timeout: 5_000 })
      .toEqual([{ total_amount: 900 }]);
    expect(await rowsOf("select count(*) as n from rereads where kind = 'order'")).toEqual([{ n: 0 }]);
  });
});
