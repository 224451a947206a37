import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { customerLines, productLines } from '../../words/names.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';
import { nextOf, priceOf } from './next-of.rules.ts';

export type Subscription = Answer<'GET /v1/subscriptions/{id}'>;

/** The lines of a subscription: those that say something. */
export function describeSubscription(subscription: Subscription): Field[] {
  const { currency, discount, pending_update: update } = subscription;
  return saying([
    ['subscription', subscription.id],
    ['status', subscription.status],
    ['next', nextOf(subscription)],
    ['product', productLines(subscription.product)],
    ['customer', customerLines(subscription.customer)],
    ['price', priceOf(subscription.amount, currency, subscription)],
    ['seats', subscription.seats],
    ['units', subscription.units],
    ['discount', discount && (discount.code ?? discount.name ?? discount.id)],
    ['period began', second(subscription.current_period_start)],
    ['period ends', second(subscription.current_period_end)],
    ['trial ends', second(subscription.trial_end)],
    ['canceled', second(subscription.canceled_at)],
    ['because', subscription.cancellation_reason],
    ['they said', subscription.cancellation_comment],
    ['ends', second(subscription.ends_at)],
    ['ended', second(subscription.ended_at)],
    ['paused', second(subscription.paused_at)],
    ['resumes', second(subscription.resumes_at)],
    ['past due since', second(subscription.past_due_at)],
    [
      'changes later',
      update && [
        ...(update.product_id === null ? [] : [`product ${update.product_id}`]),
        ...(update.seats === null ? [] : [`seats ${update.seats}`]),
        ...(update.units === null ? [] : [`units ${update.units}`]),
        ...(update.applies_at === null ? [] : [second(update.applies_at) ?? '']),
      ],
    ],
    ['first payment', subscription.first_payment_id],
    ['latest payment', subscription.latest_payment_id],
    ['created', second(subscription.created_at)],
  ]);
}
