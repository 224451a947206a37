import { afterEach, beforeEach, expect, type MockInstance, test, vi } from 'vitest';
import { opens } from '../../packages/kit/claims.ts';
import { contentId, opensContent } from '../../packages/kit/content/index.ts';
import { spellPath } from '../../packages/kit/gate-path.ts';
import { covers } from '../../packages/kit/resources.ts';

/*
 * Normalizing takes time by the square of a run of marks. A site hands the kit what visitors send, so nothing is normalized that has more
 * of them than any writing has, or that is longer than a name can be.
 */

let spy: MockInstance<typeof String.prototype.normalize>;
beforeEach(() => {
  spy = vi.spyOn(String.prototype, 'normalize');
});
afterEach(() => vi.restoreAllMocks());

const normalized = () => spy.mock.contexts.map(String);
const longest = () => Math.max(0, ...normalized().map(({ length }) => length));
const longestRun = () =>
  Math.max(
    0,
    ...normalized()
      .flatMap((text) => text.match(/[\p{M}\uff9e\uff9f]+/gu) ?? [])
      .map(({ length }) => length),
  );

const marks = (count: number) => '\u0301\u0323'.repeat(count / 2);
const claims = (ent: string[]) => ({ iss: 'i', aud: 'a', sub: 's', ent, ver: 0, iat: 0, exp: 9e9 });

const TEXTS: readonly (readonly [string, string])[] = [
  ['marks', `a${marks(2_000)}`],
  ['more marks', `a${marks(60_000)}`],
  ['marks in escapes', `a${encodeURIComponent(marks(340))}`],
  ['more marks in escapes', `a${encodeURIComponent(marks(60_000))}`],
  ['half-width sound marks', `blog/\uff76${'\uff9e\u0323'.repeat(1_000)}`],
  ['a long text', 'ü/'.repeat(100_000)],
];

test.each(TEXTS)('attack: %s are no name', (_name, text) => {
  expect(covers(`content:${text}`, `content:${text}`)).toBe(false);
  expect(covers('content:blog/*', `content:blog/${text}`)).toBe(false);
  expect(covers(`content:${text}/*`, 'content:blog')).toBe(false);
  expect(opens(claims([`feature:${text}`, 'content:blog/*']), `feature:${text}`, 0)).toBe(false);
  expect(opensContent(`blog/* ${text}`, text)).toBe(false);
  expect(contentId(`/${text}`)).toBeUndefined();
  expect(longestRun()).toBeLessThanOrEqual(30);
  expect(longest()).toBeLessThanOrEqual(3_000);
});

test.each(TEXTS.filter(([name]) => name.includes('marks') && !name.startsWith('half')))(
  'attack: %s are no path',
  (_name, text) => {
    expect(spellPath(`/${text}`)).toBeUndefined();
    expect(longestRun()).toBeLessThanOrEqual(30);
  },
);

test('what is asked is spelled once, however much somebody has', () => {
  const ent = Array.from({ length: 200 }, (_, i) => `content:bücher/${i}/*`);
  const count = (names: string[]) => {
    spy.mockClear();
    opens(claims(names), 'content:blog/ü/a', 0);
    return spy.mock.calls.length;
  };
  expect(count(ent) - count(ent.slice(0, 100))).toBe(100);
});
