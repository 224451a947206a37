import * as z from 'zod/mini';
import { list, timestamp } from '../../http/shapes.ts';
import { status } from './deliveries.routes.ts';

/* What the routes of events and deliveries answer. */

export const event = z.object({
  id: z.string(),
  type: z.string(),
  sequence: z.int(),
  payment_sequence: z.nullable(z.int()),
  origin: z.enum(['webhook', 'return', 'reconcile', 'adopted', 'api', 'gateway']),
  payment_id: z.nullable(z.string()),
  customer_id: z.nullable(z.string()),
  occurred_at: timestamp,
  created_at: timestamp,
  /** As it was told, also by an earlier release. The document says `EventBody`. */
  body: z.unknown(),
});
export type EventView = z.output<typeof event>;

/** Sequence numbers, both included. */
export const sequenceRange = z.object({ from: z.int(), to: z.int() });
export const eventList = z.extend(list(event), {
  /** This and what follows: with `after` only. */
  next_after: z.optional(z.int()),
  has_more: z.optional(z.boolean()),
  last_sequence: z.optional(z.int()),
  deleted: z.optional(z.array(sequenceRange)),
});
export type EventListView = z.output<typeof eventList>;

export const delivery = z.object({
  id: z.string(),
  event_id: z.string(),
  endpoint_id: z.string(),
  status,
  attempts: z.int(),
  next_attempt_at: z.nullable(timestamp),
  last_status: z.nullable(z.int()),
  replays: z.int(),
  replayed_at: z.nullable(timestamp),
  created_at: timestamp,
  finished_at: z.nullable(timestamp),
});
export type DeliveryView = z.output<typeof delivery>;
export const deliveryList = list(delivery);

export const attempt = z.object({
  attempt: z.int(),
  replay: z.boolean(),
  at: timestamp,
  status: z.nullable(z.int()),
  error: z.nullable(z.string()),
  message: z.nullable(z.string()),
  latency_ms: z.int(),
  response: z.nullable(z.string()),
});
export type AttemptView = z.output<typeof attempt>;

export const loggedDelivery = z.extend(delivery, { attempt_log: z.array(attempt) });
export type LoggedDeliveryView = z.output<typeof loggedDelivery>;
