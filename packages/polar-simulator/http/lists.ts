/** Lists as all of Polar's are: some rows, sorted, one page of them (facts §10). */

import type { Context } from 'hono';
import { type ValidationIssue, invalidAll } from './errors.ts';
import { queryOf } from './input.ts';
import { type Query, type Selection, selects } from './selection.ts';

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;

type Sortable = string | number | boolean | null | undefined;

export interface List<Row> extends Selection<Row> {
  sorters: Record<string, (row: Row) => Sortable>;
  /** Without it the newest first: `-created_at`. */
  defaultSort?: string;
  toWire: (row: Row) => object;
}

/** One page of the rows that the query asks for. `limit` above 100 counts as 100; a page beyond the last is empty. */
export function answerList<Row>(context: Context, rows: readonly Row[], list: List<Row>): Response {
  const query = queryOf(context);
  const selected = rows.filter(selects(query, list));
  const page = positive(query, 'page', 1);
  const limit = Math.min(positive(query, 'limit', LIMIT_DEFAULT), LIMIT_MAX);
  return context.json({
    items: sort(selected, query, list)
      .slice((page - 1) * limit, page * limit)
      .map((row) => list.toWire(row)),
    pagination: { total_count: selected.length, max_page: Math.ceil(selected.length / limit) },
  });
}

function positive(query: Query, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^-?\d+$/.test(text)) {
    const msg = 'Input should be a valid integer, unable to parse string as an integer';
    throw refuse({ type: 'int_parsing', loc: ['query', name], msg, input: text });
  }
  if (value < 1) {
    const msg = 'Input should be greater than 0';
    throw refuse({ type: 'greater_than', loc: ['query', name], msg, input: text });
  }
  return value;
}

/** Sorts by each `sorting=` in turn. Equal rows keep their order, or its reverse when the first sorting descends. */
function sort<Row>(rows: Row[], query: Query, { sorters, defaultSort }: List<Row>): Row[] {
  const asked = query.getAll('sorting');
  const sorting = (asked.length > 0 ? asked : [defaultSort ?? '-created_at']).map((text) => {
    const isDescending = text.startsWith('-');
    const read = sorters[isDescending ? text.slice(1) : text];
    if (!read) {
      const msg = 'Input should be a known sorting';
      throw refuse({ type: 'enum', loc: ['query', 'sorting', 0], msg, input: text });
    }
    return { isDescending, read };
  });
  return (sorting[0]?.isDescending ? rows.toReversed() : rows).toSorted((a, b) => {
    for (const { isDescending, read } of sorting) {
      const order = compare(read(a), read(b));
      if (order !== 0) return isDescending ? -order : order;
    }
    return 0;
  });
}

function compare(a: Sortable, b: Sortable): number {
  if (a === b) return 0;
  if (a == null) return 1;
  if (b == null) return -1;
  return a < b ? -1 : 1;
}

const refuse = (issue: ValidationIssue) => invalidAll([issue], 'RequestValidationError');
