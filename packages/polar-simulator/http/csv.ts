/** Tables as text. */

import { invalidAll } from './errors.ts';
import type { Query } from './selection.ts';

type Cell = string | number | boolean | null | undefined;

/** Quoted where the text would otherwise be read as more than one cell (RFC 4180). */
const cell = (value: Cell): string => {
  const text = value == null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** All columns, or those that `columns=` names in its order. */
export function csvAnswer<Row>(
  rows: readonly Row[],
  columns: Record<string, (row: Row) => Cell>,
  options: { query: Query; name: string },
): Response {
  const wanted = options.query.getAll('columns');
  const names = wanted.length > 0 ? wanted : Object.keys(columns);
  const readers = names.map((name, index) => {
    const read = columns[name];
    if (!read) {
      const issue = { type: 'enum', loc: ['query', 'columns', index], msg: 'Unknown column', input: name };
      throw invalidAll([issue], 'RequestValidationError');
    }
    return read;
  });
  const lines = [names, ...rows.map((row) => readers.map((read) => read(row)))];
  return new Response(lines.map((line) => `${line.map(cell).join(',')}\r\n`).join(''), {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename=polar-${options.name}.csv`,
    },
  });
}
