/** `/v1/events`: what customers do, reported by the seller (facts §9). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { groupBy } from '../group-by.ts';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { type ValidationIssue, invalidAll, notFound } from '../http/errors.ts';
import { pathId, queryOf, readBody, uuidField } from '../http/input.ts';
import { type Query, listPage, matches, matchesText } from '../http/lists.ts';
import { matchesFilter } from '../life/metering.ts';
import { customerOfEvent, scheduleCount } from '../life/meters.ts';
import type { OrganizationRow, UsageEventRow } from '../state.ts';
import { isoFromMs } from '../time.ts';
import { customerToWire } from '../wire/customer.ts';
import { usageEventToWire } from '../wire/meter.ts';
import type { World } from '../world.ts';

const value = z.union([z.string(), z.number(), z.boolean()]);
const cost = z.object({ amount: z.union([z.number(), z.string()]), currency: z.string() });

const eventField = z
  .object({
    name: z.string().max(128),
    timestamp: z.iso.datetime({ offset: true }).optional(),
    external_id: z.string().nullish(),
    parent_id: z.string().nullish(),
    customer_id: uuidField.optional(),
    external_customer_id: z.string().optional(),
    member_id: uuidField.nullish(),
    external_member_id: z.string().nullish(),
    metadata: z
      .object({ _cost: cost.optional(), _llm: z.record(z.string(), z.unknown()).optional() })
      .catchall(value)
      .default({}),
  })
  .refine((event) => event.customer_id ?? event.external_customer_id, {
    path: ['customer_id'],
    error: 'Field required',
  });

const ingestBody = z.object({ events: z.array(eventField) });

type NewEvent = z.output<typeof eventField>;

export function eventRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { usageEvents, meters } = world.tables;

  const toWire = (row: UsageEventRow) => {
    const customer = customerOfEvent(world, row);
    return usageEventToWire(world, row, customer ? customerToWire(customer) : null);
  };

  const found = (query: Query, organization: OrganizationRow): UsageEventRow[] => {
    const meter = meters.get(query.get('meter_id'));
    const from = query.get('start_timestamp');
    const to = query.get('end_timestamp');
    return usageEvents.by('organization', organization.id).filter((row) => {
      const customer = customerOfEvent(world, row);
      return (
        matches(query, 'customer_id', customer?.id) &&
        matches(query, 'external_customer_id', customer?.external_id ?? row.external_customer_id) &&
        matches(query, 'name', row.name) &&
        matches(query, 'source', 'user') &&
        matches(query, 'parent_id', row.parent_id) &&
        matchesText(query, row.name, JSON.stringify(row.metadata)) &&
        (!meter || matchesFilter(meter.filter, row)) &&
        (from === null || Date.parse(row.timestamp) >= Date.parse(from)) &&
        (to === null || Date.parse(row.timestamp) <= Date.parse(to))
      );
    });
  };

  routes.get('/', (context) =>
    context.json(
      listPage({
        rows: found(queryOf(context), context.var.organization),
        query: queryOf(context),
        sorters: { timestamp: (row) => row.timestamp },
        defaultSort: '-timestamp',
        toWire,
      }),
    ),
  );

  routes.get('/names', (context) => {
    const query = queryOf(context);
    const rows = [...groupBy(found(query, context.var.organization), (row) => row.name)].map(
      ([name, events]) => {
        const times = events.map((event) => event.timestamp).toSorted();
        return {
          name,
          label: name,
          source: 'user',
          occurrences: events.length,
          first_seen: times[0] ?? '',
          last_seen: times.at(-1) ?? '',
        };
      },
    );
    return context.json(
      listPage({
        rows,
        query,
        sorters: {
          name: (row) => row.name,
          occurrences: (row) => row.occurrences,
          first_seen: (row) => row.first_seen,
          last_seen: (row) => row.last_seen,
        },
        defaultSort: '-last_seen',
        toWire: (row) => row,
      }),
    );
  });

  /** All or nothing; the second of two with the same external id is a duplicate, in a batch too. */
  routes.post('/ingest', async (context) => {
    const { organization } = context.var;
    const { events } = await readBody(context, ingestBody);
    const issues = events.flatMap((event, index) => issuesOf(world, organization, event, index));
    if (issues.length > 0) throw invalidAll(issues);
    let inserted = 0;
    const customers = new Set<string>();
    for (const event of events) {
      const key = `${organization.id} ${event.external_id}`;
      if (event.external_id != null && usageEvents.by('external', key).length > 0) continue;
      const row = usageEvents.insert(toRow(world, organization, event));
      inserted += 1;
      keepType(world, organization, event.name);
      const customer = customerOfEvent(world, row);
      if (!customer) continue;
      customer.first_user_event_at ??= row.timestamp;
      customers.add(customer.id);
    }
    for (const id of customers) scheduleCount(world, id);
    world.changed();
    return context.json({ inserted, duplicates: events.length - inserted });
  });

  routes.get('/:id', (context) => {
    const row = usageEvents.get(pathId(context));
    if (row?.organization_id !== context.var.organization.id) throw notFound();
    return context.json(toWire(row));
  });

  return routes;
}

function issuesOf(
  world: World,
  organization: OrganizationRow,
  event: NewEvent,
  index: number,
): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const refuse = (field: string, msg: string, input: unknown): void => {
    issues.push({ type: 'value_error', loc: ['body', 'events', index, field], msg, input });
  };
  if (event.timestamp !== undefined && Date.parse(event.timestamp) > world.now()) {
    refuse('timestamp', 'Timestamp must be in the past.', event.timestamp);
  }
  if (event.customer_id !== undefined) {
    const customer = world.tables.customers.get(event.customer_id);
    if (customer?.organization_id !== organization.id || customer.deleted_at) {
      refuse('customer_id', 'Customer not found.', event.customer_id);
    }
  }
  if (event.parent_id != null && !parentOf(world, organization, event.parent_id)) {
    refuse('parent_id', 'Parent event not found.', event.parent_id);
  }
  return issues;
}

function keepType(world: World, organization: OrganizationRow, name: string): void {
  if (world.tables.eventTypes.by('name', `${organization.id} ${name}`).length > 0) return;
  world.tables.eventTypes.insert({
    id: world.id(),
    created_at: world.stamp(),
    modified_at: null,
    organization_id: organization.id,
    name,
    label: name,
    label_property_selector: null,
  });
}

/** By Polar's id or by the seller's. */
const parentOf = (world: World, organization: OrganizationRow, id: string): UsageEventRow | undefined =>
  world.tables.usageEvents.get(id) ?? world.tables.usageEvents.by('external', `${organization.id} ${id}`)[0];

function toRow(world: World, organization: OrganizationRow, event: NewEvent): UsageEventRow {
  const received_at = world.stamp();
  const costs = event.metadata._cost;
  return {
    id: world.id(),
    timestamp: event.timestamp === undefined ? received_at : isoFromMs(Date.parse(event.timestamp)),
    received_at,
    organization_id: organization.id,
    name: event.name,
    customer_id: event.customer_id ?? null,
    external_customer_id: event.external_customer_id ?? null,
    member_id: event.member_id ?? null,
    external_member_id: event.external_member_id ?? null,
    external_id: event.external_id ?? null,
    parent_id: event.parent_id == null ? null : (parentOf(world, organization, event.parent_id)?.id ?? null),
    metadata: {
      ...event.metadata,
      ...(costs ? { _cost: { ...costs, amount: String(costs.amount) } } : {}),
    },
  };
}
