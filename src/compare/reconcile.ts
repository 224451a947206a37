import type { ReportView, RunView } from './reconcile.answers.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { audit } from '../base/audit.rows.ts';
import { newId } from '../base/ids.rules.ts';
import { type Mode, MODES } from '../base/mode.rules.ts';
import { emptyReport, totalDrift } from './reconcile-drift.rules.ts';
import { beginRun } from './reconcile-position.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { decodeCursor, encodeCursor } from '../base/db/cursor.ts';
import { isUnmet, runBatch } from '../base/db/database.rows.ts';
import {
  endRun,
  insertRun,
  isRunning,
  pruneRuns,
  requireRunning,
  selectRun,
  selectRunning,
  selectRuns,
} from './reconcile.rows.ts';
import { type FindingKey, pruneFindings, selectFindings, type StoredFinding } from './findings.rows.ts';
import type { Run } from './reconcile-run.rows.ts';

/** Webhooks arrive within seconds; objects that changed more lately than this are left for the next run. */
export const GRACE_SECONDS = 120;
/** The error of a run that an operator has ended. */
export const CANCELED_BY_OPERATOR = 'Canceled by the operator.';
const DAY_MS = 24 * 60 * 60_000;

export interface StartInput {
  mode: Mode;
  scope: 'recent' | 'full';
  /** Who starts it. */
  by: Doer & { actor: Run['trigger'] };
  graceSeconds: number;
  /** May register, enable and complete the webhook endpoint at Polar. */
  mayRepairWebhook: boolean;
}

/**
 * Starts comparing a mode with Polar (ADR 30). The queue makes the steps, see `reconcileStep`.
 * @throws {Problem} `conflict` while another run of the mode is running, `mode_not_configured`.
 */
export async function startReconcile(services: Services, input: StartInput): Promise<Run> {
  const { mode, scope, by } = input;
  services.polar(mode);
  const now = services.now();
  const run = {
    id: newId('rec'),
    mode,
    scope,
    trigger: by.actor,
    startedAt: now,
    position: beginRun(scope, now, {
      graceMs: input.graceSeconds * 1000,
      mayRepairWebhook: input.mayRepairWebhook,
    }),
    report: emptyReport(),
  };
  const { database, config } = services;
  const before = now - config.keepDays.reconcile * DAY_MS;
  const started =
    by.actor === 'operator'
      ? [
          audit(database, by, now, {
            action: 'reconcile.started',
            appId: null,
            target: run.id,
            detail: {
              mode,
              scope,
              grace_seconds: input.graceSeconds,
              repair_webhook: input.mayRepairWebhook,
            },
          }),
        ]
      : [];
  try {
    await runBatch(database, [
      insertRun(database, run),
      ...started,
      pruneFindings(mode, before),
      pruneRuns(database, mode, before),
    ]);
  } catch (cause) {
    if (!isRunning(cause)) throw cause;
    const other = await selectRunning(database, mode);
    throw new Problem('conflict', {
      detail: `A comparison of ${mode} is running already${other ? `: ${other.id}` : ''}. Wait for it to finish.`,
      retryAfter: 60,
      cause,
    });
  }
  services.wake([{ type: 'reconcile', runId: run.id }]);
  return {
    ...run,
    status: 'running',
    finishedAt: null,
    nextStepAt: now,
    leaseToken: null,
    leaseUntil: 0,
    error: null,
    findings: 0,
    isReadable: true,
  };
}

/**
 * Ends a run early, so that another can start. What it has repaired so far stays so.
 * @throws {Problem} `not_found`, `conflict` when it is not running.
 */
export async function cancelReconcile(services: Services, id: string, by: Doer) {
  const { database } = services;
  const now = services.now();
  try {
    await runBatch(database, [
      requireRunning(database, id),
      endRun(database, id, { now, error: CANCELED_BY_OPERATOR }),
      audit(database, by, now, {
        action: 'reconcile.canceled',
        appId: null,
        target: id,
        before: { status: 'running' },
        after: { status: 'failed' },
      }),
    ]);
  } catch (cause) {
    if (!isUnmet(cause)) throw cause;
    const { status } = await getReconcile(services, id);
    throw new Problem('conflict', { detail: `The run ${id} is not running: it has ${status}.`, cause });
  }
  return getReconcile(services, id);
}

/** One run with its report. @throws {Problem} `not_found` */
async function getReconcile(services: Services, id: string) {
  return presentRun(await findRun(services, id));
}

/** @throws {Problem} `not_found` */
async function findRun(services: Services, id: string): Promise<Run> {
  const run = await selectRun(services.database, id);
  if (!run) throw new Problem('not_found', { detail: `There is no run ${id}.` });
  return run;
}

/**
 * One run with its report, and a page of the objects that differed. @throws {Problem} `not_found`, `validation_failed` for a
 * strange cursor.
 */
export async function readReconcile(
  services: Services,
  id: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<ReportView> {
  const after = cursor === undefined ? undefined : decodeKey(cursor);
  const run = await findRun(services, id);
  const { rows, unlisted } = await selectFindings(services.database, id, { limit: limit + 1, after });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    ...presentRun(run),
    objects: shown.map(presentFinding),
    objects_not_listed: unlisted,
    next_cursor: last ? encodeCursor({ at: 0, id: `${last.kind} ${last.id}` }) : null,
  };
}

/** By kind and id, which are one text in a cursor. @throws {Problem} `validation_failed` */
function decodeKey(cursor: string): FindingKey {
  const [kind = '', id = ''] = decodeCursor(cursor).id.split(' ');
  return { kind, id };
}

function presentFinding({ kind, id, foundAt, ...found }: StoredFinding): ReportView['objects'][number] {
  return { kind, id: id === '' ? null : id, ...found, found_at: new Date(foundAt).toISOString() };
}

/** Runs, newest first, of one mode or of all. @throws {Problem} `validation_failed` for a strange cursor. */
export async function listReconciles(
  services: Services,
  { mode, limit, cursor }: { mode?: Mode | undefined; limit: number; cursor?: string | undefined },
) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  const pages = await Promise.all(
    (mode === undefined ? MODES : [mode]).map((each) =>
      selectRuns(services.database, each, { limit: limit + 1, after }),
    ),
  );
  const rows = pages.flat().toSorted((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map(presentRun),
    next_cursor: last ? encodeCursor({ at: last.startedAt, id: last.id }) : null,
  };
}

/** A run as the operator sees it. */
export function presentRun(run: Run): RunView {
  const asTime = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    id: run.id,
    mode: run.mode,
    scope: run.scope,
    trigger: run.trigger,
    status: run.status,
    started_at: new Date(run.startedAt).toISOString(),
    finished_at: asTime(run.finishedAt),
    next_step_at: run.status === 'running' ? asTime(run.nextStepAt) : null,
    /** What it waits for, or why it failed. */
    error: run.error,
    /** Still to be read. */
    remaining: run.position.todo.map((task) => task.name),
    report: { ...run.report, total: totalDrift(run.report) },
  };
}
