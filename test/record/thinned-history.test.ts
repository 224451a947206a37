import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runBatch } from '../../src/base/db/database.rows.ts';
import {
  noteGrantChange,
  noteProducts,
  thinGrantChanges,
  thinProducts,
} from '../../src/record/grant-history.rows.ts';
import { historyOf, type NotedChange } from '../../src/use/grants/history.rules.ts';
import { makeServices } from '../tell/forwarding.ts';

/* What a grant's history says again goes after some time, and nothing that anything is decided from (ADR 112). */

const DAY = 86_400_000;
const { database } = makeServices();
const RUNS = Math.min(Math.max(5, Number(env.TEST_RUNS)), 50);

const readChanges = async (id: string) =>
  (
    await env.DB.prepare(
      `select version, what, state, granted_at as grantedAt, revoked_at as revokedAt, seen_at as seenAt
       from grant_changes where grant_id = ? order by version, what`,
    )
      .bind(id)
      .all<NotedChange & Record<string, unknown>>()
  ).results;

/** How it stood when, since when it stands as it does, and when it last stood otherwise. */
function decidedFrom(rows: readonly NotedChange[], from: number) {
  const last = rows.at(-1);
  const other = rows.findLast(({ state }) => state !== last?.state)?.version ?? 0;
  return {
    last,
    other,
    since: rows.find(({ version }) => version > other)?.version,
    recent: rows.filter(({ version }) => version >= from * 1_000),
    turns: historyOf(rows, [], { createdAt: 0 })
      .filter(({ what }) => what === 'created' || what === 'revoked')
      .filter(({ what }, i, turns) => turns[i - 1]?.what !== what)
      .map(({ what, at }) => [what, at]),
  };
}

const step = fc.record({
  days: fc.integer({ min: 1, max: 90 }),
  what: fc.constantFrom('renewed', 'updated', 'read', 'revoked', 'created'),
});

test('histories of all kinds decide the same when they are thinned, whenever that is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 0, max: 900 }),
      async (steps, cut) => {
        const grantId = crypto.randomUUID();
        let at = DAY;
        let grantedAt = at;
        const writes = steps.map(({ days, what }) => {
          at += days * DAY;
          const state = what === 'revoked' ? ('revoked' as const) : ('granted' as const);
          if (what === 'created') grantedAt = at;
          const revokedAt = state === 'revoked' ? at : null;
          return noteGrantChange('sandbox', at, {
            grantId,
            version: at * 1_000,
            what,
            state,
            grantedAt,
            revokedAt,
          });
        });
        await runBatch(database, writes);
        const all = await readChanges(grantId);
        const before = cut * DAY;
        await runBatch(database, [thinGrantChanges('sandbox', grantId, before)]);
        await runBatch(database, [thinGrantChanges('sandbox', grantId, before)]);
        const left = await readChanges(grantId);
        expect(decidedFrom(left, before)).toEqual(decidedFrom(all, before));
        const old = left.filter(({ version }) => version < before * 1_000);
        for (const [i, { state }] of old.entries())
          expect(
            old[i - 1]?.state === state && old[i + 1]?.state === state,
            `row ${i} says nothing new`,
          ).toBe(false);
      },
    ),
    { numRuns: RUNS },
  );
});

test('a grant that is renewed every week for ten years has the rows of the last 400 days and a few', async () => {
  const grantId = crypto.randomUUID();
  for (let week = 0; week < 520; week++) {
    const at = (week + 1) * 7 * DAY;
    const change = {
      grantId,
      version: at * 1_000,
      what: week === 0 ? ('created' as const) : ('renewed' as const),
      state: 'granted' as const,
      grantedAt: 7 * DAY,
      revokedAt: null,
    };
    await runBatch(database, [
      noteGrantChange('sandbox', at, change),
      thinGrantChanges('sandbox', grantId, at - 400 * DAY),
    ]);
  }
  const left = await readChanges(grantId);
  expect(left.length).toBeLessThan(65);
  expect(left[0]).toMatchObject({ what: 'created', version: 7 * DAY * 1_000 });
});

test('of the products that a subscription was seen with the changes stay', async () => {
  const id = crypto.randomUUID();
  const purchase = `subscription:${id}`;
  const seen = 'aaabbbbabcccc'.split('');
  await env.DB.batch([
    ...seen.map((product, i) =>
      env.DB.prepare("insert into grant_causes (mode, purchase, at, what) values ('sandbox', ?, ?, ?)").bind(
        purchase,
        i * DAY,
        `product:${product}`,
      ),
    ),
    env.DB.prepare(
      "insert into grant_causes (mode, purchase, at, what) values ('sandbox', ?, ?, 'past_due')",
    ).bind(purchase, DAY),
  ]);
  await runBatch(database, [
    noteProducts('sandbox', { subscriptionId: id, productId: 'c', at: 20 * DAY }),
    thinProducts('sandbox', id, 12 * DAY),
  ]);
  const { results } = await env.DB.prepare(
    'select at, what from grant_causes where purchase = ? order by at, what',
  )
    .bind(purchase)
    .all<{ at: number; what: string }>();
  expect(results.map(({ at, what }) => `${at / DAY} ${what}`)).toEqual([
    '0 product:a',
    '1 past_due',
    '2 product:a',
    '3 product:b',
    '6 product:b',
    '7 product:a',
    '8 product:b',
    '9 product:c',
    '11 product:c',
    '12 product:c',
  ]);
});
