import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { reconcile } from '../compare/reconcile-calls.ts';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, keepTables, record, restoreTables, startPayment, type Told } from '../harness/story.ts';
import { buy, lifeOf, list } from './grant-calls.ts';

/* What happened to a grant and why it went, through the simulated Polar: one test for each cause. */

let world: World;
let quay: TestApp;
let once: { id: string; benefitIds: string[] };
let monthly: { id: string; benefitIds: string[] };

const MONTH_MS = 31 * 86_400_000;
const NOTE = { type: 'custom', description: 'Reader' };

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  once = await world.createProduct({ name: 'quay:once', benefits: [NOTE] });
  monthly = await world.createProduct({ name: 'quay:monthly', recurring: 'month', benefits: [NOTE] });
  await world.settle();
});

const polar = async (method: string, path: string, body: object = {}) => {
  const answer = await world.polar('sandbox', method, path, body);
  await world.settle();
  return answer;
};
async function buyOne(productId: string, more: Record<string, unknown> = {}) {
  const [grant] = [...(await buy(world, quay, productId, more)).values()];
  if (!grant) throw new Error('nothing was granted');
  return grant;
}

describe('a grant was taken away because', () => {
  it('canceled: its subscription ended, and the renewal before it is told', async () => {
    const { id, subscription_id: subscription } = await buyOne(monthly.id);
    await world.advance(MONTH_MS);
    await world.settle();
    await polar('DELETE', `/v1/subscriptions/${subscription}`);
    expect(await lifeOf(quay, id)).toEqual(['created', 'renewed', 'revoked canceled']);
    vi.useRealTimers();
  });

  it('past_due: a renewal could not be charged; and it is given back when it could', async () => {
    const { id, customer } = await buyOne(monthly.id);
    await polar('POST', `/_sim/customers/${customer.id}/card`, { outcome: 'declines' });
    await world.advance(MONTH_MS);
    await world.settle();
    expect(await lifeOf(quay, id)).toEqual(['created', 'renewed', 'revoked past_due']);
    await polar('POST', `/_sim/customers/${customer.id}/card`, { outcome: 'pays' });
    expect(await lifeOf(quay, id)).toEqual(['created', 'renewed', 'revoked past_due', 'created']);
    vi.useRealTimers();
  });

  it('paused: its subscription is paused', async () => {
    const { id, subscription_id: subscription } = await buyOne(monthly.id);
    await polar('PATCH', `/v1/subscriptions/${subscription}`, { pause_at_period_end: true });
    await world.advance(MONTH_MS);
    await world.settle();
    expect(await lifeOf(quay, id)).toEqual(['created', 'revoked paused']);
    vi.useRealTimers();
  });

  it('refunded: the money went back with the benefits', async () => {
    const { id, order_id: order } = await buyOne(once.id);
    await polar('POST', '/v1/refunds/', {
      order_id: order,
      amount: 756,
      reason: 'customer_request',
      revoke_benefits: true,
    });
    expect(await lifeOf(quay, id)).toEqual(['created', 'revoked refunded']);
  });

  it('product_changed: its subscription is of another product', async () => {
    const { id, subscription_id: subscription } = await buyOne(monthly.id);
    const other = await world.createProduct({
      name: 'quay:pro',
      recurring: 'month',
      benefits: [{ type: 'feature_flag', description: 'Pro' }],
    });
    await polar('PATCH', `/v1/subscriptions/${subscription}`, { product_id: other.id });
    expect(await lifeOf(quay, id)).toEqual(['created', 'revoked product_changed']);
    // And back again, where the other benefit goes.
    const [flag] = (await list(quay, { type: 'feature_flag' })).data;
    expect(flag).toMatchObject({ state: 'granted', product: { id: other.id } });
    await polar('PATCH', `/v1/subscriptions/${subscription}`, { product_id: monthly.id });
    expect(await lifeOf(quay, flag?.id ?? '')).toEqual(['created', 'revoked product_changed']);
    expect(await lifeOf(quay, id)).toEqual(['created', 'revoked product_changed', 'created']);
    expect((await list(quay, { product: monthly.id })).data.map((grant) => grant.id)).toContain(id);
  });

  it('product_changed: the product gives the benefit no more', async () => {
    const { id } = await buyOne(once.id);
    await polar('POST', `/v1/products/${once.id}/benefits`, { benefits: [] });
    expect(await lifeOf(quay, id)).toEqual(['created', 'revoked product_changed']);
  });

  it('benefit_deleted: there is no such benefit any more', async () => {
    const { id } = await buyOne(once.id);
    await polar('DELETE', `/v1/benefits/${once.benefitIds[0]}`);
    expect(await lifeOf(quay, id)).toEqual(['created', 'revoked benefit_deleted']);
  });

  it('customer_deleted: the customer was deleted, which also ends the subscription', async () => {
    const { id, customer } = await buyOne(monthly.id);
    await polar('DELETE', `/v1/customers/${customer.id}`);
    expect(await lifeOf(quay, id)).toEqual(['created', 'revoked customer_deleted']);
  });

  it('license_key_revoked: the key was revoked at Polar while the purchase goes on, and it can come back', async () => {
    const keys = await world.createProduct({
      name: 'quay:keys',
      benefits: [{ type: 'license_keys', description: 'Key' }],
    });
    const { id, license_key: key } = await buyOne(keys.id);
    await polar('PATCH', `/v1/license-keys/${key?.id}`, { status: 'revoked' });
    expect(await lifeOf(quay, id)).toEqual(['created', 'revoked license_key_revoked']);
    await polar('PATCH', `/v1/license-keys/${key?.id}`, { status: 'granted' });
    expect(await lifeOf(quay, id)).toEqual(['created', 'revoked license_key_revoked', 'created']);
  });

  it('seat_revoked: the member’s seat was taken back', async () => {
    const team = await world.createProduct({
      name: 'quay:team',
      recurring: 'month',
      seat: 500,
      benefits: [NOTE],
    });
    await buy(world, quay, team.id, { seats: 2 });
    const subscription = await env.DB.prepare('select id from subscriptions').first<string>('id');
    const seat = await polar('POST', '/v1/customer-seats', {
      subscription_id: subscription,
      email: 'member@readers.dev',
      immediate_claim: true,
    });
    const [grant] = (await list(quay)).data;
    expect(grant?.member).not.toBeNull();
    expect((await list(quay, { member: String(grant?.member?.id) })).data).toHaveLength(1);
    await polar('DELETE', `/v1/customer-seats/${String(seat['id'])}`);
    expect(await lifeOf(quay, grant?.id ?? '')).toEqual(['created', 'revoked seat_revoked']);
  });

  it('dispute: once the comparison with Polar has found it; until then the cause is not known', async () => {
    const { id, order_id: order } = await buyOne(once.id);
    const { dispute_id: dispute } = await polar('POST', `/_sim/orders/${order}/dispute`);
    await polar('POST', `/_sim/disputes/${String(dispute)}/resolve`, { outcome: 'lost' });
    expect(await lifeOf(quay, id)).toEqual(['created', 'revoked unknown']);
    await reconcile(world);
    expect(await lifeOf(quay, id)).toEqual(['created', 'revoked dispute']);
  });
});

describe('whatever order Polar’s webhooks come in', () => {
  let story: Told[];
  let tables: Awaited<ReturnType<typeof keepTables>>;

  const hear = async (told: readonly Told[]) => {
    await restoreTables(tables);
    for (const each of told) expect(await deliver(world, each)).toBe(200);
    await world.settle();
    const { data } = await list(quay);
    const lives = await Promise.all(data.map(async ({ id }) => [id, await lifeOf(quay, id)] as const));
    return Object.fromEntries(lives);
  };

  it('history and causes are the same', async () => {
    const other = await world.createProduct({
      name: 'quay:pro',
      recurring: 'month',
      benefits: [{ type: 'feature_flag', description: 'Pro' }],
    });
    await world.settle();
    const payment = await startPayment(quay, monthly.id);
    tables = await keepTables();
    story = await record(world, async () => {
      await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
      const page = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/subscriptions/');
      const path = `/v1/subscriptions/${page.items[0]?.id}`;
      await world.polar('sandbox', 'PATCH', path, { product_id: other.id });
      await world.simulator.settle();
      await world.polar('sandbox', 'PATCH', path, { product_id: monthly.id });
      await world.simulator.settle();
      await world.polar('sandbox', 'DELETE', path);
      await world.simulator.settle();
    });
    const inOrder = await hear(story);
    expect(Object.values(inOrder).toSorted((a, b) => b.length - a.length)).toEqual([
      ['created', 'revoked product_changed', 'created', 'revoked canceled'],
      ['created', 'revoked product_changed'],
    ]);
    const orders = [
      story.toReversed(),
      story.toSorted((a, b) => a.type.localeCompare(b.type)),
      [...story, ...story],
    ];
    for (const order of orders) expect(await hear(order)).toEqual(inOrder);
  });
});
