import { Option } from '@commander-js/extra-typings';
import type { Context } from '../context.ts';
import { parseCount } from '../options.ts';
import type { Column } from '../terminal/table.ts';

/** The most that a gateway answers at once. */
const LARGEST_PAGE = 100;
const DEFAULT_LIMIT = 20;

export interface ListOptions {
  limit: number;
  all?: true | undefined;
  cursor?: string | undefined;
}

export interface Page<Row> {
  data: readonly Row[];
  next_cursor: string | null;
}

/** The options of a list that has pages, for `.addOption`. */
export const limitOption = () =>
  new Option('--limit <n>', 'how many at most').argParser(parseCount).default(DEFAULT_LIMIT);
export const allOption = () => new Option('--all', 'all of them, as they come');
export const cursorOption = () =>
  new Option('--cursor <cursor>', 'go on behind the next_cursor of another list');

/**
 * Prints a list: `limit` rows as one table, or with `all` every page as it comes. With `--json` one document, or with `all` NDJSON.
 * @param fetchPage asks for the page behind `cursor`
 */
export async function showPages<Row>(
  { out, signal }: Context,
  fetchPage: (query: { limit: number; cursor?: string }) => Promise<Page<Row>>,
  columns: readonly Column<Row>[],
  options: ListOptions & { empty?: string },
): Promise<void> {
  const { all = false, empty } = options;
  const table = all ? out.startTable(columns) : undefined;
  const rows: Row[] = [];
  const most = all ? Infinity : options.limit;
  let count = 0;
  let next: string | null = options.cursor ?? null;
  do {
    signal.throwIfAborted();
    const limit = Math.min(LARGEST_PAGE, most - count);
    const page: Page<Row> = await fetchPage({ limit, ...(next === null ? {} : { cursor: next }) });
    count += page.data.length;
    next = page.next_cursor;
    if (table) table.add(page.data);
    else rows.push(...page.data);
  } while (next !== null && count < most);
  if (table && count > 0) return;
  if (!table || !out.isJson)
    out.table(rows, columns, { nextCursor: next, ...(empty === undefined ? {} : { empty }) });
  if (next !== null) out.note(`There are more: --limit ${count * 2}, or --all.`);
}
