import { MAX_START_GZIP_KB } from '../cli/start-size.ts';
import type { Bundle } from './bundle.ts';
import type { Result } from './measure.ts';
import type { StartUp } from './startup.ts';

export interface Row {
  name: string;
  floor: string;
  goal: number | undefined;
  result: Result;
}

/** How many times as long as a bare Worker a fresh isolate may take to its first answer to what is asked most. */
const MAX_START_RATIO = 4;
const PARTS_SHOWN = 12;
const KB = 1024;

const HEAD = ['', 'req/s', 'p50 ms', 'p99 ms', 'beside', 'req/s', 'adds ms', 'ratio', 'goal', ''];

/** A table for the terminal. */
export function describeRows(rows: readonly Row[]): string {
  const cells = rows.map(({ name, floor, goal, result }) => [
    name,
    result.perSecond.toFixed(0),
    result.p50.toFixed(2),
    result.p99.toFixed(2),
    floor,
    result.floorPerSecond.toFixed(0),
    result.added.toFixed(2),
    result.ratio.toFixed(2),
    goal === undefined ? '' : goal.toFixed(2),
    goal === undefined ? '' : verdict(isMet(result, goal)),
  ]);
  return drawTable(HEAD, cells, (column) => column === 0 || column === 4 || column === 9);
}

/** Rows below a head: text to the left, numbers to the right. */
export function drawTable(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  isText: (column: number) => boolean,
): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(head), ...cells.map(line)].join('\n');
}

/** The bundle's size, and what makes up the part that is evaluated at start. */
export function describeBundle({ bytes, gzipBytes, start }: Bundle): string {
  const largest = start.parts
    .slice(0, PARTS_SHOWN)
    .map(({ name, bytes: part }) => `  ${(part / KB).toFixed(1).padStart(6)} KB  ${name}`);
  return [
    `the Worker: ${(gzipBytes / KB).toFixed(1)} KB gzip, ${(bytes / KB).toFixed(0)} KB`,
    `evaluated at start: ${(start.gzipBytes / KB).toFixed(1)} KB gzip; at most ${MAX_START_GZIP_KB} KB: ${verdict(isSmall(start.gzipBytes))}; before gzip:`,
    ...largest,
  ].join('\n');
}

export function describeStartUp(startUp: StartUp): string {
  const { bare, webhook, page, whole } = startUp;
  const times = (ms: number) => `${ms.toFixed(1)} ms (${(ms / bare).toFixed(1)} ×)`;
  return `a fresh isolate to its first answer: bare ${bare.toFixed(1)} ms, a webhook ${times(webhook)}, at most ${MAX_START_RATIO} ×: ${verdict(startsSoon(startUp))}; a page ${times(page)}, with everything ${times(whole)}`;
}

export function startsSoon({ bare, webhook }: StartUp): boolean {
  return webhook <= MAX_START_RATIO * bare;
}

export function isMet(result: Result, goal: number | undefined): boolean {
  return goal === undefined || result.ratio >= goal;
}

export function isSmall(gzipBytes: number): boolean {
  return gzipBytes <= MAX_START_GZIP_KB * KB;
}

export function verdict(met: boolean): string {
  return met ? 'met' : 'missed';
}
