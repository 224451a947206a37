import * as z from 'zod/mini';
import { list, mode, timestamp } from '../http/shapes.ts';
import { status } from './polar-events.routes.ts';

/* What the routes of Polar events answer. */

export const polarEvent = z.object({
  id: z.string(),
  mode,
  type: z.string(),
  webhook_id: z.string(),
  app: z.nullable(z.string()),
  status,
  waits_for: z.nullable(z.string()),
  error: z.nullable(z.string()),
  attempts: z.int(),
  body_kept: z.boolean(),
  occurred_at: timestamp,
  received_at: timestamp,
});
export type PolarEventView = z.output<typeof polarEvent>;
export const polarEventList = list(polarEvent);

export const openedPolarEvent = z.extend(polarEvent, { body: z.unknown() });
export type OpenedPolarEventView = z.output<typeof openedPolarEvent>;

export const bulkReapply = z.object({
  matched: z.int(),
  reapplied: z.int(),
  remaining: z.int(),
  dry_run: z.boolean(),
  limit: z.object({ per_hour: z.int(), left: z.int() }),
  next_cursor: z.nullable(z.string()),
});
export type BulkReapplyView = z.output<typeof bulkReapply>;

/** What Polar is answered. */
export const received = z.object({
  received: z.boolean(),
  status: z.enum(['applied', 'duplicate', 'kept_for_later', 'kept_as_failed']),
});
export type ReceivedView = z.output<typeof received>;
