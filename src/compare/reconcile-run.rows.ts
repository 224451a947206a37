import * as z from 'zod/mini';
import { emptyReport, type Report } from './reconcile-drift.rules.ts';
import { POLAR_KINDS, REREAD_KINDS } from '../base/polar-kinds.rules.ts';
import { TASK_NAMES } from '../polar/lists.rules.ts';
import { beginRun, type Position } from './reconcile-position.rules.ts';
import type { reconcileRuns } from '../base/db/schema.rows.ts';

/* A run's position and report are JSON, which an older or newer Floe may have written in another form. */

type Row = typeof reconcileRuns.$inferSelect;

/** A run as it is stored, its position and report read. */
export interface Run extends Omit<Row, 'position' | 'report'> {
  position: Position;
  report: Report;
  /** False when another version of Floe wrote it in another form; position and report are then empty. */
  isReadable: boolean;
}

const nullableNumber = z.nullable(z.number());
const kind = z.enum(POLAR_KINDS);
const position = z.object({
  todo: z.array(
    z.object({
      name: z.enum(TASK_NAMES),
      page: z.number(),
      startedAt: nullableNumber,
      from: nullableNumber,
      done: z.array(z.string()),
      heldAt: nullableNumber,
      readTo: z._default(z.number(), 0),
    }),
  ),
  rereads: z.array(
    z.union([z.object({ kind, id: z.string() }), z.object({ reread: z.enum(REREAD_KINDS), id: z.string() })]),
  ),
  open: z.array(z.string()),
  graceMs: z.number(),
  mayRepairWebhook: z.boolean(),
  recentAt: z.number(),
  silentUntil: z.number(),
  waits: z.number(),
  failures: z._default(z.number(), 0),
});
const tally = z.object({
  seen: z.number(),
  young: z.number(),
  missing: z.number(),
  stale: z.number(),
  repaired: z.number(),
  failed: z.number(),
});
const report = z.object({
  requests: z.number(),
  webhook: z.nullable(
    z.object({
      registered: z.boolean(),
      enabled: z.boolean(),
      format: z.nullable(z.string()),
      missing_events: z.array(z.string()),
      secret_known: z.nullable(z.boolean()),
      repaired: z.boolean(),
      repair_error: z.nullable(z.string()),
    }),
  ),
  kinds: z.partialRecord(kind, tally),
  refused: z.record(z.string(), z.string()),
  not_understood: z._default(z.array(z.object({ kind, id: z.nullable(z.string()), why: z.string() })), []),
});

/** A row as a run; one that this version cannot read says so. */
export function readRun(row: Row): Run {
  const read = z.object({ position, report }).safeParse(row);
  if (read.success) return { ...row, ...read.data, isReadable: true };
  const empty = beginRun(row.scope, row.startedAt, { graceMs: 0, mayRepairWebhook: false });
  return { ...row, position: { ...empty, todo: [] }, report: emptyReport(), isReadable: false };
}
