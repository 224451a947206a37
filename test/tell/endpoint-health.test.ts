import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import { GATEWAY } from '../../src/base/audit-actions.rules.ts';
import { updateEndpoint } from '../../src/tell/endpoints/change-endpoint.ts';
import { deliver } from '../../src/tell/deliveries/deliver.ts';
import { sweep } from '../../src/sweep.ts';
import { tellEndpointHealth } from '../../src/tell/endpoints/tell-endpoint-health.ts';
import type { Services } from '../../src/base/services.ts';
import type { AppRow } from '../../src/base/db/schema.rows.ts';
import {
  changeEndpoint,
  createEndpoint,
  DAY,
  elapse,
  HOOK,
  HOUR,
  makeApp,
  makeDelivery,
  makeEvent,
  makeServices,
  NOON,
  readDelivery,
  readEndpoint,
  receive,
  runQueue,
  seen,
  startAtNoon,
  tell,
} from './forwarding.ts';

/* An endpoint that fails for days is disabled, after a warning; nothing that it was to be sent is lost. */

let services: Services;

startAtNoon();
beforeEach(() => {
  services = makeServices();
});

const BAD = `${HOOK}/bad`;
const GOOD = `${HOOK}/good`;

/** A bad endpoint beside a good one of the same app. `isUp` decides what the bad one answers. */
async function setUp() {
  const state = { isUp: false, status: 500 };
  receive(
    (request) => new Response(null, { status: request.url === BAD && !state.isUp ? state.status : 200 }),
  );
  const app = await makeApp();
  const bad = await createEndpoint(app, { url: BAD, description: 'Nightly' });
  const good = await createEndpoint(app, { url: GOOD });
  return { state, app, bad, good };
}

interface Told {
  type: string;
  data: { payment_sequence: number | null; origin: string; endpoint?: Record<string, unknown> };
}

const toldTo = (url: string, type: string) =>
  seen.sent
    .filter((request) => request.url === url)
    .map(({ body }) => JSON.parse(body) as Told)
    .filter((body) => body.type === type);

/** Hours of life: again and again an event, the sweep and whatever it wakes. */
async function live(
  app: AppRow,
  hours: number,
  until: () => Promise<boolean> = async () => false,
): Promise<void> {
  const end = Date.now() + hours * HOUR;
  while (Date.now() < end && !(await until())) {
    await tell([makeEvent(app)]);
    await sweep(services);
    await runQueue(services, HOUR);
    elapse(2 * HOUR);
  }
}

const isDisabled = (id: string) => async () => !(await readEndpoint(id)).enabled;

describe('an endpoint that only fails', () => {
  test('is warned of half-way and disabled after five days; the others and the operator hear of both, once', async () => {
    const { app, bad } = await setUp();
    await live(app, 24 * 7, isDisabled(bad.id));
    const row = await readEndpoint(bad.id);
    expect(row).toMatchObject({ enabled: false, disabledReason: 'failing', notice: null });
    const failedFor = (row.disabledAt ?? 0) - (row.failingSince ?? 0);
    expect(failedFor).toBeGreaterThanOrEqual(5 * DAY);
    expect(failedFor).toBeLessThan(5.5 * DAY);
    expect((row.warnedAt ?? 0) - (row.failingSince ?? 0)).toBeGreaterThanOrEqual(2.5 * DAY);
    await live(app, 4);

    const [warning, ...warnings] = toldTo(GOOD, 'endpoint.failing');
    expect(warnings).toEqual([]);
    expect(warning?.data).toMatchObject({
      origin: 'gateway',
      payment_sequence: null,
      endpoint: { id: bad.id, url: BAD, description: 'Nightly', failing_since: new Date(NOON).toISOString() },
    });
    expect(warning?.data.endpoint?.['will_be_disabled_at']).toBe(new Date(NOON + 5 * DAY).toISOString());
    const disabled = toldTo(GOOD, 'endpoint.disabled');
    expect(disabled).toHaveLength(1);
    expect(disabled[0]?.data.endpoint).toMatchObject({ id: bad.id, disabled_reason: 'failing' });
    expect(toldTo(BAD, 'endpoint.failing')).toEqual([]);

    const { results } = await env.DB.prepare(
      "select action, actor from audit_log where target = ? and action <> 'endpoint.created' order by at",
    )
      .bind(bad.id)
      .all();
    expect(results).toEqual([
      { action: 'endpoint.failing', actor: 'gateway' },
      { action: 'endpoint.disabled', actor: 'gateway' },
    ]);
  });

  test('goes on collecting while it is disabled, and is not called', async () => {
    const { app, bad } = await setUp();
    await live(app, 24 * 7, isDisabled(bad.id));
    const calls = seen.sent.filter(({ url }) => url === BAD).length;
    await live(app, 24);
    expect(seen.sent.filter(({ url }) => url === BAD)).toHaveLength(calls);
    const collected = await env.DB.prepare(
      "select count(*) as n from deliveries where endpoint_id = ? and status = 'pending' and attempts = 0",
    )
      .bind(bad.id)
      .first<{ n: number }>();
    expect(collected?.n).toBeGreaterThanOrEqual(12);
  });

  test('is not disabled while anything at all arrives', async () => {
    const { state, app, bad } = await setUp();
    await live(app, 24 * 4);
    state.isUp = true;
    await live(app, 4);
    expect(await readEndpoint(bad.id)).toMatchObject({ failures: 0, failingSince: null, warnedAt: null });
    state.isUp = false;
    await live(app, 24 * 4);
    expect(await readEndpoint(bad.id)).toMatchObject({ enabled: true });
  });

  test('and then is sent nothing for days has not failed for days: it begins anew with the next failure', async () => {
    const { bad, app } = await setUp();
    await live(app, 24);
    // Given up, all of it: nothing more is tried.
    await env.DB.prepare("update deliveries set status = 'failed' where endpoint_id = ?").bind(bad.id).run();
    seen.woken.length = 0;
    elapse(6 * DAY);
    await deliver(services, await tell([makeEvent(app)]), 'slow');
    expect(await readEndpoint(bad.id)).toMatchObject({
      enabled: true,
      failingSince: Date.now(),
      warnedAt: null,
    });
  });
});

test('enabled again, it gets all it missed: what was collected, and what was given up while it only failed', async () => {
  const { state, app, bad } = await setUp();
  // Given up before the trouble began: nothing that it missed.
  await tell([makeEvent(app)]);
  const unwanted = await env.DB.prepare(
    "update deliveries set status = 'failed', finished_at = ? where endpoint_id = ? returning id",
  )
    .bind(NOON - HOUR, bad.id)
    .first<string>('id');
  await live(app, 24 * 7, isDisabled(bad.id));
  await live(app, 6);
  const given = await env.DB.prepare(
    "select count(*) as n from deliveries where endpoint_id = ? and status = 'failed' and id <> ?",
  )
    .bind(bad.id, unwanted)
    .first<{ n: number }>();
  expect(given?.n).toBeGreaterThan(0);
  state.isUp = true;
  seen.sent.length = 0;
  await updateEndpoint(services, app, bad.id, { enabled: true }, GATEWAY);
  await sweep(services);
  await runQueue(services, HOUR);
  const { results } = await env.DB.prepare(
    "select id from deliveries where endpoint_id = ? and status <> 'succeeded'",
  )
    .bind(bad.id)
    .all();
  expect(results).toEqual([{ id: unwanted }]);
  const order = seen.sent
    .filter(({ url }) => url === BAD)
    .map(({ body }) => (JSON.parse(body) as { data: { sequence: number } }).data.sequence);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  // Each once.
  expect(new Set(order).size).toBe(order.length);
  expect(order.length).toBeGreaterThan(50);
});

test('410 disables at once, and the app’s other endpoints are told', async () => {
  const { state, app, bad } = await setUp();
  state.status = 410;
  const ids = await tell([makeEvent(app)]);
  await deliver(services, ids);
  await runQueue(services);
  expect(await readEndpoint(bad.id)).toMatchObject({
    enabled: false,
    disabledReason: 'gone',
    disabledAt: NOON,
  });
  expect(toldTo(GOOD, 'endpoint.disabled')).toMatchObject([
    { data: { endpoint: { disabled_reason: 'gone' } } },
  ]);
});

test('a notice that could not be told is told by the sweep, once', async () => {
  const { bad, app } = await setUp();
  await tell([makeEvent(app)]);
  await changeEndpoint(bad.id, {
    enabled: false,
    disabledAt: NOON,
    disabledReason: 'failing',
    failingSince: NOON - 5 * DAY,
    notice: 'disabled',
  });
  await tellEndpointHealth(makeServices(1));
  expect((await readEndpoint(bad.id)).notice).toBe('disabled');
  await Promise.all([sweep(services), sweep(makeServices())]);
  await runQueue(services);
  expect(toldTo(GOOD, 'endpoint.disabled')).toHaveLength(1);
  expect((await readEndpoint(bad.id)).notice).toBeNull();
});

test('an app with that one endpoint has nobody to be told, and its sequence has no gap', async () => {
  receive(() => new Response(null, { status: 410 }));
  const { app, id } = await makeDelivery();
  await deliver(services, [id]);
  const { results } = await env.DB.prepare(
    'select type, sequence from events where app_id = ? order by sequence',
  )
    .bind(app.id)
    .all();
  expect(results).toEqual([
    { type: 'payment.succeeded', sequence: 1 },
    { type: 'endpoint.disabled', sequence: 2 },
  ]);
  expect((await readDelivery(id)).delivery.status).toBe('pending');
});
