/** Which rows a caller wants: the filters of Polar's lists and exports (facts §10). */

import type { Metadata } from '../state.ts';
import { invalidAll } from './errors.ts';

export type Query = URLSearchParams;

type Reader<Row, Value> = (row: Row) => Value;
type Text = string | null | undefined;

/** What a filter compares. Of several texts one has to fit; a boolean is compared with `true` or `false`. */
type Filterable = Text | boolean | readonly string[];

export interface Selection<Row> {
  /** What each query parameter is compared with. A parameter that is repeated means any of its values. */
  filters?: Record<string, Reader<Row, Filterable>>;
  /** The texts that `query=` is searched in, regardless of case. */
  search?: Reader<Row, Text[]>;
  /** Compared with `metadata[key]=value`. A key that is repeated means any of its values; every key has to fit. */
  metadata?: Reader<Row, Metadata>;
  /** Times that `<name>_after` and `<name>_before` limit. */
  ranges?: Record<string, Reader<Row, Text>>;
  /** The time that `start_timestamp` and `end_timestamp` limit. */
  time?: Reader<Row, Text>;
}

/** Readers for parameters named like the row's fields: `fields('status')` is `{ status: (row) => row.status }`. */
export function fields<Name extends string>(...names: Name[]) {
  const readers = names.map((name) => [name, (row: Record<Name, unknown>) => row[name]]);
  return Object.fromEntries(readers) as {
    [Each in Name]: <Value>(row: { readonly [Key in Each]?: Value }) => Value | undefined;
  };
}

/**
 * Tells of each row whether the query asks for it.
 * @throws a 422 when a flag is not a boolean, as soon as a row is compared with it
 */
export function selects<Row>(query: Query, selection: Selection<Row>): (row: Row) => boolean {
  const { filters = {}, search, metadata, ranges = {}, time } = selection;
  const asked = Object.entries(filters).filter(([name]) => query.has(name));
  const limits = Object.entries(ranges).map(([name, read]) => ({
    read,
    after: query.get(`${name}_after`),
    before: query.get(`${name}_before`),
  }));
  if (time) {
    limits.push({ read: time, after: query.get('start_timestamp'), before: query.get('end_timestamp') });
  }
  const pairs = metadata ? metadataIn(query) : [];
  const words = query.get('query')?.toLowerCase();
  return (row) =>
    asked.every(([name, read]) => matches(query, name, read(row))) &&
    limits.every(({ read, after, before }) => isWithin(read(row), after, before)) &&
    (!search || !words || search(row).some((text) => text?.toLowerCase().includes(words))) &&
    pairs.every(([key, values]) => {
      const actual = metadata?.(row)[key];
      return actual !== undefined && values.includes(String(actual));
    });
}

function matches(query: Query, name: string, value: Filterable): boolean {
  if (typeof value === 'boolean') return flagOf(query, name) === value;
  const wanted = query.getAll(name);
  const values = typeof value === 'string' ? [value] : (value ?? []);
  return values.some((each) => wanted.includes(each));
}

function flagOf(query: Query, name: string): boolean {
  const text = query.get(name) ?? '';
  if (/^(true|1)$/i.test(text)) return true;
  if (/^(false|0)$/i.test(text)) return false;
  throw invalidAll(
    [
      {
        type: 'bool_parsing',
        loc: ['query', name],
        msg: 'Input should be a valid boolean, unable to interpret input',
        input: text,
      },
    ],
    'RequestValidationError',
  );
}

function metadataIn(query: Query): [key: string, values: string[]][] {
  const names = new Set([...query.keys()].filter((name) => /^metadata\[.+\]$/.test(name)));
  return [...names].map((name) => [name.slice('metadata['.length, -1), query.getAll(name)]);
}

/** Between two ISO times, both of them included. */
function isWithin(value: Text, after: string | null, before: string | null): boolean {
  if (after === null && before === null) return true;
  if (!value) return false;
  const at = Date.parse(value);
  return (after === null || at >= Date.parse(after)) && (before === null || at <= Date.parse(before));
}
