import { describe, expect, test } from 'vitest';
import {
  discountModel,
  emptyCatalog,
  productModel,
} from '../../../packages/floe/catalog/model/catalog.rules.ts';
import { OWNER_PRESETS } from '../../../packages/floe/catalog/model/metadata.rules.ts';
import { isSame } from '../../../packages/floe/catalog/plan/differences.rules.ts';
import { planChanges } from '../../../packages/floe/catalog/plan/plan.rules.ts';
import type { Wire } from '../../../packages/floe/catalog/there/polar-objects.rules.ts';
import { readThere } from '../../../packages/floe/catalog/there/there.rules.ts';

const MONTHLY = productModel.parse({
  key: 'plan:monthly',
  name: 'quay:monthly',
  prices: [{ amount_type: 'fixed', price_amount: 500 }],
  recurring_interval: 'month',
  recurring_interval_count: 1,
  metadata: { gateway_product: 'quay', catalog_key: 'plan:monthly' },
});
const WANTED = { ...emptyCatalog(), products: [MONTHLY] };

/** The same as Polar has it. */
const atPolar = (id: string, more: object = {}): Wire['products'][number] => ({
  id,
  created_at: `2026-01-0${id}T00:00:00Z`,
  name: 'quay:monthly',
  description: null,
  visibility: 'public',
  is_archived: false,
  recurring_interval: 'month',
  recurring_interval_count: 1,
  trial_interval: null,
  prices: [{ id: 'p1', amount_type: 'fixed', price_amount: 500, price_currency: 'usd', tax_behavior: null }],
  benefits: [],
  medias: [],
  attached_custom_fields: [],
  metadata: { gateway_product: 'quay', catalog_key: 'plan:monthly', note: 'by hand' },
  ...more,
});
const there = (...products: Wire['products']) =>
  readThere({ ...emptyCatalog(), products } as unknown as Wire, {
    product: 'quay',
    ownerKeys: OWNER_PRESETS.gateway,
    wanted: WANTED,
  });
const plan = (products: Wire['products'], archive = false) =>
  planChanges(WANTED, there(...products), {
    archive,
    ownerKeys: OWNER_PRESETS.gateway,
    isAtHand: () => true,
  });

test('what is there already is no change, whatever others wrote into its metadata', () => {
  expect(plan([atPolar('1')])).toMatchObject({ changes: [], obstacles: [], left: [], unchanged: 1 });
});

test('another price is one change, with both', () => {
  const cheaper = [{ id: 'p1', amount_type: 'fixed', price_amount: 400, price_currency: 'usd' }];
  const { changes } = plan([atPolar('1', { prices: cheaper })]);
  expect(changes).toMatchObject([
    { action: 'update', key: 'plan:monthly', differences: [{ field: 'prices' }] },
  ]);
});

test('a product that was made by hand with the name of a plan is taken over, which is no change of it', () => {
  const byHand = atPolar('1', { metadata: {} });
  expect(plan([byHand])).toMatchObject({
    changes: [],
    marks: [{ action: 'update', held: { id: '1' } }],
    unchanged: 1,
  });
  expect(plan([{ ...byHand, description: 'By hand' }])).toMatchObject({
    changes: [{ action: 'update', held: { id: '1' } }],
    marks: [],
  });
});

test('of two that were made at once the older one counts, and --archive archives the other', () => {
  const twice = [atPolar('2'), atPolar('1')];
  expect(plan(twice).changes).toEqual([]);
  expect(plan(twice, true).changes).toMatchObject([
    { action: 'archive', held: { id: '2' }, why: 'duplicate' },
  ]);
});

describe('what another product owns', () => {
  test('is never changed: its name in metadata is an obstacle', () => {
    const { obstacles, changes } = plan([atPolar('1', { metadata: { gateway_product: 'atlas' } })]);
    expect(obstacles).toMatchObject([
      { code: 'owned_by_another', name: 'quay:monthly', claims: ['atlas', 'quay'] },
    ]);
    expect(changes).toMatchObject([{ action: 'create' }]);
  });

  test('is not archived either', () => {
    const others = atPolar('1', { name: 'atlas:pro', metadata: { gateway_product: 'atlas' } });
    expect(plan([others, atPolar('2')], true)).toMatchObject({ changes: [], left: [], obstacles: [] });
  });
});

test('another interval needs a new product', () => {
  const { obstacles } = plan([atPolar('1', { recurring_interval: 'year' })]);
  expect(obstacles).toMatchObject([{ code: 'needs_new', fields: ['recurring_interval'] }]);
});

test('what a discount takes off is what it is for ever, once somebody has used it', () => {
  const discount = (basis_points: number) =>
    discountModel.parse({
      key: 'discount:spring',
      name: 'Spring',
      type: 'percentage',
      duration: 'once',
      basis_points,
      metadata: { gateway_product: 'quay', catalog_key: 'discount:spring' },
    });
  const used = (redemptions_count: number) => ({
    ...discount(2500),
    id: 'd1',
    created_at: '2026-01-01T00:00:00Z',
    products: [],
    redemptions_count,
  });
  const wanted = { ...emptyCatalog(), discounts: [discount(5000)] };
  const planOf = (times: number) => {
    const wire = { ...emptyCatalog(), discounts: [used(times)] } as unknown as Wire;
    const whose = { product: 'quay', ownerKeys: OWNER_PRESETS.gateway, wanted };
    return planChanges(wanted, readThere(wire, whose), { ...whose, archive: false, isAtHand: () => true });
  };
  expect(planOf(0)).toMatchObject({ changes: [{ action: 'update' }], obstacles: [] });
  expect(planOf(1).obstacles).toMatchObject([{ code: 'needs_new', fields: ['basis_points'] }]);
});

test('what left the source stays unless it is asked to go', () => {
  const old = atPolar('1', {
    name: 'quay:old',
    metadata: { gateway_product: 'quay', catalog_key: 'plan:old' },
  });
  const all = [old, atPolar('2')];
  expect(plan(all)).toMatchObject({ changes: [], left: [{ key: 'plan:old' }] });
  expect(plan(all, true).changes).toMatchObject([{ action: 'archive', held: { id: '1' } }]);
  expect(plan([{ ...old, is_archived: true }, atPolar('2')], true).changes).toEqual([]);
});

test('lists of prices are the same in any order, and nothing is null', () => {
  expect(isSame([{ a: 1, b: null }, { a: 2 }], [{ a: 2 }, { a: 1 }], true)).toBe(true);
  expect(isSame([{ a: 1 }, { a: 2 }], [{ a: 2 }, { a: 1 }])).toBe(false);
  expect(isSame(undefined, null)).toBe(true);
  expect(isSame('1', 1)).toBe(false);
});
