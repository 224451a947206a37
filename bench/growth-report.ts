import type { Grown, Taken } from './growth.ts';
import { drawTable, verdict } from './report.ts';

/** How many times as long it may take in the largest database as in the smallest. */
const MAX_RATIO = 1.5;
/**
 * Rows that a statement reads do not grow from the second largest database to the largest, which a list that looks at so many at most has
 * reached by then; where a row lies in its index may add one or two.
 */
const MAX_ROWS_RATIO = 1.1;
/** Reading as many rows takes longer where fewer of a database's pages are in memory; beyond this it is something else. */
const MAX_OF_PAGES_MS = 2;

/** A table for the terminal: milliseconds and rows read for each size, and how they grow. */
export function describeGrowth(grown: readonly Grown[]): string {
  const whole = grown.find(({ fault }) => fault === undefined);
  const sizes = (whole?.taken ?? []).map(({ payments }) => payments.toLocaleString('en-US'));
  const head = [
    'payments',
    ...sizes.map((size) => `${size}: ms`),
    '×',
    '+ ms',
    ...sizes.map(() => 'rows read'),
    'written',
    '',
  ];
  const rows = grown.flatMap(({ name, taken, fault }) => (fault === undefined ? [rowOf(name, taken)] : []));
  const faults = grown.flatMap(({ name, fault }) => (fault === undefined ? [] : [`${name}: ${fault}`]));
  const last = head.length - 1;
  return `p50, at most ${MAX_RATIO.toFixed(2)} × the smallest; rows read and written are those of one, and must not grow in the end; “pages”: as many rows, less than ${MAX_OF_PAGES_MS} ms longer\n${drawTable(head, rows, (column) => column === 0 || column === last)}${faults.map((fault) => `\nwrong: ${fault}`).join('')}`;
}

function rowOf(name: string, taken: readonly Taken[]): string[] {
  return [
    name,
    ...taken.map(({ p50 }) => p50.toFixed(2)),
    timesAsLong(taken).toFixed(2),
    longerBy(taken).toFixed(2),
    ...taken.map(({ rowsRead }) => rowsRead.toFixed(0)),
    (taken.at(-1)?.rowsWritten ?? 0).toFixed(0),
    howItGrows(taken),
  ];
}

export function isGrowthMet(grown: readonly Grown[]): boolean {
  return grown.every(({ taken }) => howItGrows(taken) !== verdict(false));
}

function howItGrows(taken: readonly Taken[]): string {
  const [before, last] = [taken.at(-2), taken.at(-1)];
  if (!before || !last || last.rowsRead > before.rowsRead * MAX_ROWS_RATIO) return verdict(false);
  if (timesAsLong(taken) <= MAX_RATIO) return verdict(true);
  return longerBy(taken) < MAX_OF_PAGES_MS ? 'pages' : verdict(false);
}

function timesAsLong(taken: readonly Taken[]): number {
  return (taken.at(-1)?.p50 ?? Number.NaN) / (taken[0]?.p50 ?? Number.NaN);
}

/** Milliseconds. */
function longerBy(taken: readonly Taken[]): number {
  return (taken.at(-1)?.p50 ?? Number.NaN) - (taken[0]?.p50 ?? Number.NaN);
}
