import * as z from 'zod/mini';
import { delivery } from '../deliveries/deliveries.answers.ts';

/* What the routes of replays answer. */

export const eventReplay = z.object({ replayed: z.int(), deliveries: z.array(delivery) });
export type EventReplayView = z.output<typeof eventReplay>;

export const bulkReplay = z.object({
  matched: z.int(),
  replayed: z.int(),
  remaining: z.int(),
  dry_run: z.boolean(),
  limit: z.object({ per_hour: z.int(), left: z.int() }),
});
export type BulkReplayView = z.output<typeof bulkReplay>;
