/** Prices of every kind: what may be asked for, and how a catalogue's price list is checked (facts §11). */

import * as z from 'zod';
import { groupBy } from '../group-by.ts';
import { type ValidationIssue, invalidAll } from '../http/errors.ts';
import { currencyField, uuidField } from '../http/input.ts';
import type { OrganizationRow, PriceRow } from '../state.ts';
import type { World } from '../world.ts';

const AMOUNT_MAX = 99_999_999;
const MINIMUMS: Record<string, number> = { gbp: 40 };
const MINIMUM_DEFAULT = 50;

export const minimumAmount = (currency: string): number => MINIMUMS[currency] ?? MINIMUM_DEFAULT;
export const maximumAmount = AMOUNT_MAX;

const common = {
  price_currency: currencyField.default('usd'),
  tax_behavior: z.enum(['location', 'inclusive', 'exclusive']).nullish(),
};

const amount = z.number().int().min(0).max(AMOUNT_MAX);

const unitTier = z.object({
  bound: z.number().int().min(1).nullish(),
  unit_amount: z.union([z.number().min(0), z.string().regex(/^\d{1,8}(\.\d{1,12})?$/)]),
});

const seatTier = z.object({
  min_seats: z.number().int().min(1),
  max_seats: z.number().int().min(1).nullish(),
  price_per_seat: amount,
});

export const priceField = z.discriminatedUnion('amount_type', [
  z.object({ ...common, amount_type: z.literal('fixed'), price_amount: amount }),
  // Legacy: stored as a fixed price of zero.
  z.object({ ...common, amount_type: z.literal('free') }),
  z.object({
    ...common,
    amount_type: z.literal('custom'),
    minimum_amount: amount.default(MINIMUM_DEFAULT),
    maximum_amount: z.number().int().min(1).max(AMOUNT_MAX).nullish(),
    preset_amount: amount.nullish(),
  }),
  z.object({
    ...common,
    amount_type: z.literal('seat_based'),
    seat_tiers: z.object({
      seat_tier_type: z.enum(['volume', 'graduated']).default('volume'),
      tiers: z.array(seatTier).min(1),
    }),
  }),
  z.object({
    ...common,
    amount_type: z.literal('unit_based'),
    tiers: z.object({ type: z.enum(['volume', 'graduated']), tiers: z.array(unitTier).min(1) }),
    minimum_units: z.number().int().min(1).nullish(),
    maximum_units: z.number().int().min(1).nullish(),
  }),
  z.object({
    ...common,
    amount_type: z.literal('metered_unit'),
    meter_id: uuidField,
    unit_amount: z.union([
      z.number().positive(),
      z.string().regex(/^\+?0*\d{0,5}(\.\d{0,12}0*)?$/, 'Input should be a valid decimal'),
    ]),
    cap_amount: z.number().int().min(0).max(2_147_483_647).nullish(),
  }),
]);

export type NewPrice = z.output<typeof priceField>;

/** Makes the rows of a price list after checking that the list as a whole makes sense. */
export function createPrices(
  world: World,
  organization: OrganizationRow,
  input: {
    productId: string;
    isRecurring: boolean;
    prices: NewPrice[];
    kept?: PriceRow[];
    checkoutId?: string;
    loc: (string | number)[];
  },
): PriceRow[] {
  const issues = issuesOf(world, organization, input);
  if (issues.length > 0) throw invalidAll(issues);
  return input.prices.map((price, order) =>
    world.tables.prices.insert(toRow(world, organization, input, price, order)),
  );
}

function issuesOf(
  world: World,
  organization: OrganizationRow,
  input: { isRecurring: boolean; prices: NewPrice[]; kept?: PriceRow[]; loc: (string | number)[] },
): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const refuse = (at: (string | number)[], msg: string, value?: unknown): void => {
    issues.push({ type: 'value_error', loc: [...input.loc, ...at], msg, input: value });
  };
  input.prices.forEach((price, index) => {
    const least = minimumAmount(price.price_currency);
    if (price.amount_type === 'fixed' && price.price_amount > 0 && price.price_amount < least) {
      refuse([index, 'price_amount'], `The price amount must be at least ${least}.`, price.price_amount);
    }
    if (price.amount_type === 'custom') {
      const { minimum_amount, maximum_amount, preset_amount } = price;
      if (minimum_amount > 0 && minimum_amount < least) {
        refuse(
          [index, 'minimum_amount'],
          `The minimum amount must be 0 or at least ${least}.`,
          minimum_amount,
        );
      }
      if (maximum_amount != null && maximum_amount < minimum_amount) {
        refuse(
          [index, 'maximum_amount'],
          'The maximum amount must be greater than the minimum.',
          maximum_amount,
        );
      }
      if (preset_amount != null && preset_amount > 0 && preset_amount < minimum_amount) {
        refuse([index, 'preset_amount'], 'The preset amount must be at least the minimum.', preset_amount);
      }
    }
    if (price.amount_type === 'metered_unit') {
      if (!world.tables.meters.getIn('organization', organization.id, price.meter_id)) {
        refuse([index, 'meter_id'], 'Meter does not exist.', price.meter_id);
      }
      if (!input.isRecurring) refuse([index], 'Metered pricing is not supported on one-time products.');
    }
    if (price.amount_type === 'seat_based') checkTiers(price.seat_tiers.tiers, index, refuse);
  });

  const all = [...(input.kept ?? []), ...input.prices];
  if (all.length === 0) refuse([], 'At least one price is required.');
  const byCurrency = groupBy(all, (price) => price.price_currency);
  const structures = new Set<string>();
  for (const [currency, prices] of byCurrency) {
    const kinds = prices.map((price) => (price.amount_type === 'free' ? 'fixed' : price.amount_type));
    const count = (kind: string) => kinds.filter((each) => each === kind).length;
    const flat = count('fixed') + count('custom');
    if (flat > 1 || count('seat_based') > 1 || count('unit_based') > 1) {
      refuse([], `Only one static price is allowed per currency (${currency}).`);
    }
    if (count('custom') > 0 && prices.length > 1)
      refuse([], 'A custom price cannot be combined with others.');
    const meters = prices.flatMap((price) => (price.amount_type === 'metered_unit' ? [price.meter_id] : []));
    if (new Set(meters).size < meters.length) refuse([], 'Each metered price must use a meter of its own.');
    structures.add(kinds.toSorted().join());
  }
  if (structures.size > 1) refuse([], 'All currencies must have the same price structure.');
  const main = organization.default_presentment_currency;
  if (all.length > 0 && !byCurrency.has(main)) {
    refuse([], `Prices must include the organization's default currency (${main}).`);
  }
  return issues;
}

function checkTiers(
  tiers: { min_seats: number; max_seats?: number | null | undefined }[],
  index: number,
  refuse: (at: (string | number)[], msg: string) => void,
): void {
  let expected = tiers[0]?.min_seats ?? 1;
  tiers.forEach((tier, position) => {
    const isLast = position === tiers.length - 1;
    if (tier.min_seats !== expected)
      refuse([index, 'seat_tiers'], 'Seat tiers must follow each other without gaps.');
    if (!isLast && tier.max_seats == null)
      refuse([index, 'seat_tiers'], 'Only the last tier may be open-ended.');
    expected = (tier.max_seats ?? expected) + 1;
  });
}

function toRow(
  world: World,
  organization: OrganizationRow,
  input: { productId: string; checkoutId?: string },
  price: NewPrice,
  order: number,
): PriceRow {
  const base = {
    id: world.id(),
    created_at: world.stamp(),
    modified_at: null,
    source: input.checkoutId ? ('ad_hoc' as const) : ('catalog' as const),
    price_currency: price.price_currency,
    tax_behavior: price.tax_behavior ?? null,
    is_archived: false,
    product_id: input.productId,
    organization_id: organization.id,
    checkout_id: input.checkoutId ?? null,
    order,
  };
  switch (price.amount_type) {
    case 'fixed':
      return { ...base, amount_type: 'fixed', price_amount: price.price_amount };
    case 'free':
      return { ...base, amount_type: 'fixed', price_amount: 0 };
    case 'custom':
      return {
        ...base,
        amount_type: 'custom',
        minimum_amount: price.minimum_amount,
        maximum_amount: price.maximum_amount ?? null,
        preset_amount: price.preset_amount ?? null,
      };
    case 'seat_based': {
      const tiers = price.seat_tiers.tiers.map((tier) => ({ ...tier, max_seats: tier.max_seats ?? null }));
      return {
        ...base,
        amount_type: 'seat_based',
        seat_tiers: {
          seat_tier_type: price.seat_tiers.seat_tier_type,
          tiers,
          minimum_seats: tiers[0]?.min_seats ?? 1,
          maximum_seats: tiers.at(-1)?.max_seats ?? null,
        },
      };
    }
    case 'unit_based':
      return {
        ...base,
        amount_type: 'unit_based',
        tiers: {
          type: price.tiers.type,
          tiers: price.tiers.tiers.map(({ bound, unit_amount }) => ({
            bound: bound ?? null,
            unit_amount: String(unit_amount),
          })),
        },
        minimum_units: price.minimum_units ?? null,
        maximum_units: price.maximum_units ?? null,
        unit_label: null,
      };
    case 'metered_unit':
      return {
        ...base,
        amount_type: 'metered_unit',
        unit_amount: String(price.unit_amount),
        cap_amount: price.cap_amount ?? null,
        meter_id: price.meter_id,
      };
    default:
      return price satisfies never;
  }
}
