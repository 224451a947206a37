/** `/v1/webhooks`: endpoints, deliveries, redelivery (facts §2). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { notFound } from '../http/errors.ts';
import { pathId, queryOf, readBody, urlField } from '../http/input.ts';
import { listPage, matches, matchesFlag, matchesText } from '../http/lists.ts';
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

  const find = (id: string, organizationId: string): EndpointRow => {
    const endpoint = endpoints.get(id);
    if (endpoint?.organization_id !== organizationId) throw notFound();
    return endpoint;
  };

  routes.get('/endpoints', (context) =>
    context.json(
      listPage({
        rows: endpoints.by('organization', context.var.organization.id),
        query: queryOf(context),
        sorters: { created_at: (row) => row.created_at },
        defaultSort: '-created_at',
        toWire: (row) => row,
      }),
    ),
  );

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

  routes.get('/endpoints/:id', (context) => context.json(find(pathId(context), context.var.organization.id)));

  routes.patch('/endpoints/:id', async (context) => {
    const endpoint = find(pathId(context), context.var.organization.id);
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
    const endpoint = find(pathId(context), context.var.organization.id);
    endpoint.secret = token(world.random, 'whsec_');
    world.touch(endpoint);
    return context.json(endpoint);
  });

  routes.delete('/endpoints/:id', (context) => {
    const endpoint = find(pathId(context), context.var.organization.id);
    endpoints.delete(endpoint.id);
    world.changed();
    return context.body(null, 204);
  });

  routes.get('/deliveries', (context) => {
    const query = queryOf(context);
    const mine = endpoints.by('organization', context.var.organization.id);
    const wanted = mine.filter((endpoint) => matches(query, 'endpoint_id', endpoint.id));
    const from = query.get('start_timestamp');
    const to = query.get('end_timestamp');
    const rows = wanted
      .flatMap((endpoint) => deliveries.by('endpoint', endpoint.id))
      .filter((row) => {
        const event = events.get(row.event_id);
        const http = row.http_code === null ? null : `${Math.floor(row.http_code / 100)}xx`;
        return (
          matchesFlag(query, 'succeeded', row.succeeded) &&
          matches(query, 'http_code_class', http) &&
          matches(query, 'event_type', event?.type) &&
          matchesText(query, row.event_id, event?.body) &&
          (from === null || Date.parse(row.created_at) >= Date.parse(from)) &&
          (to === null || Date.parse(row.created_at) <= Date.parse(to))
        );
      });
    return context.json(
      listPage({
        rows,
        query,
        sorters: { created_at: (row) => row.created_at },
        defaultSort: '-created_at',
        toWire: deliveryToWire,
      }),
    );
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

  /** Also for delivered events; the same id and payload. What was tried before counts. */
  routes.post('/events/:id/redeliver', (context) => {
    const event = events.get(pathId(context));
    if (event?.organization_id !== context.var.organization.id) throw notFound();
    archiveIfOld(world, event);
    world.schedule('webhook.send', { event_id: event.id, redelivery: true }, { priority: PRIORITY.send });
    return context.json({}, 202);
  });

  return routes;
}
