import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { AGES } from '../../src/base/ages.rules.ts';
import { CONTENT_KB } from './content-sizes.ts';

/* How large the database is after a year, from what was measured of a sale and of an abandoned checkout (docs/storage.md). */

const YEAR = 365;
const EXPLAINED_DAYS = 91;
const PURCHASES = 100_000;
const ABANDONED = 2 * PURCHASES;
/** D1's room, MB. */
const ROOM = 10_000;

const text = await readFile(new URL('../../docs/storage.md', import.meta.url), 'utf8');

/** KB in a row of the document's table of what was measured. */
function measured(what: string): number[] {
  const row = text.split('\n').find((line) => line.startsWith(`| ${what} |`));
  const cells = row?.split('|').slice(2, -1) ?? [];
  return cells.map((cell) => Number(/[\d.]+/.exec(cell)?.[0]));
}

const [atOnce = 0, later = 0, kept = 0] = measured('a sale');
const [fresh = 0, asked = 0, left = 0] = measured('an abandoned checkout');
/** MB, from a number of rows and KB of each. */
const size = (rows: number, kb: number) => (rows * kb) / 1_000;
/** A checkout is open for a day before its days are counted. */
const openDays = AGES.unpaid[0] + 1;

const lastWeek = Math.round((PURCHASES * 7) / YEAR);
const young = Math.round((PURCHASES * AGES.delivered[0]) / YEAR) - lastWeek;
const old = PURCHASES - lastWeek - young;
const recent = Math.round((ABANDONED * openDays) / YEAR);
/** Questions about access reach back as far. */
const explained = Math.round((ABANDONED * EXPLAINED_DAYS) / YEAR);
const parts: [rows: number, mb: number][] = [
  [lastWeek, size(lastWeek, atOnce)],
  [young, size(young, later)],
  [old, size(old, kept)],
  [recent, size(recent, fresh)],
  [explained, size(explained, asked)],
  [ABANDONED - recent - explained, size(ABANDONED - recent - explained, left)],
];
const first = parts.reduce((sum, [, mb]) => sum + mb, 0);
const more = size(PURCHASES, kept) + size(ABANDONED, left);
const gb = (mb: number) => `${(mb / 1_000).toFixed(1)} GB`;

test('the document shows what the tests measure', () => {
  for (const [what, kilobytes] of Object.entries(CONTENT_KB)) expect(measured(what), what).toEqual(kilobytes);
});

test('the document shows what is computed', () => {
  for (const [rows, mb] of parts)
    expect(text).toMatch(
      new RegExp(`\\| ${rows.toLocaleString('en')} [a-z]+ \\| ${Math.round(mb).toLocaleString('en')} MB \\|`),
    );
  expect(text).toContain(`| **after the first year** | | **${gb(first)}** |`);
  expect(text).toContain(`| **after the second** | | **${gb(first + more)}** |`);
  expect(text).toContain(`| **after the fifth** | | **${gb(first + 4 * more)}** |`);
  expect(text).toContain(`its purchases and checkouts: ${gb(more)}.`);
});

test('five such years have room', () => {
  expect(first + 4 * more).toBeLessThan(ROOM);
});
