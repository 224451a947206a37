import { env } from 'cloudflare:workers';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SANDBOX_API_URL } from '../harness/bindings.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, record, startPayment } from '../harness/story.ts';

/*
 * A buyer who has just paid is let in before Polar has granted (invariant 4), whatever was paid; the time counts from
 * the latest payment. In these tests Polar's grants never arrive.
 */

const MINUTE = 60_000;
const DAY = 86_400_000;

let world: World;
let quay: TestApp;
let basicId: string;
let proId: string;
let subscriptionId: string;
let customerId: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  basicId = await monthly('basic', 900);
  proId = await monthly('pro', 2900);
  const payment = await startPayment(quay, basicId);
  await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  await world.settle();
  const row = await env.DB.prepare('select id, customer_id from subscriptions').first<{
    id: string;
    customer_id: string;
  }>();
  subscriptionId = row?.id ?? '';
  customerId = row?.customer_id ?? '';
  await world.advance(10 * DAY);
  expect(await ask('basic')).toBe('granted');
  expect(await ask('pro')).toBe('not_granted');
});

afterAll(() => {
  vi.useRealTimers();
});

async function monthly(name: string, price: number): Promise<string> {
  const benefits = [{ type: 'custom', description: `The ${name}`, metadata: { content_id: `desk/${name}` } }];
  return (await world.createProduct({ name: `quay:${name}`, price, recurring: 'month', benefits })).id;
}

const change = (body: object) => world.polar('sandbox', 'PATCH', `/v1/subscriptions/${subscriptionId}`, body);

async function setCard(outcome: 'pays' | 'declines'): Promise<void> {
  await world.simulator.fetch(
    new Request(`${SANDBOX_API_URL}/_sim/customers/${customerId}/card`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome }),
    }),
  );
}

async function ask(name: string): Promise<string> {
  const query = new URLSearchParams({ resource: `content:desk/${name}`, customer: customerId, max_age: '0' });
  const { body } = await call<{ reason: string }>('GET', `/v1/access?${query.toString()}`, {
    key: quay.secretKey,
  });
  return body.reason;
}

/** Does something at Polar, and delivers all of its webhooks except those of grants. */
async function withoutGrants(act: () => Promise<unknown>): Promise<void> {
  world.polarForgets = true;
  const told = await record(world, async () => {
    await act();
    await world.simulator.settle();
  });
  for (const event of told)
    if (!event.type.startsWith('benefit_grant.')) expect(await deliver(world, event)).toBe(200);
  await world.settle();
}

/** Moves the clock on while nothing is heard. */
async function wait(ms: number): Promise<void> {
  await record(world, () => world.advance(ms));
}

async function expectOpenFor15Minutes(name: string, afterwards: string): Promise<void> {
  expect(await ask(name)).toBe('granted');
  await wait(14 * MINUTE);
  expect(await ask(name)).toBe('granted');
  await wait(2 * MINUTE);
  expect(await ask(name)).toBe(afterwards);
}

describe('the benefits are open before they are granted', () => {
  it.each(['invoice', 'prorate'])('after a change of product that is paid by %s', async (behavior) => {
    await withoutGrants(() => change({ product_id: proId, proration_behavior: behavior }));
    await expectOpenFor15Minutes('pro', 'not_granted');
  });

  it('after a change of product that was put off to the renewal', async () => {
    await withoutGrants(() => change({ product_id: proId, proration_behavior: 'next_period' }));
    expect(await ask('pro')).toBe('not_granted');
    await withoutGrants(() => world.advance(25 * DAY));
    const renewedAt = await env.DB.prepare(
      'select current_period_start as at from subscriptions',
    ).first<number>('at');
    vi.setSystemTime((renewedAt ?? 0) + MINUTE);
    expect(await ask('pro')).toBe('granted');
    vi.setSystemTime((renewedAt ?? 0) + 20 * MINUTE);
    expect(await ask('pro')).toBe('not_granted');
  });

  it('after a payment that was overdue', async () => {
    await setCard('declines');
    await world.advance(21 * DAY);
    expect(await ask('basic')).toBe('revoked');
    await setCard('pays');
    const paidAt = await newestPaymentAfter(() => withoutGrants(() => world.advance(3 * DAY)));
    vi.setSystemTime(paidAt + MINUTE);
    expect(await ask('basic')).toBe('granted');
    vi.setSystemTime(paidAt + 20 * MINUTE);
    expect(await ask('basic')).toBe('revoked');
  });

  it('after a pause', async () => {
    await change({ pause_at_period_end: true });
    await world.advance(25 * DAY);
    expect(await ask('basic')).toBe('revoked');
    await withoutGrants(() => change({ resume: true }));
    await expectOpenFor15Minutes('basic', 'revoked');
  });
});

it('what is revoked after it was paid is not open, nor what a pause or an overdue payment took', async () => {
  await withoutGrants(() => change({ product_id: proId, proration_behavior: 'invoice' }));
  expect(await ask('pro')).toBe('granted');
  world.polarForgets = false;
  await world.polar('sandbox', 'DELETE', `/v1/subscriptions/${subscriptionId}`);
  await world.settle();
  expect(await ask('pro')).toBe('revoked');
});

/** Does something, and says when the newest payment was made then. */
async function newestPaymentAfter(act: () => Promise<void>): Promise<number> {
  await act();
  const at = await env.DB.prepare('select max(paid_at) as at from orders').first<number>('at');
  return at ?? 0;
}
