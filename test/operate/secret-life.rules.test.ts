import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newestKey } from '../../src/base/newest-key.rules.ts';
import { SETTLE_SECONDS } from '../../src/base/key-lives.rules.ts';
import {
  ENCRYPTION_KEPT_SECONDS,
  judgeKeys,
  type LivingKey,
  SIGNING_KEPT_SECONDS,
} from '../../src/operate/secrets/secret-life.rules.ts';
import { TOKEN_TTL_SECONDS } from '../../src/access/entitlement-token.rules.ts';

const NOW = 1_790_000_000_000;
const SECONDS = NOW / 1000;
const key = (id: string, begins: number, since = 0): LivingKey => ({ id, begins, since });
const states = (keys: LivingKey[], now = NOW, isNeeded = false) =>
  judgeKeys(keys, { now, keptSeconds: 100, isNeeded }).map(({ id, state }) => `${id} ${state}`);

describe('the state of a key', () => {
  it('is that it comes, is used, is kept, and can be removed', () => {
    const keys = [key('a', 0), key('b', SECONDS + 10)];
    expect(states(keys)).toEqual(['a current', 'b coming']);
    expect(states(keys, NOW + 10_000)).toEqual(['a kept', 'b current']);
    expect(states(keys, NOW + 109_999)).toEqual(['a kept', 'b current']);
    expect(states(keys, NOW + 110_000)).toEqual(['a removable', 'b current']);
  });

  it('is kept as long as something needs it, and from when the gateway had the new one', () => {
    expect(states([key('a', 0), key('b', 1)], NOW, true)).toEqual(['a kept', 'b current']);
    expect(states([key('a', 0), key('b', 1, NOW - 99_999)])).toEqual(['a kept', 'b current']);
    expect(states([key('a', 0), key('b', 1, NOW - 100_000)])).toEqual(['a removable', 'b current']);
  });

  it('is current for the first of equals, and for the earliest when none has begun', () => {
    expect(states([key('a', 0), key('b', 0)])).toEqual(['a current', 'b removable']);
    expect(states([key('a', SECONDS + 9), key('b', SECONDS + 5)])).toEqual(['a coming', 'b current']);
  });

  it('is never removable before the last thing that was made with it is over, whatever isolates still ran with', () => {
    assert(
      property(
        integer({ min: 0, max: 20_000 }),
        integer({ min: 0, max: 20_000 }),
        integer({ min: 0, max: 60_000 }),
        (announced, since, later) => {
          const old = key('old', 0);
          const next = key('new', SECONDS + announced, NOW + since * 1000);
          const now = NOW + later * 1000;
          const judged = judgeKeys([old, next], { now, keptSeconds: SIGNING_KEPT_SECONDS, isNeeded: false });
          if (judged[0]?.state !== 'removable') return;
          // An isolate that began just before the gateway had the new key may sign with the old one until it ends.
          const lastSigned = Math.max(next.begins * 1000, next.since + SETTLE_SECONDS * 1000);
          expect(now).toBeGreaterThanOrEqual(lastSigned + TOKEN_TTL_SECONDS * 1000);
          expect(newestKey([old, next], ({ begins }) => begins, now / 1000)).toBe(next);
        },
      ),
    );
    expect(ENCRYPTION_KEPT_SECONDS).toBeGreaterThan(2 * SETTLE_SECONDS);
  });
});
