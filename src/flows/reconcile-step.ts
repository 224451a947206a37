import { nextStepAt, REQUESTS_PER_MINUTE, requestsPerStep, waitForPolar } from '../domain/reconcile-pace.ts';
import { weaveInRecent } from '../domain/reconcile-position.ts';
import { log } from '../log.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';
import { runBatch, type Statement } from '../storage/database.ts';
import { claimStep, type Run, saveRun } from '../storage/reconcile.ts';
import { closeRun } from './close-reconcile-run.ts';
import { doTask, MAX_APPLIED, type Used } from './reconcile-tasks.ts';

/** Far longer than ten requests to Polar and what they lead to. After a crash somebody else goes on when it has passed. */
const LEASE_MS = 120_000;
/** The run was taken over: its lease had passed while Polar or D1 hung. Whoever has it now goes on from what was saved. */
class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/**
 * Does a run's next step, if it is due and nobody else does: a bounded number of requests to Polar, and what they show to
 * differ. Position, report and watermarks are saved after each page, so that a crash repeats one page at most, which is
 * harmless. Polar away or at its limit: the run waits, and never fails for it.
 */
export async function reconcileStep(services: Services, runId: string): Promise<void> {
  const startedAt = services.now();
  const token = crypto.randomUUID();
  const lease = { token, now: startedAt, until: startedAt + LEASE_MS };
  const run = await claimStep(services.database, runId, lease);
  if (!run) return;
  const perMinute = services.config.reconcileRequestsPerMinute ?? REQUESTS_PER_MINUTE[run.mode];
  const used: Used = { requests: 0, applied: 0 };
  weaveInRecent(run.position, startedAt);
  try {
    while (
      run.position.todo.length > 0 &&
      used.requests < requestsPerStep(perMinute) &&
      used.applied < MAX_APPLIED
    ) {
      const statements = await doTask(services, run, used);
      run.position.waits = 0;
      run.error = null;
      await save(services, token, run, statements);
    }
    run.nextStepAt = nextStepAt(startedAt, used.requests, perMinute);
  } catch (error) {
    if (error instanceof LeaseLost) return;
    // D1 away: nothing could be saved either. The lease passes, and the schedule wakes the run.
    if (!(error instanceof Problem)) throw error;
    const wait = waitForPolar(run.position.waits, error.init.retryAfter);
    log('warn', 'reconcile waits for Polar', { runId, mode: run.mode, waitMs: wait, error });
    run.position.waits += 1;
    run.error = error.message;
    run.nextStepAt = services.now() + wait;
  }
  run.leaseToken = null;
  run.leaseUntil = 0;
  const isFinished = run.position.todo.length === 0;
  await save(services, token, run, isFinished ? closeRun(services, run) : []);
  if (!isFinished) {
    const delaySeconds = Math.max(0, Math.ceil((run.nextStepAt - services.now()) / 1000));
    await services.wakeLater([{ message: { type: 'reconcile', runId }, delaySeconds }]);
  }
}

/** Position and report, with what belongs to them, all or nothing. @throws {LeaseLost} */
async function save(
  services: Services,
  token: string,
  run: Run,
  statements: readonly Statement[],
): Promise<void> {
  const mine = saveRun(services.database, token, run);
  const [saved] = await runBatch(services.database, [mine, ...statements]);
  if (!Array.isArray(saved) || saved.length === 0) throw new LeaseLost();
}
