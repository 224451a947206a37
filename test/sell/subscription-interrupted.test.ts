import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import { type Failure, requestInterrupted } from '../harness/interrupted.ts';
import { read, subscribe } from './subscription-calls.ts';

/*
 * A change with an invoice, with a D1 that fails at each call in turn, before it takes effect or after it, and the invocation goes
 * on or dies there. The caller asks once more with its key, as the kit does: the product is changed, and charged once.
 */

const LEASE_MS = 31_000;
const CALLS = 11;

let world: World;
let quay: TestApp;
let pro: string;
let id: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  const monthly = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
  pro = (await world.createProduct({ name: 'quay:pro', recurring: 'month', price: 2900 })).id;
  id = await subscribe(world, quay, monthly.id);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});

afterEach(() => {
  vi.useRealTimers();
});

const cases = Array.from({ length: CALLS }, (_, i) => i + 1).flatMap((n) =>
  [false, true].flatMap((after) =>
    [false, true].map((isCrash): [string, Failure, boolean] => [
      `call ${n} of D1 fails ${after ? 'after' : 'before'} it took effect${isCrash ? ', and the Worker dies' : ''}`,
      { call: n, after },
      isCrash,
    ]),
  ),
);

async function change(failure: Failure | undefined, isCrash: boolean) {
  const options = {
    key: quay.secretKey,
    body: { product_id: pro, proration: 'invoice' },
    headers: { 'idempotency-key': 'one' },
  };
  return requestInterrupted('POST', `/v1/subscriptions/${id}/change`, options, failure, isCrash);
}

async function insist(failure: Failure, isCrash: boolean) {
  const first = await change(failure, isCrash);
  if (!first.hasFailed) return first;
  for (let tries = 1; ; tries++) {
    const again = await change(undefined, false);
    const isUnderWay = again.status === 409 && again.body['code'] === 'idempotency_in_progress';
    if (!isUnderWay || tries === 3) return again;
    // Nobody gives back the key of a Worker that died.
    vi.setSystemTime(Date.now() + LEASE_MS);
  }
}

describe.each(cases)('%s', (_name, failure, isCrash) => {
  it('the product is changed once and charged once', async () => {
    const { status } = await insist(failure, isCrash);
    expect(status).toBe(200);
    await world.settle();
    const { items } = await world.polar<{ items: unknown[] }>('sandbox', 'GET', '/v1/orders/');
    expect(items).toHaveLength(2);
    const changed = await read(quay, id);
    expect(changed).toMatchObject({ product: { id: pro }, amount: 2900 });
    const { results } = await env.DB.prepare('select id from payments where subscription_id = ?')
      .bind(id)
      .all();
    expect(results).toHaveLength(2);
  });
});
