import * as z from 'zod/mini';
import { getDelivery, getEvent, listDeliveries, listEvents } from '../flows/list-deliveries.ts';
import { type App, defineRoute, mount } from '../route.ts';
import { callerApp } from './caller.ts';
import { line, list, page, timestamp } from './shapes.ts';

const event = z.object({
  id: z.string(),
  type: z.string(),
  sequence: z.int(),
  origin: z.enum(['webhook', 'return', 'reconcile', 'api']),
  payment_id: z.nullable(z.string()),
  customer_id: z.nullable(z.string()),
  occurred_at: timestamp,
  created_at: timestamp,
  body: z.unknown(),
});

const status = z.enum(['pending', 'succeeded', 'failed', 'canceled']);

const delivery = z.object({
  id: z.string(),
  event_id: z.string(),
  endpoint_id: z.string(),
  status,
  attempts: z.int(),
  next_attempt_at: z.nullable(timestamp),
  last_status: z.nullable(z.int()),
  created_at: timestamp,
  finished_at: z.nullable(timestamp),
});

const attempt = z.object({
  attempt: z.int(),
  at: timestamp,
  status: z.nullable(z.int()),
  error: z.nullable(z.string()),
  message: z.nullable(z.string()),
  latency_ms: z.int(),
  response: z.nullable(z.string()),
});

const byId = z.object({ id: z.string().check(z.maxLength(64)) });
const tag = 'Events and deliveries';

export const getEvents = defineRoute({
  method: 'get',
  path: '/v1/events',
  tag,
  auth: ['secret'],
  summary: 'List what the app was told',
  description: 'Newest first. `body` is what webhook endpoints receive; `id` is its `webhook-id`.',
  query: z.object({ ...page, type: z.optional(line(64)), payment: z.optional(line(64)) }),
  responses: { 200: { description: 'Events', schema: list(event) } },
});
export const getOneEvent = defineRoute({
  method: 'get',
  path: '/v1/events/:id',
  tag,
  auth: ['secret'],
  summary: 'Read an event',
  params: byId,
  responses: { 200: { description: 'The event', schema: event } },
  problems: ['not_found'],
});
export const getDeliveries = defineRoute({
  method: 'get',
  path: '/v1/deliveries',
  tag,
  auth: ['secret'],
  summary: 'List deliveries',
  description: 'One event on its way to one endpoint, newest first.',
  query: z.object({
    ...page,
    endpoint: z.optional(line(64)),
    status: z.optional(status),
    event: z.optional(line(64)),
  }),
  responses: { 200: { description: 'Deliveries', schema: list(delivery) } },
});
export const getOneDelivery = defineRoute({
  method: 'get',
  path: '/v1/deliveries/:id',
  tag,
  auth: ['secret'],
  summary: 'Read a delivery and its attempts',
  params: byId,
  responses: {
    200: {
      description: 'The delivery; `attempt_log` has every attempt, first to last',
      schema: z.extend(delivery, { attempt_log: z.array(attempt) }),
    },
  },
  problems: ['not_found'],
});

export function mountDeliveries(app: App): void {
  mount(app, getEvents, async (c, { query }) =>
    c.json(await listEvents(c.get('services'), callerApp(c), query)),
  );
  mount(app, getOneEvent, async (c, { params }) =>
    c.json(await getEvent(c.get('services'), callerApp(c), params.id)),
  );
  mount(app, getDeliveries, async (c, { query: { endpoint, event: factId, ...rest } }) =>
    c.json(await listDeliveries(c.get('services'), callerApp(c), { ...rest, endpointId: endpoint, factId })),
  );
  mount(app, getOneDelivery, async (c, { params }) =>
    c.json(await getDelivery(c.get('services'), callerApp(c), params.id)),
  );
}
