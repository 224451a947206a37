import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KINDS, placeOf } from '../../../packages/floe/catalog/model/catalog.rules.ts';
import { OWNER_PRESETS } from '../../../packages/floe/catalog/model/metadata.rules.ts';
import { planChanges } from '../../../packages/floe/catalog/plan/plan.rules.ts';
import { chooseEntries, fitsOne } from '../../../packages/floe/catalog/pull/choose-entries.rules.ts';
import { writeSayable } from '../../../packages/floe/catalog/pull/sayable.rules.ts';
import { writeConfig } from '../../../packages/floe/catalog/pull/write-config.rules.ts';
import { catalogOfConfig } from '../../../packages/floe/catalog/source/config-catalog.rules.ts';
import { configModel } from '../../../packages/floe/catalog/source/config.rules.ts';
import { parseYaml } from '../../../packages/floe/catalog/source/yaml-text.rules.ts';
import { type Wire, wireModels } from '../../../packages/floe/catalog/there/polar-objects.rules.ts';
import { readThere } from '../../../packages/floe/catalog/there/there.rules.ts';

/* Whatever Polar has is written as a configuration, and read as the same. */

const whose = { product: 'quay', ownerKeys: OWNER_PRESETS.gateway };

/** Writes what Polar has, reads it, and plans it. */
function roundTrip(wire: Wire) {
  const there = readThere(wire, { ...whose, wanted: 'all' });
  const written = writeSayable(
    {
      settings: { product: 'quay', ownerKeys: 'gateway', currency: 'usd' },
      catalog: chooseEntries(there, {}),
      ids: new Map([...there.held].map(([place, { id }]) => [place, id])),
      pages: new Set(),
      pathOf: ({ name }) => ({ path: `files/${name}`, isHere: true }),
    },
    (wanted) => readThere(wire, { ...whose, wanted }),
  );
  const text = writeConfig(written.config, {
    head: ['Pulled.'],
    entries: new Map(),
    nameOfId: () => undefined,
  });
  const files = new Map(
    written.catalog.files.map((file) => [
      `downloadable ${written.names.get(placeOf('files', file.key)) ?? ''}`,
      file,
    ]),
  );
  const parsed = parseYaml(text, 'floe.config.yaml');
  if ('faults' in parsed) throw new Error(parsed.faults.map(({ message }) => message).join());
  const { catalog: wanted, faults } = catalogOfConfig(configModel.parse(parsed.value), 'floe.config.yaml', {
    files,
    pages: new Set(),
  });
  const plan = planChanges(wanted, readThere(wire, { ...whose, wanted }), {
    archive: false,
    ownerKeys: whose.ownerKeys,
    isAtHand: () => true,
  });
  return { text, leftOut: written.leftOut, faults, plan };
}

const words = (least: number, most: number) =>
  fc
    .string({ unit: 'grapheme', minLength: least, maxLength: most })
    .filter(
      (text) => text.trim() === text && text.length >= least && text.length <= most && !text.includes(':'),
    );
const metadata = fc.dictionary(
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 9 })
    .filter((key) => key.length <= 40 && key !== '__proto__'),
  fc.oneof(
    words(1, 30),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom('yes', 'null', '1e3', '~', '2026-01-01', '- a', '#b'),
  ),
  { maxKeys: 3 },
);
const amount = fc.integer({ min: 50, max: 99_999_999 });
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
const kindOfPrice = fc.oneof(
  fc.record({ amount_type: fc.constant('fixed'), price_amount: amount }),
  fc.record({
    amount_type: fc.constant('custom'),
    minimum_amount: amount,
    maximum_amount: maybe(amount),
    preset_amount: maybe(amount),
  }),
  fc.record({
    amount_type: fc.constant('seat_based'),
    seat_tiers: fc.record({
      seat_tier_type: fc.constantFrom('volume', 'graduated'),
      tiers: fc.constantFrom(
        [{ min_seats: 1, max_seats: null, price_per_seat: 5 }],
        [
          { min_seats: 1, max_seats: 4, price_per_seat: 9 },
          { min_seats: 5, max_seats: 9, price_per_seat: 0 },
        ],
      ),
    }),
  }),
  fc.record({
    amount_type: fc.constant('unit_based'),
    tiers: fc.record({
      type: fc.constantFrom('volume', 'graduated'),
      tiers: fc.array(
        fc.record({
          bound: maybe(fc.integer({ min: 1, max: 9 })),
          unit_amount: fc.constantFrom('0', '0.50', '12.000000000001'),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    minimum_units: maybe(fc.integer({ min: 1, max: 9 })),
    maximum_units: fc.constant(null),
  }),
  fc.record({
    amount_type: fc.constant('metered_unit'),
    meter_id: fc.constantFrom('m0', 'm1'),
    unit_amount: fc.constantFrom('1', '0.000000000001'),
    cap_amount: maybe(amount),
  }),
);
/** The same kind of price in each currency. */
const prices = fc
  .record({
    price: kindOfPrice,
    currencies: fc.uniqueArray(fc.constantFrom('usd', 'eur', 'gbp'), { minLength: 1 }),
    tax_behavior: fc.constantFrom(null, 'inclusive', 'exclusive', 'location'),
  })
  .map(({ price, currencies, tax_behavior }) =>
    currencies.map((price_currency, i) => ({ id: `p${i}`, price_currency, tax_behavior, ...price })),
  );
const properties = fc.oneof(
  fc.record({
    type: fc.constant('custom'),
    properties: fc.record({ note: maybe(fc.string({ unit: 'grapheme' })) }),
  }),
  fc.record({ type: fc.constant('feature_flag'), properties: fc.constant({}) }),
  fc.record({
    type: fc.constant('license_keys'),
    properties: fc.record({
      prefix: maybe(words(1, 9)),
      expires: maybe(fc.constant({ ttl: 2, timeframe: 'day' })),
      activations: fc.constant(null),
      limit_usage: maybe(fc.integer({ min: 1, max: 9 })),
    }),
  }),
  fc.record({
    type: fc.constant('meter_credit'),
    properties: fc.record({
      meter_id: fc.constantFrom('m0', 'm1'),
      units: fc.integer({ min: 1, max: 9 }),
      rollover: fc.boolean(),
    }),
  }),
  fc.record({
    type: fc.constant('github_repository'),
    properties: fc.record({
      repository_owner: words(1, 9),
      repository_name: words(1, 9),
      permission: fc.constantFrom('pull', 'admin'),
    }),
  }),
  fc.record({
    type: fc.constant('downloadables'),
    properties: fc.record({
      files: fc.uniqueArray(fc.constantFrom('f0', 'f1'), { minLength: 1 }),
      archived: fc.constant({}),
    }),
  }),
);

const wires = fc
  .record({
    benefits: fc.array(
      fc.record({
        body: properties,
        description: words(3, 42),
        visibility: fc.constantFrom('public', 'private', 'draft'),
        metadata,
      }),
      { maxLength: 4 },
    ),
    products: fc.uniqueArray(
      fc.record({
        name: words(3, 64),
        // Polar keeps none with white space around it.
        description: maybe(fc.string({ unit: 'grapheme' })).map((text) => text?.trim() || null),
        visibility: fc.constantFrom('public', 'private'),
        recurring_interval: fc.constantFrom('day', 'week', 'month', 'year'),
        recurring_interval_count: fc.integer({ min: 1, max: 999 }),
        trial: maybe(fc.integer({ min: 1, max: 1000 })),
        prices,
        given: fc.uniqueArray(fc.integer({ min: 0, max: 3 })),
        metadata,
      }),
      // A configuration has no two products of one name.
      { minLength: 1, maxLength: 3, selector: ({ name }) => name.trim() },
    ),
    discount: maybe(
      fc.record({
        name: words(1, 20),
        code: maybe(fc.stringMatching(/^[A-Z0-9]{3,9}$/)),
        amounts: fc.dictionary(fc.constantFrom('usd', 'eur'), amount, { minKeys: 1 }),
        metadata,
      }),
    ),
  })
  .map(({ benefits, products, discount }): Wire => {
    const at = (id: string) => ({ id, created_at: `2026-01-01T00:00:00.${id}Z` });
    const given = (i: number) => at(`b${i}`);
    const raw = {
      meters: ['m0', 'm1'].map((id) => ({
        ...at(id),
        name: 'Calls',
        unit: 'scalar',
        filter: { conjunction: 'or', clauses: [{ property: 'name', operator: 'eq', value: `'${id}` }] },
        aggregation: { func: 'count' },
        metadata: {},
      })),
      files: ['f0', 'f1'].map((id) => ({
        ...at(id),
        name: `${id}.txt`,
        service: 'downloadable',
        mime_type: 'text/plain',
        size: 1,
        checksum_sha256_base64: 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
      })),
      fields: [],
      benefits: benefits.map(({ body, ...rest }, i) => ({ ...given(i), ...rest, ...body })),
      products: products.map(({ given: of, trial, metadata: own, ...rest }, i) => ({
        ...at(`d${i}`),
        ...rest,
        is_archived: false,
        trial_interval: trial === null ? null : 'day',
        trial_interval_count: trial,
        benefits: of.filter((each) => each < benefits.length).map(given),
        metadata: { ...own, gateway_product: 'quay' },
      })),
      discounts:
        discount === null
          ? []
          : [{ ...at('c0'), ...discount, type: 'fixed', duration: 'forever', products: [at('d0')] }],
    };
    return Object.fromEntries(
      KINDS.map((kind) => [kind, raw[kind].map((each) => wireModels[kind].parse(each))]),
    ) as unknown as Wire;
  });

test('whatever people have made at Polar comes back as it is', () => {
  fc.assert(
    fc.property(wires, (wire) => {
      const { leftOut, faults, plan } = roundTrip(wire);
      expect(leftOut).toEqual([]);
      expect(faults).toEqual([]);
      expect(plan).toMatchObject({ changes: [], obstacles: [], left: [] });
    }),
    { numRuns: Number(process.env['FLOE_RUNS'] ?? 20) * 5 },
  );
});

test('what a configuration cannot say is left out and named, and what refers to it says its id', () => {
  const at = (id: string) => ({ id, created_at: '2026-01-01T00:00:00Z' });
  const price = { id: 'p', amount_type: 'fixed', price_currency: 'usd', price_amount: 500 };
  const product = {
    ...at('d1'),
    description: null,
    is_archived: false,
    recurring_interval: null,
    metadata: {},
  };
  const wire = {
    ...Object.fromEntries(KINDS.map((kind) => [kind, []])),
    benefits: [
      wireModels.benefits.parse({ ...at('b1'), type: 'hologram', description: 'A hologram', properties: {} }),
    ],
    products: [
      wireModels.products.parse({ ...product, name: 'quay:pro', prices: [price], benefits: [at('b1')] }),
      wireModels.products.parse({
        ...product,
        ...at('d2'),
        name: 'quay:odd',
        prices: [{ ...price, amount_type: 'auction' }],
        benefits: [],
      }),
      // A configuration has no two products of one name.
      ...['d3', 'd4'].map((id) =>
        wireModels.products.parse({
          ...product,
          ...at(id),
          name: 'Pro',
          prices: [price],
          benefits: [],
          metadata: { gateway_product: 'quay' },
        }),
      ),
    ],
  } as unknown as Wire;
  const { text, leftOut, plan } = roundTrip(wire);
  expect(leftOut.map(({ name }) => name).toSorted()).toEqual(['A hologram', 'Pro', 'quay:odd']);
  expect(text).toContain('id:b1');
  expect(plan.changes).toEqual([]);
});

test.each([
  ['quay:*', 'quay:pro', true],
  ['quay:p*o', 'quay:pro', true],
  ['quay:*r*', 'quay:pro', true],
  ['quay:pro', 'quay:pro-max', false],
  ['*o*o', 'o', false],
  ['P.o', 'Pro', false],
])('the pattern %s and the name %s: %s', (pattern, name, isFit) => {
  expect(fitsOne([pattern])(name)).toBe(isFit);
});
