/** `/v1/meters`: enough to price by usage and to credit it; counting usage is not simulated yet. */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { notFound } from '../http/errors.ts';
import { metadataField, pathId, queryOf, readBody } from '../http/input.ts';
import { listPage, matchesMetadata, matchesText } from '../http/lists.ts';
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

export function meterRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { meters } = world.tables;

  routes.get('/', (context) => {
    const query = queryOf(context);
    const rows = meters
      .by('organization', context.var.organization.id)
      .filter((row) => matchesText(query, row.name) && matchesMetadata(query, row.metadata));
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

  routes.get('/:id', (context) => {
    const meter = meters.get(pathId(context));
    if (meter?.organization_id !== context.var.organization.id) throw notFound();
    return context.json(meter);
  });

  return routes;
}
