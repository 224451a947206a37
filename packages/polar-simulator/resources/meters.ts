/** `/v1/meters` with quantities over time, and `/v1/customer-meters` (facts §9). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { invalid } from '../http/errors.ts';
import { metadataField, queryOf, readBody } from '../http/input.ts';
import { bucketsOf, periodOf } from '../http/periods.ts';
import { fields, selects } from '../http/selection.ts';
import { aggregate, matchesFilter } from '../life/metering.ts';
import type { CustomerMeterRow, UsageEventRow } from '../state.ts';
import { isoFromMs } from '../time.ts';
import { customerToWire } from '../wire/customer.ts';
import { customerMeterBase } from '../wire/meter.ts';
import type { World } from '../world.ts';
import { whoseFilters } from './events.ts';

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

const metersOf = (each: object | undefined): unknown[] => (each && 'meter_id' in each ? [each.meter_id] : []);

/** A meter that something counts with is not archived. @throws {PolarProblem} */
function checkUnused({ tables }: World, id: string): void {
  const isSold = [...tables.products.all()].some(
    ({ is_archived, price_ids }) =>
      !is_archived &&
      price_ids
        .map((price) => tables.prices.get(price))
        .some((price) => price?.is_archived === false && metersOf(price).includes(id)),
  );
  if (isSold) {
    throw invalid(['body', 'is_archived'], 'Cannot archive meter that is still attached to active products');
  }
  if ([...tables.benefits.all()].some((row) => !row.is_deleted && metersOf(row.properties).includes(id))) {
    throw invalid(
      ['body', 'is_archived'],
      'Cannot archive meter that is still referenced by active benefits',
    );
  }
}

export function meterRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { meters } = world.tables;

  const { list, get, find } = collection({
    ownedBy: theOrganization,
    table: meters,
    filters: { is_archived: (row) => row.archived_at !== null },
    search: (row) => [row.name],
    metadata: (row) => row.metadata,
    sorters: fields('created_at', 'name'),
    defaultSort: 'name',
    toWire: (row) => row,
  });

  routes.get('/', list);

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

  routes.get('/:id', get);

  routes.patch('/:id', async (context) => {
    const meter = find(context);
    const { is_archived, ...change } = await readBody(context, updateBody);
    const isCounting = world.tables.usageEvents
      .by('organization', meter.organization_id)
      .some((event) => matchesFilter(meter.filter, event));
    for (const field of ['filter', 'aggregation'] as const) {
      if (isCounting && change[field] !== undefined) {
        throw invalid(
          ['body', field],
          'This field can’t be updated because the meter is already aggregating events.',
        );
      }
    }
    if (is_archived) checkUnused(world, meter.id);
    for (const [field, value] of Object.entries(change)) {
      if (value !== null && value !== undefined) Object.assign(meter, { [field]: value });
    }
    if (is_archived != null) meter.archived_at = is_archived ? world.stamp() : null;
    world.touch(meter);
    return context.json(meter);
  });

  routes.get('/:id/quantities', (context) => {
    const meter = find(context);
    const query = queryOf(context);
    const { start, end, interval } = periodOf(query);
    const isWanted = selects<UsageEventRow>(query, {
      filters: whoseFilters(world),
      time: (event) => event.timestamp,
    });
    const events = world.tables.usageEvents
      .by('organization', meter.organization_id)
      .filter((event) => isWanted(event) && matchesFilter(meter.filter, event));
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
    ...fields('created_at', 'modified_at', 'meter_id', 'consumed_units', 'credited_units'),
    meter_name: (row: CustomerMeterRow) => meters.get(row.meter_id)?.name,
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

  const { list, get } = collection({
    ownedBy: theOrganization,
    table: customerMeters,
    filters: {
      ...fields('customer_id', 'meter_id'),
      external_customer_id: (row) => customers.get(row.customer_id)?.external_id,
    },
    sorters: {
      ...customerMeterSorters(world),
      ...fields('customer_id'),
      customer_name: (row) => customers.get(row.customer_id)?.name,
    },
    defaultSort: '-modified_at',
    toWire,
  });

  routes.get('/', list);
  routes.get('/:id', get);

  return routes;
}
