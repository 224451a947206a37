import { describe, expect, test } from 'vitest';
import { covers } from '../../packages/kit/resources.ts';
import { benefitResources, featureKey } from '../../src/access/benefits.rules.ts';
import { productResources, readContentIds } from '../../src/access/resources.rules.ts';

describe('covers', () => {
  test.each([
    ['content:blog/premium', 'content:blog/premium'],
    ['content:courses/git/*', 'content:courses/git/intro'],
    ['content:courses/git/*', 'content:courses/git/part-2/chapter-1'],
    ['content:courses/git/*', 'content:courses/git'],
    ['content:courses/git/*', 'content:courses/git/*'],
    ['content:courses/git/*', 'content:courses/git/..drafts'],
    ['plan:quay:pro', 'plan:quay:pro'],
    ['content:blog/café-menu', 'content:blog/caf%C3%A9-menu'],
    ['content:blog/caf%c3%a9-menu', 'content:blog/café-menu'],
    ['content:bücher/*', 'content:b%C3%BCcher/eins%20zwei'],
    [' plan:quay:pro', 'plan:quay:pro '],
    ['plan:caf%C3%A9', 'plan:café'],
    ['content:courses/git/*', 'content:courses/git/'],
    ['content:courses/git/*', 'content:courses/git/x/'],
  ])('%s opens %s', (entitlement, resource) => expect(covers(entitlement, resource)).toBe(true));

  test.each([
    ['content:courses/git/*', 'content:courses/github'],
    ['content:courses/git/%2A', 'content:courses/git/intro'],
    ['content:a%2fb', 'content:a/b'],
    ['content:%E9', 'content:é'],
    ['content:courses/git/*', 'content:courses/gi'],
    ['content:courses/git/*', 'content:courses'],
    ['content:courses/git/*', 'content:Courses/git/intro'],
    ['content:courses/git/*', 'feature:courses/git/intro'],
    ['content:courses/git', 'content:courses/git/intro'],
    ['content:courses/git*', 'content:courses/github'],
    ['content:*', 'content:blog/premium'],
    ['content:/*', 'content:/blog'],
    ['content:courses/*/intro', 'content:courses/git/intro'],
    ['plan:quay/*', 'plan:quay/pro'],
    ['feature:beta/*', 'feature:beta/editor'],
  ])('%s does not open %s', (entitlement, resource) => expect(covers(entitlement, resource)).toBe(false));

  test('however an accent is written, it is the same', () => {
    const [composed, apart] = ['content:bücher'.normalize('NFC'), 'content:bücher'.normalize('NFD')];
    for (const sold of [composed, apart]) {
      for (const asked of [composed, apart]) {
        expect(covers(sold, asked)).toBe(true);
        expect(covers(`${sold}/*`, `${asked}/eins`)).toBe(true);
      }
    }
    expect(covers(composed, 'content:bucher')).toBe(false);
  });

  test.each([
    '../finance',
    'a/../../finance',
    './x',
    'a//b',
    '/',
    'x//',
    '..\\finance',
    '%2e%2e/finance',
    'a%2Fb',
  ])('a path that resolves elsewhere is not beneath: %s', (path) =>
    expect(covers('content:courses/git/*', `content:courses/git/${path}`)).toBe(false),
  );
});

test('one metadata value names several content ids, by commas or white space', () => {
  expect(readContentIds({ content_id: 'blog/a, blog/b  courses/git/*,' })).toEqual([
    'blog/a',
    'blog/b',
    'courses/git/*',
  ]);
  expect(readContentIds({ content_id: 42 })).toEqual(['42']);
  expect(readContentIds({ content_id: true })).toEqual([]);
  expect(readContentIds({})).toEqual([]);
});

test.each([
  [{ feature_key: 'dark', key: 'other' }, 'Dark mode', 'dark'],
  [{ key: 'other' }, 'Dark mode', 'other'],
  [{ feature_key: ' ' }, 'Dark mode', 'dark-mode'],
  [{}, '  Früher Zugang (Beta)! ', 'fruher-zugang-beta'],
  [{}, '✨✨✨', undefined],
])('a feature flag with metadata %j, described %j, has the key %j', (metadata, description, key) =>
  expect(featureKey({ metadata, description })).toBe(key),
);

test('a product opens itself, its plan and its content', () => {
  const product = {
    id: 'p1',
    name: 'quay:pro',
    metadata: { content_id: 'blog/a' },
    knowsBenefits: true,
    benefitIds: [],
    seatBased: false,
    isOwn: true,
  };
  expect(productResources(product, 'quay')).toEqual(['product:p1', 'plan:quay:pro', 'content:blog/a']);
  expect(productResources(product, 'atlas')).toEqual(['product:p1', 'content:blog/a']);
});

test('only a feature flag opens a feature', () => {
  const benefit = { id: 'b1', type: 'custom', description: 'Dark mode', metadata: {} };
  expect(benefitResources('b1', benefit)).toEqual(['benefit:b1']);
  expect(benefitResources('b1', { ...benefit, type: 'feature_flag' })).toEqual([
    'benefit:b1',
    'feature:dark-mode',
  ]);
  expect(benefitResources('b1', undefined)).toEqual(['benefit:b1']);
});
