/** `/v1/webhooks`: endpoints, deliveries, redelivery (facts §2). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, finder, theOrganization } from '../http/collection.ts';
import { queryOf, readBody, urlField } from '../http/input.ts';
import { answerList } from '../http/lists.ts';
import { fields, selects } from '../http/selection.ts';
import { PRIORITY } from '../jobs.ts';
import { token } from '../random.ts';
import type { DeliveryRow, EndpointRow, EventRow } from '../state.ts';
import { DAY_MS, msFromIso } from '../time.ts';
import { EVENT_TYPES } from '../webhooks/types.ts';
import type { World } from '../world.ts';

/**
 * Polar takes https URLs to public hosts only. The simulator also takes http and loopback: it exists to be used on one
 * machine.
 */
const url = urlField;

const RETENTION_MS = 90 * DAY_MS;

const endpointFields = {
  name: z.string().nullish(),
  format: z.enum(['raw', 'discord', 'slack']),
  events: z.array(z.enum(EVENT_TYPES)),
};

const createBody = z.object({
  url,
  ...endpointFields,
  secret: z.string().min(32).nullish(),
  /** The simulator's own switch between Polar's two key derivations; without it the newer one. */
  uses_standard_webhook_signature: z.boolean().optional(),
});

const updateBody = z.object({
  url: url.nullish(),
  name: endpointFields.name,
  format: endpointFields.format.nullish(),
  events: endpointFields.events.nullish(),
  enabled: z.boolean().nullish(),
  secret: z.string().min(32).nullish(),
});

/** Payloads are forgotten after 90 days; what is forgotten is not sent again. */
function archiveIfOld(world: World, event: EventRow): void {
  if (world.now() - msFromIso(event.created_at) >= RETENTION_MS) event.is_archived = true;
}

export function webhookRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { endpoints, events, deliveries } = world.tables;

  const { list, get, find } = collection({
    ownedBy: theOrganization,
    table: endpoints,
    sorters: fields('created_at'),
    toWire: (row) => row,
  });
  const findEvent = finder({ ownedBy: theOrganization, table: events });

  routes.get('/endpoints', list);

  routes.post('/endpoints', async (context) => {
    const body = await readBody(context, createBody);
    const endpoint: EndpointRow = endpoints.insert({
      id: world.id(),
      created_at: world.stamp(),
      modified_at: null,
      url: body.url,
      name: body.name ?? null,
      format: body.format,
      secret: body.secret ?? token(world.random, 'whsec_'),
      organization_id: context.var.organization.id,
      events: body.events,
      enabled: true,
      // A secret of the seller's own is any text, so only its bytes can be the key.
      uses_standard_webhook_signature: body.uses_standard_webhook_signature ?? !body.secret,
    });
    world.changed();
    return context.json(endpoint, 201);
  });

  routes.get('/endpoints/:id', get);

  routes.patch('/endpoints/:id', async (context) => {
    const endpoint = find(context);
    const body = await readBody(context, updateBody);
    endpoint.url = body.url ?? endpoint.url;
    if (body.name !== undefined) endpoint.name = body.name;
    endpoint.format = body.format ?? endpoint.format;
    endpoint.events = body.events ?? endpoint.events;
    endpoint.enabled = body.enabled ?? endpoint.enabled;
    endpoint.secret = body.secret ?? endpoint.secret;
    world.touch(endpoint);
    return context.json(endpoint);
  });

  routes.patch('/endpoints/:id/secret', (context) => {
    const endpoint = find(context);
    endpoint.secret = token(world.random, 'whsec_');
    world.touch(endpoint);
    return context.json(endpoint);
  });

  routes.delete('/endpoints/:id', (context) => {
    const endpoint = find(context);
    endpoints.delete(endpoint.id);
    world.changed();
    return context.body(null, 204);
  });

  routes.get('/deliveries', (context) => {
    const isWanted = selects<EndpointRow>(queryOf(context), {
      filters: { endpoint_id: (row) => row.id },
    });
    const rows = endpoints
      .by('organization', context.var.organization.id)
      .filter(isWanted)
      .flatMap((endpoint) => deliveries.by('endpoint', endpoint.id));
    return answerList(context, rows, {
      filters: {
        ...fields('succeeded'),
        http_code_class: ({ http_code: code }) => (code === null ? null : `${Math.floor(code / 100)}xx`),
        event_type: (row) => events.get(row.event_id)?.type,
      },
      search: (row) => [row.event_id, events.get(row.event_id)?.body],
      time: (row) => row.created_at,
      sorters: fields('created_at'),
      toWire: deliveryToWire,
    });
  });

  function deliveryToWire(row: DeliveryRow) {
    const event = events.get(row.event_id);
    if (!event) throw new Error(`The delivery ${row.id} has no event.`);
    archiveIfOld(world, event);
    return {
      id: row.id,
      created_at: row.created_at,
      modified_at: null,
      succeeded: row.succeeded,
      http_code: row.http_code,
      response: row.response,
      webhook_event: {
        id: event.id,
        created_at: event.created_at,
        modified_at: null,
        last_http_code: event.last_http_code,
        succeeded: event.succeeded,
        skipped: event.skipped,
        payload: event.is_archived ? null : event.body,
        type: event.type,
        is_archived: event.is_archived,
      },
    };
  }

  /** Sends an event again, delivered or not, with the same id and payload. Earlier attempts count towards its tries. */
  routes.post('/events/:id/redeliver', (context) => {
    const event = findEvent(context);
    archiveIfOld(world, event);
    world.schedule('webhook.send', { event_id: event.id, redelivery: true }, { priority: PRIORITY.send });
    return context.json({}, 202);
  });

  return routes;
}
