/** `/v1/event-types`: the kinds of event an organization has reported, and what they are called. */

import type { Hono } from 'hono';
import * as z from 'zod';
import { groupBy } from '../group-by.ts';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { notFound } from '../http/errors.ts';
import { pathId, queryOf, readBody } from '../http/input.ts';
import { listPage, matches, matchesText } from '../http/lists.ts';
import { customerOfEvent } from '../life/meters.ts';
import type { World } from '../world.ts';

const updateBody = z.object({
  label: z.string().min(1).max(128),
  label_property_selector: z.string().min(1).max(256).nullish(),
});

export function eventTypeRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { eventTypes, usageEvents } = world.tables;

  routes.get('/', (context) => {
    const query = queryOf(context);
    const organizationId = context.var.organization.id;
    const wanted = usageEvents.by('organization', organizationId).filter((event) => {
      const customer = customerOfEvent(world, event);
      return (
        matches(query, 'customer_id', customer?.id) &&
        matches(query, 'external_customer_id', customer?.external_id ?? event.external_customer_id) &&
        matches(query, 'parent_id', event.parent_id) &&
        matches(query, 'source', 'user') &&
        (query.get('root_events') !== 'true' || event.parent_id === null)
      );
    });
    const rows = [...groupBy(wanted, (event) => event.name)].flatMap(([name, events]) => {
      const type = eventTypes.by('name', `${organizationId} ${name}`)[0];
      if (!type || !matchesText(query, name, type.label)) return [];
      const times = events.map((event) => event.timestamp).toSorted();
      const seen = { first_seen: times[0] ?? '', last_seen: times.at(-1) ?? '' };
      return [{ ...type, source: 'user', occurrences: events.length, ...seen }];
    });
    return context.json(
      listPage({
        rows,
        query,
        sorters: {
          name: (row) => row.name,
          label: (row) => row.label,
          occurrences: (row) => row.occurrences,
          first_seen: (row) => row.first_seen,
          last_seen: (row) => row.last_seen,
        },
        defaultSort: '-last_seen',
        toWire: (row) => row,
      }),
    );
  });

  routes.patch('/:id', async (context) => {
    const type = eventTypes.get(pathId(context));
    if (type?.organization_id !== context.var.organization.id) throw notFound();
    const body = await readBody(context, updateBody);
    type.label = body.label;
    if (body.label_property_selector !== undefined) {
      type.label_property_selector = body.label_property_selector;
    }
    world.touch(type);
    return context.json(type);
  });

  return routes;
}
