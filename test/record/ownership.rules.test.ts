import { describe, expect, it } from 'vitest';
import { decideOwner } from '../../src/record/ownership.rules.ts';
import { readPlan, readProductName } from '../../src/polar/product-names.rules.ts';

const quay = { id: 'app_quay', product: 'quay', ownsUnclaimed: false };
const atlas = { id: 'app_atlas', product: 'atlas', ownsUnclaimed: false };
const everything = { id: 'app_rest', product: 'rest', ownsUnclaimed: true };
const product = (
  name: string,
  metadata: Record<string, unknown> = {},
  assignedAppId: string | null = null,
) => ({ name, metadata, assignedAppId });

describe('who owns a product', () => {
  it('is who the operator assigned, whatever the product says', () => {
    expect(decideOwner(product('quay:pro', { gateway_product: 'quay' }, 'app_atlas'), [quay, atlas])).toBe(
      'app_atlas',
    );
  });
  it('is whom its metadata names', () => {
    expect(decideOwner(product('The big one', { gateway_product: 'atlas' }), [quay, atlas])).toBe(
      'app_atlas',
    );
  });
  it('is whom its name names', () => {
    expect(decideOwner(product('quay:pro'), [quay, atlas])).toBe('app_quay');
  });
  it('is nobody when metadata and name disagree', () => {
    expect(
      decideOwner(product('quay:pro', { gateway_product: 'atlas' }), [quay, atlas, everything]),
    ).toBeUndefined();
  });
  it('is the app that owns the unclaimed, when nothing is claimed', () => {
    expect(decideOwner(product('A book'), [quay, everything])).toBe('app_rest');
  });
  it('is nobody when it names an app that is not here, even beside one that owns the unclaimed', () => {
    expect(decideOwner(product('ghost:pro'), [quay, everything])).toBeUndefined();
  });
  it('is nobody when nobody claims it', () => {
    expect(decideOwner(product('A book'), [quay, atlas])).toBeUndefined();
  });
  it('an assignment to an app that is gone counts for nothing', () => {
    expect(decideOwner(product('quay:pro', {}, 'app_gone'), [quay])).toBe('app_quay');
  });
});

describe('plan', () => {
  it.each([
    ['quay:pro', {}, 'quay:pro'],
    ['quay:pro', { gateway_plan: 'team' }, 'quay:team'],
    ['Quay Pro', {}, undefined],
    ['atlas:pro', {}, undefined],
  ])('of %s with %j is %s', (name, metadata, expected) => {
    expect(readPlan({ name, metadata }, 'quay')).toBe(expected);
  });
  it.each(['Quay:pro', 'quay: pro', 'quay:', ':pro', 'quay'])('%s names no slug and plan', (name) => {
    expect(readProductName(name)).toBeUndefined();
  });
});
