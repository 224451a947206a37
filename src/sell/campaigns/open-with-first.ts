import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { statusOf } from '../discounts/app-discount.rules.ts';
import { isFresh, learnCounts } from '../discounts/learn-counts.ts';
import { refusedCode } from '../open-polar-checkout.ts';
import {
  type CampaignRow,
  type CountedCampaign,
  discountsFor,
  readCounts,
  readRules,
} from './campaigns.rules.ts';

/**
 * Opens a checkout with the first discount of a campaign that Polar takes. Polar itself says whether one has begun, has ended or is
 * used up, and makes no checkout then. What it says of those that do not hold is kept for a minute, in which nobody asks with them
 * again: so the requests of a campaign do not grow with its rules.
 * @throws {Problem} `unknown_discount`, and what `open` and `learnCounts` throw
 */
export async function openWithFirst<Opened>(
  services: Services,
  app: AppRow,
  { campaign, products }: { campaign: CountedCampaign; products: readonly string[] },
  open: (discountId: string) => Promise<Opened>,
): Promise<Opened> {
  const wanted = requireRules(campaign, products);
  const counts = readCounts(campaign);
  const holds = (id: string) => {
    const count = counts.get(id);
    return count === undefined || statusOf(count, services.now()) === 'active';
  };
  const isOld = (id: string) => {
    const count = counts.get(id);
    return count === undefined || !isFresh(count, services.now());
  };
  const learn = async (ids: readonly string[]) => {
    if (ids.length === 0) return;
    for (const [id, count] of await learnCounts(services, app, ids)) counts.set(id, count);
  };
  await learn(wanted.filter((id) => !holds(id) && isOld(id)));
  let refusal: unknown = refusedCode('Nothing is left of this code, or it has ended or not begun.');
  let hasLearned = false;
  for (const [at, id] of wanted.entries()) {
    if (!holds(id)) continue;
    try {
      return await open(id);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'unknown_discount') throw error;
      refusal = error;
    }
    // Those behind it are likely to be over, too.
    if (!hasLearned) await learn([id, ...wanted.slice(at + 1).filter(isOld)]);
    hasLearned = true;
  }
  throw refusal;
}

/** The discounts of a campaign that are for all products of a checkout, in order. @throws {Problem} `unknown_discount` */
export function requireRules(campaign: CampaignRow, products: readonly string[]): string[] {
  const wanted = discountsFor(readRules(campaign), products);
  if (wanted.length > 0) return wanted;
  throw refusedCode(
    products.length === 1
      ? 'This code is for another product.'
      : 'This code has no discount that is for all of these products: open a checkout for each.',
  );
}
