import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import worker from '../../src/index.ts';
import type { Mode } from '../../src/base/mode.rules.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import { call, GATEWAY_URL, type World } from '../harness/harness.ts';
import { fetchGateway } from '../harness/front-door.ts';

/* What the tests of reconciling share. */

interface Tally {
  seen: number;
  young: number;
  missing: number;
  stale: number;
  repaired: number;
  failed: number;
}

export interface RunView {
  id: string;
  mode: Mode;
  scope: string;
  trigger: string;
  status: string;
  error: string | null;
  next_step_at: string | null;
  remaining: string[];
  report: {
    requests: number;
    webhook: Record<string, unknown> | null;
    kinds: Record<string, Tally>;
    refused: Record<string, string>;
    not_understood: { kind: string; id: string | null; why: string }[];
    total: Omit<Tally, 'seen' | 'young'>;
  };
}

const key = env.FLOE_ADMIN_TOKEN;

export const NO_DRIFT = { missing: 0, stale: 0, repaired: 0, failed: 0 };

/** Bindings whose queues lose every message: steps are then made by `consume` alone. */
const LOSING_QUEUES = {
  WORK: { sendBatch: () => Promise.resolve(), send: () => Promise.resolve() },
  WORK_SLOW: { sendBatch: () => Promise.resolve(), send: () => Promise.resolve() },
};

export async function startRun(body: Record<string, unknown> = {}) {
  return call<RunView & { code?: string; detail?: string }>('POST', '/admin/reconcile', {
    key,
    body: { mode: 'sandbox', grace_seconds: 0, ...body },
  });
}

export async function readRun(id: string): Promise<RunView> {
  return (await call<RunView>('GET', `/admin/reconcile/${id}`, { key })).body;
}

export async function finishRun(id: string): Promise<RunView> {
  await expect.poll(async () => (await readRun(id)).status, { timeout: 30_000 }).not.toBe('running');
  return readRun(id);
}

/** Starts a run, waits for its end and for what it led to. */
export async function reconcile(world: World, body: Record<string, unknown> = {}): Promise<RunView> {
  const { status, body: started, text } = await startRun(body);
  expect([status, text]).toEqual([202, text]);
  const run = await finishRun(started.id);
  await world.settle();
  return run;
}

/** Whatever Polar wants to tell the gateway while `act` runs is lost. Polar believes it delivered. */
export async function losing<T>(world: World, act: () => Promise<T>): Promise<T> {
  world.holdWebhooks = true;
  const result = await act();
  await world.simulator.settle();
  world.holdWebhooks = false;
  world.held.length = 0;
  return result;
}

export async function rowsOf<T = Record<string, unknown>>(query: string): Promise<T[]> {
  return (await env.DB.prepare(query).all<T>()).results;
}

export function eventsOf(where = 'true') {
  return rowsOf<{ type: string; key: string; origin: string; body: string; app_id: string }>(
    `select type, key, origin, body, app_id from events where ${where} order by app_id, sequence`,
  );
}

/** Starts a run whose steps are made by `step` alone. */
export async function startByHand(body: Record<string, unknown> = {}, change: object = {}): Promise<RunView> {
  const request = new Request(`${GATEWAY_URL}/admin/reconcile`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ mode: 'sandbox', grace_seconds: 0, ...body }),
  });
  const response = await fetchGateway(request, { ...env, ...LOSING_QUEUES, ...change });
  if (response.status !== 202) throw new Error(`startByHand: ${response.status} ${await response.text()}`);
  return response.json();
}

/** One step, here and now; nothing that it would wake is woken. */
export function step(runId: string, change: object = {}): Promise<'acked' | 'retried'> {
  return consume({ type: 'reconcile', runId }, { ...LOSING_QUEUES, ...change });
}

/** Makes a run's steps until it ends. */
export async function stepToEnd(id: string, change: object = {}): Promise<RunView> {
  for (let steps = 0; (await readRun(id)).status === 'running'; steps++) {
    expect(steps).toBeLessThan(50);
    await passTime();
    await step(id, change);
  }
  return readRun(id);
}

/** As if the time had come for the next step, and whoever had the last one had died long ago. */
export async function passTime(): Promise<void> {
  await env.DB.prepare('update reconcile_runs set next_step_at = 0, lease_until = 0').run();
}

/** One queue message, consumed here and now, with settings or bindings of the test's own. */
export async function consume(body: WorkMessage, change: object = {}): Promise<'acked' | 'retried'> {
  let outcome: 'acked' | 'retried' = 'acked';
  const message = {
    id: '1',
    timestamp: new Date(),
    body,
    attempts: 1,
    ack: () => undefined,
    retry: () => {
      outcome = 'retried';
    },
  };
  const context = createExecutionContext();
  const batch = { queue: 'floe-work', messages: [message] } as unknown as Parameters<typeof worker.queue>[0];
  await worker.queue(batch, { ...env, ...change }, context);
  await waitOnExecutionContext(context);
  return outcome;
}

export async function runCron(change: object = {}): Promise<void> {
  const context = createExecutionContext();
  const controller = {
    scheduledTime: Date.now(),
    cron: '* * * * *',
    noRetry: () => undefined,
    type: 'scheduled',
  };
  await worker.scheduled(controller, { ...env, ...change }, context);
  await waitOnExecutionContext(context);
}
