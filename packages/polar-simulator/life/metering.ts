/** What a meter makes of events: which of them count, and what they add up to (facts §9). Pure. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { UsageEventRow } from '../state.ts';

type Clause = models.FilterClause;
type Value = string | number | boolean | null | undefined;

const isValue = (value: unknown): value is Value => value === null || typeof value !== 'object';

export function matchesFilter(filter: models.Filter, event: UsageEventRow): boolean {
  const test = (clause: models.Filter | Clause): boolean =>
    'conjunction' in clause ? matchesFilter(clause, event) : matchesClause(clause, event);
  return filter.conjunction === 'and' ? filter.clauses.every(test) : filter.clauses.some(test);
}

/** `name`, `timestamp`, `external_id` are the event's; anything else is looked up in its metadata, dots go deeper. */
function propertyOf(event: UsageEventRow, property: string): Value {
  switch (property) {
    case 'name':
      return event.name;
    case 'source':
      return 'user';
    case 'timestamp':
      return Math.floor(Date.parse(event.timestamp) / 1000);
    case 'external_id':
      return event.external_id;
    default: {
      let value: unknown = event.metadata;
      for (const key of property.replace(/^metadata\./, '').split('.')) {
        if (typeof value !== 'object' || value === null) return undefined;
        value = (value as Record<string, unknown>)[key];
      }
      return isValue(value) ? value : undefined;
    }
  }
}

function matchesClause({ property, operator, value }: Clause, event: UsageEventRow): boolean {
  const actual = propertyOf(event, property);
  if (actual === undefined || actual === null) return operator === 'ne' || operator === 'not_like';
  switch (operator) {
    case 'eq':
      return String(actual) === String(value);
    case 'ne':
      return String(actual) !== String(value);
    case 'gt':
      return Number(actual) > Number(value);
    case 'gte':
      return Number(actual) >= Number(value);
    case 'lt':
      return Number(actual) < Number(value);
    case 'lte':
      return Number(actual) <= Number(value);
    case 'like':
      return String(actual).includes(String(value));
    case 'not_like':
      return !String(actual).includes(String(value));
    default:
      return operator satisfies never;
  }
}

/** Events without a number in the property count for nothing; no events at all are 0. */
export function aggregate(
  aggregation: models.Meter['aggregation'],
  events: readonly UsageEventRow[],
): number {
  if (!('property' in aggregation)) return events.length;
  const values = events.map((event) => propertyOf(event, aggregation.property));
  if (aggregation.func === 'unique' || aggregation.func === undefined) {
    return new Set(values.filter((value) => value != null).map(String)).size;
  }
  const numbers = values
    .filter((value) => value != null && value !== '')
    .map(Number)
    .filter(Number.isFinite);
  const sum = numbers.reduce((total, number) => total + number, 0);
  if (numbers.length === 0) return 0;
  switch (aggregation.func) {
    case 'sum':
      return sum;
    case 'avg':
      return sum / numbers.length;
    case 'max':
      return Math.max(...numbers);
    case 'min':
      return Math.min(...numbers);
    default:
      return aggregation.func satisfies never;
  }
}
