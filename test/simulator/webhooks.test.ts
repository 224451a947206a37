import { webhooks } from '@polar-sh/sdk/2026-10';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { retryDelayMs } from '../../packages/polar-simulator/webhooks/sending.ts';
import { signature } from '../../packages/polar-simulator/webhooks/signing.ts';
import { RECEIVER_URL, START_MS, buy, sellable, setUp } from './world.ts';

test("both of Polar's key derivations give the published signatures", async () => {
  const secret = `whsec_${'A'.repeat(43)}`;
  const body = '{"type":"order.paid","timestamp":"2026-09-01T00:00:00.000000Z","data":{}}';
  const sign = (uses_standard_webhook_signature: boolean) =>
    signature(
      { secret, uses_standard_webhook_signature },
      '11111111-1111-4111-8111-111111111111',
      1788220800,
      body,
    );
  expect(await sign(false)).toBe('v1,m1Aip+7c1MHvqT4frqVT2ffBQUvnLYWbaUUaH+izGGk=');
  expect(await sign(true)).toBe('v1,EMSPV5x8DkRtHnD1DMuRCTpm8olkho2iqqLHXWckcVE=');
});

test('a delivery verifies with the official SDK and with the standardwebhooks package', async () => {
  const setting = await setUp({ now: Date.now });
  const { product } = await sellable(setting);
  await buy(setting, product.id);
  const paid = setting.received.find((each) => each.type === 'order.paid');
  const headers = Object.fromEntries(paid?.headers ?? []);
  expect(headers).toMatchObject({ 'user-agent': 'polar.sh webhooks', 'content-type': 'application/json' });
  const event = await webhooks.validateEvent(paid?.body ?? '', headers, setting.endpoint.secret);
  expect(event.type).toBe('order.paid');
  expect(new Webhook(setting.endpoint.secret).verify(paid?.body ?? '', headers)).toMatchObject({
    type: 'order.paid',
  });
});

test('a secret of the seller signs with all of its bytes', async () => {
  const setting = await setUp({ now: Date.now });
  const secret = 'a secret of at least 32 characters';
  await setting.api('POST', '/v1/webhooks/endpoints', {
    url: 'http://receiver.sim/own',
    format: 'raw',
    events: ['product.created'],
    secret,
  });
  await sellable(setting);
  await setting.simulator.settle();
  const own = setting.received.filter((each) => each.type === 'product.created').at(-1);
  const headers = Object.fromEntries(own?.headers ?? []);
  expect(new Webhook(btoa(secret)).verify(own?.body ?? '', headers)).toMatchObject({
    type: 'product.created',
  });
});

test('a failed delivery is tried ten times with growing delays, signed anew, the body unchanged', async () => {
  const setting = await setUp();
  await setting.simulator.settle();
  setting.answerWith(() => new Response('out of order', { status: 503 }));
  await setting.polar.products.create({
    name: 'quay:one',
    prices: [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 500 }],
  });
  await setting.simulator.settle();
  expect(setting.received).toHaveLength(1);
  await setting.simulator.advance(3600_000);
  expect(setting.received).toHaveLength(10);
  const stamps = setting.received.map((each) => Number(each.headers.get('webhook-timestamp')));
  const gaps = stamps.slice(1).map((stamp, index) => stamp - (stamps[index] ?? 0));
  gaps.forEach((gap, index) => {
    const full = 4 * 2 ** index;
    expect(gap).toBeGreaterThanOrEqual(Math.floor(full / 2));
    expect(gap).toBeLessThanOrEqual(full + 1);
  });
  expect(new Set(setting.received.map((each) => each.body)).size).toBe(1);
  expect(new Set(setting.received.map((each) => each.id)).size).toBe(1);
  expect(new Set(setting.received.map((each) => each.headers.get('webhook-signature'))).size).toBe(10);
  const deliveries = await setting.api('GET', '/v1/webhooks/deliveries?succeeded=false&limit=100');
  expect(deliveries.json.pagination).toEqual({ total_count: 10, max_page: 1 });
  expect(deliveries.json.items[0]).toMatchObject({ http_code: 503, response: 'out of order' });
});

test('delays between attempts double up to twenty minutes', () => {
  expect(retryDelayMs(1, 0)).toBe(2000);
  expect(retryDelayMs(1, 1)).toBe(4000);
  expect(retryDelayMs(9, 1)).toBe(1_024_000);
  expect(retryDelayMs(12, 1)).toBe(1_200_000);
});

test('a redirect is a failure', async () => {
  const setting = await setUp();
  await setting.simulator.settle();
  setting.answerWith(() => new Response(null, { status: 308, headers: { location: `${RECEIVER_URL}/` } }));
  await sellable(setting);
  await setting.simulator.settle();
  const deliveries = await setting.api('GET', '/v1/webhooks/deliveries');
  expect(deliveries.json.items[0]).toMatchObject({ succeeded: false, http_code: 308 });
});

test('after ten failed events in a row the endpoint is disabled and nothing is kept for it', async () => {
  const setting = await setUp();
  await setting.simulator.settle();
  setting.answerWith(() => new Response(null, { status: 500 }));
  const create = (index: number) =>
    setting.polar.discounts.create({
      name: `Discount ${index}`,
      type: 'percentage',
      basis_points: 100,
      duration: 'once',
    });
  for (let index = 0; index < 9; index++) await create(index);
  await setting.simulator.advance(3600_000);
  expect((await setting.polar.webhooks.getWebhookEndpoint(setting.endpoint.id)).enabled).toBe(true);
  await create(9);
  await setting.simulator.advance(3600_000);
  expect((await setting.polar.webhooks.getWebhookEndpoint(setting.endpoint.id)).enabled).toBe(false);
  const before = setting.simulator.events(setting.organization.id).length;
  await create(10);
  expect(setting.simulator.events(setting.organization.id)).toHaveLength(before);
});

test('redelivery sends a delivered event again under the same id', async () => {
  const setting = await setUp();
  await sellable(setting);
  await setting.simulator.settle();
  const [first] = setting.received;
  await setting.api('POST', `/v1/webhooks/events/${first?.id}/redeliver`);
  await setting.simulator.settle();
  expect(setting.received.at(-1)).toMatchObject({ id: first?.id, body: first?.body });
});

test('a hand-made delivery is signed as the endpoint would sign it', async () => {
  const setting = await setUp();
  const body = '{"type":"order.paid","data":{}}';
  const headers = await setting.simulator.sign(setting.endpoint.id, 'evt', body, START_MS);
  expect(headers['webhook-timestamp']).toBe(String(START_MS / 1000));
  expect(headers['webhook-signature']).toBe(await signature(setting.endpoint, 'evt', START_MS / 1000, body));
});
