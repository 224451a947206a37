import * as z from 'zod/mini';
import { EVENT_TYPES } from '../../base/event-types.rules.ts';
import { document } from '../../http/route-docs.ts';
import { getDeliveries, getEvents, getOneDelivery, getOneEvent, status } from './deliveries.routes.ts';
import { list, timestamp } from '../../http/shapes.ts';

const tag = 'Events and deliveries';

const event = z.object({
  id: z.string(),
  type: z.string(),
  sequence: z.int(),
  payment_sequence: z.nullable(z.int()),
  origin: z.enum(['webhook', 'return', 'reconcile', 'api', 'gateway']),
  payment_id: z.nullable(z.string()),
  customer_id: z.nullable(z.string()),
  occurred_at: timestamp,
  created_at: timestamp,
  body: z.unknown(),
});

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

const attempt = z.object({
  attempt: z.int(),
  replay: z.boolean(),
  at: timestamp,
  status: z.nullable(z.int()),
  error: z.nullable(z.string()),
  message: z.nullable(z.string()),
  latency_ms: z.int(),
  response: z.nullable(z.string()),
});

export const deliveriesDocs = document([
  [
    getEvents,
    {
      tag,
      summary: 'List what the app was told',
      description: `Newest first. \`body\` is what webhook endpoints receive; \`id\` is its \`webhook-id\`. Types: ${Object.entries(
        EVENT_TYPES,
      )
        .map(([type, when]) => `\n- \`${type}\`: ${when}`)
        .join('')}\n- \`polar.<type>\`: what Polar says and the gateway has no name of its own for.`,
      responses: { 200: { description: 'Events', schema: list(event) } },
    },
  ],
  [
    getOneEvent,
    {
      tag,
      summary: 'Read an event',
      responses: { 200: { description: 'The event', schema: event } },
      problems: ['not_found'],
    },
  ],
  [
    getDeliveries,
    {
      tag,
      summary: 'List deliveries',
      description:
        'One event on its way to one endpoint, newest first. `type` takes wildcards as an endpoint’s `events` do; a page with it may have fewer entries than `limit`, or none: go on while `next_cursor` is set. `created_after` (inclusive) and `created_before` (exclusive) bound `created_at`.',
      responses: { 200: { description: 'Deliveries', schema: list(delivery) } },
    },
  ],
  [
    getOneDelivery,
    {
      tag,
      summary: 'Read a delivery and its attempts',
      responses: {
        200: {
          description: 'The delivery; `attempt_log` has every attempt, first to last',
          schema: z.extend(delivery, { attempt_log: z.array(attempt) }),
        },
      },
      problems: ['not_found'],
    },
  ],
]);
