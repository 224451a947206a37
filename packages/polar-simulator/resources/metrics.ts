/** `/v1/metrics`: as far as a console plots them. */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { csvAnswer } from '../http/csv.ts';
import { invalid } from '../http/errors.ts';
import { parseInput, queryOf } from '../http/input.ts';
import { bucketsOf } from '../http/periods.ts';
import { type Query, fields, selects } from '../http/selection.ts';
import { METRICS, type MetricName, type MetricValues, metricsOf } from '../life/metrics.ts';
import type { OrganizationRow } from '../state.ts';
import { DAY_MS, isoFromMs } from '../time.ts';
import type { World } from '../world.ts';

const MIN_DATE = '2023-01-01';

/** How many days a request may span, by interval. */
const LIMITS = {
  hour: { min_days: 0, max_days: 7 },
  day: { min_days: 0, max_days: 730 },
  week: { min_days: 7, max_days: 1825 },
  month: { min_days: 30, max_days: 3650 },
  year: { min_days: 365, max_days: 3650 },
} as const;

const schema = z.object({
  start_date: z.iso.date(),
  end_date: z.iso.date(),
  interval: z.enum(['hour', 'day', 'week', 'month', 'year']),
});

export function metricRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();

  routes.get('/limits', (context) => context.json({ min_date: MIN_DATE, intervals: LIMITS }));

  routes.get('/', (context) => {
    const { names, periods, totals } = compute(world, context.var.organization, queryOf(context));
    const pick = (values: MetricValues) => Object.fromEntries(names.map((name) => [name, values[name]]));
    return context.json({
      periods: periods.map(({ at, values }) => ({ timestamp: isoFromMs(at), ...pick(values) })),
      totals: pick(totals),
      metrics: Object.fromEntries(
        names.map((name) => {
          const [display_name, type] = METRICS[name];
          return [name, { slug: name, display_name, type }];
        }),
      ),
    });
  });

  routes.get('/export', (context) => {
    const query = queryOf(context);
    const { names, periods } = compute(world, context.var.organization, query);
    const columns = Object.fromEntries(
      names.map((name) => [name, ({ values }: { values: MetricValues }) => values[name]]),
    );
    return csvAnswer(
      periods,
      { timestamp: ({ at }: { at: number }) => isoFromMs(at), ...columns },
      { query, name: 'metrics' },
    );
  });

  return routes;
}

function compute(world: World, organization: OrganizationRow, query: Query) {
  const { start_date, end_date, interval } = parseInput(schema, Object.fromEntries(query), 'query');
  const start = Date.parse(start_date);
  const end = Date.parse(end_date);
  if (end < start) throw invalid(['query', 'end_date'], 'The end date must be after the start.', end_date);
  if (start_date < MIN_DATE) {
    throw invalid(['query', 'start_date'], `Must be ${MIN_DATE} or later.`, start_date);
  }
  const days = (end - start) / DAY_MS;
  const { min_days, max_days } = LIMITS[interval];
  if (days < min_days || days > max_days) {
    const msg = `The interval ${interval} takes from ${min_days} to ${max_days} days.`;
    throw invalid(['query', 'end_date'], msg, end_date);
  }
  const asked = query.getAll('metrics');
  const all = Object.keys(METRICS) as MetricName[];
  const names = asked.length === 0 ? all : all.filter((name) => asked.includes(name));
  const isWanted = selects<{ product_id: string | null; customer_id: string | null }>(query, {
    filters: {
      ...fields('product_id', 'customer_id'),
      billing_type: (row) =>
        world.tables.products.get(row.product_id)?.is_recurring ? 'recurring' : 'one_time',
    },
  });
  // The last day is included up to its end.
  const buckets = bucketsOf(start, end + DAY_MS - 1, interval);
  return { names, ...metricsOf(world, { organization, isWanted }, buckets) };
}
