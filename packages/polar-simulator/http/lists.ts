/** Pagination, sorting and filters as all of Polar's lists have them (facts §10). */

import type { Metadata } from '../state.ts';
import { invalidAll } from './errors.ts';

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;

export type Query = URLSearchParams;

function positive(query: Query, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^-?\d+$/.test(text)) {
    throw invalidAll(
      [
        {
          type: 'int_parsing',
          loc: ['query', name],
          msg: 'Input should be a valid integer, unable to parse string as an integer',
          input: text,
        },
      ],
      'RequestValidationError',
    );
  }
  if (value < 1) {
    throw invalidAll(
      [{ type: 'greater_than', loc: ['query', name], msg: 'Input should be greater than 0', input: text }],
      'RequestValidationError',
    );
  }
  return value;
}

type Sorters<Row> = Record<string, (row: Row) => string | number | boolean | null | undefined>;

export interface ListOptions<Row> {
  rows: Iterable<Row>;
  query: Query;
  sorters: Sorters<Row>;
  defaultSort: string;
  toWire: (row: Row) => unknown;
}

/** One page. `limit` above 100 is clamped silently; a page beyond the last is empty. */
export function listPage<Row extends object>(
  options: ListOptions<Row>,
): {
  items: unknown[];
  pagination: { total_count: number; max_page: number };
} {
  const { query } = options;
  const page = positive(query, 'page', 1);
  const limit = Math.min(positive(query, 'limit', LIMIT_DEFAULT), LIMIT_MAX);
  const requested = query.getAll('sorting');
  const sorting = (requested.length > 0 ? requested : [options.defaultSort]).map((text) => {
    const descending = text.startsWith('-');
    const field = descending ? text.slice(1) : text;
    const value = options.sorters[field];
    if (!value) {
      throw invalidAll(
        [{ type: 'enum', loc: ['query', 'sorting', 0], msg: 'Input should be a known sorting', input: text }],
        'RequestValidationError',
      );
    }
    return { descending, value };
  });

  const rows = [...options.rows];
  const tieBreaker = sorting[0]?.descending ? rows.toReversed() : rows;
  const sorted = tieBreaker.toSorted((a, b) => {
    for (const { descending, value } of sorting) {
      const order = compare(value(a), value(b));
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
  return {
    items: sorted.slice((page - 1) * limit, page * limit).map(options.toWire),
    pagination: { total_count: rows.length, max_page: Math.ceil(rows.length / limit) },
  };
}

function compare(
  a: string | number | boolean | null | undefined,
  b: string | number | boolean | null | undefined,
): number {
  if (a === b) return 0;
  if (a == null) return 1;
  if (b == null) return -1;
  return a < b ? -1 : 1;
}

/** True when `value` is one of the filter's values, or the filter is absent. Repeats mean OR. */
export function matches(query: Query, name: string, value: string | null | undefined): boolean {
  const wanted = query.getAll(name);
  return wanted.length === 0 || (value != null && wanted.includes(value));
}

export function matchesAny(query: Query, name: string, values: readonly string[]): boolean {
  const wanted = query.getAll(name);
  return wanted.length === 0 || values.some((value) => wanted.includes(value));
}

export function matchesFlag(query: Query, name: string, value: boolean): boolean {
  const wanted = query.get(name);
  if (wanted === null) return true;
  if (!/^(true|false|1|0)$/i.test(wanted)) {
    throw invalidAll(
      [
        {
          type: 'bool_parsing',
          loc: ['query', name],
          msg: 'Input should be a valid boolean, unable to interpret input',
          input: wanted,
        },
      ],
      'RequestValidationError',
    );
  }
  return (wanted.toLowerCase() === 'true' || wanted === '1') === value;
}

/** `metadata[key]=value`: compared as strings; repeats of one key mean OR, different keys AND. */
export function matchesMetadata(query: Query, metadata: Metadata): boolean {
  const wanted = new Map<string, string[]>();
  for (const [name, value] of query) {
    const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
    if (key !== undefined) wanted.set(key, [...(wanted.get(key) ?? []), value]);
  }
  for (const [key, values] of wanted) {
    const actual = metadata[key];
    if (actual === undefined || !values.includes(String(actual))) return false;
  }
  return true;
}

/** Case-insensitive "contains" for `query=`. */
export function matchesText(query: Query, ...texts: (string | null | undefined)[]): boolean {
  const wanted = query.get('query')?.toLowerCase();
  return !wanted || texts.some((text) => text?.toLowerCase().includes(wanted));
}

/** `<name>_after` and `<name>_before`, both ISO times. */
export function matchesRange(query: Query, name: string, value: string | null | undefined): boolean {
  const after = query.get(`${name}_after`);
  const before = query.get(`${name}_before`);
  if (after === null && before === null) return true;
  if (!value) return false;
  const at = Date.parse(value);
  return (after === null || at >= Date.parse(after)) && (before === null || at <= Date.parse(before));
}
