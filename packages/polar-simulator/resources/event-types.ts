/** `/v1/event-types`: the kinds of event an organization has reported, and what they are called. */

import type { Hono } from 'hono';
import * as z from 'zod';
import { groupBy } from '../group-by.ts';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { finder, theOrganization } from '../http/collection.ts';
import { queryOf, readBody } from '../http/input.ts';
import { answerList } from '../http/lists.ts';
import { fields, selects } from '../http/selection.ts';
import type { UsageEventRow } from '../state.ts';
import type { World } from '../world.ts';
import { occurrencesOf, whoseFilters } from './events.ts';

const updateBody = z.object({
  label: z.string().min(1).max(128),
  label_property_selector: z.string().min(1).max(256).nullish(),
});

export function eventTypeRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { eventTypes, usageEvents } = world.tables;
  const find = finder({ ownedBy: theOrganization, table: eventTypes });

  routes.get('/', (context) => {
    const query = queryOf(context);
    const organizationId = context.var.organization.id;
    const isWanted = selects<UsageEventRow>(query, {
      filters: { ...whoseFilters(world), ...fields('parent_id'), source: () => 'user' },
    });
    const isRootWanted = query.get('root_events') === 'true';
    const wanted = usageEvents
      .by('organization', organizationId)
      .filter((event) => isWanted(event) && !(isRootWanted && event.parent_id !== null));
    const rows = [...groupBy(wanted, (event) => event.name)].flatMap(([name, events]) => {
      const type = eventTypes.by('name', `${organizationId} ${name}`)[0];
      return type ? [{ ...type, source: 'user', ...occurrencesOf(events) }] : [];
    });
    return answerList(context, rows, {
      search: (row) => [row.name, row.label],
      sorters: fields('name', 'label', 'occurrences', 'first_seen', 'last_seen'),
      defaultSort: '-last_seen',
      toWire: (row) => row,
    });
  });

  routes.patch('/:id', async (context) => {
    const type = find(context);
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
