import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { call, CALLBACK, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { losing, reconcile, rowsOf } from '../compare/reconcile-calls.ts';
import { deliver, record, startPayment } from '../harness/story.ts';

/*
 * Numbers that JavaScript would write otherwise, in metadata and custom fields (ADR 48): what Polar wrote is passed on
 * digit by digit, on every way; what an app cannot mean exactly is refused by name.
 */

/** As they are written, by the name of their field. */
const NUMBERS: Record<string, string> = {
  discord_id: '653247040368672769',
  negative: '-9007199254740993',
  long: '123456789012345678901234567890',
  precise: '0.1000000000000000055511151231257827',
  huge: '1e400',
  decimal: '1.0',
};
const FIELDS = Object.entries(NUMBERS)
  .map(([name, number]) => `"${name}":${number}`)
  .join(',');
const CUSTOM = '"member":653247040368672769';

let world: World;
let quay: TestApp;
let bookId: string;

/** What Polar writes: the simulator's own numbers are JavaScript's. */
function write(text: string): string {
  return text
    .replaceAll('"marker":"numbers"', FIELDS)
    .replaceAll('"custom_field_data":{}', `"custom_field_data":{${CUSTOM}}`);
}

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  bookId = (
    await world.createProduct({
      name: 'quay:book',
      metadata: { marker: 'numbers' },
      benefits: [{ type: 'custom', description: 'The book', metadata: { content_id: 'book' } }],
    })
  ).id;
  const answer = world.simulator.fetch.bind(world.simulator);
  world.simulator.fetch = async (request) => {
    const response = await answer(request);
    return new Response(write(await response.text()), response);
  };
});

/** A sale whose order has the numbers, of which nothing is heard by webhook. */
async function buy() {
  const payment = await startPayment(quay, bookId, { metadata: { marker: 'numbers' } });
  const told = await record(world, async () => {
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  });
  return { payment, told };
}

const get = async (path: string) => (await call('GET', path, { key: quay.secretKey })).text;

/** What was sent to the app's endpoint about the sale, and what is read of it: the digits are Polar's. */
async function expectDigits(): Promise<void> {
  await world.settle();
  const sent = world.received.filter(({ body }) => body.includes('"payment.succeeded"'));
  expect(sent).toHaveLength(1);
  const body = sent[0]?.body ?? '';
  expect(body).toContain(FIELDS);
  expect(body).toContain(CUSTOM);
  const page = await get('/v1/events?type=payment.succeeded');
  expect(page).toContain(FIELDS);
  expect(page).toContain(CUSTOM);
  const [event] = await rowsOf<{ id: string }>("select id from events where type = 'payment.succeeded'");
  expect(await get(`/v1/events/${event?.id}`)).toContain(`"body":${body}`);
  const replay = await call('POST', `/v1/events/${event?.id}/replay`, { key: quay.secretKey, body: {} });
  expect([replay.status, replay.text]).toEqual([202, replay.text]);
  await world.settle();
  const again = world.received.filter((each) => each.body.includes('"payment.succeeded"'));
  expect(again.map((each) => each.body)).toEqual([body, body]);
}

describe('what Polar wrote keeps its digits', () => {
  it('when it is heard, told, read and replayed', async () => {
    const { told } = await buy();
    for (const event of told) expect(await deliver(world, { ...event, body: write(event.body) })).toBe(200);
    await expectDigits();
    const [raw] = await rowsOf<{ id: string }>("select id from polar_events where type = 'order.paid'");
    const shown = await call('GET', `/admin/polar-events/${raw?.id}`, { key: env.FLOE_ADMIN_TOKEN });
    expect(shown.text).toContain(FIELDS);
  });

  it('when it is applied again after it had waited', async () => {
    const { id } = await world.createProduct({ name: 'Nobody’s book' });
    const told = await record(world, async () => {
      const body = { products: [id], metadata: { marker: 'numbers' } };
      const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', body);
      await world.pay('sandbox', checkout.url, { email: 'ada@readers.dev' });
    });
    for (const event of told) expect(await deliver(world, { ...event, body: write(event.body) })).toBe(200);
    expect(await rowsOf("select id from events where type = 'payment.succeeded'")).toEqual([]);
    const assigned = await call('POST', `/admin/products/${id}/owner`, {
      key: env.FLOE_ADMIN_TOKEN,
      body: { mode: 'sandbox', app: quay.slug },
    });
    expect([assigned.status, assigned.text]).toEqual([200, assigned.text]);
    await expectDigits();
  });

  it('when the buyer comes back before anything was heard', async () => {
    const { payment } = await buy();
    const [row] = await rowsOf<{ checkout_id: string }>('select checkout_id from payments');
    const checkout = await world.polar<{ success_url: string }>(
      'sandbox',
      'GET',
      `/v1/checkouts/${row?.checkout_id}`,
    );
    const { pathname, search } = new URL(checkout.success_url);
    const back = await call('GET', pathname + search);
    expect(back.headers.get('location')).toContain(`${CALLBACK}?code=`);
    expect(JSON.parse(await get(`/v1/payments/${payment.id}`))).toMatchObject({ status: 'succeeded' });
    await expectDigits();
  });

  it('when comparing with Polar finds it, and it is no drift afterwards', async () => {
    await losing(world, buy);
    await reconcile(world);
    await expectDigits();
    expect((await reconcile(world, { scope: 'full' })).report.total).toMatchObject({ stale: 0, missing: 0 });
  });

  it('in the list of products', async () => {
    await losing(world, () => world.createProduct({ name: 'quay:other', metadata: { marker: 'numbers' } }));
    expect(await get('/v1/products')).toContain(`"metadata":{${FIELDS}}`);
  });
});

describe('what an app sends', () => {
  const pay = (fields: string, headers: Record<string, string> = {}) =>
    call<{ id: string; code?: string; errors?: { path: string; message: string }[] }>(
      'POST',
      '/v1/payments',
      { key: quay.secretKey, rawBody: `{"method":"polar","product_id":"${bookId}",${fields}}`, headers },
    );

  it.each(Object.entries(NUMBERS).filter(([name]) => name !== 'decimal'))(
    'and cannot be kept is refused by its name: %s, %s',
    async (name, number) => {
      const { status, body } = await pay(`"metadata":{"shelf":7,"${name}":${number}}`);
      expect([status, body.code]).toEqual([422, 'validation_failed']);
      expect(body.errors).toEqual([
        { path: `body.metadata.${name}`, message: expect.stringContaining('JavaScript holds exactly') },
      ]);
      expect(await rowsOf('select id from payments')).toEqual([]);
    },
  );

  it('and is no number that a field takes is refused by its name too', async () => {
    const { status, body } = await pay('"seats":1e400,"amount":9007199254740993');
    expect(status).toBe(422);
    expect(body.errors?.map(({ path }) => path).toSorted()).toEqual(['body.amount', 'body.seats']);
  });

  it('and is exact arrives at Polar, is read back, and is answered again by its key in the same bytes', async () => {
    const metadata =
      '"metadata":{"most":9007199254740991,"large":1e21,"decimal":1.0,"tenth":0.1,"small":5e-324,"least":-9007199254740991}';
    const exact =
      '{"most":9007199254740991,"large":1e+21,"decimal":1,"tenth":0.1,"small":5e-324,"least":-9007199254740991}';
    const headers = { 'idempotency-key': 'order-7' };
    const first = await pay(metadata, headers);
    expect([first.status, first.text]).toEqual([201, expect.stringContaining(`"metadata":${exact}`)]);
    const again = await pay(metadata, headers);
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(await get(`/v1/payments/${first.body.id}`)).toContain(`"metadata":${exact}`);
    const [row] = await rowsOf<{ checkout_id: string }>('select checkout_id from payments');
    const checkout = await world.polar<{ metadata: object }>(
      'sandbox',
      'GET',
      `/v1/checkouts/${row?.checkout_id}`,
    );
    expect(checkout.metadata).toMatchObject(JSON.parse(exact));
  });

  it('under one key, in other digits, is another request', async () => {
    const headers = { 'idempotency-key': 'order-8' };
    expect((await pay('"metadata":{"n":1}', headers)).status).toBe(201);
    expect((await pay('"metadata":{"n":2}', headers)).body.code).toBe('idempotency_mismatch');
  });
});
