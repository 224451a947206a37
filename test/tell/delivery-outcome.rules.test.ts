import { describe, expect, test } from 'vitest';
import {
  decideOutcome,
  describeFailure,
  isBroughtForward,
  type SendError,
} from '../../src/tell/deliveries/delivery-outcome.rules.ts';
import { MAX_ATTEMPTS, MAX_REVIVALS } from '../../src/tell/deliveries/retry-schedule.rules.ts';

const now = Date.UTC(2026, 10, 21, 10, 0, 0);
const first = { attempt: 1, elapsedMs: 0, now, random: 0.5 };
const last = { attempt: MAX_ATTEMPTS, elapsedMs: 68 * 60 * 60_000, now, random: 0.5 };
const answered = (status: number, retryAfter: string | null = null) => ({ status, retryAfter });
const ERRORS: SendError[] = [
  'timeout',
  'dns',
  'tls',
  'refused',
  'connection_lost',
  'connection_failed',
  'disallowed_url',
  'gateway_error',
];

describe('decideOutcome', () => {
  test.each([200, 201, 202, 204, 226, 299])('%i is received', (status) => {
    expect(decideOutcome(answered(status), first)).toEqual({ kind: 'succeeded' });
    expect(decideOutcome(answered(status), last)).toEqual({ kind: 'succeeded' });
  });

  test.each([101, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 409, 422, 451, 500, 502, 504, 530])(
    '%i is tried again by the schedule, and fails after the last attempt',
    (status) => {
      // Only 429 and 503 may ask for a wait.
      expect(decideOutcome(answered(status, '3600'), first)).toEqual({
        kind: 'retry',
        nextAttemptAt: now + 5_000,
        waitMs: 5_000,
      });
      expect(decideOutcome(answered(status), last)).toEqual({ kind: 'failed' });
    },
  );

  test.each([429, 503])('%i waits as long as Retry-After says', (status) => {
    expect(decideOutcome(answered(status, '100'), { ...first, random: 0 })).toEqual({
      kind: 'retry',
      nextAttemptAt: now + 100_000,
      waitMs: 100_000,
      holdMs: 100_000,
    });
    expect(
      decideOutcome(answered(status, 'Sat, 21 Nov 2026 11:00:00 GMT'), { ...first, random: 0 }),
    ).toMatchObject({ waitMs: 3_600_000 });
    expect(decideOutcome(answered(status), { ...first, random: 0 })).toMatchObject({
      waitMs: status === 429 ? 5_000 : 4_000,
    });
    expect(decideOutcome(answered(status, '100'), last)).toEqual({ kind: 'failed' });
  });

  test('410 never fails a delivery: it waits for its endpoint to be enabled again', () => {
    expect(decideOutcome(answered(410), first)).toEqual({ kind: 'gone', nextAttemptAt: now });
    expect(decideOutcome(answered(410), last)).toEqual({ kind: 'gone', nextAttemptAt: now });
  });

  test.each(ERRORS)('no answer (%s) is tried again', (error) => {
    expect(decideOutcome({ error }, first)).toMatchObject({ kind: 'retry', waitMs: 5_000 });
    expect(decideOutcome({ error }, last)).toEqual({ kind: 'failed' });
  });
});

describe('isBroughtForward', () => {
  const slowed = decideOutcome(answered(429, '1'), first);
  const failed = decideOutcome(answered(500), first);
  const standing = { tookOthers: false, failures: 0, revivals: 0 };

  test('after "slow down": while the endpoint takes others, before or beside', () => {
    expect(isBroughtForward(slowed, standing)).toBe(true);
    expect(isBroughtForward(slowed, { ...standing, failures: 3, tookOthers: true })).toBe(true);
    expect(isBroughtForward(slowed, { ...standing, failures: 3 })).toBe(false);
  });

  test('after another failure: only when the endpoint comes back in the same batch', () => {
    expect(isBroughtForward(failed, { ...standing, failures: 3, tookOthers: true })).toBe(true);
    expect(isBroughtForward(failed, { ...standing, tookOthers: true })).toBe(false);
    expect(isBroughtForward(failed, { ...standing, failures: 3 })).toBe(false);
  });

  test('eight times at most, and never what has arrived, failed for good or met 410', () => {
    expect(isBroughtForward(slowed, { ...standing, revivals: MAX_REVIVALS })).toBe(false);
    for (const over of [answered(200), answered(410)])
      expect(isBroughtForward(decideOutcome(over, first), standing)).toBe(false);
    expect(isBroughtForward(decideOutcome(answered(429), last), standing)).toBe(false);
  });
});

describe('describeFailure', () => {
  test('says nothing of a success', () => {
    expect(describeFailure(204, null)).toBeNull();
  });

  test('has words of its own for every error and kind of status', () => {
    const words = [
      ...ERRORS.map((error) => describeFailure(null, error)),
      ...[302, 410, 500].map((status) => describeFailure(status, null)),
    ];
    expect(new Set(words).size).toBe(words.length);
    expect(words.every((text) => text !== null && text.endsWith('.'))).toBe(true);
  });
});
