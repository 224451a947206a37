import type { Grown, Taken } from './growth.ts';
import { drawTable, verdict } from './report.ts';

/** How many times as long it may take in the largest database as in the smallest. */
const MAX_RATIO = 1.5;
/** Rows that a statement reads do not grow; where a row lies in its index may add one or two. */
const MAX_ROWS_RATIO = 1.1;

/** A table for the terminal: milliseconds and rows read for each size, and how they grow. */
export function describeGrowth(grown: readonly Grown[]): string {
  const sizes = (grown[0]?.taken ?? []).map(({ payments }) => payments.toLocaleString('en-US'));
  const head = [
    'payments',
    ...sizes.map((size) => `${size}: ms`),
    '×',
    ...sizes.map(() => 'rows read'),
    'written',
    '',
  ];
  const rows = grown.map(({ name, taken }) => [
    name,
    ...taken.map(({ p50 }) => p50.toFixed(2)),
    timesAsLong(taken).toFixed(2),
    ...taken.map(({ rowsRead }) => rowsRead.toFixed(0)),
    (taken.at(-1)?.rowsWritten ?? 0).toFixed(0),
    verdict(isFlat(taken)),
  ]);
  const last = head.length - 1;
  return `p50, at most ${MAX_RATIO.toFixed(2)} × the smallest; rows read and written are those of one, and must not grow\n${drawTable(head, rows, (column) => column === 0 || column === last)}`;
}

export function isGrowthMet(grown: readonly Grown[]): boolean {
  return grown.every(({ taken }) => isFlat(taken));
}

function isFlat(taken: readonly Taken[]): boolean {
  const [first, last] = [taken[0], taken.at(-1)];
  if (!first || !last) return false;
  return timesAsLong(taken) <= MAX_RATIO && last.rowsRead <= first.rowsRead * MAX_ROWS_RATIO;
}

function timesAsLong(taken: readonly Taken[]): number {
  return (taken.at(-1)?.p50 ?? Number.NaN) / (taken[0]?.p50 ?? Number.NaN);
}
