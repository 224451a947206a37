import { describe, expect, test } from 'vitest';
import { foreignThings, MAX_GIVEN, readGiven } from '../../src/access/own-grants/given.rules.ts';

const ID = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
const read = (...resources: string[]) => readGiven(resources, 'quay');
const messages = (...resources: string[]) => read(...resources).errors.map(({ path }) => path);

describe('what an app may give', () => {
  test.each([
    'content:blog/premium-article',
    'content:courses/git/*',
    'feature:dark-mode',
    'plan:quay:pro',
    `product:${ID}`,
    `benefit:${ID}`,
  ])('%s', (name) => expect(read(name)).toMatchObject({ given: { names: [name] }, errors: [] }));

  test('is kept in its one spelling, each once', () => {
    const { given } = read('content:b%C3%BCcher/', 'content:bücher', `product:${ID.toUpperCase()}`);
    expect(given.names).toEqual(['content:bücher', `product:${ID}`]);
    expect(given.products).toEqual([{ id: ID, path: 'body.resources.2' }]);
  });
});

describe('what it may not', () => {
  test.each([
    '',
    'content:',
    'content:*',
    'content:/*',
    'content:a/*/b',
    'content:a*',
    'feature:',
    'feature:*',
    'feature: ',
    'plan:atlas:pro',
    'plan:quay',
    'plan:quay:',
    'plan:quayside:pro',
    'product:1',
    'benefit:*',
    'polar:1',
    'quay',
    '*',
    'Content:a',
  ])('%j', (name) => expect(messages(name)).toEqual(['body.resources.0']));

  test('another app’s products and benefits, as if nobody had them', () => {
    const { given } = read('content:a', `product:${ID}`, `benefit:${ID}`);
    expect(foreignThings(given, { products: [ID], benefits: [] })).toEqual([
      { path: 'body.resources.2', message: 'This app has no such benefit.' },
    ]);
  });

  test('more than a token holds', () => {
    const long = Array.from({ length: MAX_GIVEN }, (_, i) => `content:${i}/${'x'.repeat(200)}`);
    expect(messages(...long)).toEqual(['body.resources']);
  });
});
