import { env } from 'cloudflare:workers';
import { call, type TestApp, type World } from './harness.ts';

/* What several ingestion tests share: a recorded run of Polar events, and the state they lead to. */

/** One webhook as Polar would send it, to be signed when it is. */
export interface Told {
  webhookId: string;
  type: string;
  body: string;
}

/** Runs `act` while nothing reaches the gateway, and gives what Polar wanted to tell it, in Polar's order. */
export async function record(world: World, act: () => Promise<void>): Promise<Told[]> {
  world.held.length = 0;
  world.holdWebhooks = true;
  await act();
  world.holdWebhooks = false;
  const told = await Promise.all(
    world.held.map(async (request) => {
      const body = await request.clone().text();
      return {
        webhookId: request.headers.get('webhook-id') ?? '',
        type: String((JSON.parse(body) as { type: unknown }).type),
        body,
      };
    }),
  );
  world.held.length = 0;
  return told;
}

/** Delivers a recorded webhook as Polar does, signed now. */
export async function deliver(world: World, told: Told): Promise<number> {
  const headers = await world.simulator.sign(
    world.polarEndpoints.sandbox,
    told.webhookId,
    told.body,
    Date.now(),
  );
  const answer = await call('POST', '/webhooks/polar', { rawBody: told.body, headers });
  return answer.status;
}

const STATE_TABLES = {
  payments:
    'id, status, kind, disputed, product_id, product_name, product_plan, amount, net_amount, tax_amount, discount_amount, refunded_amount, refunded_tax_amount, refundable_amount, billing_reason, discount_id, discount_code, invoice_number, currency, customer_id, checkout_id, order_id, subscription_id, succeeded_at',
  orders: 'id, app_id, payment_id, status, refunded_amount, paid_at, version, seen_version, digest',
  subscriptions:
    'id, app_id, payment_id, status, product_id, product_since, current_period_end, canceled_at, ended_at, version, seen_version, digest',
  refunds: 'id, app_id, payment_id, status, amount, version, seen_version, digest',
  grants:
    'id, app_id, payment_id, is_granted, is_revoked, granted_at, revoked_at, benefit_type, license_key_id, display_key, file_ids, connection, error_type, error_message, error_at, product_id, state, fulfilment, version, seen_version, digest',
  customers: 'id, email, name, deleted_at, version, seen_version, digest',
  products: 'id, app_id, name, is_archived, version, seen_version, digest',
  benefits: 'id, description, is_deleted, version, seen_version, digest',
  snapshots: 'kind, id, app_id, status, version, seen_version, digest',
};

/** Everything that events lead to, without what depends on when they came: our clock, our ids, our counters. */
export async function readState(): Promise<Record<string, unknown>> {
  const names = Object.keys(STATE_TABLES) as (keyof typeof STATE_TABLES)[];
  const results = await env.DB.batch([
    ...names.map((name) => env.DB.prepare(`select ${STATE_TABLES[name]} from ${name} order by 1, 2`)),
    env.DB.prepare('select app_id, key from events order by app_id, key'),
    env.DB.prepare(
      'select type, status, count(*) as count from polar_events group by type, status order by type, status',
    ),
  ]);
  return Object.fromEntries(
    [...names, 'events', 'polar_events'].map((name, index) => [name, results[index]?.results]),
  );
}

/** Events must be numbered 1, 2, 3 … in each app, whatever happened. */
export async function readSequenceGaps(): Promise<unknown[]> {
  const { results } = await env.DB.prepare(
    'select app_id, count(*) as told, max(sequence) as highest from events group by app_id having count(*) <> max(sequence)',
  ).all();
  return results;
}

const KEPT = [
  'apps',
  'api_keys',
  'endpoints',
  'products',
  'benefits',
  'payments',
  'idempotency_keys',
] as const;
type Rows = Record<string, Record<string, unknown>[]>;

/** Remembers the tables as they are before any event. */
export async function keepTables(): Promise<Rows> {
  const results = await env.DB.batch(KEPT.map((name) => env.DB.prepare(`select * from ${name}`)));
  return Object.fromEntries(
    KEPT.map((name, index) => [name, (results[index]?.results ?? []) as Record<string, unknown>[]]),
  );
}

/** Back to the tables as `keepTables` found them. */
export async function restoreTables(rows: Rows): Promise<void> {
  const empty = [
    'delivery_attempts',
    'deliveries',
    'endpoints',
    'events',
    'polar_events',
    'reconcile_runs',
    'watermarks',
    'rereads',
    'orders',
    'subscriptions',
    'refunds',
    'grants',
    'grant_changes',
    'grant_causes',
    'grant_fulfilments',
    'customers',
    'known_customers',
    'customer_external_ids',
    'erased_customers',
    'snapshots',
    'row_history',
    'payments',
    'products',
    'benefits',
  ].map((name) => env.DB.prepare(`delete from ${name}`));
  const fill = (['endpoints', 'products', 'benefits', 'payments'] as const).flatMap((name) =>
    (rows[name] ?? []).map((row) => {
      const columns = Object.keys(row);
      return env.DB.prepare(
        `insert into ${name} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
      ).bind(...Object.values(row));
    }),
  );
  await env.DB.batch([...empty, ...fill]);
}

/** Starts a purchase and gives the checkout to pay. */
export async function startPayment(
  app: TestApp,
  productId: string,
  body: Record<string, unknown> = {},
): Promise<{ id: string; checkoutUrl: string }> {
  const answer = await call<{ id: string; checkout_url: string }>('POST', '/v1/payments', {
    key: app.secretKey,
    body: { method: 'polar', product_id: productId, ...body },
  });
  if (answer.status !== 201) throw new Error(`startPayment: ${answer.status} ${answer.text}`);
  return { id: answer.body.id, checkoutUrl: answer.body.checkout_url };
}

/** Gives the money of the newest order back, and waits until Polar has told all of it. `more`: further fields of the refund. */
export async function refundNewestOrder(world: World, more: object = {}): Promise<void> {
  const page = await world.polar<{ items: { id: string; net_amount: number }[] }>(
    'sandbox',
    'GET',
    '/v1/orders/?limit=1',
  );
  const [order] = page.items;
  await world.polar('sandbox', 'POST', '/v1/refunds/', {
    order_id: order?.id,
    amount: order?.net_amount,
    reason: 'other',
    ...more,
  });
  await world.simulator.settle();
}
