import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { money } from '../../words/money.rules.ts';
import { count, metadataLines } from '../../words/names.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type Discount = Answer<'GET /v1/discounts/{id}'>;

/** What it takes off: `50 %`, `$3.00, €2.50`. */
export function takesOff({ basis_points: points, amounts }: Discount): string {
  if (points !== null) return `${points / 100} %`;
  return Object.entries(amounts ?? {})
    .map(([currency, amount]) => money(amount, currency) ?? currency)
    .join(', ');
}

/** `12 of 100, 88 left`. */
export function used({ redemptions, max_redemptions: most, remaining }: Discount): string {
  if (most === null) return count(redemptions, 'time');
  return `${redemptions} of ${most}, ${remaining ?? 0} left`;
}

/** How long it lowers a subscription. */
function lasts({ duration, duration_in_months: months }: Discount): string {
  return duration === 'repeating' ? count(months ?? 0, 'month') : duration;
}

/** The lines of a discount: those that say something. */
export function describeDiscount(discount: Discount): Field[] {
  return saying([
    ['discount', discount.id],
    ['name', discount.name],
    ['code', discount.code],
    ['status', discount.status],
    ['takes off', takesOff(discount)],
    ['of subscriptions', lasts(discount)],
    ['used', used(discount)],
    ['each customer', discount.max_redemptions_per_customer],
    ['from', second(discount.starts_at)],
    ['until', second(discount.ends_at)],
    ['products', discount.product_ids],
    ['metadata', metadataLines(discount.metadata)],
    ['created', second(discount.created_at)],
  ]);
}
