import type { Spending } from '../harness/spending.ts';

/*
 * What each path may use: `budgets.test.ts` holds the gateway to it, and `docs/limits.md` repeats it. These are the counts of
 * today. Whoever needs more raises a number here and there, in a commit that says why; whoever needs less lowers it.
 */

/**
 * What a path may use at most. Rows are D1's own counts, at any size of the database. A search by an index ends at the next entry, which
 * counts where there is one: with other ids the same path reads a row or two more.
 */
export type Budget = Spending;

export const COLUMNS: readonly { column: keyof Budget; title: string }[] = [
  { column: 'roundTrips', title: 'round trips to D1' },
  { column: 'statements', title: 'statements' },
  { column: 'rowsRead', title: 'rows read' },
  { column: 'rowsWritten', title: 'rows written' },
  { column: 'kvReads', title: 'KV reads' },
  { column: 'kvWrites', title: 'KV writes' },
  { column: 'queueSends', title: 'queue sends' },
  { column: 'queueWrites', title: 'messages in them' },
];

const budget = (
  roundTrips: number,
  [statements, rowsRead, rowsWritten]: readonly [number, number, number],
  [kvReads, kvWrites]: readonly [number, number],
  [queueSends, queueWrites]: readonly [number, number],
): Budget => ({
  roundTrips,
  statements,
  rowsRead,
  rowsWritten,
  kvReads,
  kvWrites,
  queueSends,
  queueWrites,
});

export const BUDGETS = {
  'access: yes, from memory': budget(0, [0, 0, 0], [0, 0], [0, 0]),
  'access: yes, from KV': budget(0, [0, 0, 0], [1, 0], [0, 0]),
  'access: 100 resources, from KV': budget(0, [0, 0, 0], [1, 0], [0, 0]),
  'access: yes, cold': budget(1, [1, 44, 0], [1, 1], [0, 0]),
  'access: no': budget(1, [1, 50, 0], [1, 0], [0, 0]),
  'access: somebody unknown': budget(1, [1, 25, 0], [1, 0], [0, 0]),
  'webhook: `order.paid`, first word of an order': budget(2, [19, 115, 47], [0, 0], [1, 2]),
  'webhook: `order.paid`, after `order.created`': budget(2, [17, 95, 15], [0, 0], [1, 1]),
  'webhook: any other of a purchase or a refund': budget(2, [19, 122, 46], [0, 0], [1, 3]),
  'webhook that came before': budget(1, [1, 13, 0], [0, 0], [0, 0]),
  'delivery: first attempt by the request that tells it': budget(1, [2, 8, 6], [0, 0], [0, 0]),
  'delivery: one': budget(2, [5, 38, 8], [0, 0], [0, 0]),
  'delivery: six in a batch': budget(2, [5, 198, 48], [0, 0], [0, 0]),
  'payment created': budget(2, [4, 26, 18], [0, 0], [1, 1]),
  'payment created, with an `Idempotency-Key`': budget(2, [7, 28, 23], [0, 0], [1, 1]),
  'payment answered again': budget(1, [3, 3, 0], [0, 0], [0, 0]),
  'payment for a product never seen': budget(5, [10, 47, 22], [0, 0], [1, 1]),
  'feed: a page of 20 events': budget(1, [1, 256, 0], [0, 0], [0, 0]),
  'feed: nothing new': budget(1, [1, 7, 0], [0, 0], [0, 0]),
  'feed: nothing new, a second waited': budget(2, [2, 9, 0], [0, 0], [0, 0]),
  'feed: a page of 20 of one type, among a thousand': budget(1, [1, 12_006, 0], [0, 0], [0, 0]),
  'cursor moved': budget(1, [1, 4, 1], [0, 0], [0, 0]),
  'cached token refreshed': budget(2, [6, 74, 0], [2, 1], [0, 0]),
  'cron, nothing due': budget(12, [50, 101, 2], [0, 0], [0, 0]),
} satisfies Record<string, Budget>;

export type Path = keyof typeof BUDGETS;

/** What was used beyond the budget, in words; none: all is within. */
export function findOverspent(given: Budget, spent: Budget): string[] {
  return COLUMNS.filter(({ column }) => spent[column] > given[column]).map(
    ({ column, title }) => `${title}: ${spent[column]}, at most ${given[column]}`,
  );
}

/** The table as `docs/limits.md` has it. */
export function drawBudgets(): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['what happens', ...COLUMNS.map(({ title }) => title)]),
    line(['---', ...COLUMNS.map(() => '---:')]),
    ...Object.entries(BUDGETS).map(([path, given]) =>
      line([path, ...COLUMNS.map(({ column }) => given[column])]),
    ),
  ].join('\n');
}
