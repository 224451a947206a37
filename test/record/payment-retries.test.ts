import { env } from 'cloudflare:workers';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SANDBOX_API_URL } from '../harness/bindings.ts';
import { reconcile } from '../compare/reconcile-calls.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, record, startPayment, type Told } from '../harness/story.ts';

/*
 * `payment.retry_scheduled` comes once for each time that Polar will try a renewal again. Polar says so in an event only when there
 * is no payment method at all; else it is seen by reading.
 */

const DAY = 86_400_000;

let world: World;
let quay: TestApp;
let customerId: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  const product = await world.createProduct({ name: 'quay:pro', recurring: 'month' });
  const payment = await startPayment(quay, product.id);
  await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  await world.settle();
  customerId =
    (await env.DB.prepare('select customer_id from subscriptions').first<string>('customer_id')) ?? '';
});

afterAll(() => {
  vi.useRealTimers();
});

async function control(path: string, body: object = {}): Promise<void> {
  const response = await world.simulator.fetch(
    new Request(`${SANDBOX_API_URL}/_sim/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
  if (!response.ok) throw new Error(await response.text());
}
const setCard = (outcome: 'pays' | 'declines') => control(`customers/${customerId}/card`, { outcome });

interface PolarOrder {
  id: string;
  status: string;
  next_payment_attempt_at: string | null;
}
/** The renewal, as Polar has it. */
async function renewal(): Promise<PolarOrder> {
  const { items } = await world.polar<{ items: PolarOrder[] }>(
    'sandbox',
    'GET',
    '/v1/orders/?sorting=-created_at',
  );
  const [newest] = items;
  if (!newest) throw new Error('no order');
  return newest;
}

interface Event {
  body: {
    data: {
      next_attempt_at?: string;
      payment: { id: string; status: string; kind: string; order_id: string };
      polar: { type: string; data: PolarOrder };
    };
  };
}
/** The oldest first. */
async function retries(): Promise<Event[]> {
  const page = await call<{ data: Event[] }>('GET', '/v1/events?limit=100&type=payment.retry_scheduled', {
    key: quay.secretKey,
  });
  return page.body.data.toReversed();
}
const times = async () => (await retries()).map(({ body }) => body.data.next_attempt_at);
const at = (text: string | null) => new Date(text ?? 0).toISOString();

async function fallBehind(): Promise<void> {
  await setCard('declines');
  await world.advance(31 * DAY);
  await world.settle();
}

describe('a renewal that could not be charged', () => {
  it('is told with the time of the next attempt, with the payment as it can be read', async () => {
    await fallBehind();
    await expect.poll(times).toHaveLength(1);
    const order = await renewal();
    const [told] = await retries();
    const data = told?.body.data;
    expect(data?.next_attempt_at).toBe(at(order.next_payment_attempt_at));
    expect(data?.payment).toMatchObject({ status: 'pending', kind: 'renewal', order_id: order.id });
    const { body: payment } = await call('GET', `/v1/payments/${data?.payment.id}`, { key: quay.secretKey });
    expect(data?.payment).toEqual(payment);
    expect(data?.polar.data).toMatchObject({ id: order.id, status: 'pending' });
  });

  it('is told once for each attempt, and no more when it was paid', async () => {
    await fallBehind();
    await expect.poll(times).toHaveLength(1);
    const expected = [at((await renewal()).next_payment_attempt_at)];
    for (const days of [3, 6]) {
      await world.advance(days * DAY);
      await world.settle();
      await reconcile(world, { scope: 'recent', grace_seconds: 0 });
      expected.push(at((await renewal()).next_payment_attempt_at));
      expect(await times()).toEqual(expected);
      await reconcile(world, { scope: 'recent', grace_seconds: 0 });
      expect(await times()).toEqual(expected);
    }
    expect(new Set(expected).size).toBe(3);
    await setCard('pays');
    await world.advance(8 * DAY);
    await world.settle();
    await reconcile(world, { scope: 'recent', grace_seconds: 0 });
    expect((await renewal()).status).toBe('paid');
    expect(await times()).toEqual(expected);
  });

  it('is told when Polar’s events of it were lost', async () => {
    await record(world, fallBehind);
    expect(await times()).toEqual([]);
    await reconcile(world, { scope: 'full', grace_seconds: 0 });
    await world.settle();
    await expect.poll(times).toEqual([at((await renewal()).next_payment_attempt_at)]);
  });

  it('costs Polar one request for all events of it, also when each comes twice', async () => {
    const told = await record(world, fallBehind);
    world.polarRequests.length = 0;
    for (const event of [...told, ...told]) expect(await deliver(world, event)).toBe(200);
    await world.settle();
    await expect.poll(times).toHaveLength(1);
    const { id } = await renewal();
    expect(world.polarRequests.filter((request) => request === `GET /v1/orders/${id}`)).toHaveLength(1);
  });

  it('is told by Polar’s own event when there is no payment method, and not again by reading', async () => {
    const told: Told[] = await record(world, fallBehind);
    const order = await renewal();
    for (const event of told) await deliver(world, event);
    await world.settle();
    await expect.poll(times).toHaveLength(1);
    // Polar's event of an order without a payment method, of the same attempt and of a later one.
    const whole = await world.polar('sandbox', 'GET', `/v1/orders/${order.id}`);
    const later = '2027-03-01T10:00:00.000000Z';
    for (const next of [order.next_payment_attempt_at, later]) {
      const modified = new Date(Date.now() + (next === later ? 2_000 : 1_000)).toISOString();
      const body = JSON.stringify({
        type: 'order.updated',
        timestamp: modified,
        data: { ...whole, modified_at: modified, next_payment_attempt_at: next },
      });
      expect(await deliver(world, { webhookId: crypto.randomUUID(), type: 'order.updated', body })).toBe(200);
    }
    expect(await times()).toEqual([at(order.next_payment_attempt_at), at(later)]);
  });
});
