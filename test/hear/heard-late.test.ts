import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { runCron } from '../compare/reconcile-calls.ts';
import { deliver, record, startPayment, type Told } from '../harness/story.ts';

/*
 * What Polar says late, in part or not at all. Benefits are awaited from when something was paid, never from when it was
 * heard of; a refund takes what it takes although the order's own event is lost, and no more.
 */

const MINUTE = 60_000;
const DAY = 86_400_000;
const BENEFITS = [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }];

let world: World;
let quay: TestApp;
let product: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Buys at Polar; the gateway hears nothing of it yet. */
async function buyUnheard(recurring?: 'month'): Promise<Told[]> {
  const made = { name: recurring ? 'quay:monthly' : 'quay:lifetime', benefits: BENEFITS };
  product = (await world.createProduct(recurring ? { ...made, recurring } : made)).id;
  const { checkoutUrl } = await startPayment(quay, product);
  await world.settle();
  return record(world, async () => {
    await world.pay('sandbox', checkoutUrl, { email: 'ada@readers.dev' });
  });
}

async function hear(story: readonly Told[], wanted: RegExp): Promise<void> {
  for (const told of story) if (wanted.test(told.type)) expect(await deliver(world, told)).toBe(200);
  await world.settle();
}

async function orderOf(): Promise<{ id: string; net_amount: number; customer_id: string }> {
  const { items } = await world.polar<{
    items: { id: string; net_amount: number; customer_id: string }[];
  }>('sandbox', 'GET', '/v1/orders/?limit=1');
  const [order] = items;
  if (!order) throw new Error('no order');
  return order;
}

async function refund(amount: number, revokesBenefits = false): Promise<Told[]> {
  const { id } = await orderOf();
  return record(world, async () => {
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: id,
      amount,
      reason: 'other',
      revoke_benefits: revokesBenefits,
    });
    await world.simulator.settle();
  });
}

async function ask(resource: string): Promise<string> {
  const customer = (await orderOf()).customer_id;
  const query = new URLSearchParams({ resource, customer, max_age: '0' });
  return (await call<{ reason: string }>('GET', `/v1/access?${query}`, { key: quay.secretKey })).body.reason;
}

/* Polar would tell of the grants when it is asked: here they are never heard of. */
describe('nothing is opened ahead for what was paid long ago and is heard of today', () => {
  it('a subscription whose first news is a change of something else', async () => {
    const bought = await buyUnheard('month');
    world.polarForgets = true;
    await record(world, () => world.advance(10 * DAY));
    const { id } = JSON.parse(bought.find(({ type }) => type === 'subscription.created')?.body ?? '{}').data;
    const changed = await record(world, async () => {
      await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${id}`, { metadata: { note: 'x' } });
    });
    await hear(changed, /^subscription\.updated/);
    expect(await ask(`product:${product}`)).toBe('granted');
    expect(await ask('content:extra')).toBe('not_granted');
    // An older look at the same product changes nothing of that.
    await hear(bought, /^subscription\./);
    expect(await ask('content:extra')).toBe('not_granted');
  });

  it('an order of a subscription whose first news is a refund of a part of it', async () => {
    const bought = await buyUnheard('month');
    world.polarForgets = true;
    await record(world, () => world.advance(10 * DAY));
    await hear(bought, /^subscription\./);
    expect(await ask('content:extra')).toBe('not_granted');
    await hear(await refund(100), /^(order|refund)\./);
    expect(await ask(`product:${product}`)).toBe('granted');
    expect(await ask('content:extra')).toBe('not_granted');
    // Nor is the payment told as paid today.
    const { data } = (
      await call<{ data: { succeeded_at: string }[] }>('GET', '/v1/payments', { key: quay.secretKey })
    ).body;
    expect(Date.parse(data[0]?.succeeded_at ?? '')).toBeLessThan(Date.now() - 9 * DAY);
  });

  it('a one-time order whose first news is a refund of a part of it', async () => {
    await buyUnheard();
    world.polarForgets = true;
    await record(world, () => world.advance(10 * DAY));
    await hear(await refund(100), /^(order|refund)\./);
    expect(await ask(`product:${product}`)).toBe('granted');
    expect(await ask('content:extra')).toBe('not_granted');
  });

  it('when it was paid is what the Polar event of the payment says, whichever is heard first', async () => {
    const bought = (await buyUnheard('month')).filter(({ type }) => type.startsWith('order.'));
    const paid = bought.find(({ type }) => type === 'order.paid');
    const at = Date.parse(JSON.parse(paid?.body ?? '{}').timestamp);
    await hear(bought.toReversed(), /./);
    expect(await env.DB.prepare('select paid_at from orders').first('paid_at')).toBe(at);
  });
});

describe('a refund before the grants are heard', () => {
  it('of a part, which leaves the benefits, leaves them open until they are', async () => {
    const bought = await buyUnheard();
    world.polarForgets = true;
    await hear(bought, /^(?!benefit_grant)/);
    expect(await ask('content:extra')).toBe('granted');
    const refunded = await refund(100);
    // Until its refund is heard, nobody knows what was taken.
    await hear(refunded, /^order\./);
    expect(await ask('content:extra')).toBe('not_granted');
    await hear(refunded, /^refund\./);
    expect(await ask('content:extra')).toBe('granted');
    await record(world, () => world.advance(16 * MINUTE));
    expect(await ask('content:extra')).toBe('not_granted');
  });

  it('of a part, which takes the benefits, closes them', async () => {
    const bought = await buyUnheard();
    world.polarForgets = true;
    await hear(bought, /^(?!benefit_grant)/);
    await hear(await refund(100, true), /^(order|refund)\./);
    expect(await ask('content:extra')).not.toBe('granted');
    expect(await ask(`product:${product}`)).toBe('revoked');
  });
});

describe('a refund of everything', () => {
  let reads: number;
  beforeEach(() => {
    reads = 0;
    const answer = world.simulator.fetch.bind(world.simulator);
    world.simulator.fetch = (request) => {
      if (/\/v1\/orders\/[0-9a-f-]{36}$/.test(request.url) && request.method === 'GET') reads += 1;
      return answer(request);
    };
  });

  /** The minutes' schedule, soon after. */
  async function passMinutes(count: number): Promise<void> {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    for (let i = 0; i < count; i++) {
      vi.setSystemTime(Date.now() + 31_000);
      await runCron();
      await world.settle();
    }
  }

  it('ends the access a minute later although the order’s events are lost, for one request', async () => {
    await hear(await buyUnheard(), /./);
    expect(await ask(`product:${product}`)).toBe('granted');
    const refunded = await refund((await orderOf()).net_amount);
    await hear(refunded, /^refund\./);
    await hear(refunded, /^refund\./);
    const { data } = (
      await call<{ data: { refunded_amount: number }[] }>('GET', '/v1/payments', { key: quay.secretKey })
    ).body;
    expect(data[0]?.refunded_amount).toBe((await orderOf()).net_amount);
    await passMinutes(3);
    expect(await ask(`product:${product}`)).toBe('revoked');
    expect(await env.DB.prepare('select status from orders').first('status')).toBe('refunded');
    expect(reads).toBe(1);
  });

  it('costs no request when the order’s events come', async () => {
    await hear(await buyUnheard(), /./);
    await hear(await refund((await orderOf()).net_amount), /./);
    expect(await ask(`product:${product}`)).toBe('revoked');
    await passMinutes(3);
    expect(reads).toBe(0);
    expect(await env.DB.prepare('select count(*) as n from rereads').first('n')).toBe(0);
  });
});
