import { log } from '../../base/log.ts';
import type { SubscriptionChange } from '../../base/polar-gateway.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { applyReads } from '../../record/apply-reads.ts';
import { nextLook } from './pursuit.rules.ts';
import { finishRequest, postponeRequest, type RefundRequest } from './refund-requests.rows.ts';

const CHANGES: Record<'now' | 'period_end', SubscriptionChange> = {
  now: { revoke: true },
  period_end: { cancel_at_period_end: true },
};

/** Somebody else is changing it. */
const IS_LOCKED = 'SubscriptionLocked';

/**
 * Cancels the subscription of a refund that Polar has accepted, if that was asked for, and applies Polar's answer. While
 * Polar does not answer, it is left to the next turn; doing it again changes nothing.
 */
export async function cancelRefunded(services: Services, request: RefundRequest): Promise<void> {
  const { id, mode, cancelSubscription: how, isCanceled, subscriptionId } = request;
  if (how === null || isCanceled === 1 || subscriptionId === null) return;
  let answer;
  let isDone;
  try {
    answer = await services.polar(mode).changeSubscription(subscriptionId, CHANGES[how]);
    isDone = answer.ok || (await isCanceledAs(services, request, how));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return tryLater(services, request, error);
  }
  if (answer.ok) await applyReads(services, mode, [{ kind: 'subscription', read: answer.value }], 'api');
  else if (answer.error.name === IS_LOCKED) return tryLater(services, request, answer.error.cause);
  if (!isDone) log('error', 'a refunded subscription cannot be canceled', { requestId: id, subscriptionId });
  await finishRequest(services.database, id, isDone ? null : 'polar_rejected');
}

/**
 * Whether the subscription is canceled already. Polar refuses one that is paused by the same name as one that is canceled,
 * so its state is read.
 */
async function isCanceledAs(
  services: Services,
  { mode, subscriptionId }: RefundRequest,
  how: 'now' | 'period_end',
): Promise<boolean> {
  const read = await services.polar(mode).fetchObject('subscription', subscriptionId ?? '');
  if (!read) return true;
  const { ended_at: endedAt = null, cancel_at_period_end: ends }: Record<string, unknown> = Object(read.data);
  return endedAt !== null || (how === 'period_end' && ends === true);
}

async function tryLater(services: Services, request: RefundRequest, error: unknown): Promise<void> {
  log('warn', 'a refunded subscription is canceled later', { requestId: request.id, error });
  const { attempts: sends, updatedAt: sentAt } = request;
  await postponeRequest(services.database, request, nextLook({ sends, sentAt }, services.now()));
}
