/** `/v1/meters` with quantities over time, and `/v1/customer-meters` (facts §9). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type ApiContext, type SimulatorEnv, createRouter } from '../http/app.ts';
import { notFound } from '../http/errors.ts';
import { metadataField, pathId, queryOf, readBody } from '../http/input.ts';
import { listPage, matches, matchesFlag, matchesMetadata, matchesText } from '../http/lists.ts';
import { bucketsOf, periodOf } from '../http/periods.ts';
import { aggregate, matchesFilter } from '../life/metering.ts';
import { customerOfEvent } from '../life/meters.ts';
import type { CustomerMeterRow, MeterRow } from '../state.ts';
import { isoFromMs } from '../time.ts';
import { customerToWire } from '../wire/customer.ts';
import { customerMeterBase } from '../wire/meter.ts';
import type { World } from '../world.ts';

const clause = z.object({
  property: z.string(),
  operator: z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'like', 'not_like']),
  value: z.union([z.string(), z.number(), z.boolean()]),
});

type FilterTree = { conjunction: 'and' | 'or'; clauses: (z.output<typeof clause> | FilterTree)[] };

const filter: z.ZodType<FilterTree> = z.object({
  conjunction: z.enum(['and', 'or']),
  get clauses() {
    return z.array(z.union([clause, filter]));
  },
});

const aggregation = z.union([
  z.object({ func: z.literal('count') }),
  z.object({ func: z.enum(['sum', 'max', 'min', 'avg']), property: z.string() }),
  z.object({ func: z.literal('unique'), property: z.string() }),
]);

const createBody = z.object({
  name: z.string().min(3),
  unit: z.enum(['scalar', 'token', 'custom']).default('scalar'),
  custom_label: z.string().nullish(),
  custom_multiplier: z.number().int().nullish(),
  filter,
  aggregation,
  metadata: metadataField.default({}),
});

const updateBody = createBody.partial().extend({
  metadata: metadataField.optional(),
  unit: z.enum(['scalar', 'token', 'custom']).nullish(),
  is_archived: z.boolean().nullish(),
});

export function meterRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { meters } = world.tables;

  const find = (context: ApiContext): MeterRow => {
    const meter = meters.get(pathId(context));
    if (meter?.organization_id !== context.var.organization.id) throw notFound();
    return meter;
  };

  routes.get('/', (context) => {
    const query = queryOf(context);
    const rows = meters
      .by('organization', context.var.organization.id)
      .filter(
        (row) =>
          matchesText(query, row.name) &&
          matchesFlag(query, 'is_archived', row.archived_at !== null) &&
          matchesMetadata(query, row.metadata),
      );
    return context.json(
      listPage({
        rows,
        query,
        sorters: { created_at: (row) => row.created_at, name: (row) => row.name },
        defaultSort: 'name',
        toWire: (row) => row,
      }),
    );
  });

  routes.post('/', async (context) => {
    const body = await readBody(context, createBody);
    const meter = meters.insert({
      id: world.id(),
      created_at: world.stamp(),
      modified_at: null,
      ...body,
      custom_label: body.custom_label ?? null,
      custom_multiplier: body.custom_multiplier ?? null,
      organization_id: context.var.organization.id,
      archived_at: null,
    });
    world.changed();
    return context.json(meter, 201);
  });

  routes.get('/:id', (context) => context.json(find(context)));

  routes.patch('/:id', async (context) => {
    const meter = find(context);
    const { is_archived, ...change } = await readBody(context, updateBody);
    for (const [field, value] of Object.entries(change)) {
      if (value !== null && value !== undefined) Object.assign(meter, { [field]: value });
    }
    if (is_archived != null) meter.archived_at = is_archived ? world.stamp() : null;
    world.touch(meter);
    return context.json(meter);
  });

  routes.get('/:id/quantities', (context) => {
    const meter = find(context);
    const { start, end, interval } = periodOf(queryOf(context));
    const query = queryOf(context);
    const events = world.tables.usageEvents.by('organization', meter.organization_id).filter((event) => {
      const at = Date.parse(event.timestamp);
      const customer = customerOfEvent(world, event);
      return (
        at >= start &&
        at <= end &&
        matches(query, 'customer_id', customer?.id) &&
        matches(query, 'external_customer_id', customer?.external_id ?? event.external_customer_id) &&
        matchesFilter(meter.filter, event)
      );
    });
    const quantities = bucketsOf(start, end, interval).map(([from, to]) => ({
      timestamp: isoFromMs(from),
      quantity: aggregate(
        meter.aggregation,
        events.filter((event) => Date.parse(event.timestamp) >= from && Date.parse(event.timestamp) < to),
      ),
    }));
    return context.json({ quantities, total: aggregate(meter.aggregation, events) });
  });

  return routes;
}

/** What a list of customer meters can be sorted by, at the API and in the portal. */
export function customerMeterSorters({ tables: { meters } }: World) {
  return {
    created_at: (row: CustomerMeterRow) => row.created_at,
    modified_at: (row: CustomerMeterRow) => row.modified_at,
    meter_id: (row: CustomerMeterRow) => row.meter_id,
    meter_name: (row: CustomerMeterRow) => meters.get(row.meter_id)?.name,
    consumed_units: (row: CustomerMeterRow) => row.consumed_units,
    credited_units: (row: CustomerMeterRow) => row.credited_units,
    balance: (row: CustomerMeterRow) => row.credited_units - row.consumed_units,
  };
}

export function customerMeterRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { customerMeters, customers, meters } = world.tables;

  function toWire(row: CustomerMeterRow) {
    const customer = customers.get(row.customer_id);
    const meter = meters.get(row.meter_id);
    if (!customer || !meter) throw new Error(`The customer meter ${row.id} has lost its customer or meter.`);
    return { ...customerMeterBase(row), customer_id: customer.id, customer: customerToWire(customer), meter };
  }

  routes.get('/', (context) => {
    const query = queryOf(context);
    const rows = customerMeters
      .by('organization', context.var.organization.id)
      .filter(
        (row) =>
          matches(query, 'customer_id', row.customer_id) &&
          matches(query, 'meter_id', row.meter_id) &&
          matches(query, 'external_customer_id', customers.get(row.customer_id)?.external_id),
      );
    return context.json(
      listPage({
        rows,
        query,
        sorters: {
          ...customerMeterSorters(world),
          customer_id: (row) => row.customer_id,
          customer_name: (row) => customers.get(row.customer_id)?.name,
        },
        defaultSort: '-modified_at',
        toWire,
      }),
    );
  });

  routes.get('/:id', (context) => {
    const row = customerMeters.get(pathId(context));
    if (row?.organization_id !== context.var.organization.id) throw notFound();
    return context.json(toWire(row));
  });

  return routes;
}
