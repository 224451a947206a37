import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import worker from '../../src/index.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { requestInterrupted } from '../harness/interrupted.ts';
import { readSequenceGaps } from '../harness/story.ts';

/* Invariant 1 of adopting: the Worker dies at each call of D1 in turn, before it takes effect or after it, and the operator asks again. */

const OPERATOR = env.FLOE_ADMIN_TOKEN;
const BENEFITS = [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }];
/** At how many of its calls it is cut, spread over all of them. */
const CUTS = Math.max(6, Math.floor(Number(env.TEST_RUNS) / 4));

let world: World;
let quay: TestApp;
let productId: string;

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  ({ id: productId } = await world.createProduct({ name: 'an old product', benefits: BENEFITS }));
});

/** Somebody buys past the gateway, and gets a part back. */
async function buyElsewhere(email: string): Promise<{ orderId: string; customerId: string }> {
  const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
    products: [productId],
  });
  await world.pay('sandbox', checkout.url, { email });
  await world.settle();
  const order = await env.DB.prepare(
    'select o.id, o.customer_id from orders as o join customers as c on c.mode = o.mode and c.id = o.customer_id where c.email = ?',
  )
    .bind(email)
    .first<{ id: string; customer_id: string }>();
  await world.polar('sandbox', 'POST', '/v1/refunds/', { order_id: order?.id, amount: 100, reason: 'other' });
  await world.simulator.settle();
  await world.settle();
  return { orderId: order?.id ?? '', customerId: order?.customer_id ?? '' };
}

/** What the app was told of a customer, and what it has of them. */
async function outcomeOf(customerId: string): Promise<unknown> {
  const count = (from: string) => `(select count(*) from ${from} where app_id = ?1 and customer_id = ?2)`;
  const [told, rows, audited] = await env.DB.batch<Record<string, unknown>>([
    env.DB.prepare(
      'select type, origin, count(*) as times from events where app_id = ?1 and customer_id = ?2 group by 1, 2 order by 1, 2',
    ).bind(quay.id, customerId),
    env.DB.prepare(
      `select ${count('orders')} as orders, ${count('grants')} as grants, ${count('payments')} as payments,
        (select sum(refunded_amount) from payments where app_id = ?1 and customer_id = ?2) as refunded`,
    ).bind(quay.id, customerId),
    env.DB.prepare(
      `select count(*) as times from audit_log where action = 'purchase.adopted' and target in (select id from orders where customer_id = ?)`,
    ).bind(customerId),
  ]);
  return [told?.results, rows?.results, audited?.results];
}

/** Finds what lost its wake-up with the Worker that died. */
async function sweep(): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled({} as ScheduledController, env, context);
  await waitOnExecutionContext(context);
}

describe('adopting a purchase', () => {
  it('that is cut anywhere and asked for again tells everything once, and is noted once', async () => {
    const path = (orderId: string) => `/admin/unrouted/order/${orderId}/adopt`;
    const ask = { key: OPERATOR, body: { app: quay.slug } };
    const whole = await buyElsewhere('whole@readers.dev');
    const { status, calls } = await requestInterrupted('POST', path(whole.orderId), ask, undefined);
    expect(status).toBe(200);
    await sweep();
    await world.settle();
    const expected = await outcomeOf(whole.customerId);
    expect(JSON.stringify(expected)).toMatch(/grant\.created.*payment\.succeeded.*refund\.succeeded/);
    expect(calls).toBeGreaterThan(6);

    const step = Math.max(1, Math.ceil(calls / CUTS));
    for (let n = 1, after = false; n <= calls; n += step, after = !after) {
      const { orderId, customerId } = await buyElsewhere(`reader-${n}@readers.dev`);
      const cut = await requestInterrupted('POST', path(orderId), ask, { call: n, after });
      const where = `call ${n}, ${after ? 'after' : 'before'} it took effect`;
      expect(cut.hasFailed, where).toBe(true);
      expect((await call('POST', path(orderId), ask)).status, where).toBe(200);
      await sweep();
      await world.settle();
      expect(await outcomeOf(customerId), where).toEqual(expected);
    }
    expect(await readSequenceGaps()).toEqual([]);
  });
});
