import { and, desc, eq, gt, inArray, isNull, lt, lte, type SQL, sql } from 'drizzle-orm';
import { type Mode, MODES } from '../base/mode.rules.ts';
import type { Cursor } from '../base/db/cursor.ts';
import { type Database, type Statement, violates } from '../base/db/database.rows.ts';
import { failUnless, orm } from '../base/db/orm.rows.ts';
import { readRun, type Run } from './reconcile-run.rows.ts';
import { apps, reconcileFindings, reconcileRuns, watermarks } from '../base/db/schema.rows.ts';

/** A new run, due at once. Fails on the unique index while another of its mode is running. */
export function insertRun(
  database: Database,
  run: Pick<Run, 'id' | 'mode' | 'scope' | 'trigger' | 'position' | 'report' | 'startedAt'>,
): Statement {
  return orm(database)
    .insert(reconcileRuns)
    .values({
      ...run,
      position: { ...run.position },
      report: { ...run.report },
      status: 'running',
      nextStepAt: run.startedAt,
      leaseUntil: 0,
    });
}

/** Whether a write found another run of the mode running. */
export function isRunning(error: unknown): boolean {
  return violates(error, 'UNIQUE: reconcile_runs.mode');
}

/** Claims a run's next step, if it is due and no other invocation has it. */
export async function claimStep(
  database: Database,
  runId: string,
  lease: { token: string; now: number; until: number },
): Promise<Run | undefined> {
  const [row] = await orm(database)
    .update(reconcileRuns)
    .set({ leaseToken: lease.token, leaseUntil: lease.until })
    .where(
      and(
        eq(reconcileRuns.id, runId),
        eq(reconcileRuns.status, 'running'),
        lte(reconcileRuns.nextStepAt, lease.now),
        lte(reconcileRuns.leaseUntil, lease.now),
      ),
    )
    .returning();
  return row && readRun(row);
}

/** Saves a run, while the lease is held. */
export function saveRun(database: Database, token: string, run: Run): Statement {
  return orm(database)
    .update(reconcileRuns)
    .set({
      position: { ...run.position },
      report: { ...run.report },
      status: run.status,
      finishedAt: run.finishedAt,
      nextStepAt: run.nextStepAt,
      leaseToken: run.leaseToken,
      leaseUntil: run.leaseUntil,
      error: run.error,
    })
    .where(and(eq(reconcileRuns.id, run.id), eq(reconcileRuns.leaseToken, token)));
}

/** Ends a running run, whoever has its lease; its position and report stay as they were saved last. */
export function endRun(database: Database, runId: string, end: { now: number; error: string }): Statement {
  return orm(database)
    .update(reconcileRuns)
    .set({ status: 'failed', finishedAt: end.now, error: end.error, leaseToken: null, leaseUntil: 0 })
    .where(and(eq(reconcileRuns.id, runId), eq(reconcileRuns.status, 'running')));
}

/** Makes its batch fail unless the lease is held. Must be the first statement. See `isUnmet`. */
export function requireHeld(database: Database, runId: string, token: string): Statement {
  return requireRun(database, sql`id = ${runId} and lease_token = ${token}`);
}

/** Makes its batch fail unless the run is running. Must be the first statement. See `isUnmet`. */
export function requireRunning(database: Database, runId: string): Statement {
  return requireRun(database, sql`id = ${runId} and status = 'running'`);
}

function requireRun(database: Database, where: SQL): Statement {
  return failUnless(database, sql`exists (select 1 from ${reconcileRuns} where ${where})`);
}

/** One run. */
export async function selectRun(database: Database, id: string): Promise<Run | undefined> {
  const [row] = await orm(database).select().from(reconcileRuns).where(eq(reconcileRuns.id, id)).limit(1);
  return row && readRun(row);
}

/** The run of a mode that is running, if one is. */
export async function selectRunning(database: Database, mode: Mode): Promise<{ id: string } | undefined> {
  const [row] = await orm(database)
    .select({ id: reconcileRuns.id })
    .from(reconcileRuns)
    .where(and(eq(reconcileRuns.mode, mode), sql`status = 'running'`))
    .limit(1);
  return row;
}

/** Runs of a mode, newest first. */
export async function selectRuns(
  database: Database,
  mode: Mode,
  page: { limit: number; after: Cursor | undefined },
): Promise<Run[]> {
  const { after } = page;
  const rows = await orm(database)
    .select()
    .from(reconcileRuns)
    .where(
      and(
        eq(reconcileRuns.mode, mode),
        // The first condition uses the index, the second distinguishes runs of one instant.
        after && lte(reconcileRuns.startedAt, after.at),
        after && sql`(${reconcileRuns.startedAt}, ${reconcileRuns.id}) < (${after.at}, ${after.id})`,
      ),
    )
    .orderBy(desc(reconcileRuns.startedAt), desc(reconcileRuns.id))
    .limit(page.limit);
  return rows.map(readRun);
}

/** Runs whose next step is due and that have no live lease: their message was lost, or the invocation crashed. */
export async function selectDueRuns(database: Database, now: number): Promise<{ id: string }[]> {
  return orm(database)
    .select({ id: reconcileRuns.id })
    .from(reconcileRuns)
    .where(
      and(
        inArray(reconcileRuns.mode, [...MODES]),
        // The literal lets SQLite use the index of running runs: one a mode at most.
        sql`status = 'running'`,
        lte(reconcileRuns.nextStepAt, now),
        lte(reconcileRuns.leaseUntil, now),
      ),
    );
}

/**
 * What decides whether a mode is due: when it got its first app, whether a run began after `recent`, and whether a full
 * one that began after `fullBegan` finished after `full`.
 */
export async function selectRunHistory(
  database: Database,
  mode: Mode,
  since: { recent: number; full: number; fullBegan: number },
): Promise<{ firstAppAt: number | null; ranRecently: boolean; ranFully: boolean; isRunning: boolean }> {
  const [[app], recent, full, running] = await orm(database).batch([
    orm(database)
      .select({ at: sql<number | null>`min(${apps.createdAt})` })
      .from(apps)
      .where(eq(apps.mode, mode)),
    orm(database)
      .select({ id: reconcileRuns.id })
      .from(reconcileRuns)
      .where(and(eq(reconcileRuns.mode, mode), gt(reconcileRuns.startedAt, since.recent)))
      .limit(1),
    orm(database)
      .select({ id: reconcileRuns.id })
      .from(reconcileRuns)
      .where(
        and(
          eq(reconcileRuns.mode, mode),
          gt(reconcileRuns.startedAt, since.fullBegan),
          eq(reconcileRuns.scope, 'full'),
          eq(reconcileRuns.status, 'finished'),
          gt(reconcileRuns.finishedAt, since.full),
        ),
      )
      .limit(1),
    orm(database)
      .select({ id: reconcileRuns.id })
      .from(reconcileRuns)
      .where(and(eq(reconcileRuns.mode, mode), sql`status = 'running'`))
      .limit(1),
  ]);
  return {
    firstAppAt: app?.at ?? null,
    ranRecently: recent.length > 0,
    ranFully: full.length > 0,
    isRunning: running.length > 0,
  };
}

const MAX_PRUNED = 500;

/** Deletes a mode's runs that began before `before`, a bounded number. */
export function pruneRuns(database: Database, mode: Mode, before: number): Statement {
  const old = orm(database)
    .select({ id: reconcileRuns.id })
    .from(reconcileRuns)
    .where(
      and(
        eq(reconcileRuns.mode, mode),
        lt(reconcileRuns.startedAt, before),
        isNull(reconcileRuns.leaseToken),
        // What it found is deleted first, and may be much.
        sql`not exists (select 1 from ${reconcileFindings} as f where f.run_id = ${reconcileRuns.id})`,
      ),
    )
    .limit(MAX_PRUNED);
  return orm(database).delete(reconcileRuns).where(inArray(reconcileRuns.id, old));
}

/** How far a list of a mode has been read, milliseconds; undefined: never. */
export async function selectWatermark(
  database: Database,
  mode: Mode,
  name: string,
): Promise<number | undefined> {
  const [row] = await orm(database)
    .select({ at: watermarks.createdAt })
    .from(watermarks)
    .where(and(eq(watermarks.mode, mode), eq(watermarks.kind, name)))
    .limit(1);
  return row?.at;
}

/** Notes how far a list has been read. */
export function writeWatermark(
  database: Database,
  mark: { mode: Mode; name: string; at: number; now: number },
): Statement {
  const row = { createdAt: mark.at, updatedAt: mark.now };
  return orm(database)
    .insert(watermarks)
    .values({ mode: mark.mode, kind: mark.name, ...row })
    .onConflictDoUpdate({ target: [watermarks.mode, watermarks.kind], set: row });
}
