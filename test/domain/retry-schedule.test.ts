import { describe, expect, test } from 'vitest';
import { MAX_ATTEMPTS, nextWait, readRetryAfter } from '../../src/domain/retry-schedule.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const MIDDLE = 0.5;

describe('nextWait', () => {
  test('follows the schedule, and ends after the twelfth attempt', () => {
    const waits = Array.from({ length: MAX_ATTEMPTS }, (_, i) => nextWait(i + 1, MIDDLE));
    expect(waits).toEqual([
      5 * SECOND,
      30 * SECOND,
      2 * MINUTE,
      10 * MINUTE,
      30 * MINUTE,
      HOUR,
      3 * HOUR,
      6 * HOUR,
      12 * HOUR,
      20 * HOUR,
      24 * HOUR,
      undefined,
    ]);
    expect(MAX_ATTEMPTS).toBe(12);
  });

  test('varies by 20 % to both sides', () => {
    expect(nextWait(1, 0)).toBe(4 * SECOND);
    expect(nextWait(1, 0.999_999)).toBe(6 * SECOND);
  });

  test('is never shorter than what the receiver asked for', () => {
    for (const random of [0, 0.3, 0.999]) {
      const wait = nextWait(1, random, 90 * SECOND) ?? 0;
      expect(wait).toBeGreaterThanOrEqual(90 * SECOND);
      expect(wait).toBeLessThanOrEqual(108 * SECOND);
    }
  });

  test('an asked wait is between a second and a day', () => {
    expect(nextWait(1, 0, 0)).toBe(SECOND);
    expect(nextWait(1, 0.9, 40 * 24 * HOUR)).toBe(24 * HOUR);
  });

  test('a receiver that always says "one second" cannot use up the schedule in a minute', () => {
    let total = 0;
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) total += nextWait(attempt, MIDDLE, SECOND) ?? 0;
    expect(total).toBeGreaterThan(60 * HOUR);
  });

  test('asking for a wait does not add attempts', () => {
    expect(nextWait(MAX_ATTEMPTS, MIDDLE, SECOND)).toBeUndefined();
  });
});

describe('readRetryAfter', () => {
  const now = Date.UTC(2026, 10, 21, 10, 0, 0);
  test.each([
    ['120', 120 * SECOND],
    [' 7 ', 7 * SECOND],
    ['0', 0],
    ['Sat, 21 Nov 2026 10:05:00 GMT', 5 * MINUTE],
    ['Saturday, 21-Nov-26 10:05:00 GMT', 5 * MINUTE],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
  ])('%s', (header, expected) => {
    expect(readRetryAfter(header, now)).toBe(expected);
  });

  test.each([null, '', 'soon', '-5', '1.5', '1e3', '99999999999', 'Mon, nonsense', '2030-01-01'])(
    '%s says nothing',
    (header) => {
      expect(readRetryAfter(header, now)).toBeUndefined();
    },
  );
});
