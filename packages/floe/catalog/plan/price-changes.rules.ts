import type { Catalog } from '../model/catalog.rules.ts';
import type { Price } from '../model/prices.rules.ts';
import { placeOf, type There } from '../there/there.rules.ts';
import { isSame } from './differences.rules.ts';

export interface PriceChange {
  key: string;
  name: string;
  /** The product at Polar. */
  id: string;
  from: readonly Price[];
  to: readonly Price[];
}

/** The subscriptions whose price a push would change: for who has one already, nothing changes. */
export const changedPrices = (wanted: Catalog, there: There | undefined): PriceChange[] =>
  wanted.products.flatMap(({ key, name, prices, recurring_interval }) => {
    const before = there?.catalog.products.find((each) => each.key === key);
    const held = there?.held.get(placeOf('products', key));
    if (!before || !held || recurring_interval === null || isSame(before.prices, prices, true)) return [];
    return [{ key, name, id: held.id, from: before.prices, to: prices }];
  });
