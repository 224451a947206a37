import * as z from 'zod/mini';
import { isEventFilter, MAX_EVENT_FILTERS } from '../domain/event-filter.ts';
import { deleteEndpoint, getEndpoint, listEndpoints, registerEndpoint } from '../flows/manage-endpoints.ts';
import { type App, defineRoute, mount } from '../route.ts';
import { callerApp } from './caller.ts';
import { absoluteUrl, line, page } from './shapes.ts';

const eventFilter = () =>
  z
    .string()
    .check(
      z.refine(
        isEventFilter,
        'Must be an event type such as payment.succeeded, a group such as payment.*, or * for all.',
      ),
    );

const byId = z.object({ id: z.string().check(z.maxLength(64)) });

export const postEndpoint = defineRoute({
  method: 'post',
  path: '/v1/webhook-endpoints',
  auth: ['secret'],
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
});
export const getEndpoints = defineRoute({
  method: 'get',
  path: '/v1/webhook-endpoints',
  auth: ['secret'],
  query: z.object(page),
});
export const getOneEndpoint = defineRoute({
  method: 'get',
  path: '/v1/webhook-endpoints/:id',
  auth: ['secret'],
  params: byId,
});
export const deleteOneEndpoint = defineRoute({
  method: 'delete',
  path: '/v1/webhook-endpoints/:id',
  auth: ['secret'],
  params: byId,
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
