/** Numbers over time: a start, an end and an interval, cut into periods (UTC). */

import * as z from 'zod';
import { addInterval, HOUR_MS } from '../time.ts';
import { invalid } from './errors.ts';
import { parseInput, timeField } from './input.ts';
import type { Query } from './selection.ts';

const intervals = z.enum(['hour', 'day', 'week', 'month', 'year']);
export type Interval = z.output<typeof intervals>;

const PERIODS_MAX = 5000;

const schema = z.object({ start_timestamp: timeField, end_timestamp: timeField, interval: intervals });

export function periodOf(query: Query): { start: number; end: number; interval: Interval } {
  const given = parseInput(schema, Object.fromEntries(query), 'query');
  const start = Date.parse(given.start_timestamp);
  const end = Date.parse(given.end_timestamp);
  if (end < start) throw invalid(['query', 'end_timestamp'], 'Must be after the start.', given.end_timestamp);
  return { start, end, interval: given.interval };
}

function startOf(at: number, interval: Interval): number {
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  switch (interval) {
    case 'hour':
      return at - (at % HOUR_MS);
    case 'day':
      return Date.UTC(year, month, day);
    case 'week':
      return Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7));
    case 'month':
      return Date.UTC(year, month, 1);
    case 'year':
      return Date.UTC(year, 0, 1);
    default:
      return interval satisfies never;
  }
}

/** `[from, to)` of every period that touches the range, oldest first. */
export function bucketsOf(start: number, end: number, interval: Interval): [number, number][] {
  const buckets: [number, number][] = [];
  let from = startOf(start, interval);
  while (from <= end && buckets.length < PERIODS_MAX) {
    const to = interval === 'hour' ? from + HOUR_MS : addInterval(from, interval, 1);
    buckets.push([from, to]);
    from = to;
  }
  return buckets;
}
