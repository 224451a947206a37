import type { Context } from '../../context.ts';
import { timeOf } from '../../gateway/filters.ts';
import { given } from '../../words/given.rules.ts';
import { day } from '../../words/times.rules.ts';
import { type ChangeOptions, changeSubscription } from './change-subscription.ts';
import type { Subscription } from './describe-subscription.ts';
import { priceOf } from './next-of.rules.ts';

export const CANCELLATION_REASONS = [
  'customer_service',
  'low_quality',
  'missing_features',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
  'other',
] as const;

interface CancelOptions extends ChangeOptions {
  now?: true | undefined;
  reason?: (typeof CANCELLATION_REASONS)[number] | undefined;
  comment?: string | undefined;
}

/** Ends a subscription with its period, or now. */
export function cancelSubscription(context: Context, id: string, options: CancelOptions): Promise<void> {
  const { now, reason, comment } = options;
  const body = { at: now ? 'now' : 'period_end', ...given({ reason, comment }) } as const;
  return changeSubscription(context, id, options, (call) => ({
    ask: (subscription, of) =>
      now
        ? askToEnd(of)
        : `Cancel ${of}? It ends ${day(subscription.current_period_end)}, with what it gives, and does not renew. Until then this can be taken back.`,
    send: (idempotencyKey) =>
      call('POST /v1/subscriptions/{id}/cancel', { params: { id }, body, idempotencyKey }),
  }));
}

/** Ends a subscription now. */
export function revokeSubscription(context: Context, id: string, options: ChangeOptions): Promise<void> {
  return changeSubscription(context, id, options, (call) => ({
    ask: (_subscription, of) => askToEnd(of),
    send: (idempotencyKey) => call('DELETE /v1/subscriptions/{id}', { params: { id }, idempotencyKey }),
  }));
}

const askToEnd = (of: string) =>
  `End ${of} now? What it gives is gone at once, nothing is refunded, and this cannot be taken back.`;

/** Takes a cancellation back. */
export function uncancelSubscription(context: Context, id: string, options: ChangeOptions): Promise<void> {
  return changeSubscription(context, id, options, (call) => ({
    refuse: ({ cancel_at_period_end }) =>
      cancel_at_period_end
        ? undefined
        : { code: 'not_scheduled', message: 'This subscription is not scheduled to end.' },
    ask: (subscription, of) => `Let ${of} go on? ${renews(subscription)}`,
    send: (idempotencyKey) =>
      call('POST /v1/subscriptions/{id}/uncancel', { params: { id }, idempotencyKey }),
  }));
}

/** Pauses a subscription with its period. */
export function pauseSubscription(
  context: Context,
  id: string,
  options: ChangeOptions & { resumesAt?: string | undefined },
): Promise<void> {
  const resumesAt = timeOf(context, '--resumes-at', options.resumesAt, 'ahead');
  return changeSubscription(context, id, options, (call) => ({
    refuse: ({ cancel_at_period_end }) =>
      cancel_at_period_end
        ? { code: 'cannot_pause', message: 'This subscription is scheduled to end. Uncancel it first.' }
        : undefined,
    ask: (subscription, of) =>
      `Pause ${of}? From ${day(subscription.current_period_end)} it gives nothing and is not charged, ${resumesAt === undefined ? 'until somebody resumes it' : `until ${day(resumesAt)}`}.`,
    send: (idempotencyKey) =>
      call('POST /v1/subscriptions/{id}/pause', {
        params: { id },
        body: given({ resumes_at: resumesAt }),
        idempotencyKey,
      }),
    moment: resumesAt,
  }));
}

/** Ends a pause, or takes one back that has not begun. */
export function resumeSubscription(context: Context, id: string, options: ChangeOptions): Promise<void> {
  return changeSubscription(context, id, options, (call) => ({
    refuse: ({ status, pause_at_period_end }) =>
      status === 'paused' || pause_at_period_end
        ? undefined
        : {
            code: 'not_paused',
            message: 'This subscription is neither paused nor scheduled to pause.',
          },
    ask: (subscription, of) =>
      subscription.status === 'paused'
        ? `Resume ${of}? A period begins now, and ${priceOf(subscription.amount, subscription.currency, subscription) ?? 'its price'} is charged now.`
        : `Let ${of} go on without a pause? ${renews(subscription)}`,
    send: (idempotencyKey) => call('POST /v1/subscriptions/{id}/resume', { params: { id }, idempotencyKey }),
  }));
}

const renews = (subscription: Subscription) =>
  `It renews ${day(subscription.current_period_end)}, for ${priceOf(subscription.amount, subscription.currency, subscription) ?? 'its price'}.`;
