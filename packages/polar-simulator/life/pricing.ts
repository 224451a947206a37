/** What a checkout or a period costs: static prices, discount, tax (facts §3 "Amounts", §4.2 "amount"). */

import type { models } from '@polar-sh/sdk/2026-10';
import type { CheckoutRow, DiscountRow, PriceRow } from '../state.ts';
import { addInterval, isoFromMs } from '../time.ts';
import type { World } from '../world.ts';

/** Basis points. Where tax is not listed there is none; enough to meet both kinds of tax in a test. */
const TAX_RATES: Record<string, number> = {
  AT: 2000, BE: 2100, DE: 1900, ES: 2100, FR: 2000, GB: 2000, IE: 2300, IT: 2200, NL: 2100, PL: 2300, PT: 2300, SE: 2500,
  'US-NY': 800, 'US-CA': 725, 'US-TX': 625, 'CA-ON': 1300, 'CA-QC': 1500,
}; // prettier-ignore

/** With `tax_behavior: location`, North America adds tax on top; elsewhere the price contains it. */
const ADDS_TAX = new Set(['US', 'CA']);

export interface Tax {
  amount: number;
  inclusive: boolean;
}

export function taxOn(taxable: number, address: models.Address, option: models.TaxBehaviorOption): Tax {
  const inclusive = option === 'location' ? !ADDS_TAX.has(address.country) : option === 'inclusive';
  const state = address.state?.replace(/^[A-Z]{2}-/, '');
  const rate = TAX_RATES[address.country] ?? TAX_RATES[`${address.country}-${state}`] ?? 0;
  const amount = inclusive
    ? taxable - Math.round((taxable * 10_000) / (10_000 + rate))
    : Math.round((taxable * rate) / 10_000);
  return { amount, inclusive };
}

/** The per-period price without usage: fixed, pay what you want, seats and units. Metered prices count 0. */
export function staticAmount(
  prices: readonly PriceRow[],
  options: { customAmount: number | null; seats: number | null; units?: number | null },
): number {
  let total = 0;
  for (const price of prices) {
    switch (price.amount_type) {
      case 'fixed':
        total += price.price_amount;
        break;
      case 'custom':
        total += options.customAmount ?? price.preset_amount ?? price.minimum_amount;
        break;
      case 'seat_based':
        total += seatAmount(price.seat_tiers, options.seats ?? price.seat_tiers.minimum_seats);
        break;
      case 'unit_based':
        total += unitAmount(price.tiers, options.units ?? price.minimum_units ?? 1);
        break;
      case 'metered_unit':
        break;
      default:
        price satisfies never;
    }
  }
  return total;
}

function seatAmount(tiers: models.ProductPriceSeatTiersOutput, seats: number): number {
  if (tiers.seat_tier_type === 'graduated') {
    return tiers.tiers.reduce((sum, tier) => {
      const within = Math.min(seats, tier.max_seats ?? seats) - tier.min_seats + 1;
      return sum + Math.max(0, within) * tier.price_per_seat;
    }, 0);
  }
  const tier = tiers.tiers.find((each) => seats >= each.min_seats && seats <= (each.max_seats ?? seats));
  return seats * (tier?.price_per_seat ?? 0);
}

/** `bound`: the last unit of a tier; null: it has no end. */
function unitAmount({ type, tiers }: models.Tiers, units: number): number {
  if (type === 'volume') {
    const tier = tiers.find(({ bound }) => bound == null || units <= bound);
    return Math.round(units * Number(tier?.unit_amount ?? 0));
  }
  let begin = 0;
  let total = 0;
  for (const { bound, unit_amount } of tiers) {
    total += Math.max(0, Math.min(units, bound ?? units) - begin) * Number(unit_amount);
    begin = bound ?? units;
  }
  return Math.round(total);
}

export function discountOn(amount: number, currency: string, discount: DiscountRow | undefined): number {
  if (!discount) return 0;
  if (discount.type === 'percentage') return Math.round((amount * discount.basis_points) / 10_000);
  return Math.min(amount, discount.amounts[currency] ?? 0);
}

/** The discount of a subscription, unless it is for other products than this one. */
export function discountFor(
  world: World,
  subscription: { discount_id: string | null },
  productId: string,
): DiscountRow | undefined {
  const discount = world.tables.discounts.get(subscription.discount_id);
  const isForAll = discount?.product_ids.length === 0;
  return isForAll || discount?.product_ids.includes(productId) ? discount : undefined;
}

/** Deleted, exhausted, out of its window or for something else: Polar calls all of them non-existent. */
export function isUsable(
  world: World,
  discount: DiscountRow | undefined,
  use: { productId: string; currency: string },
): discount is DiscountRow {
  if (!discount || discount.deleted_at) return false;
  const now = world.now();
  if (discount.starts_at && Date.parse(discount.starts_at) > now) return false;
  if (discount.ends_at && Date.parse(discount.ends_at) <= now) return false;
  const used = world.tables.redemptions.by('discount', discount.id).length;
  if (discount.max_redemptions !== null && used >= discount.max_redemptions) return false;
  if (discount.product_ids.length > 0 && !discount.product_ids.includes(use.productId)) return false;
  return discount.type === 'percentage' || discount.amounts[use.currency] !== undefined;
}

export function pricesFor(world: World, row: CheckoutRow): PriceRow[] {
  const product = world.tables.products.get(row.product_id);
  if (!product) return [];
  const ids = row.ad_hoc_price_ids[product.id] ?? product.price_ids;
  return ids.flatMap((id) => {
    const price = world.tables.prices.get(id);
    return price && !price.is_archived && price.price_currency === row.currency ? [price] : [];
  });
}

/** Computes every amount and flag of a checkout from what was chosen so far. */
export function priceCheckout(world: World, row: CheckoutRow, customAmount: number | null): void {
  const product = world.tables.products.get(row.product_id);
  const organization = world.tables.organizations.get(row.organization_id);
  const prices = pricesFor(world, row);
  const main = prices.find((price) => price.amount_type !== 'metered_unit') ?? prices[0];
  const seatPrice = prices.find((price) => price.amount_type === 'seat_based');
  if (!product || !main || !organization) return;

  row.product_price_id = main.id;
  if (seatPrice) {
    row.seats ??= row.min_seats ?? seatPrice.seat_tiers.minimum_seats;
  } else {
    row.seats = null;
  }

  const unitPrice = prices.find((price) => price.amount_type === 'unit_based');
  if (unitPrice) row.units ??= row.min_units ?? unitPrice.minimum_units ?? 1;
  else row.units = null;

  const interval = row.trial_interval ?? product.trial_interval;
  const count = row.trial_interval_count ?? product.trial_interval_count;
  const hasTrial = product.is_recurring && row.allow_trial !== false && interval !== null && count !== null;
  row.active_trial_interval = hasTrial ? interval : null;
  row.active_trial_interval_count = hasTrial ? count : null;
  row.trial_end = hasTrial ? isoFromMs(addInterval(world.now(), interval, count)) : null;

  const discount = world.tables.discounts.get(row.discount_id);
  row.amount = staticAmount(prices, {
    customAmount,
    seats: row.seats ?? null,
    units: row.units ?? null,
  });
  row.is_free_product_price = main.amount_type === 'fixed' && row.amount === 0 && prices.length === 1;
  row.is_discount_applicable = row.amount > 0;
  row.discount_amount = discountOn(row.amount, row.currency, discount);

  const taxable = row.amount - row.discount_amount;
  const metered = prices.some((price) => price.amount_type === 'metered_unit');
  const laterDue =
    row.amount > 0 && (hasTrial || (discount !== undefined && discount.duration !== 'forever'));
  row.is_payment_required = taxable > 0 && !hasTrial;
  row.is_payment_setup_required = product.is_recurring && !row.is_payment_required && (laterDue || metered);
  row.is_payment_form_required = row.is_payment_required || row.is_payment_setup_required;

  const behavior = main.tax_behavior ?? organization.default_tax_behavior;
  const address = row.customer_billing_address;
  const tax = address && row.is_payment_form_required ? taxOn(taxable, address, behavior) : null;
  row.tax_amount = row.is_payment_form_required ? (tax?.amount ?? null) : 0;
  row.tax_behavior = tax ? (tax.inclusive ? 'inclusive' : 'exclusive') : null;
  row.net_amount = taxable - (tax?.inclusive ? tax.amount : 0);
  row.total_amount = row.net_amount + (tax?.amount ?? 0);
}
