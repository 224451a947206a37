import { describe, expect, test } from 'vitest';
import {
  decideReplay,
  readBudget,
  type Replayable,
  REPLAY_GAP_MS,
  REPLAY_WINDOW_MS,
  REPLAYS_PER_HOUR,
} from '../../src/tell/replays/replay.rules.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const failed: Replayable = { status: 'failed', leaseUntil: 0, replayedAt: null, isOrphaned: false };

describe('whether a delivery is sent again', () => {
  test.each<[string, Partial<Replayable>, string]>([
    ['it failed', {}, 'replay'],
    ['it arrived', { status: 'succeeded' }, 'replay'],
    ['it waits for its next attempt', { status: 'pending' }, 'replay'],
    ['an attempt is being made', { status: 'pending', leaseUntil: NOW + 1 }, 'sending'],
    ['the lease of a crashed attempt ran out', { status: 'pending', leaseUntil: NOW }, 'replay'],
    ['its endpoint was deleted', { isOrphaned: true }, 'gone'],
    ['it was canceled', { status: 'canceled' }, 'gone'],
    ['it was replayed a moment ago and waits', { status: 'pending', replayedAt: NOW - 1 }, 'underway'],
    ['it was replayed a moment ago and arrived', { status: 'succeeded', replayedAt: NOW - 1 }, 'too_soon'],
    ['its last replay is long ago', { status: 'succeeded', replayedAt: NOW - REPLAY_GAP_MS }, 'replay'],
  ])('%s', (_when, change, decision) => {
    expect(decideReplay({ ...failed, ...change }, NOW)).toBe(decision);
  });
});

test('the hour’s bound counts down, never below nothing, and says when the first leaves it', () => {
  expect(readBudget({ used: 0, oldest: null }, NOW)).toEqual({ left: REPLAYS_PER_HOUR, moreInMs: 0 });
  const oldest = NOW - REPLAY_WINDOW_MS + 5_000;
  expect(readBudget({ used: REPLAYS_PER_HOUR - 1, oldest }, NOW)).toEqual({ left: 1, moreInMs: 5_000 });
  expect(readBudget({ used: REPLAYS_PER_HOUR + 3, oldest }, NOW)).toEqual({ left: 0, moreInMs: 5_000 });
});
