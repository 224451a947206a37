import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseConfig } from '../../src/base/config.ts';
import worker from '../../src/index.ts';
import { polarEventContext } from '../../src/base/polar-event.rules.ts';
import { unseal } from '../../src/base/sealed.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, record, startPayment, type Told } from '../harness/story.ts';

/* Only whom Polar has deleted is forgotten, with all that is kept of it, and nothing that money needs goes. */

const MINUTE = 60_000;
const EMAIL = 'ada@readers.dev';
let world: World;
let quay: TestApp;
let product: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  product = (await world.createProduct({ name: 'quay:lifetime' })).id;
  await world.settle();
});
afterEach(() => world.settle());

async function runCron(): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled({} as ScheduledController, env, context);
  await waitOnExecutionContext(context);
  await world.settle();
}

const read = async <T>(sql: string) => (await env.DB.prepare(sql).all<T & Record<string, unknown>>()).results;

async function buy(email = EMAIL): Promise<void> {
  const { checkoutUrl } = await startPayment(quay, product, { customer: { email } });
  await world.pay('sandbox', checkoutUrl, { email, name: 'Ada Lovelace' });
}

async function customerId(): Promise<string> {
  const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/customers/');
  return String(items[0]?.id);
}

const remove = (id: string, how = '') => world.polar('sandbox', 'DELETE', `/v1/customers/${id}${how}`);

/** The bodies that are kept of Polar events, opened. */
async function openEvents(): Promise<{ type: string; status: string; body: string }[]> {
  const config = parseConfig(env);
  const rows = await read<{ id: string; type: string; status: string; sealed_body: string }>(
    'select id, type, status, sealed_body from polar_events where sealed_body is not null',
  );
  return Promise.all(
    rows.map(async (row) => ({
      ...row,
      body: await unseal(config, polarEventContext(row.id), row.sealed_body),
    })),
  );
}

it('a plain deletion after a change of address that was not heard of forgets both addresses', async () => {
  await buy();
  await world.settle();
  const id = await customerId();
  await record(world, async () => {
    await world.polar('sandbox', 'PATCH', `/v1/customers/${id}`, { email: 'countess@readers.dev' });
    await world.simulator.settle();
  });
  await remove(id);
  await world.settle();
  await runCron();
  expect(await read('select is_due, address from forgotten_customers')).toEqual([
    { is_due: 0, address: null },
  ]);
  expect(await read('select email from customers')).toEqual([{ email: null }]);
  expect(await read('select customer_email from payments')).toEqual([{ customer_email: null }]);
  expect((await openEvents()).filter(({ body }) => body.includes(EMAIL))).toEqual([]);
});

it('an event that could not be applied loses what describes the customer, and pays all the same once it can be', async () => {
  const heard: Told[] = await record(world, async () => {
    await buy();
    await world.simulator.settle();
    await remove(await customerId(), '?anonymize=true');
    await world.simulator.settle();
  });
  const order = heard.find(({ type }) => type === 'order.paid');
  if (!order) throw new Error('no order.paid');
  await deliver(world, order);
  // As if the gateway had not understood it: it was written while a fault stood in the way.
  await env.DB.batch([
    env.DB.prepare("update polar_events set status = 'failed' where type = 'order.paid'"),
    ...['delivery_attempts', 'deliveries', 'events', 'orders'].map((table) =>
      env.DB.prepare(`delete from ${table}`),
    ),
    env.DB.prepare("update payments set status = 'pending', order_id = null, succeeded_at = null"),
  ]);
  for (const told of heard.filter(({ type }) => type === 'customer.deleted')) await deliver(world, told);
  await world.settle();
  await runCron();
  const kept = await openEvents();
  expect(kept.filter(({ status }) => status === 'failed').map(({ type }) => type)).toEqual(['order.paid']);
  expect(kept.filter(({ body }) => /ada@readers|Ada Lovelace/i.test(body))).toEqual([]);
  expect(await read('select is_due from forgotten_customers')).toEqual([{ is_due: 0 }]);

  await deliver(world, order);
  await world.settle();
  await runCron();
  expect(await read('select status, amount from payments')).toEqual([{ status: 'succeeded', amount: 900 }]);
  expect((await openEvents()).filter(({ body }) => /ada@readers|Ada Lovelace/i.test(body))).toEqual([]);
});

it('customers who cannot be forgotten stand in nobody’s way', async () => {
  await buy();
  await world.settle();
  await world.advance(MINUTE);
  const stuck = Array.from({ length: 40 }, (_, index) => `stuck-${index}`);
  await env.DB.batch(
    stuck.map((id) =>
      env.DB.prepare(
        "insert into forgotten_customers (mode, id, address, revision, is_due, after) values ('sandbox', ?, null, 1, 1, '')",
      ).bind(id),
    ),
  );
  await remove(await customerId(), '?anonymize=true');
  await env.DB.exec(
    "create trigger stuck before update of is_due on forgotten_customers when old.id glob 'stuck-*' begin select raise(abort, 'stuck'); end",
  );
  try {
    await world.settle();
    for (let run = 0; run < 4; run += 1) {
      await world.advance(MINUTE);
      await runCron();
    }
  } finally {
    await env.DB.exec('drop trigger stuck');
  }
  expect(await read("select is_due from forgotten_customers where id not glob 'stuck-*'")).toEqual([
    { is_due: 0 },
  ]);
  expect(await read("select 1 from events where body like '%ada@readers.dev%'")).toEqual([]);
});

it('what a receiver echoes after that, and what was answered to a key before, names nobody', async () => {
  const body = { method: 'polar', product_id: product, customer: { email: EMAIL } };
  const headers = { 'idempotency-key': 'order-7' };
  const ask = () =>
    call<{ id: string; customer: { email: string | null } }>('POST', '/v1/payments', {
      key: quay.secretKey,
      headers,
      body,
    });
  const made = await ask();
  expect(made.body.customer.email).toBe(EMAIL);
  await buy();
  await world.settle();
  const told = await read<{ id: string; body: string }>('select id, body from events');
  const sendAgain = async () => {
    await env.DB.prepare(
      "update deliveries set status = 'pending', next_attempt_at = 0, finished_at = null",
    ).run();
    await runCron();
  };
  world.receiver = (_, { body: sent }) => new Response(sent);
  await sendAgain();
  expect(await read("select 1 from delivery_attempts where response like '%ada@readers%'")).not.toEqual([]);
  await remove(await customerId(), '?anonymize=true');
  await world.settle();
  await runCron();
  // The receiver has the old bytes.
  world.receiver = (_, { headers: sent }) =>
    new Response(told.find(({ id }) => id === sent['webhook-id'])?.body);
  await sendAgain();
  expect(await read("select response from delivery_attempts where response like '%ada@readers%'")).toEqual(
    [],
  );

  const again = await ask();
  expect(again.body).toMatchObject({ id: made.body.id, customer: { email: null } });
});

it('the seats of a team that is forgotten name their holders no more', async () => {
  const desks = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/products/', {
    name: 'quay:desks',
    prices: [
      {
        amount_type: 'seat_based',
        price_currency: 'usd',
        seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] },
      },
    ],
  });
  await world.settle();
  const { checkoutUrl } = await startPayment(quay, desks.id, { seats: 2 });
  await world.pay('sandbox', checkoutUrl, { email: EMAIL, name: 'Ada Lovelace' });
  await world.settle();
  const [order] = await read<{ id: string }>('select id from orders');
  await world.polar('sandbox', 'POST', '/v1/customer-seats', {
    order_id: order?.id,
    email: 'holder@readers.dev',
    immediate_claim: true,
  });
  await world.settle();
  expect(await read("select 1 from events where body like '%holder@readers.dev%'")).not.toEqual([]);
  await remove(await customerId(), '?anonymize=true');
  await world.settle();
  await runCron();
  expect(await read("select type from events where body like '%@readers.dev%'")).toEqual([]);
  expect(await read("select kind from snapshots where data like '%@readers.dev%'")).toEqual([]);
  expect((await openEvents()).filter(({ body }) => body.includes('@readers.dev'))).toEqual([]);
});

it(
  'a customer of whom megabytes were told is forgotten, and so is whoever comes after',
  { timeout: 120_000 },
  async () => {
    const metadata = Object.fromEntries(Array.from({ length: 48 }, (_, i) => [`note_${i}`, 'é'.repeat(500)]));
    for (let sales = 0; sales < 10; sales += 1) {
      const { checkoutUrl } = await startPayment(quay, product, { customer: { email: EMAIL }, metadata });
      await world.pay('sandbox', checkoutUrl, { email: EMAIL, name: 'Ada Lovelace' });
      await world.settle();
    }
    const ada = await customerId();
    await buy('bob@readers.dev');
    await world.settle();
    const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/customers/');
    for (const { id } of items) {
      await remove(id, '?anonymize=true');
      await world.settle();
    }
    expect(items.map(({ id }) => id)).toContain(ada);
    for (let runs = 0; runs < 4; runs += 1) {
      await world.advance(MINUTE);
      await runCron();
    }
    const told = await read<{ n: number }>(
      `select count(*) as n from events where body like '%@readers.dev%'`,
    );
    const kept = await read<{ n: number }>(
      'select count(*) as n from payments where customer_email is not null',
    );
    expect([told[0]?.n, kept[0]?.n]).toEqual([0, 0]);
  },
);
