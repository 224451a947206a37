import type { Context } from '../../context.ts';
import { findProduct } from '../../gateway/find-product.ts';
import { timeOf } from '../../gateway/filters.ts';
import { given } from '../../words/given.rules.ts';
import { day } from '../../words/times.rules.ts';
import { type ChangeOptions, changeSubscription } from './change-subscription.ts';
import { priceOf } from './next-of.rules.ts';
import { costOf, previewChange, type Proration } from './preview-change.ts';

interface ProratedOptions extends ChangeOptions {
  proration?: Proration | undefined;
  dryRun?: true | undefined;
}

/** Moves a subscription to another product; with `dryRun` only says what that costs. */
export function changeProduct(
  context: Context,
  id: string,
  options: ProratedOptions & { product: string },
): Promise<void> {
  if (options.dryRun) return previewChange(context, id, options);
  const { product, proration } = options;
  return changeSubscription(context, id, options, async (call) => {
    const body = { product_id: await findProduct(call, product), ...given({ proration }) };
    return {
      ask: async (_subscription, of) =>
        `Change ${of} to ${product}? ${costOf(await call('POST /v1/subscriptions/{id}/preview', { params: { id }, body }))}`,
      send: (idempotencyKey) =>
        call('POST /v1/subscriptions/{id}/change', { params: { id }, body, idempotencyKey }),
    };
  });
}

/** Changes how many seats there are; with `dryRun` only says what that costs. */
export function changeSeats(
  context: Context,
  id: string,
  seats: number,
  options: ProratedOptions,
): Promise<void> {
  if (options.dryRun) return previewChange(context, id, { ...options, seats });
  const body = { seats, ...given({ proration: options.proration }) };
  return changeSubscription(context, id, options, (call) => ({
    ask: async (subscription, of) =>
      `Change ${of} from ${subscription.seats ?? 'no'} seats to ${seats}? ${costOf(await call('POST /v1/subscriptions/{id}/preview', { params: { id }, body }))}`,
    send: (idempotencyKey) =>
      call('POST /v1/subscriptions/{id}/seats', { params: { id }, body, idempotencyKey }),
  }));
}

/** Changes how many units there are. */
export function changeUnits(
  context: Context,
  id: string,
  units: number,
  options: ChangeOptions & { proration?: Proration | undefined },
): Promise<void> {
  const body = { units, ...given({ proration: options.proration }) };
  return changeSubscription(context, id, options, (call) => ({
    ask: (subscription, of) =>
      `Change ${of} from ${subscription.units ?? 'no'} units to ${units}? ${whenCharged(options.proration)}`,
    send: (idempotencyKey) =>
      call('POST /v1/subscriptions/{id}/units', { params: { id }, body, idempotencyKey }),
  }));
}

const CHARGED: Readonly<Record<Proration, string>> = {
  invoice: 'The difference is charged or credited now.',
  prorate: 'The difference is charged or credited with the next renewal.',
  next_period: 'Nothing changes before the next renewal.',
};

const whenCharged = (proration: Proration | undefined) =>
  proration === undefined
    ? 'The difference is charged as the organization at Polar has set it.'
    : CHARGED[proration];

/** Gives a subscription a discount, or takes it away (null). */
export function changeDiscount(
  context: Context,
  id: string,
  discountId: string | null,
  options: ChangeOptions,
): Promise<void> {
  const body = { discount_id: discountId };
  return changeSubscription(context, id, options, (call) => ({
    ask: ({ amount, currency, current_period_end, discount, ...interval }, of) =>
      discountId === null
        ? `Take the discount away from ${of}? ${discount === null ? 'It has none.' : `It is ${priceOf(amount, currency, interval) ?? 'less'} with it, and more from ${day(current_period_end)} on.`}`
        : `Give ${of} the discount ${discountId}? It is less than ${priceOf(amount, currency, interval) ?? 'its price'} from ${day(current_period_end)} on.`,
    send: (idempotencyKey) =>
      call('POST /v1/subscriptions/{id}/discount', { params: { id }, body, idempotencyKey }),
  }));
}

/** Moves the end of a trial, or ends it (`now`). */
export function changeTrial(
  context: Context,
  id: string,
  end: string,
  options: ChangeOptions,
): Promise<void> {
  const trialEnd = end === 'now' ? end : (timeOf(context, 'the end', end, 'ahead') ?? end);
  const body = { trial_end: trialEnd };
  return changeSubscription(context, id, options, (call) => ({
    refuse: ({ status }) =>
      end === 'now' && status !== 'trialing'
        ? { code: 'validation_failed', message: 'This subscription is not in a trial.' }
        : undefined,
    ask: ({ amount, currency, ...interval }, of) => {
      const price = priceOf(amount, currency, interval) ?? 'its price';
      return trialEnd === 'now'
        ? `End the trial of ${of}? The first period begins now, and ${price} is charged now.`
        : `Let the trial of ${of} end ${day(trialEnd)}? Then ${price} is charged.`;
    },
    send: (idempotencyKey) =>
      call('POST /v1/subscriptions/{id}/trial', { params: { id }, body, idempotencyKey }),
    moment: trialEnd === 'now' ? undefined : trialEnd,
  }));
}
