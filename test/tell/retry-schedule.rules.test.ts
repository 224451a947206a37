import { describe, expect, test } from 'vitest';
import {
  MAX_ATTEMPTS,
  nextSlowedWait,
  nextWait,
  readRetryAfter,
} from '../../src/tell/deliveries/retry-schedule.rules.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const MIDDLE = 0.5;

/** All attempts of a run whose waits are those of the schedule: what each waited, and when it was made. */
function runThrough(random: number, wait = nextWait) {
  const waits: (number | undefined)[] = [];
  for (let attempt = 1, elapsedMs = 0; attempt < 1_000; attempt++) {
    const next = wait({ attempt, elapsedMs, random });
    waits.push(next);
    if (next === undefined) return { waits, elapsedMs };
    elapsedMs += next;
  }
  throw new Error('it never ends');
}

describe('nextWait', () => {
  test('follows the schedule, and ends after the twelfth attempt', () => {
    expect(runThrough(MIDDLE).waits).toEqual([
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

  test('takes twelve attempts whichever way the jitter goes', () => {
    for (const random of [0, 0.1, 0.9, 0.999_999])
      expect(runThrough(random).waits).toHaveLength(MAX_ATTEMPTS);
    expect(nextWait({ attempt: 1, elapsedMs: 0, random: 0 })).toBe(4 * SECOND);
    expect(nextWait({ attempt: 1, elapsedMs: 0, random: 0.999_999 })).toBe(6 * SECOND);
  });

  test('attempts that came early use up no step', () => {
    expect(nextWait({ attempt: 40, elapsedMs: 25 * SECOND, random: MIDDLE })).toBe(30 * SECOND);
    expect(nextWait({ attempt: 400, elapsedMs: 10 * HOUR, random: MIDDLE })).toBe(12 * HOUR);
  });

  test('time in which no attempt was made uses up none either', () => {
    expect(nextWait({ attempt: 2, elapsedMs: 200 * HOUR, random: MIDDLE })).toBe(30 * SECOND);
    expect(nextWait({ attempt: 11, elapsedMs: 200 * HOUR, random: MIDDLE })).toBe(24 * HOUR);
    expect(nextWait({ attempt: 12, elapsedMs: 200 * HOUR, random: MIDDLE })).toBeUndefined();
  });
});

test('the endpoint takes others: the wait is that of the first step, but none follows the last', () => {
  const taking = { elapsedMs: 10 * HOUR, random: MIDDLE, isTakingOthers: true };
  expect(nextWait({ ...taking, attempt: 8 })).toBe(5 * SECOND);
  expect(nextWait({ ...taking, attempt: 12, elapsedMs: 68 * HOUR })).toBeUndefined();
});

describe('nextSlowedWait', () => {
  const first = { attempt: 1, elapsedMs: 0 };

  test('is never shorter than what the receiver asked for', () => {
    for (const random of [0, 0.3, 0.999]) {
      const wait = nextSlowedWait({ ...first, random }, 90 * SECOND) ?? 0;
      expect(wait).toBeGreaterThanOrEqual(90 * SECOND);
      expect(wait).toBeLessThanOrEqual(108 * SECOND);
    }
  });

  test('is between a second and a day', () => {
    expect(nextSlowedWait({ ...first, random: 0 }, 0)).toBe(SECOND);
    expect(nextSlowedWait({ ...first, random: 0.9 }, 40 * 24 * HOUR)).toBe(24 * HOUR);
  });

  test('is never much longer than the receiver has been asking for it', () => {
    for (const elapsedMs of [0, 10 * SECOND, 25 * SECOND, 10 * MINUTE, 5 * HOUR]) {
      const wait = nextSlowedWait({ attempt: 30, elapsedMs, random: MIDDLE }, SECOND) ?? Infinity;
      expect(wait).toBeLessThanOrEqual(Math.max(1.2 * SECOND, elapsedMs / 4));
    }
  });

  test('is what was asked for, and a second at least, while the receiver takes others', () => {
    const taking = { attempt: 30, elapsedMs: 5 * HOUR, random: 0, isTakingOthers: true };
    expect(nextSlowedWait(taking, 2 * SECOND)).toBe(2 * SECOND);
    expect(nextSlowedWait(taking, 0)).toBe(SECOND);
    expect(nextSlowedWait({ ...taking, elapsedMs: 68 * HOUR }, 0)).toBeUndefined();
  });

  test('a receiver that says "one second" for days is asked a bounded number of times, for as long as any other', () => {
    const { waits, elapsedMs } = runThrough(MIDDLE, (failed) => nextSlowedWait(failed, SECOND));
    expect(waits.length).toBeLessThan(80);
    expect(elapsedMs).toBeGreaterThanOrEqual(66 * HOUR);
    expect(elapsedMs).toBeLessThan(72 * HOUR);
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
