import { nextStepAt, REQUESTS_PER_MINUTE, requestsPerStep, waitForPolar } from './reconcile-pace.rules.ts';
import { isHopeless, LONGEST_RUN_MS, weaveInRecent, weaveInRereads } from './reconcile-position.rules.ts';
import { log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { isUnmet, runBatch, type Statement } from '../base/db/database.rows.ts';
import { claimStep, endRun, requireHeld, saveRun } from './reconcile.rows.ts';
import type { Run } from './reconcile-run.rows.ts';
import { STATEMENTS } from '../base/db/statement-budget.ts';
import { describeError } from '../record/apply-observation.ts';
import { closeRun } from './close-reconcile-run.ts';
import { doTask, refuse, type Used } from './reconcile-tasks.ts';

/** Far longer than a step takes. After a crash another invocation goes on when it has passed. */
const LEASE_MS = 120_000;
/**
 * The run was ended, or another invocation took it over because the lease ran out while Polar or D1 hung. That one goes
 * on from what was saved.
 */
class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/**
 * Makes a run's next step, if it is due and no other invocation makes it: a bounded number of requests to Polar, and
 * the repair of what differs (ADR 30). Position, report and watermarks are saved after each page, so a crash repeats
 * one page at most, which is harmless. While Polar is away or at its limit, the run waits. What fails for another
 * reason is tried a few times and then left out, so that no failure keeps a mode from being compared.
 */
export async function reconcileStep(services: Services, runId: string): Promise<void> {
  const startedAt = services.now();
  const token = crypto.randomUUID();
  const lease = { token, now: startedAt, until: startedAt + LEASE_MS };
  const run = await claimStep(services.database, runId, lease);
  if (!run) return;
  const isOld = startedAt - run.startedAt > LONGEST_RUN_MS;
  if (isOld || !run.isReadable) {
    const error = isOld
      ? `Not done after three days. ${run.error ?? ''}`.trim()
      : 'Begun by another version of Floe, whose notes cannot be read.';
    log('error', 'reconcile given up', { runId, mode: run.mode, error });
    await runBatch(services.database, [endRun(services.database, runId, { now: startedAt, error })]);
    return;
  }
  const perMinute = services.config.reconcileRequestsPerMinute ?? REQUESTS_PER_MINUTE[run.mode];
  const used: Used = { requests: 0 };
  weaveInRecent(run.position, startedAt);
  try {
    while (
      run.position.todo.length > 0 &&
      used.requests < requestsPerStep(perMinute) &&
      services.budget.hasRoomFor(STATEMENTS.reread + STATEMENTS.apply)
    ) {
      weaveInRereads(run.position);
      const statements = await doTask(services, run, used);
      run.position.waits = 0;
      run.position.failures = 0;
      run.error = null;
      await save(services, token, run, statements);
    }
    run.nextStepAt = nextStepAt(startedAt, used.requests, perMinute);
  } catch (error) {
    if (error instanceof LeaseLost) return;
    const wait = waitAfter(run, error);
    run.nextStepAt = services.now() + wait;
  }
  run.leaseToken = null;
  run.leaseUntil = 0;
  const isFinished = run.position.todo.length === 0;
  try {
    await save(services, token, run, isFinished ? closeRun(services, run) : []);
  } catch (error) {
    if (error instanceof LeaseLost) return;
    throw error;
  }
  if (!isFinished) {
    const delaySeconds = Math.max(0, Math.ceil((run.nextStepAt - services.now()) / 1000));
    services.wakeLater([{ message: { type: 'reconcile', runId }, delaySeconds }]);
  }
}

/** Notes why a step ended early, and how long to wait, milliseconds. */
function waitAfter(run: Run, error: unknown): number {
  const { id: runId, mode, position } = run;
  if (error instanceof Problem) {
    const wait = waitForPolar(position.waits, error.init.retryAfter);
    log('warn', 'reconcile waits for Polar', { runId, mode, waitMs: wait, error });
    position.waits += 1;
    run.error = error.message;
    return wait;
  }
  // D1 is away, or there is a bug. While D1 is away this is not saved either; the lease runs out, and the schedule
  // wakes the run.
  const wait = waitForPolar(position.failures, undefined);
  const list = position.todo[0]?.name;
  log('error', 'reconcile failed', { runId, mode, list, waitMs: wait, error });
  const cause = rootOf(error);
  run.error = describeError(cause);
  if (isHopeless(position)) refuse(run, cause);
  return wait;
}

/** The outer errors have the query and its values in them, which must not be stored in the row. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}

/** Position and report, with what belongs to them, all or nothing. @throws {LeaseLost} */
async function save(
  services: Services,
  token: string,
  run: Run,
  statements: readonly Statement[],
): Promise<void> {
  const { database } = services;
  const mine = [requireHeld(database, run.id, token), saveRun(database, token, run)];
  try {
    await runBatch(database, [...mine, ...statements]);
  } catch (error) {
    throw isUnmet(error) ? new LeaseLost() : error;
  }
}
