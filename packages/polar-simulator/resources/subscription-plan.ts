/** What a subscription is for: product, seats, discount, trial (facts §1.8). */

import type * as z from 'zod';
import { type PolarProblem, invalid, problem } from '../http/errors.ts';
import { purchaseOfSubscription } from '../life/grants.ts';
import { isUsable } from '../life/pricing.ts';
import { pricesIn, seatsUnder, switchProduct } from '../life/product-switch.ts';
import {
  type Proration,
  alreadyCanceled,
  applyNowOrLater,
  behaviorOf,
  dropPending,
  inactive,
  proratedAmount,
  sayUpdated,
} from '../life/proration.ts';
import { renew } from '../life/renewals.ts';
import { takenSeats } from '../life/seats.ts';
import { isBillable, pricesOfSubscription, recomputeAmount, scheduleCycle } from '../life/subscriptions.ts';
import type { ProductRow, SubscriptionRow } from '../state.ts';
import { addInterval, isoFromMs, msFromIso } from '../time.ts';
import { pricesOf } from '../wire/product.ts';
import type { World } from '../world.ts';
import type { shapes } from './subscription-shapes.ts';

export function changeSeats(
  world: World,
  row: SubscriptionRow,
  change: z.output<(typeof shapes)['seats']>,
): void {
  if (row.cancel_at_period_end) throw alreadyCanceled();
  if (row.seats == null) throw problem(400, 'NotASeatBasedSubscription', 'This subscription has no seats.');
  if (row.status !== 'active' && row.status !== 'trialing') throw inactive();
  if (change.seats === row.seats) {
    // The present number takes back one that was to come.
    if (row.pending_update?.seats != null) {
      dropPending(row, { seats: change.seats, product_id: null });
      sayUpdated(world, row);
    }
    return;
  }
  const taken = takenSeats(world, purchaseOfSubscription(world, row)).length;
  if (change.seats < taken) {
    throw problem(400, 'SeatsAlreadyAssigned', `${taken} seats are assigned. Revoke seats first.`);
  }
  const costOf = (seats: number | null) =>
    proratedAmount(world, row, {
      productId: row.product_id,
      prices: pricesOfSubscription(world, row),
      seats,
    });
  const difference = costOf(change.seats) - costOf(row.seats);
  applyNowOrLater(world, row, change.proration_behavior, {
    pending: { seats: change.seats, product_id: null },
    apply: () => {
      row.seats = change.seats;
      recomputeAmount(world, row);
    },
    startsPeriod: false,
    // One item of the difference, whose fraction is cut off.
    items: ({ after }) => [
      {
        label: 'Remaining time on seats',
        amount: Math.trunc(difference * after),
        priceId: row.price_ids[0] ?? null,
        proration: true,
      },
    ],
  });
}

/** The difference is not prorated here: prices by unit are newer than this version of the API (facts §0). */
export function changeUnits(
  world: World,
  row: SubscriptionRow,
  change: z.output<(typeof shapes)['units']>,
): void {
  if (row.cancel_at_period_end) throw alreadyCanceled();
  if (row.units == null) throw problem(400, 'NotAUnitBasedSubscription', 'This subscription has no units.');
  if (row.status !== 'active' && row.status !== 'trialing') throw inactive();
  if (change.units === row.units) return;
  row.units = change.units;
  recomputeAmount(world, row);
  sayUpdated(world, row);
}

type Base = z.output<(typeof shapes)['base']>;

export function changeBase(world: World, row: SubscriptionRow, change: Base): void {
  if (change.discount_id !== undefined) setDiscount(world, row, change.discount_id);
  if (change.metadata) row.metadata = change.metadata;
  if (change.trial_end !== undefined && change.trial_end !== null)
    return setTrialEnd(world, row, change.trial_end);
  if (change.product_id) return changeProduct(world, row, change.product_id, change.proration_behavior);
  sayUpdated(world, row);
}

function setDiscount(world: World, row: SubscriptionRow, discountId: string | null): void {
  const discount = world.tables.discounts.getIn('organization', row.organization_id, discountId);
  const use = { productId: row.product_id, currency: row.currency };
  if (discountId !== null && (!discount || !isUsable(world, discount, use))) {
    throw invalid(['body', 'discount_id'], 'Discount does not exist.', discountId);
  }
  if (discountId !== null && discountId === row.discount_id)
    throw invalid(
      ['body', 'discount_id'],
      'This discount is already applied to the subscription.',
      discountId,
    );
  row.discount_id = discountId;
  row.discount_applied_at = null;
  recomputeAmount(world, row);
}

/** A time makes an active subscription trialing; `now` ends a trial, and a period begins. */
function setTrialEnd(world: World, row: SubscriptionRow, end: string): void {
  if (row.status !== 'active' && row.status !== 'trialing') throw inactive();
  if (end === 'now') {
    if (row.status !== 'trialing')
      throw invalid(['body', 'trial_end'], 'This subscription is not in a trial.', end);
    row.trial_end = isoFromMs(world.now());
    row.current_period_end = row.trial_end;
    renew(world, row);
    return;
  }
  if (Date.parse(end) <= world.now())
    throw invalid(['body', 'trial_end'], 'Input should be in the future', end);
  if (row.status === 'active' && Date.parse(end) <= Date.parse(row.current_period_end))
    throw invalid(['body', 'trial_end'], 'Trial end must be after the current period end.', end);
  row.status = 'trialing';
  row.trial_start ??= isoFromMs(world.now());
  row.trial_end = isoFromMs(Date.parse(end));
  row.current_period_end = row.trial_end;
  scheduleCycle(world, row);
  sayUpdated(world, row);
}

function changeProduct(world: World, row: SubscriptionRow, productId: string, behavior: Proration): void {
  if (row.cancel_at_period_end) throw alreadyCanceled();
  if (!isBillable(row)) throw inactive();
  const product = checkProduct(world, row, productId);
  if (row.status === 'trialing' && behaviorOf(world, row, behavior) !== 'next_period') {
    dropPending(row, { seats: null, product_id: product.id });
    switchProduct(world, row, product.id);
    // The trial is as long as the new product's; one that is over by that, or that there is not, is billed from now on.
    const end = trialEndUnder(row, product);
    if (end !== null && end > world.now()) return setTrialEnd(world, row, isoFromMs(end));
    sayUpdated(world, row);
    setTrialEnd(world, row, 'now');
    return;
  }
  const previous = world.tables.products.get(row.product_id);
  const sameInterval =
    previous?.recurring_interval === product.recurring_interval &&
    previous?.recurring_interval_count === product.recurring_interval_count;
  const prices = pricesIn(world, product, row.currency);
  const before = proratedAmount(world, row, {
    productId: row.product_id,
    prices: pricesOfSubscription(world, row),
    seats: row.seats ?? null,
  });
  const after = proratedAmount(world, row, { productId: product.id, prices, seats: seatsUnder(row, prices) });
  applyNowOrLater(world, row, behavior, {
    pending: { seats: null, product_id: product.id },
    apply: () => switchProduct(world, row, product.id),
    startsPeriod: !sameInterval,
    items: (share) => [
      {
        label: `Remaining time on ${previous?.name ?? 'subscription'}`,
        amount: -Math.round(before * share.before),
        priceId: null,
        proration: true,
      },
      {
        label: `Remaining time on ${product.name}`,
        amount: Math.round(after * share.after),
        priceId: prices[0]?.id ?? null,
        proration: true,
      },
    ],
  });
}

function trialEndUnder(row: SubscriptionRow, product: ProductRow): number | null {
  const { trial_interval: interval, trial_interval_count: count } = product;
  if (!row.trial_start || !interval || !count) return null;
  return addInterval(msFromIso(row.trial_start), interval, count);
}

function checkProduct(world: World, row: SubscriptionRow, productId: string): ProductRow {
  const refuse = (msg: string): PolarProblem => invalid(['body', 'product_id'], msg, productId);
  const product = world.tables.products.getIn('organization', row.organization_id, productId);
  if (!product) throw refuse('Product does not exist.');
  if (product.is_archived) throw refuse('Product is archived.');
  if (!product.is_recurring) throw refuse('Product is not recurring.');
  const prices = pricesOf(world, product).filter((price) => price.price_currency === row.currency);
  if (prices.length === 0) throw refuse('Product is not available in the currency of the subscription.');
  if (prices.some((price) => price.amount_type === 'custom')) throw refuse('Product has a custom price.');
  if (row.seats != null && !prices.some((price) => price.amount_type === 'seat_based')) {
    throw refuse('A seat-based subscription needs a seat-based product.');
  }
  return product;
}
