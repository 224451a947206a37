import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { eventsOf, losing, NO_DRIFT, reconcile, rowsOf } from './reconcile-calls.ts';
import { deliver, readSequenceGaps, record, startPayment } from '../harness/story.ts';

/* What Polar could not deliver while its webhooks failed is found, repaired, and told once. */

let world: World;
let quay: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
});

const DAY = 86_400_000;
const BENEFITS = [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }];

const oneTime = (name = 'quay:lifetime') => world.createProduct({ name, benefits: BENEFITS });
const monthly = () => world.createProduct({ name: 'quay:monthly', recurring: 'month', benefits: BENEFITS });

async function buy(productId: string, email = 'ada@readers.dev', app = quay) {
  const payment = await startPayment(app, productId);
  await world.pay('sandbox', payment.checkoutUrl, { email });
  return payment;
}

async function only<T = Record<string, unknown>>(query: string): Promise<T> {
  const [row] = await rowsOf<T>(query);
  if (!row) throw new Error(`nothing: ${query}`);
  return row;
}

const idOf = async (table: string) => (await only<{ id: string }>(`select id from ${table}`)).id;

async function accessTo(resource: string): Promise<boolean> {
  const { customer_id } = await only<{ customer_id: string }>('select customer_id from orders limit 1');
  const path = `/v1/access?max_age=0&customer=${customer_id}&resource=${resource}`;
  return (await call<{ allow: boolean }>('GET', path, { key: quay.secretKey })).body.allow;
}

/** What was told since `before`, without the product's own news. */
async function toldSince(before: readonly { key: string }[]) {
  const known = new Set(before.map(({ key }) => key));
  return (await eventsOf()).filter(({ key }) => !known.has(key));
}

const typesOf = (events: readonly { type: string }[]) => events.map(({ type }) => type).sort();

async function expectNoDrift(body: Record<string, unknown> = {}): Promise<void> {
  const told = await eventsOf();
  const run = await reconcile(world, body);
  expect(run.report.total).toEqual(NO_DRIFT);
  expect(await eventsOf()).toEqual(told);
  expect(await readSequenceGaps()).toEqual([]);
}

describe('what was missed', () => {
  it('a purchase is found, repaired, and told once as if it had come', async () => {
    const product = await oneTime();
    await losing(world, () => buy(product.id));
    const before = await eventsOf();
    expect(await rowsOf('select status from payments')).toEqual([{ status: 'pending' }]);
    const { report } = await reconcile(world);
    expect(report.kinds).toMatchObject({
      customer: { missing: 1, repaired: 1 },
      order: { missing: 1, repaired: 1 },
      grant: { missing: 1, stale: 0, repaired: 1, failed: 0 },
    });
    expect(report.total.failed).toBe(0);
    expect(await rowsOf('select status from payments')).toEqual([{ status: 'succeeded' }]);
    expect(await accessTo('content:extra')).toBe(true);
    const told = await toldSince(before);
    // Its fees came after it was paid: that update was missed as well.
    expect(typesOf(told)).toEqual([
      'customer.created',
      'grant.created',
      'payment.succeeded',
      'payment.updated',
    ]);
    expect(new Set(told.map(({ origin }) => origin))).toEqual(new Set(['reconcile']));
    expect(JSON.parse(told[0]?.body ?? '{}')).toMatchObject({ data: { origin: 'reconcile' } });
    const sent = world.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(sent.filter((type) => type === 'payment.succeeded')).toHaveLength(1);
    await expectNoDrift();
  });

  it('a webhook that arrives late after all tells nothing new', async () => {
    const product = await monthly();
    const payment = await startPayment(quay, product.id);
    const story = await record(world, async () => {
      await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    });
    await reconcile(world);
    const told = (await eventsOf()).map(({ key }) => key);
    for (const event of story) expect(await deliver(world, event)).toBe(200);
    await world.settle();
    const later = (await eventsOf()).map(({ key }) => key).filter((key) => !told.includes(key));
    // A new subscription’s own `updated` says nothing that `created` did not: it is left to its event.
    expect(later.filter((key) => !key.startsWith('subscription.updated:'))).toEqual([]);
    expect(told).toEqual(expect.arrayContaining([expect.stringMatching(/^payment\.succeeded:/)]));
    await expectNoDrift();
  });

  it('a renewal is found as the payment of its own that it is', async () => {
    const product = await monthly();
    await buy(product.id);
    await world.settle();
    const before = await eventsOf();
    await losing(world, () => world.advance(31 * DAY));
    const { report } = await reconcile(world);
    expect(report.kinds).toMatchObject({
      order: { missing: 1, repaired: 1, failed: 0 },
      subscription: { missing: 0, stale: 1, repaired: 1, failed: 0 },
    });
    expect(await rowsOf('select kind, status from payments order by created_at')).toEqual([
      { kind: 'checkout', status: 'succeeded' },
      { kind: 'renewal', status: 'succeeded' },
    ]);
    const told = await toldSince(before);
    expect(typesOf(told)).toEqual(
      expect.arrayContaining(['payment.succeeded', 'subscription.renewed', 'subscription.updated']),
    );
    expect(told.every(({ origin }) => origin === 'reconcile')).toBe(true);
    await expectNoDrift();
  });

  it('a refund of an old order is found with the order and the grants that it changed', async () => {
    const product = await oneTime();
    await buy(product.id);
    await world.settle();
    expect(await accessTo('content:extra')).toBe(true);
    await world.advance(40 * DAY);
    await reconcile(world);
    const before = await eventsOf();
    const order = await only<{ id: string; net_amount: number }>('select id, net_amount from orders');
    await losing(world, () =>
      world.polar('sandbox', 'POST', '/v1/refunds/', {
        order_id: order.id,
        amount: order.net_amount,
        reason: 'other',
        revoke_benefits: true,
      }),
    );
    const { report } = await reconcile(world);
    expect(report.kinds).toMatchObject({
      refund: { missing: 1, repaired: 1 },
      order: { stale: 1, repaired: 1 },
      grant: { stale: 1, repaired: 1 },
    });
    expect(await only('select status, refunded_amount from orders')).toEqual({
      status: 'refunded',
      refunded_amount: order.net_amount,
    });
    expect(await accessTo('content:extra')).toBe(false);
    const told = await toldSince(before);
    expect(typesOf(told)).toEqual(['grant.revoked', 'payment.updated', 'refund.created', 'refund.succeeded']);
    await expectNoDrift();
  });

  it('a cancellation, and later the end of the subscription, are found', async () => {
    const product = await monthly();
    await buy(product.id);
    await world.settle();
    const before = await eventsOf();
    const id = await idOf('subscriptions');
    await losing(world, () =>
      world.polar('sandbox', 'PATCH', `/v1/subscriptions/${id}`, { cancel_at_period_end: true }),
    );
    const first = await reconcile(world);
    expect(first.report.kinds['subscription']).toMatchObject({ stale: 1, repaired: 1 });
    expect(typesOf(await toldSince(before))).toEqual(['subscription.canceled', 'subscription.updated']);
    const between = await eventsOf();
    await losing(world, () => world.advance(35 * DAY));
    const second = await reconcile(world);
    expect(second.report.kinds).toMatchObject({
      subscription: { stale: 1, repaired: 1 },
      grant: { stale: 1, repaired: 1 },
    });
    expect(typesOf(await toldSince(between))).toEqual(
      expect.arrayContaining(['grant.revoked', 'subscription.revoked']),
    );
    expect(await accessTo('content:extra')).toBe(false);
    await expectNoDrift();
  });

  it('a grant that came back under its old id is found by when it was granted', async () => {
    const product = await monthly();
    await buy(product.id);
    await world.settle();
    await world.advance(5 * DAY);
    const id = await idOf('subscriptions');
    const pause = (change: object) => world.polar('sandbox', 'PATCH', `/v1/subscriptions/${id}`, change);
    await pause({ pause: true }).catch(() => pause({ pause_at_period_end: true }));
    await world.advance(30 * DAY);
    await world.settle();
    expect(await rowsOf('select is_granted from grants')).toEqual([{ is_granted: 0 }]);
    await reconcile(world);
    const before = await eventsOf();
    await losing(world, () => pause({ resume: true }));
    const { report } = await reconcile(world);
    expect(report.kinds['grant']).toMatchObject({ stale: 1, repaired: 1 });
    expect(await rowsOf('select is_granted from grants')).toEqual([{ is_granted: 1 }]);
    expect(typesOf(await toldSince(before))).toEqual(
      expect.arrayContaining(['grant.created', 'subscription.resumed']),
    );
    await expectNoDrift();
  });

  it('a checkout that expired unheard ends its payment, however long ago', async () => {
    const product = await oneTime();
    const payment = await startPayment(quay, product.id);
    await world.settle();
    await losing(world, () => world.advance(5 * DAY));
    const { report } = await reconcile(world);
    expect(report.kinds['checkout']).toMatchObject({ stale: 1, repaired: 1 });
    expect(await rowsOf('select id, status from payments')).toEqual([{ id: payment.id, status: 'expired' }]);
    expect(typesOf(await eventsOf("type = 'payment.expired'"))).toEqual(['payment.expired']);
    await expectNoDrift();
  });

  it('a customer’s change is repaired, and is news to no app whose purchases do not carry it', async () => {
    const product = await oneTime();
    await buy(product.id);
    await world.settle();
    const before = await eventsOf();
    const id = await idOf('customers');
    await losing(world, () =>
      world.polar('sandbox', 'PATCH', `/v1/customers/${id}`, { name: 'Ada Lovelace' }),
    );
    const { report } = await reconcile(world, { scope: 'full' });
    expect(report.kinds['customer']).toMatchObject({ stale: 1, repaired: 1 });
    const told = await toldSince(before);
    expect(typesOf(told)).toEqual([]);
    await expectNoDrift({ scope: 'full' });
  });

  it('what was read before anybody owned its product is told once somebody does', async () => {
    const product = await world.createProduct({ name: 'Nobody’s book', benefits: BENEFITS });
    const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [product.id],
    });
    await losing(world, () => world.pay('sandbox', checkout.url, { email: 'ada@readers.dev' }));
    await reconcile(world);
    expect(await rowsOf('select app_id from orders')).toEqual([{ app_id: null }]);
    await expectNoDrift();
    // An owner without the reads that assigning asks for: as if those had been lost.
    await env.DB.prepare('update products set app_id = ?1, assigned_app_id = ?1').bind(quay.id).run();
    const { report } = await reconcile(world);
    expect(report.kinds['order']).toMatchObject({ missing: 0, stale: 1, repaired: 1 });
    expect(await rowsOf('select app_id from orders')).toEqual([{ app_id: quay.id }]);
    expect(await rowsOf('select app_id from grants')).toEqual([{ app_id: quay.id }]);
    expect(typesOf(await eventsOf("type in ('payment.succeeded', 'grant.created')"))).toEqual([
      'grant.created',
      'payment.succeeded',
    ]);
    await expectNoDrift();
  });

  it('nothing of the other mode is asked about or told', async () => {
    const live = await world.createApp({ product: 'quay', mode: 'live' });
    const product = await world.createProduct({ name: 'quay:lifetime', mode: 'live' });
    const payment = await startPayment(live, product.id);
    await losing(world, () => world.pay('live', payment.checkoutUrl, { email: 'ada@readers.dev' }));
    const sandbox = await reconcile(world);
    expect(sandbox.report.total).toEqual(NO_DRIFT);
    expect(await rowsOf("select status from payments where mode = 'live'")).toEqual([{ status: 'pending' }]);
    const run = await reconcile(world, { mode: 'live' });
    expect(run.report.kinds['order']).toMatchObject({ missing: 1, repaired: 1 });
    expect(await rowsOf("select distinct mode from events where type = 'payment.succeeded'")).toEqual([
      { mode: 'live' },
    ]);
    expect(await rowsOf("select count(*) as n from orders where mode = 'sandbox'")).toEqual([{ n: 0 }]);
  });
});

describe('told once, by webhook or by reading, whichever comes first', () => {
  async function subscribe(): Promise<string> {
    const product = await monthly();
    await buy(product.id);
    await world.settle();
    return idOf('subscriptions');
  }

  const patch = (id: string, change: object) =>
    world.polar('sandbox', 'PATCH', `/v1/subscriptions/${id}`, change);
  const toldOf = (name: string) => eventsOf(`type = '${name}'`);

  async function hear(story: Awaited<ReturnType<typeof record>>): Promise<void> {
    for (const event of story) expect(await deliver(world, event)).toBe(200);
    await world.settle();
  }

  it('an uncancellation that was read with a later change of the subscription', async () => {
    const id = await subscribe();
    await patch(id, { cancel_at_period_end: true });
    await world.settle();
    const story = await record(world, async () => {
      await patch(id, { cancel_at_period_end: false });
      await scheduler.wait(20);
      await patch(id, { metadata: { plan: 'a' } });
    });
    await reconcile(world);
    expect(await toldOf('subscription.uncanceled')).toMatchObject([{ origin: 'reconcile' }]);
    await hear(story);
    expect(await toldOf('subscription.uncanceled')).toHaveLength(1);
    // The next ones are occurrences of their own, told by their events and not again by a read.
    await patch(id, { cancel_at_period_end: true });
    await world.settle();
    await patch(id, { cancel_at_period_end: false });
    await world.settle();
    await reconcile(world);
    expect((await toldOf('subscription.uncanceled')).map(({ origin }) => origin)).toEqual([
      'reconcile',
      'webhook',
    ]);
    expect(await toldOf('subscription.canceled')).toHaveLength(2);
    await expectNoDrift();
  });

  it('uncancellations between two readings, whose events come late, with what they undo', async () => {
    const id = await subscribe();
    await patch(id, { cancel_at_period_end: true });
    await world.settle();
    const story = await record(world, async () => {
      for (const cancel of [false, true, false]) {
        await scheduler.wait(20);
        await patch(id, { cancel_at_period_end: cancel });
      }
      await scheduler.wait(20);
      await patch(id, { metadata: { plan: 'a' } });
    });
    await reconcile(world);
    await hear(story);
    const told = await eventsOf("type glob 'subscription.*canceled'");
    expect(typesOf(told)).toEqual([
      'subscription.canceled',
      'subscription.canceled',
      'subscription.uncanceled',
      'subscription.uncanceled',
    ]);
    // Whoever goes by what was told last is right.
    expect(told.at(-1)?.type).toBe('subscription.uncanceled');
    await expectNoDrift();
  });

  it('a resumption that was read a period later', async () => {
    const id = await subscribe();
    await patch(id, { pause_at_period_end: true });
    await world.advance(32 * DAY);
    await world.settle();
    expect(await toldOf('subscription.paused')).toHaveLength(1);
    const story = await record(world, async () => {
      await patch(id, { resume: true });
      await world.advance(32 * DAY);
    });
    await reconcile(world);
    expect(await toldOf('subscription.resumed')).toMatchObject([{ origin: 'reconcile' }]);
    await hear(story);
    expect(await toldOf('subscription.resumed')).toHaveLength(1);
    await expectNoDrift();
  });

  it('the beginning of a subscription that was first read after a renewal', async () => {
    const product = await monthly();
    const payment = await startPayment(quay, product.id);
    const story = await record(world, async () => {
      await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
      await world.advance(32 * DAY);
    });
    await reconcile(world);
    expect(await toldOf('subscription.active')).toMatchObject([{ origin: 'reconcile' }]);
    await hear(story);
    expect(await toldOf('subscription.active')).toHaveLength(1);
    await expectNoDrift();
  });

  it('a granting that was read after a change of the benefit had moved its time', async () => {
    const product = await world.createProduct({
      name: 'quay:keys',
      benefits: [{ type: 'license_keys', description: 'Key', properties: { prefix: 'Q' } }],
    });
    const payment = await startPayment(quay, product.id);
    const story = await record(world, async () => {
      await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
      await world.polar('sandbox', 'PATCH', `/v1/benefits/${product.benefitIds[0]}`, {
        type: 'license_keys',
        properties: { prefix: 'Q', limit_usage: 5 },
      });
      await world.simulator.settle();
    });
    const granted = story.filter(({ type }) => type.startsWith('benefit_grant.'));
    expect(granted.map(({ type }) => type)).toEqual(['benefit_grant.created', 'benefit_grant.updated']);
    expect(new Set(granted.map(({ body }) => /"granted_at":"[^"]+"/.exec(body)?.[0])).size).toBe(2);
    await reconcile(world);
    expect(await toldOf('grant.created')).toMatchObject([{ origin: 'reconcile' }]);
    await hear(story);
    expect(await toldOf('grant.created')).toHaveLength(1);
    await expectNoDrift();
  });
});

describe('a change that no column holds', () => {
  it.each([
    ['metadata', { metadata: { plan: 'b' } }],
    ['a pause to come', { pause_at_period_end: true }],
  ])('of a subscription (%s) is found and told once', async (_what, change) => {
    const product = await monthly();
    await buy(product.id);
    await world.settle();
    const id = await idOf('subscriptions');
    const before = await eventsOf();
    await losing(world, () => world.polar('sandbox', 'PATCH', `/v1/subscriptions/${id}`, change));
    const { report } = await reconcile(world);
    expect(report.kinds['subscription']).toMatchObject({ stale: 1, repaired: 1 });
    expect(typesOf(await toldSince(before))).toEqual(['subscription.updated']);
    await expectNoDrift();
    await expectNoDrift({ scope: 'full' });
  });

  it('of an order is found and told once', async () => {
    const product = await oneTime();
    await buy(product.id);
    await world.settle();
    await reconcile(world);
    const id = await idOf('orders');
    const before = await eventsOf();
    await losing(world, () =>
      world.polar('sandbox', 'PATCH', `/v1/orders/${id}`, { billing_name: 'Ada Ltd' }),
    );
    const { report } = await reconcile(world);
    expect(report.kinds['order']).toMatchObject({ stale: 1, repaired: 1 });
    expect(typesOf(await toldSince(before))).toEqual(['payment.updated']);
    await expectNoDrift();
  });

  it('is no drift when everything was heard, whichever object showed it last', async () => {
    const product = await monthly();
    await buy(product.id);
    await world.settle();
    const id = await idOf('subscriptions');
    await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${id}`, { metadata: { plan: 'c' } });
    await world.advance(32 * DAY);
    await world.settle();
    await expectNoDrift({ scope: 'full' });
  });
});

describe('many', () => {
  it('pages of more than a hundred are read to the end, and nothing twice', async () => {
    const product = await world.createProduct({ name: 'quay:free', price: 0 });
    const buyers = 120;
    await losing(world, async () => {
      for (let i = 0; i < buyers; i++) {
        const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
          products: [product.id],
        });
        await world.pay('sandbox', checkout.url, { email: `buyer-${i}@readers.dev` });
      }
    });
    const { report } = await reconcile(world);
    expect(report.kinds['order']).toEqual({
      seen: buyers,
      young: 0,
      missing: buyers,
      stale: 0,
      repaired: buyers,
      failed: 0,
    });
    expect(report.kinds['customer']).toMatchObject({ seen: buyers, missing: buyers, repaired: buyers });
    expect(await only("select count(*) as n from events where type = 'payment.succeeded'")).toEqual({
      n: buyers,
    });
    await expectNoDrift();
    await expectNoDrift({ scope: 'full' });
  });
});
