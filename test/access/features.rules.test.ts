import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featureOf } from '../../src/access/benefits.rules.ts';
import { deriveEntitlements, type Holdings } from '../../src/access/entitlements.rules.ts';
import { type FeatureSource, mergeFeature, readFeatureValues } from '../../src/access/features.rules.ts';
import { parseJson } from '../../src/base/json.rules.ts';

const NOW = Date.UTC(2026, 10, 21);
const source = (values: FeatureSource['values'], more: Partial<FeatureSource> = {}): FeatureSource => ({
  benefitId: 'b1',
  values,
  boughtAt: NOW,
  endsAt: null,
  ...more,
});
const written = (value: unknown) => JSON.stringify(value);

describe('the values of a feature', () => {
  test('are all of the metadata that is no name for Floe', () => {
    const metadata = {
      feature_key: 'exports',
      key: 'e',
      content_id: 'blog/one',
      gateway_plan: 'pro',
      catalog_key: 'benefit:exports',
      uncle_z_product: 'quay',
      owner_email: 'ada@quay.example',
      limit: 5,
      tier: 'gold',
      beta: false,
    };
    expect(readFeatureValues(metadata)).toEqual({ limit: 5, tier: 'gold', beta: false });
  });

  test('keep the digits of their numbers', () => {
    const metadata = parseJson('{"guild":653247040368672769,"share":1.0,"huge":1e400}') as Record<
      string,
      unknown
    >;
    expect(written(readFeatureValues(metadata))).toBe(
      '{"guild":653247040368672769,"share":1.0,"huge":1e400}',
    );
  });

  test('are nothing of a benefit of another type, and of a flag without a key', () => {
    const flag = { id: 'b1', type: 'feature_flag', description: 'Dark mode', metadata: { limit: 5 } };
    expect(featureOf(flag)).toEqual({ name: 'feature:dark-mode', values: { limit: 5 } });
    expect(featureOf({ ...flag, type: 'custom' })).toBeUndefined();
    expect(featureOf({ ...flag, description: '!!!' })).toBeUndefined();
    expect(featureOf(undefined)).toBeUndefined();
  });

  test('attack: a value that is called like a part of every object is a value', () => {
    const metadata = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, unknown>;
    const { values } = mergeFeature([source(readFeatureValues(metadata))]);
    expect(written(values)).toBe('{"__proto__":"x","constructor":"y"}');
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
  });
});

describe('a feature from several sources', () => {
  test.each([
    ['of numbers the largest', { limit: 5 }, { limit: 50 }, { limit: 50 }],
    ['of numbers that are text, too', { limit: '5' }, { limit: '50' }, { limit: '50' }],
    ['of true and false true', { beta: true }, { beta: false }, { beta: true }],
    ['of other text what was bought last', { tier: 'starter' }, { tier: 'pro' }, { tier: 'pro' }],
    ['of different kinds what was bought last', { seats: 'many' }, { seats: 3 }, { seats: 3 }],
    ['what only one of them has', { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ])('is worth %s', (_, older, newer, both) => {
    const sources = [source(newer, { benefitId: 'b2' }), source(older, { boughtAt: NOW - 1000 })];
    expect(mergeFeature(sources).values).toEqual(both);
    expect(mergeFeature(sources.toReversed()).values).toEqual(both);
  });

  test('may be worth something else when one of them ends that says something', () => {
    const until = (endsAt: number | null, values = { limit: 1 }) => source(values, { endsAt });
    expect(mergeFeature([until(null), until(NOW + 9000), until(NOW + 5000)]).endsAt).toBe(NOW + 5000);
    expect(mergeFeature([until(null), source({}, { endsAt: NOW + 5000 })]).endsAt).toBeNull();
  });

  const value = fc.oneof(
    fc.integer({ min: 0, max: 3 }),
    fc.boolean(),
    fc.constantFrom('1', '2', 'true', 'a', 'b'),
  );
  const anySource = fc.record({
    benefitId: fc.constantFrom('b1', 'b2', 'b3'),
    values: fc.dictionary(fc.constantFrom('x', 'y'), value),
    boughtAt: fc.option(fc.constantFrom(NOW - 2, NOW - 1, NOW)),
    endsAt: fc.option(fc.constantFrom(NOW + 1, NOW + 2)),
  });
  test('is worth the same however the rows are ordered, and never less than any one of them', () => {
    fc.assert(
      fc.property(
        // One purchase gives a benefit once.
        fc.uniqueArray(anySource, { selector: ({ benefitId, boughtAt }) => `${benefitId} ${boughtAt}` }),
        (sources) => {
          const merged = mergeFeature(sources);
          expect(mergeFeature(sources.toReversed())).toEqual(merged);
          expect(mergeFeature(sources.toSorted((a, b) => (a.benefitId < b.benefitId ? -1 : 1)))).toEqual(
            merged,
          );
          const names = new Set(sources.flatMap(({ values }) => Object.keys(values)));
          expect(new Set(Object.keys(merged.values))).toEqual(names);
          for (const name of names) {
            const had = sources.flatMap(({ values }) => (Object.hasOwn(values, name) ? [values[name]] : []));
            if (had.every((each) => typeof each === 'number'))
              expect(merged.values[name]).toBe(Math.max(...had));
            if (had.every((each) => typeof each === 'boolean'))
              expect(merged.values[name]).toBe(had.includes(true));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('of what a subject has', () => {
  const flag = (id: string, metadata: Record<string, unknown>) => ({
    id,
    type: 'feature_flag',
    description: id,
    metadata: { feature_key: 'exports', ...metadata },
  });
  const grant = (benefitId: string, more: Partial<Holdings['grants'][number]> = {}) => ({
    benefitId,
    memberId: null,
    memberRole: null,
    orderId: null,
    subscriptionId: null,
    isGranted: true,
    isRevoked: false,
    revokedAt: null,
    customerDeletedAt: null,
    ...more,
  });
  const holdings = (...grants: Holdings['grants'][number][]): Holdings => ({
    memberId: null,
    grants,
    orders: [],
    subscriptions: [],
    own: [],
    products: [],
    benefits: [flag('b1', { limit: 5 }), flag('b2', { limit: 50 })],
  });
  const worth = (given: Holdings) =>
    deriveEntitlements(given, 'quay', NOW).features.get('feature:exports')?.values;

  test('a revoked source counts no more, and the others stay', () => {
    expect(worth(holdings(grant('b1'), grant('b2')))).toEqual({ limit: 50 });
    const revoked = grant('b2', { isGranted: false, isRevoked: true, revokedAt: NOW - 1 });
    expect(worth(holdings(grant('b1'), revoked))).toEqual({ limit: 5 });
    expect(worth(holdings(revoked))).toBeUndefined();
  });

  test('two spellings of one key are one feature', () => {
    const given = holdings(grant('b1'), grant('b2'));
    const spelled = {
      ...given,
      benefits: [flag('b1', { limit: 5 }), flag('b2', { feature_key: ' exports ', limit: 7 })],
    };
    expect(worth(spelled)).toEqual({ limit: 7 });
  });
});
