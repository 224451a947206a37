import { addCopies, type SampleIds } from './growth-fill.ts';
import { SALE } from './growth-rows.ts';
import { type Call, makeCall, openClient, type Target } from './load.ts';
import type { LocalPolar } from './polar.ts';
import type { Receivers } from './receivers.ts';
import type { Runtime } from './runtime.ts';
import { callGateway } from './seed.ts';
import { addTenantOrders, type Sample, type Tenant } from './tenants.ts';

/** A gateway whose database has so many payments. */
export interface Place {
  payments: number;
  /** Its own, so that comparing with it finds nothing of the others. */
  polar: LocalPolar;
  runtime: Runtime;
  receivers: Receivers;
  shop: Tenant;
  sample: Sample;
  ids: SampleIds;
  target: Target;
}

/** Something to be measured in a place, a turn at a time. */
export interface Work {
  name: string;
  /** Comes before a turn, and is not measured. */
  prepare?(turn: number): Promise<unknown>;
  /** Gives how long each of the turn took, milliseconds. */
  run(turn: number): Promise<number[]>;
}

const DAY_MS = 24 * 60 * 60_000;
/** Older than all that is kept for a time. */
const OVER_MS = 200 * DAY_MS;
const OVER_AT_ONCE = 200;
const OVER_FROM = 50_000_000;

/** After one that warms up. */
export const TURNS = 5;
const CALLS_A_TURN = 6;
export const CALLS = (TURNS + 1) * CALLS_A_TURN;

/** What the gateway does beside answering questions. */
export async function listWork(place: Place): Promise<Work[]> {
  return [
    await ingest(place),
    runOf('cron, nothing due', () => place.runtime.runSchedule()),
    prune(place),
    compare(place),
  ];
}

/** Calls, `CALLS` of them. */
export function callsOf({ target }: Place, name: string, calls: readonly Call[]): Work {
  return {
    name,
    run: async (turn) => {
      // One that stays open for longer than a turn would be idle for too long.
      const client = await openClient(target, 1);
      const own = calls.slice(turn * CALLS_A_TURN, (turn + 1) * CALLS_A_TURN);
      const { latencies } = await client.run(own).finally(() => client.close());
      return latencies;
    },
  };
}

async function ingest(place: Place): Promise<Work> {
  const { runtime, sample, shop, target } = place;
  const turns = Array.from({ length: CALLS }, () => shop);
  const orders = await addTenantOrders(runtime, { sample }, turns);
  const calls = orders.map(({ body, headers }) =>
    makeCall(
      target,
      {
        method: 'POST',
        path: '/webhooks/polar',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      },
      { status: 200, contains: '"status":"applied"' },
    ),
  );
  return callsOf(place, 'webhook: order.paid', calls);
}

function runOf(name: string, run: () => Promise<unknown>): Work {
  return {
    name,
    run: async () => {
      const startedAt = performance.now();
      await run();
      return [performance.now() - startedAt];
    },
  };
}

function prune({ runtime, ids }: Place): Work {
  return {
    ...runOf(`cron, ${OVER_AT_ONCE} sales to prune`, () => runtime.runSchedule()),
    prepare(turn) {
      const from = OVER_FROM + turn * OVER_AT_ONCE;
      // Younger each time, for cron does not go back to what it has gone through.
      const ageMs = OVER_MS - turn * DAY_MS;
      const over = { from, to: from + OVER_AT_ONCE - 1, ageMs, stepMs: 1 };
      return addCopies(runtime.database, SALE, ids, over);
    },
  };
}

/** The first steps of comparisons with what is new at Polar, which is the same whatever the database holds. */
function compare({ runtime, target }: Place): Work {
  const { settings, database } = runtime;
  let runId = '';
  return {
    ...runOf('comparing with Polar, a step', () => runtime.consume([{ type: 'reconcile', runId }])),
    async prepare() {
      await database.prepare("update reconcile_runs set status = 'finished' where status = 'running'").run();
      const body = { mode: 'sandbox', scope: 'recent' };
      const { id } = await callGateway(target, 'POST', '/admin/reconcile', {
        key: settings.adminToken,
        body,
      });
      runId = String(id);
    },
  };
}
