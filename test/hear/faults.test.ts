import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { call, createWorld, type World } from '../harness/harness.ts';

/*
 * Polar in trouble: its API slow, limited, failing and resetting connections, its webhooks told twice and out of order.
 * What the gateway knows in the end is what the simulator's books say.
 */

interface Books {
  payments: {
    id: string;
    status: string;
    is_paid: boolean;
    refunded_amount: number;
    gateway_payment_id: string | null;
  }[];
  refunds: { id: string; status: string }[];
  live_grants: Record<string, { id: string }[]>;
}

const FAULTS = {
  seed: 7,
  latency_ms: { kind: 'uniform', min_ms: 0, max_ms: 20 },
  rate_limited: 0.15,
  retry_after_s: 0,
  server_error: 0.15,
  connection_reset: 0.1,
  webhook_duplicate: 0.3,
  webhook_reorder: 0.3,
};

const simulate = async <T>(world: World, method: string, path: string, body?: unknown): Promise<T> => {
  const response = await world.simulator.fetch(
    new Request(`https://sandbox-api.polar.sh${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  return (await response.json()) as T;
};

/** As a careful caller does: the same key again until there is an answer that is no trouble of Polar's. */
async function startPatiently(key: string, productId: string, idempotencyKey: string) {
  for (let tries = 0; tries < 40; tries++) {
    const answer = await call<{ id: string; checkout_url: string; code: string }>('POST', '/v1/payments', {
      key,
      body: { method: 'polar', product_id: productId },
      headers: { 'idempotency-key': idempotencyKey },
    });
    if (answer.status === 201) return answer.body;
    expect(['polar_unavailable', 'polar_failed']).toContain(answer.body.code);
    expect(answer.headers.get('retry-after')).not.toBeNull();
  }
  throw new Error('Polar was in trouble forty times in a row');
}

it('ends with what Polar’s books say, whatever trouble Polar was in', async () => {
  const world = await createWorld();
  const quay = await world.createApp({ product: 'quay' });
  const product = await world.createProduct({
    name: 'quay:lifetime',
    benefits: [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }],
  });
  await simulate(world, 'POST', '/_sim/faults', FAULTS);

  const payments: string[] = [];
  for (let index = 0; index < 15; index++) {
    const { id, checkout_url } = await startPatiently(quay.secretKey, product.id, `purchase-${index}`);
    payments.push(id);
    // A buyer whose page was lost presses the button again.
    for (let tries = 0; tries < 40; tries++) {
      const paid = await world
        .pay('sandbox', checkout_url, { email: `reader-${index}@readers.dev` })
        .catch(() => undefined);
      if (paid?.status === 200 || paid?.status === 403) break;
    }
  }
  await simulate(world, 'DELETE', '/_sim/faults');
  await world.settle();
  const orders = await world.polar<{ items: { id: string; net_amount: number }[] }>(
    'sandbox',
    'GET',
    '/v1/orders/?limit=100',
  );
  for (const [index, order] of orders.items.entries()) {
    if (index % 3 !== 0) continue;
    await simulate(world, 'POST', '/_sim/faults', {
      ...FAULTS,
      rate_limited: 0,
      server_error: 0,
      connection_reset: 0,
    });
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: order.id,
      amount: order.net_amount,
      reason: 'other',
      revoke_benefits: true,
    });
  }
  await world.settle();

  const { organizations } = await simulate<{ organizations: (Books & { id: string })[] }>(
    world,
    'GET',
    '/_sim/books',
  );
  const books = organizations.find(({ id }) => id === world.organizations.sandbox.id);
  if (!books) throw new Error('no books');
  expect(books.payments.length).toBe(payments.length);

  const rowsOf = async (query: string) => (await env.DB.prepare(query).all()).results;
  const known = await rowsOf('select id, order_id, status, refunded_amount from payments order by id');
  expect(known).toEqual(
    books.payments
      .map((payment) => ({
        id: payment.gateway_payment_id,
        order_id: payment.id,
        status: payment.status === 'paid' ? 'succeeded' : payment.is_paid ? payment.status : 'pending',
        refunded_amount: payment.refunded_amount,
      }))
      .toSorted((a, b) => String(a.id).localeCompare(String(b.id))),
  );
  expect(
    (await rowsOf('select id from grants where is_granted = 1 order by id')).map(({ id }) => id),
  ).toEqual(
    Object.values(books.live_grants)
      .flat()
      .map(({ id }) => id)
      .sort(),
  );
  expect(await rowsOf("select count(*) as n from refunds where status = 'succeeded'")).toEqual([
    { n: books.refunds.length },
  ]);
  expect(
    await rowsOf(
      "select type, count(*) as n from events where type in ('payment.succeeded', 'refund.succeeded') group by type",
    ),
  ).toEqual([
    { type: 'payment.succeeded', n: payments.length },
    { type: 'refund.succeeded', n: books.refunds.length },
  ]);
  const told = new Set(world.received.map(({ headers }) => headers['webhook-id']));
  expect(told.size).toBe((await rowsOf('select id from events')).length);
});
