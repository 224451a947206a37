import * as z from 'zod/mini';
import { list, timestamp } from '../../http/shapes.ts';

/* What a customer's timeline answers. */

export const timelineRef = z.object({
  kind: z.enum([
    'payment',
    'subscription',
    'refund',
    'grant',
    'seat',
    'dispute',
    'customer',
    'event',
    'delivery',
    'session',
    'gift',
    'file',
    'license_key',
  ]),
  id: z.string(),
});

export const timelineEntry = z.object({
  id: z.string(),
  at: timestamp,
  type: z.string(),
  summary: z.string(),
  ref: timelineRef,
  occurred_at: z.nullable(timestamp),
  payment_id: z.nullable(z.string()),
  event_id: z.nullable(z.string()),
  endpoint_id: z.nullable(z.string()),
});
export type TimelineEntryView = z.output<typeof timelineEntry>;

export const timeline = list(timelineEntry);
export type TimelineView = z.output<typeof timeline>;
