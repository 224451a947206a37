import { type DiscountCount, remainingOf, statusOf } from '../discounts/app-discount.rules.ts';
import type { CampaignRemainingView, CampaignView } from './campaigns.answers.ts';

/*
 * One public code for several of Polar's discounts (ADR 108). Which of them a purchase gets is decided when its checkout is made:
 * the first rule that is for the product and whose discount Polar takes then. With products in the rules it is another one for each
 * plan; without, batches that follow each other.
 */

/** How a discount counts, and when Polar said so; milliseconds since 1970. */
export type KnownCount = DiscountCount & { readAt: number };

export interface CampaignRule {
  discountId: string;
  /** Null: every product that its discount is for. */
  productIds: readonly string[] | null;
}

/** A campaign as it is stored. Times are milliseconds since 1970. */
export interface CampaignRow {
  id: string;
  appId: string;
  name: string;
  /** In lower case: Polar does not tell the case of codes apart either. */
  code: string;
  /** JSON of its rules, in order. */
  rules: string;
  createdAt: number;
  updatedAt: number;
}

/** With what Polar said last of its discounts: JSON of `KeptCount`s, each with the discount's `id`. */
export type CountedCampaign = CampaignRow & { counts: string };

/** What is known of the discounts of a campaign, by their ids. */
export function readCounts({ counts }: CountedCampaign): Map<string, KnownCount> {
  return new Map((JSON.parse(counts) as (KnownCount & { id: string })[]).map((count) => [count.id, count]));
}

export function readRules({ rules }: Pick<CampaignRow, 'rules'>): CampaignRule[] {
  return JSON.parse(rules) as CampaignRule[];
}

/**
 * The discounts to be tried for a checkout, in order, each once. A rule has to be for all products that the buyer can choose there:
 * its discount may be for more of them than the rule, and would be kept by whoever changes to another one.
 */
export function discountsFor(rules: readonly CampaignRule[], products: readonly string[]): string[] {
  const fitting = rules.filter(
    ({ productIds }) => productIds === null || products.every((id) => productIds.includes(id)),
  );
  return [...new Set(fitting.map(({ discountId }) => discountId))];
}

export function presentCampaign(row: CampaignRow): CampaignView {
  return {
    id: row.id,
    name: row.name,
    code: row.code.toUpperCase(),
    rules: readRules(row).map(({ discountId, productIds }) => ({
      discount_id: discountId,
      product_ids: productIds && [...productIds],
    })),
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}

/** What is left of a campaign: what all its discounts have together that hold now or will. `now`: milliseconds. */
export function presentRemaining(
  campaign: CampaignRow,
  counts: ReadonlyMap<string, KnownCount>,
  now: number,
): CampaignRemainingView {
  const known = [...counts.values()];
  const open = known.filter((count) => ['active', 'scheduled'].includes(statusOf(count, now)));
  const isLimited = open.every(({ maxRedemptions }) => maxRedemptions !== null);
  return {
    id: campaign.id,
    code: campaign.code.toUpperCase(),
    remaining: isLimited ? open.reduce((sum, count) => sum + (remainingOf(count) ?? 0), 0) : null,
    rules: readRules(campaign).flatMap(({ discountId, productIds }) => {
      const count = counts.get(discountId);
      const rule = { discount_id: discountId, product_ids: productIds && [...productIds] };
      return count ? [{ ...rule, status: statusOf(count, now), remaining: remainingOf(count) }] : [];
    }),
    as_of: new Date(Math.min(now, ...known.map(({ readAt }) => readAt))).toISOString(),
  };
}
