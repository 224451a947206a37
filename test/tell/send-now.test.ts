import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  create,
  type Endpoint,
  HOOK,
  PATH,
  readDeliveries,
  readRow,
  type Refusal,
  setEndpoint,
  tell,
} from './endpoint-calls.ts';
import { call, createWorld, type TestApp, unique, type World } from '../harness/harness.ts';

/* When somebody says that a receiver is back, what waits for a later attempt is sent at once. */

const HOUR_MS = 60 * 60_000;
const OPERATOR = env.FLOE_ADMIN_TOKEN;

let world: World;
let app: TestApp;
let endpoint: Endpoint;

beforeAll(async () => {
  world = await createWorld();
});

beforeEach(async () => {
  world.received.length = 0;
  app = await world.createApp({ product: unique('app'), webhook: false });
  endpoint = (await create(app, { url: HOOK })).body;
});

const sendNow = (id: string, key = app.secretKey) =>
  call<{ due: number } & Refusal>('POST', `${PATH}/${id}/send-now`, { key });
const sendNowAsOperator = (id: string) =>
  call<{ due: number } & Refusal>('POST', `/admin/webhook-endpoints/${id}/send-now`, { key: OPERATOR });

/** Three that failed a few times and wait for hours, at a receiver that asked to be left alone. */
async function fallBehind(columns: Record<string, unknown> = {}): Promise<void> {
  await tell(app, ['payment.created', 'payment.succeeded', 'grant.created']);
  await env.DB.prepare(
    'update deliveries set next_attempt_at = ?, schedule_step = 5, attempts = 5, run_started_at = ? where endpoint_id = ?',
  )
    .bind(Date.now() + 3 * HOUR_MS, Date.now() - HOUR_MS, endpoint.id)
    .run();
  await setEndpoint(endpoint.id, {
    pace: 1,
    paced_at: Date.now(),
    rate_at: Date.now() + HOUR_MS,
    drain_token: 'one that waits',
    drain_until: Date.now() + HOUR_MS,
    ...columns,
  });
}

const audited = async () =>
  (
    await env.DB.prepare(
      "select actor, app_id, target from audit_log where action = 'endpoint.sent_now'",
    ).all()
  ).results;

describe.each([
  ['the app', (id: string) => sendNow(id)],
  ['an operator', sendNowAsOperator],
])('"send now" by %s', (_who, ask) => {
  test('sends all that waits, whatever it had been put off for, and what waits for others stays', async () => {
    await fallBehind();
    const neighbour = (await create(app, { url: `${HOOK}/other`, events: ['refund.created'] })).body;
    await tell(app, ['refund.created']);
    await env.DB.prepare('update deliveries set next_attempt_at = ? where endpoint_id = ?')
      .bind(Date.now() + HOUR_MS, neighbour.id)
      .run();
    expect(await ask(endpoint.id)).toMatchObject({ status: 202, body: { due: 4 } });
    await expect
      .poll(async () => (await readDeliveries(endpoint.id)).map(({ status }) => status), { timeout: 10_000 })
      .toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    expect(await readDeliveries(neighbour.id)).toMatchObject([{ status: 'pending', schedule_step: 0 }]);
    expect(world.received.filter(({ url }) => url !== HOOK)).toEqual([]);
  });

  test('goes on with the schedule where it was, when it fails again', async () => {
    await fallBehind();
    world.receiver = () => new Response('no', { status: 500 });
    expect(await ask(endpoint.id)).toMatchObject({ status: 202, body: { due: 3 } });
    await expect.poll(() => world.received.length, { timeout: 10_000 }).toBe(3);
    world.receiver = () => new Response();
    await world.settle();
    for (const delivery of await readDeliveries(endpoint.id)) {
      expect(delivery).toMatchObject({ status: 'pending', schedule_step: 6 });
      expect(delivery.next_attempt_at).toBeGreaterThan(Date.now() + 20 * 60_000);
    }
  });

  test('of nothing says so', async () => {
    expect(await ask(endpoint.id)).toMatchObject({ status: 202, body: { due: 0 } });
  });

  test('keeps to the endpoint’s own rate', async () => {
    await fallBehind({ rate_limit: 60 });
    const before = Date.now();
    await ask(endpoint.id);
    const { rate_at: rateAt } = await readRow(endpoint.id);
    expect(Number(rateAt)).toBeGreaterThanOrEqual(before + 1_000);
    expect(Number(rateAt)).toBeLessThan(Date.now() + 10_000);
  });

  test('is refused for an endpoint that is disabled, and changes nothing', async () => {
    await fallBehind({ enabled: 0, disabled_reason: 'failing', disabled_at: 1 });
    const before = [await readRow(endpoint.id), await readDeliveries(endpoint.id), await audited()];
    expect(await ask(endpoint.id)).toMatchObject({
      status: 409,
      body: { code: 'conflict', detail: 'Enable it: it is then sent all that it missed.' },
    });
    expect([await readRow(endpoint.id), await readDeliveries(endpoint.id), await audited()]).toEqual(before);
  });

  test('is refused for an endpoint that is deleted or unknown', async () => {
    await call('DELETE', `${PATH}/${endpoint.id}`, { key: app.secretKey });
    for (const id of [endpoint.id, 'ep_none'])
      expect(await ask(id)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

test('another app’s endpoint is unknown, and stays as it is', async () => {
  await fallBehind();
  const other = await world.createApp({ product: unique('app'), webhook: false });
  const before = [await readRow(endpoint.id), await readDeliveries(endpoint.id)];
  expect(await sendNow(endpoint.id, other.secretKey)).toMatchObject({ status: 404 });
  expect([await readRow(endpoint.id), await readDeliveries(endpoint.id)]).toEqual(before);
});

test('whoever asks is in the audit log', async () => {
  const before = await audited();
  await sendNow(endpoint.id);
  await sendNowAsOperator(endpoint.id);
  const line = { app_id: app.id, target: endpoint.id };
  expect(await audited()).toEqual([...before, { actor: 'app', ...line }, { actor: 'operator', ...line }]);
  expect(
    await call('POST', `/admin/webhook-endpoints/${endpoint.id}/send-now`, { key: app.secretKey }),
  ).toMatchObject({
    status: 403,
  });
});
