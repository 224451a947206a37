import * as z from 'zod/mini';
import { getDelivery, getEvent, listDeliveries, listEvents } from './list-deliveries.ts';
import { eitherFeedOrList, feedFields } from '../feed/feed-query.ts';
import { readFeed } from '../feed/read-feed.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { createdRange, eventFilter, eventType, line, page, readInstant, text } from '../../http/shapes.ts';

export const status = z.enum(['pending', 'succeeded', 'failed', 'canceled']);

const byId = z.object({ id: text(64) });

export const getEvents = defineRoute({
  method: 'get',
  path: '/v1/events',
  auth: ['secret'],
  scope: 'events:read',
  query: z
    .strictObject({ ...page, type: z.optional(eventType()), payment: z.optional(line(64)), ...feedFields })
    .check(eitherFeedOrList),
});
export const getOneEvent = defineRoute({
  method: 'get',
  path: '/v1/events/:id',
  auth: ['secret'],
  scope: 'events:read',
  params: byId,
});
export const getDeliveries = defineRoute({
  method: 'get',
  path: '/v1/deliveries',
  auth: ['secret'],
  scope: 'webhooks:read',
  query: z.strictObject({
    ...page,
    endpoint: z.optional(line(64)),
    status: z.optional(status),
    event: z.optional(line(64)),
    type: z.optional(eventFilter()),
    ...createdRange,
  }),
});
export const getOneDelivery = defineRoute({
  method: 'get',
  path: '/v1/deliveries/:id',
  auth: ['secret'],
  scope: 'webhooks:read',
  params: byId,
});

export function mountDeliveries(app: App): void {
  mount(app, getEvents, async (c, { caller, query: { after, types = ['*'], wait = 0, limit, ...list } }) =>
    c.json(
      after === undefined
        ? await listEvents(c.get('services'), caller.app, { limit, ...list })
        : await readFeed(c.get('services'), caller.app, {
            after,
            types,
            wait,
            limit,
          }),
    ),
  );
  mount(app, getOneEvent, async (c, { caller, params }) =>
    c.json(await getEvent(c.get('services'), caller.app, params.id)),
  );
  mount(
    app,
    getDeliveries,
    async (c, { caller, query: { endpoint, event, created_after, created_before, ...rest } }) =>
      c.json(
        await listDeliveries(c.get('services'), caller.app, {
          ...rest,
          endpointId: endpoint,
          eventId: event,
          since: readInstant(created_after),
          until: readInstant(created_before),
        }),
      ),
  );
  mount(app, getOneDelivery, async (c, { caller, params }) =>
    c.json(await getDelivery(c.get('services'), caller.app, params.id)),
  );
}
