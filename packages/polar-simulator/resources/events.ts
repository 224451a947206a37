/** `/v1/events`: what customers do, reported by the seller (facts §9). */

import type { Hono } from 'hono';
import { groupBy } from '../group-by.ts';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { queryOf, readBody } from '../http/input.ts';
import { type List, answerList } from '../http/lists.ts';
import { fields, selects } from '../http/selection.ts';
import { matchesFilter } from '../life/metering.ts';
import { customerOfEvent } from '../life/meters.ts';
import type { UsageEventRow } from '../state.ts';
import { customerToWire } from '../wire/customer.ts';
import { usageEventToWire } from '../wire/meter.ts';
import type { World } from '../world.ts';
import { ingest, ingestBody } from './event-ingestion.ts';

export function eventRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { usageEvents, meters } = world.tables;

  const events: List<UsageEventRow> = {
    filters: { ...whoseFilters(world), ...fields('name', 'parent_id'), source: () => 'user' },
    search: (row) => [row.name, JSON.stringify(row.metadata)],
    time: (row) => row.timestamp,
    sorters: fields('timestamp'),
    defaultSort: '-timestamp',
    toWire(row) {
      const customer = customerOfEvent(world, row);
      return usageEventToWire(world, row, customer ? customerToWire(customer) : null);
    },
  };
  const { list, get } = collection({
    ownedBy: theOrganization,
    table: usageEvents,
    isListed: isMetered,
    ...events,
  });

  routes.get('/', list);

  routes.get('/names', (context) => {
    const query = queryOf(context);
    const isWanted = selects(query, events);
    const found = usageEvents
      .by('organization', context.var.organization.id)
      .filter((row) => isMetered(row, query) && isWanted(row));
    const rows = [...groupBy(found, (row) => row.name)].map(([name, same]) => ({
      name,
      label: name,
      source: 'user',
      ...occurrencesOf(same),
    }));
    return answerList(context, rows, {
      sorters: fields('name', 'occurrences', 'first_seen', 'last_seen'),
      defaultSort: '-last_seen',
      toWire: (row) => row,
    });
  });

  routes.post('/ingest', async (context) => {
    const body = await readBody(context, ingestBody);
    return context.json(ingest(world, context.var.organization, body.events));
  });

  routes.get('/:id', get);

  /** True when the query names no meter, or the meter that it names counts the event. */
  function isMetered(row: UsageEventRow, query: URLSearchParams): boolean {
    const meter = meters.get(query.get('meter_id'));
    return !meter || matchesFilter(meter.filter, row);
  }

  return routes;
}

/** Filters events by their customer, named by Polar's id or by the seller's. */
export function whoseFilters(world: World) {
  return {
    customer_id: (row: UsageEventRow) => customerOfEvent(world, row)?.id,
    external_customer_id: (row: UsageEventRow) =>
      customerOfEvent(world, row)?.external_id ?? row.external_customer_id,
  };
}

/** How often events of one name were reported, and when first and last. `events` has at least one. */
export function occurrencesOf(events: readonly UsageEventRow[]) {
  const times = events.map((event) => event.timestamp).toSorted();
  return { occurrences: events.length, first_seen: times[0] ?? '', last_seen: times.at(-1) ?? '' };
}
