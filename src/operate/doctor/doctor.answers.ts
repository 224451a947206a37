import * as z from 'zod/mini';
import { mode, timestamp } from '../../http/shapes.ts';

/* What the doctor's routes answer. */

export const finding = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning', 'unknown']),
  title: z.string(),
  detail: z.string(),
  mend: z.string(),
  fixable: z.boolean(),
  docs: z.string(),
  mode: z.nullable(mode),
  app: z.nullable(z.string()),
  target: z.nullable(z.string()),
});
export type FindingView = z.output<typeof finding>;

const inapplicable = z.object({ code: z.string(), mode: z.nullable(mode), why: z.string() });

export const diagnosis = z.object({
  status: z.enum(['ok', 'problems']),
  version: z.string(),
  checked_at: timestamp,
  data: z.array(finding),
  not_applicable: z.array(inapplicable),
  checked: z.array(z.string()),
});
export type DiagnosisView = z.output<typeof diagnosis>;

const mending = z.object({
  code: z.string(),
  mode: z.nullable(mode),
  outcome: z.enum(['mended', 'failed', 'unknown']),
  detail: z.string(),
});
export const mended = z.object({ data: z.array(mending) });
export type MendedView = z.output<typeof mended>;
