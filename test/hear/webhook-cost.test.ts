import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import worker from '../../src/index.ts';
import { createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import { type Cost, meteredBindings } from '../harness/metered.ts';
import { keepTables, record, restoreTables, startPayment, type Told } from '../harness/story.ts';

/*
 * What webhooks of Polar's cost D1, above all an `order.paid` for a pending payment. Rows read and written are what D1
 * says itself and bills; a row that is written counts again in each index that has it.
 */

/** Payments, orders, events and Polar events that the app has of others. */
async function fill(app: TestApp, productId: string, rows: number): Promise<void> {
  const numbers = `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows})`;
  await env.DB.batch([
    env.DB.prepare(
      `${numbers} insert into payments (id, mode, app_id, method, status, kind, refunded_amount, customer_proven, metadata,
        created_at, updated_at, order_id, customer_id, product_id)
      select 'pay_' || i, 'sandbox', ?1, 'polar', 'succeeded', 'checkout', 0, 0, '{}', i, i, 'order-' || i, 'customer-' || i, ?2 from n`,
    ).bind(app.id, productId),
    env.DB.prepare(
      `${numbers} insert into orders (mode, id, app_id, payment_id, customer_id, product_id, status, billing_reason, net_amount,
        total_amount, refunded_amount, currency, created_at, version, seen_version)
      select 'sandbox', 'order-' || i, ?1, 'pay_' || i, 'customer-' || i, ?2, 'paid', 'purchase', 1, 1, 0, 'usd', i, i, i from n`,
    ).bind(app.id, productId),
    env.DB.prepare(
      `${numbers} insert into events (id, app_id, mode, key, type, sequence, payment_id, payment_sequence, customer_id, origin, body,
        occurred_at, created_at)
      select 'evt_' || i, ?1, 'sandbox', 'grant.created:grant-' || i || ':0', 'grant.created',
        i + (select coalesce(max(sequence), 0) from events where app_id = ?1), 'pay_' || i, 1, 'customer-' || i, 'webhook', '{"data":1}', i, i from n`,
    ).bind(app.id),
    env.DB.prepare(
      `${numbers} insert into polar_events (id, mode, webhook_id, type, occurred_at, received_at, status, app_id, attempts, customer_id, sealed_body)
      select 'pev_' || i, 'sandbox', 'webhook-' || i, 'order.paid', i, i, 'applied', ?1, 1, 'customer-' || i, '' from n`,
    ).bind(app.id),
  ]);
}

/** What a webhook costs until it is answered. First attempts of deliveries are made behind the answer. */
async function hear(world: World, told: Told): Promise<Cost[][]> {
  const { bindings, trips } = meteredBindings();
  const { webhookId, body } = told;
  const headers = await world.simulator.sign(world.polarEndpoints.sandbox, webhookId, body, Date.now());
  const request = new Request(`${GATEWAY_URL}/webhooks/polar`, { method: 'POST', headers, body });
  const context = createExecutionContext();
  const incoming = request as Parameters<typeof worker.fetch>[0];
  const { status } = await worker.fetch(incoming, bindings as Bindings, context);
  const answered = [...trips];
  expect(status).toBe(200);
  await waitOnExecutionContext(context);
  return answered;
}

/** An app, and what Polar tells of a purchase in it. */
async function sell({ endpoint = false, recurring }: { endpoint?: boolean; recurring?: 'month' }) {
  const world = await createWorld();
  const quay = await world.createApp({ product: 'quay', webhook: endpoint });
  const { id: productId } = await world.createProduct({
    name: 'quay:book',
    benefits: [{ type: 'custom', description: 'Reader' }],
    ...(recurring ? { recurring } : {}),
  });
  await world.settle();
  const payment = await startPayment(quay, productId);
  const story = await record(world, async () => {
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  });
  const paid = story.find(({ type }) => type === 'order.paid');
  if (!paid) throw new Error('nothing was paid');
  return { world, quay, productId, paid, story };
}

/** What hearing of the payment costs, before or after all that Polar tells before it. */
async function hearPaid(how: { endpoint?: boolean; isFirst: boolean }): Promise<Cost[][]> {
  const { world, paid, story } = await sell(how);
  const before = how.isFirst ? [] : story.slice(0, story.indexOf(paid));
  for (const told of before) await hear(world, told);
  return hear(world, paid);
}

interface Spent {
  trips: number;
  statements: number;
  rowsRead: number;
  /** Without those of deliveries. */
  rowsWritten: number;
  rowsOfDeliveries: number;
}

function sum(trips: Cost[][]): Spent {
  const costs = trips.flat();
  const isDelivery = ({ text }: Cost) => text.includes('insert into deliveries');
  const written = (of: Cost[]) => of.reduce((total, { rowsWritten }) => total + rowsWritten, 0);
  return {
    trips: trips.length,
    statements: costs.length,
    rowsRead: costs.reduce((total, { rowsRead }) => total + rowsRead, 0),
    rowsWritten: written(costs.filter((cost) => !isDelivery(cost))),
    rowsOfDeliveries: written(costs.filter(isDelivery)),
  };
}

/** @throws when one of the budget's numbers is passed, with its name. */
function keepWithin(spent: Spent, budget: Spent): void {
  for (const name of Object.keys(budget) as (keyof Spent)[])
    if (spent[name] > budget[name]) throw new Error(`${name}: ${spent[name]} of ${budget[name]}`);
}

describe('an `order.paid` for a pending payment', () => {
  it.each([
    {
      name: 'heard first, of a customer’s first order',
      how: { isFirst: true },
      budget: { trips: 2, statements: 19, rowsRead: 98, rowsWritten: 35, rowsOfDeliveries: 0 },
    },
    {
      name: 'heard first, and told to an endpoint',
      how: { isFirst: true, endpoint: true },
      budget: { trips: 2, statements: 19, rowsRead: 124, rowsWritten: 35, rowsOfDeliveries: 14 },
    },
    {
      name: 'heard after what Polar tells before it',
      how: { isFirst: false },
      // What is left to be written depends on which of Polar's webhooks came before it.
      budget: { trips: 2, statements: 17, rowsRead: 89, rowsWritten: 15, rowsOfDeliveries: 0 },
    },
  ])('$name keeps within its budget, and a smaller one would fail', async ({ how, budget }) => {
    const spent = sum(await hearPaid(how));

    keepWithin(spent, budget);
    for (const name of Object.keys(spent) as (keyof Spent)[])
      expect(() => keepWithin(spent, { ...budget, [name]: spent[name] - 1 })).toThrow(`${name}: `);
  });
});

it.each([{}, { recurring: 'month' as const }])(
  'every Polar event of a purchase reads and writes as much in a large app as in a small one (%o)',
  async (how) => {
    const { world, quay, productId, story } = await sell(how);
    const tables = await keepTables();
    const hearAll = async (rows: number) => {
      await restoreTables(tables);
      await fill(quay, productId, rows);
      const spent: { type: string; rowsRead: number; rowsWritten: number }[] = [];
      for (const told of story) {
        const { rowsRead, rowsWritten } = sum(await hear(world, told));
        spent.push({ type: told.type, rowsRead, rowsWritten });
      }
      return spent;
    };
    const small = await hearAll(30);
    expect(small.length).toBeGreaterThan(5);
    expect(await hearAll(3_000)).toEqual(small);
  },
);
