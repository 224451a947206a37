import * as z from 'zod/mini';
import { list, mode, timestamp } from '../http/shapes.ts';
import { scope } from './reconcile.routes.ts';

const drift = { missing: z.int(), stale: z.int(), repaired: z.int(), failed: z.int() };

/** A run of reconcile, with what it found. */
export const run = z.object({
  id: z.string(),
  mode,
  scope,
  trigger: z.enum(['schedule', 'operator']),
  status: z.enum(['running', 'finished', 'failed']),
  started_at: timestamp,
  finished_at: z.nullable(timestamp),
  next_step_at: z.nullable(timestamp),
  error: z.nullable(z.string()),
  remaining: z.array(z.string()),
  report: z.object({
    requests: z.int(),
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
    kinds: z.record(z.string(), z.object({ seen: z.int(), young: z.int(), ...drift })),
    refused: z.record(z.string(), z.string()),
    not_understood: z.array(z.object({ kind: z.string(), id: z.nullable(z.string()), why: z.string() })),
    total: z.object(drift),
  }),
});

export type RunView = z.output<typeof run>;
export const runList = list(run);

/** An object that differed from Polar's, and what was done. */
export const reconciledObject = z.object({
  kind: z.string(),
  id: z.nullable(z.string()),
  app: z.nullable(z.string()),
  drift: z.enum(['missing', 'stale']),
  differs: z.array(z.string()),
  outcome: z.enum(['applied', 'reread', 'deleted', 'failed']),
  why: z.nullable(z.string()),
  events: z.array(z.string()),
  found_at: timestamp,
});

/** A run with a page of the objects that differed. */
export const reportOfRun = z.extend(run, {
  objects: z.array(reconciledObject),
  objects_not_listed: z.int(),
  next_cursor: z.nullable(z.string()),
});
export type ReportView = z.output<typeof reportOfRun>;
