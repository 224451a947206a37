import * as z from 'zod/mini';
import { isEventFilter, MAX_EVENT_FILTERS } from '../domain/event-filter.ts';
import { deleteEndpoint, getEndpoint, listEndpoints, registerEndpoint } from '../flows/manage-endpoints.ts';
import { type App, defineRoute, mount } from '../route.ts';
import { callerApp } from './caller.ts';
import { absoluteUrl, line, list, page, timestamp } from './shapes.ts';

const eventFilter = () =>
  z
    .string()
    .check(
      z.refine(
        isEventFilter,
        'Must be an event type such as payment.succeeded, a group such as payment.*, or * for all.',
      ),
    );

const endpoint = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  description: z.string(),
  enabled: z.boolean(),
  created_at: timestamp,
});

const byId = z.object({ id: z.string().check(z.maxLength(64)) });
const tag = 'Webhook endpoints';

export const postEndpoint = defineRoute({
  method: 'post',
  path: '/v1/webhook-endpoints',
  tag,
  auth: ['secret'],
  summary: 'Register a webhook endpoint',
  description:
    'Facts of the chosen types are sent there as Standard Webhooks. The secret that signs them is in this answer only. ' +
    'The URL must be https and on the public internet.',
  idempotent: true,
  body: z.strictObject({
    url: absoluteUrl(),
    events: z._default(
      z
        .array(eventFilter())
        .check(
          z.minLength(1, 'Needs at least one event type. Use * for all.'),
          z.maxLength(MAX_EVENT_FILTERS, `Must have at most ${MAX_EVENT_FILTERS} entries.`),
        ),
      ['*'],
    ),
    description: z._default(line(200, 0), ''),
  }),
  responses: {
    201: { description: 'The endpoint and its secret', schema: z.extend(endpoint, { secret: z.string() }) },
  },
  problems: ['disallowed_url', 'conflict', 'idempotency_in_progress', 'idempotency_mismatch'],
});
export const getEndpoints = defineRoute({
  method: 'get',
  path: '/v1/webhook-endpoints',
  tag,
  auth: ['secret'],
  summary: 'List webhook endpoints',
  query: z.object(page),
  responses: { 200: { description: 'The app’s endpoints, newest first', schema: list(endpoint) } },
});
export const getOneEndpoint = defineRoute({
  method: 'get',
  path: '/v1/webhook-endpoints/:id',
  tag,
  auth: ['secret'],
  summary: 'Read a webhook endpoint',
  params: byId,
  responses: { 200: { description: 'The endpoint', schema: endpoint } },
  problems: ['not_found'],
});
export const deleteOneEndpoint = defineRoute({
  method: 'delete',
  path: '/v1/webhook-endpoints/:id',
  tag,
  auth: ['secret'],
  summary: 'Delete a webhook endpoint',
  description: 'Deliveries that still wait for it are canceled.',
  params: byId,
  responses: { 204: { description: 'Deleted' } },
  problems: ['not_found'],
});

export function mountEndpoints(app: App): void {
  mount(app, postEndpoint, async (c, { body, rawBody }) => {
    const key = c.req.header('idempotency-key');
    const answer = await registerEndpoint(c.get('services'), callerApp(c), body, { key, rawBody });
    return c.json(answer.body, 201);
  });
  mount(app, getEndpoints, async (c, { query }) =>
    c.json(await listEndpoints(c.get('services'), callerApp(c), query)),
  );
  mount(app, getOneEndpoint, async (c, { params }) =>
    c.json(await getEndpoint(c.get('services'), callerApp(c), params.id)),
  );
  mount(app, deleteOneEndpoint, async (c, { params }) => {
    await deleteEndpoint(c.get('services'), callerApp(c), params.id);
    return c.body(null, 204);
  });
}
