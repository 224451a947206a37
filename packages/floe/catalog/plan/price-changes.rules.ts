import type { Catalog } from '../model/catalog.rules.ts';
import { OWNER_PRESETS } from '../model/metadata.rules.ts';
import type { Price } from '../model/prices.rules.ts';
import type { There } from '../there/there.rules.ts';
import { type Plan, planChanges } from './plan.rules.ts';

export interface PriceChange {
  key: string;
  name: string;
  /** The product at Polar. */
  id: string;
  from: readonly Price[];
  to: readonly Price[];
}

/** The subscriptions whose price a plan changes: for who has one already, nothing changes, and people should know that. */
export function changedPrices({ changes }: Pick<Plan, 'changes'>): PriceChange[] {
  return changes.flatMap((change) => {
    if (change.action !== 'update' || !('prices' in change.entry)) return [];
    const { key, name, held, differences } = change;
    const { prices: to, recurring_interval: interval } = change.entry;
    const prices = differences.find(({ field }) => field === 'prices');
    if (!prices || interval === null) return [];
    return [{ key, name, id: held.id, from: prices.from as readonly Price[], to }];
  });
}

/** Those that a push of what is wanted would change. */
export const pricesToChange = (wanted: Catalog, there: There): PriceChange[] =>
  changedPrices(
    planChanges(wanted, there, { archive: false, ownerKeys: OWNER_PRESETS.gateway, isAtHand: () => true }),
  );
