import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';

/* Events for a real queue and a real Worker beside the gateway in workerd, from the front door to them (ADR 113). */

interface Seen {
  /** `fetch`, or the queue's name. */
  by: string;
  headers: Record<string, string>;
  body: string;
}

let world: World;
let counter: TestApp;
let product: string;

const backOffice = Reflect.get(env, 'FLOE_WORKER__COUNTER_SANDBOX__BACK_OFFICE') as Fetcher;
const ask = (path: string, body?: unknown) =>
  backOffice.fetch(`https://back-office.invalid${path}`, {
    method: 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const seen = async () => (await ask('/seen')).json<Seen[]>();

beforeEach(async () => {
  world = await createWorld();
  counter = await world.createApp({ product: 'counter', webhook: false });
  product = (await world.createProduct({ name: 'counter:once' })).id;
  await world.settle();
  await ask('/next', []);
});

const register = (app: TestApp, url: string) =>
  call<{ id: string; secret: string; detail?: string }>('POST', '/v1/webhook-endpoints', {
    key: app.secretKey,
    body: { url },
  });

const attempts = async () =>
  (
    await env.DB.prepare(
      'select a.status, a.error from delivery_attempts as a order by a.at, a.attempt',
    ).all<{ status: number | null; error: string | null }>()
  ).results;

describe('a queue and a Worker that the operator has bound', () => {
  it('both get what is told, signed, and it is recorded', async () => {
    const queue = await register(counter, 'queue:orders');
    const other = await register(counter, 'worker:back-office');
    expect([queue.status, other.status]).toEqual([201, 201]);
    await startPayment(counter, product);
    await world.settle();
    await vi.waitFor(async () => expect(await seen()).toHaveLength(2), { timeout: 20_000 });
    const came = await seen();
    const secrets = new Map([
      ['counter-orders', queue.body.secret],
      ['fetch', other.body.secret],
    ]);
    for (const { by, headers, body } of came)
      expect(new Webhook(secrets.get(by) ?? '').verify(body, headers)).toMatchObject({
        type: 'payment.pending',
      });
    expect(came.map(({ by }) => by).toSorted()).toEqual(['counter-orders', 'fetch']);
    expect((await attempts()).map(({ status }) => status).toSorted()).toEqual([200, 202]);
  });

  it('are of that app alone', async () => {
    const quay = await world.createApp({ product: 'quay', webhook: false });
    for (const [url, binding] of [
      ['queue:orders', 'FLOE_QUEUE__QUAY_SANDBOX__ORDERS'],
      ['worker:back-office', 'FLOE_WORKER__QUAY_SANDBOX__BACK_OFFICE'],
      ['queue:counter-sandbox--orders', 'FLOE_QUEUE__QUAY_SANDBOX__COUNTER_SANDBOX__ORDERS'],
      ['queue:work', 'FLOE_QUEUE__QUAY_SANDBOX__WORK'],
    ] as const) {
      const refused = await register(quay, url);
      expect([refused.status, refused.body.detail]).toEqual([422, expect.stringContaining(binding)]);
    }
  });
});
