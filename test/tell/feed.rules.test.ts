import { describe, expect, test } from 'vitest';
import { cutPage, type LookedAt } from '../../src/tell/feed/feed.rules.ts';
import { beginWait } from '../../src/tell/feed/waits.ts';

/** Events that were looked at, by what is said of each: told, not wanted, no room, emptied as nobody paid, or for its age. */
function lookedAt(
  after: number,
  ...events: (readonly [number, 'told' | 'other' | 'full' | 'unpaid' | 'old'])[]
): LookedAt<number>[] {
  return events.map(([sequence, what], index) => ({
    sequence,
    previous: events[index - 1]?.[0] ?? after,
    isWanted: what !== 'other',
    isEmptied: what === 'unpaid' || what === 'old',
    isUnpaid: what === 'unpaid',
    event: what === 'told' ? sequence : undefined,
  }));
}
const cut = (after: number, ...events: Parameters<typeof lookedAt>[1][]) =>
  cutPage(after, lookedAt(after, ...events));

describe('a page of the feed', () => {
  test('of nothing stays where it is', () => {
    expect(cut(7)).toEqual({ events: [], deleted: [], nextAfter: 7, isGone: false });
  });

  test('tells what is wanted, and passes what is not', () => {
    expect(cut(0, [1, 'told'], [2, 'other'], [3, 'told'], [4, 'other'])).toEqual({
      events: [1, 3],
      deleted: [],
      nextAfter: 4,
      isGone: false,
    });
  });

  test('ends before the first that it has no room for, however many follow', () => {
    const page = cut(0, [1, 'told'], [2, 'other'], [5, 'full'], [6, 'other']);
    expect(page).toEqual({ events: [1], deleted: [{ from: 3, to: 4 }], nextAfter: 4, isGone: false });
  });

  test('names what was deleted, neighbours together', () => {
    const page = cut(1, [4, 'told'], [5, 'unpaid'], [8, 'told'], [9, 'unpaid']);
    expect(page.deleted).toEqual([
      { from: 2, to: 3 },
      { from: 5, to: 7 },
      { from: 9, to: 9 },
    ]);
    expect([page.events, page.nextAfter]).toEqual([[4, 8], 9]);
  });

  test('ends before one that is gone, and is none when that is the first', () => {
    expect(cut(0, [1, 'told'], [2, 'old'], [3, 'told'])).toMatchObject({
      events: [1],
      nextAfter: 1,
      isGone: false,
    });
    expect(cut(1, [2, 'old'], [3, 'told'])).toMatchObject({ events: [], isGone: true });
    expect(cut(1, [2, 'other'], [3, 'old'])).toMatchObject({ events: [], isGone: true });
  });
});

describe('waits', () => {
  const many = (count: number, app: string, now: number) =>
    Array.from({ length: count }, () => beginWait(app, now));

  test('of an app are twenty, until one ends or is not heard of any more', () => {
    const waits = many(20, 'one', 0);
    expect(waits).not.toContain(undefined);
    expect(beginWait('one', 1_999)).toBeUndefined();
    waits[0]?.end();
    expect(beginWait('one', 1_999)).toBeDefined();
    expect(beginWait('one', 1_999)).toBeUndefined();
    // All but the one that went on, and the one that began late.
    waits[1]?.goOn(1_500);
    expect(many(19, 'one', 2_000).filter(Boolean)).toHaveLength(18);
  });

  test('count again when they go on after they were not heard of, as when D1 is slow', () => {
    const waits = many(20, 'slow', 10_000);
    // Somebody else's request forgets them.
    beginWait('another', 13_000)?.end();
    for (const wait of waits) wait?.goOn(13_500);
    expect(beginWait('slow', 14_000)).toBeUndefined();
    for (const wait of waits) wait?.end();
    expect(beginWait('slow', 14_000)).toBeDefined();
  });

  test('of all apps are two hundred', () => {
    const begun = Array.from({ length: 12 }, (_, app) => many(20, `app-${app}`, 100_000)).flat();
    expect(begun.filter(Boolean)).toHaveLength(200);
  });
});
