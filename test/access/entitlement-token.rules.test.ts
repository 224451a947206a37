import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildClaims,
  type EntitlementClaims,
  isFresh,
  MAX_AHEAD_MS,
  narrowClaims,
  readClaims,
  readEnds,
  readValues,
  saySame,
  shortenClaims,
  TOKEN_TTL_SECONDS,
} from '../../src/access/entitlement-token.rules.ts';
import { covers } from '../../packages/kit/resources.ts';
import { readAsked } from '../../src/access/resources.rules.ts';

const NOW = Date.UTC(2026, 10, 21) + 250;
const SECONDS = Math.floor(NOW / 1000);
const endInToken = (claims: EntitlementClaims, resource: string, now: number) =>
  readEnds(claims, now)(readAsked(resource));
const who = { iss: 'https://floe.example/live', aud: 'quay-live', sub: 'c1' };

test('a token lives five minutes and lists what is had, sorted', () => {
  expect(
    buildClaims(
      who,
      new Map([
        ['product:p1', null],
        ['benefit:b1', null],
      ]),
      NOW,
    ),
  ).toEqual({
    ...who,
    ent: ['benefit:b1', 'product:p1'],
    ver: NOW,
    iat: SECONDS,
    exp: SECONDS + TOKEN_TTL_SECONDS,
  });
});

test('it dies with the first of what it lists, and says when each ends', () => {
  const claims = buildClaims(
    who,
    new Map([
      ['a', NOW + 9000],
      ['b', NOW + 99_000_000],
      ['c', null],
    ]),
    NOW,
  );
  expect(claims.exp).toBe(SECONDS + 9);
  expect(claims.ends).toEqual({ a: SECONDS + 9, b: SECONDS + 99_000 });
  expect(endInToken(claims, 'b', NOW)).toBe((SECONDS + 99_000) * 1000);
  expect(endInToken(claims, 'c', NOW)).toBeNull();
  expect(endInToken(claims, 'd', NOW)).toBeUndefined();
});

test('it never says yes after an end, whatever the ends', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.option(fc.integer({ min: 1, max: 900_000 }))),
      fc.integer({ min: 0, max: 900_000 }),
      (lives, later) => {
        const current = new Map(
          Object.entries(lives).map(([name, life]) => [name, life === null ? null : NOW + life]),
        );
        const claims = buildClaims(who, current, NOW);
        const then = NOW + later;
        for (const [name, endsAt] of current) {
          const saysYes = claims.exp * 1000 > then && endInToken(claims, name, then) !== undefined;
          if (endsAt !== null && endsAt <= then) expect(saysYes).toBe(false);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('fresh is younger than max_age and not expired', () => {
  const claims = buildClaims(who, new Map([['a', null]]), NOW);
  expect(isFresh(claims, 0, NOW)).toBe(false);
  expect(isFresh(claims, 1, NOW + 999)).toBe(true);
  expect(isFresh(claims, 1, NOW + 1000)).toBe(false);
  expect(isFresh(claims, 86_400, claims.exp * 1000 - 1)).toBe(true);
  expect(isFresh(claims, 86_400, claims.exp * 1000)).toBe(false);
});

test('attack: a token from the future is not fresh, however long it may be old', () => {
  const claims = buildClaims(who, new Map([['a', null]]), NOW);
  expect(isFresh(claims, 86_400, NOW - MAX_AHEAD_MS)).toBe(true);
  expect(isFresh(claims, 86_400, NOW - MAX_AHEAD_MS - 1)).toBe(false);
});

test('two say the same whenever they were made', () => {
  const build = (current: [string, number | null][], at: number) => buildClaims(who, new Map(current), at);
  expect(
    saySame(
      build(
        [
          ['a', null],
          ['b', null],
        ],
        NOW,
      ),
      build(
        [
          ['b', null],
          ['a', null],
        ],
        NOW + 9000,
      ),
    ),
  ).toBe(true);
  expect(saySame(build([['a', null]], NOW), build([['a', NOW + 5000]], NOW))).toBe(false);
  expect(saySame(build([['a', null]], NOW), build([], NOW))).toBe(false);
});

test('narrowed, it answers for what was asked as the whole one does, and for nothing else', () => {
  const names = ['content:a', 'content:a/*', 'content:a/b', 'content:c', 'plan:quay:pro'];
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), fc.option(fc.integer({ min: 1, max: 900_000 }))),
      fc.subarray(['content:a', 'content:a/b', 'content:a/b/d', 'content:c', 'plan:quay:pro', 'none']),
      fc.integer({ min: 0, max: 900_000 }),
      (lives, asked, later) => {
        const current = new Map(
          Object.entries(lives).map(([name, life]) => [name, life === null ? null : NOW + life]),
        );
        const whole = buildClaims(who, current, NOW);
        const narrow = narrowClaims(whole, asked.map(readAsked));
        expect(narrow).toMatchObject({ ...who, ver: whole.ver, iat: whole.iat });
        for (const resource of asked)
          expect(endInToken(narrow, resource, NOW + later)).toBe(endInToken(whole, resource, NOW + later));
        expect(narrow.ent.every((name) => asked.some((resource) => covers(name, resource)))).toBe(true);
        const ends = Object.values(narrow.ends ?? {});
        expect(narrow.exp).toBe(Math.min(whole.iat + TOKEN_TTL_SECONDS, ...ends));
      },
    ),
    { numRuns: 1000 },
  );
});

test('shortened, it keeps of each resource what opens it longest, under the shortest name', () => {
  const current = new Map<string, number | null>([
    ['content:a/*', NOW + 60_000],
    ['content:a/b', NOW + 90_000],
    ['content:c/*', null],
    ['content:c/d/*', null],
    ['content:c/d/e', NOW + 90_000],
    ['content:f', null],
  ]);
  const whole = buildClaims(who, current, NOW);
  const [narrow, least, bare] = shortenClaims(whole, ['content:a/b', 'content:c/d/e', 'none'].map(readAsked));
  expect(narrow?.ent).toEqual([
    'content:a/*',
    'content:a/b',
    'content:c/*',
    'content:c/d/*',
    'content:c/d/e',
  ]);
  const expected = buildClaims(
    who,
    new Map([
      ['content:a/b', NOW + 90_000],
      ['content:c/*', null],
    ]),
    NOW,
  );
  expect(least).toEqual(expected);
  const { ends: _, ...without } = expected;
  expect(bare).toEqual(without);
  // No end in it, and still none opens late: it dies with the first.
  expect(bare?.exp).toBe(SECONDS + 90);
});

test('narrowed to nothing that is had, it is empty', () => {
  const whole = buildClaims(who, new Map([['a', NOW + 9000]]), NOW);
  expect(narrowClaims(whole, [readAsked('b')])).toEqual(buildClaims(who, new Map(), NOW));
});

test('claims of another shape are not read', () => {
  const claims = buildClaims(who, new Map([['a', NOW + 9000]]), NOW);
  expect(readClaims({ ...claims, jti: 'x' })).toEqual(claims);
  for (const broken of [
    { ent: 'a' },
    { ent: [1] },
    { ver: '1' },
    { sub: null },
    { aud: ['quay-live'] },
    { ends: { a: 'x' } },
  ])
    expect(readClaims({ ...claims, ...broken })).toBeUndefined();
});

describe('the values of features', () => {
  const features = (...listed: [string, Record<string, string | number | boolean>, (number | null)?][]) =>
    new Map(listed.map(([key, values, endsAt = null]) => [`feature:${key}`, { values, endsAt }]));
  const names = (...keys: string[]) =>
    new Map<string, number | null>(
      ['content:a', ...keys.map((key) => `feature:${key}`)].map((name) => [name, null]),
    );
  const whole = () =>
    buildClaims(
      who,
      names('exports', 'dark'),
      NOW,
      features(['exports', { limit: 5 }, NOW + 60_000], ['dark', {}]),
    );

  test('are in the token, and it ends before they may be others', () => {
    expect(whole()).toMatchObject({ feat: { dark: {}, exports: { limit: 5 } }, exp: SECONDS + 60 });
    expect(buildClaims(who, names(), NOW)).not.toHaveProperty('feat');
  });

  test('are read for what is asked, in any spelling; of a token that does not say it they are unknown', () => {
    expect(readValues(whole(), readAsked('feature:exports/'))).toEqual({ limit: 5 });
    expect(readValues(whole(), readAsked('feature:dark'))).toEqual({});
    expect(readValues(whole(), readAsked('feature:other'))).toBeUndefined();
    expect(readValues(whole(), readAsked('content:a'))).toBeUndefined();
    const { feat: _, ...earlier } = whole();
    expect(readValues(earlier, readAsked('feature:exports'))).toBeUndefined();
  });

  test('make two tokens differ', () => {
    const other = buildClaims(who, names('exports', 'dark'), NOW, features(['exports', { limit: 6 }]));
    expect(saySame(whole(), other)).toBe(false);
    expect(saySame(whole(), whole())).toBe(true);
  });

  test('go before names when a token is shortened, and those that were asked for go last', () => {
    const forms = (resource: string) =>
      shortenClaims(whole(), [readAsked(resource)]).map(({ ent, feat }) => ({ ent, feat }));
    const all = ['content:a', 'feature:dark', 'feature:exports'];
    expect(forms('feature:exports')).toEqual([
      { ent: all, feat: { exports: { limit: 5 } } },
      { ent: ['feature:exports'], feat: { exports: { limit: 5 } } },
      { ent: ['feature:exports'] },
      { ent: ['feature:exports'] },
      { ent: ['feature:exports'] },
    ]);
    expect(forms('content:a').slice(0, 2)).toEqual([{ ent: all }, { ent: ['content:a'] }]);
    const [withValues, , without] = shortenClaims(whole(), [readAsked('feature:exports')]);
    expect([withValues?.exp, without?.exp]).toEqual([SECONDS + 60, SECONDS + TOKEN_TTL_SECONDS]);
  });

  test('of another form are left out, and nobody loses access for them', () => {
    const tomorrow = { ...whole(), feat: { exports: { limit: 5, list: [1] }, dark: 7, more: { at: null } } };
    const claims = readClaims(tomorrow);
    if (!claims) throw new Error('not read');
    const worth = ['exports', 'dark', 'more', 'toString'].map((key) =>
      readValues(claims, readAsked(`feature:${key}`)),
    );
    expect(worth).toEqual([{ limit: 5 }, undefined, {}, undefined]);
    expect(claims.ent).toEqual(whole().ent);
    expect(readClaims({ ...whole(), feat: 'x' })).not.toHaveProperty('feat');
  });
});
