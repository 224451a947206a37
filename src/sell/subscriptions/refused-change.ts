import type { PolarRefusal } from '../../base/polar-gateway.ts';
import { type FieldError, Problem, type ProblemCode } from '../../base/problem.ts';
import { refusedProduct } from '../open-polar-checkout.ts';
import type { Change, Refused, SubscriptionState } from './changes.rules.ts';

/** Another change takes no longer than its charge. Seconds. */
const LOCKED_RETRY_SECONDS = 2;

const DETAILS: Record<Exclude<Refused, 'not_trialing'>, string> = {
  subscription_ended:
    'This subscription has ended. It cannot be changed any more; the customer can buy again.',
  not_scheduled: 'This subscription is not scheduled to end, so there is nothing to take back.',
  not_paused: 'This subscription is neither paused nor scheduled to pause.',
};

/** The problem of a change that the subscription's state rules out. */
export function refusedByState(refused: Refused): Problem {
  if (refused === 'not_trialing') return refusedField('trial_end', 'This subscription is not in a trial.');
  return new Problem(refused, { detail: DETAILS[refused] });
}

/**
 * Polar's refusal in the gateway's words (facts §1.6 to 1.8). `state`: the subscription as it is after the refusal, since one
 * name of Polar's stands for several states.
 */
export function explainRefusal(refusal: PolarRefusal, change: Change, state: SubscriptionState): Problem {
  const { cause } = refusal;
  if (refusal.status === 422) return explainFields(refusal, change);
  switch (refusal.name) {
    case 'PaymentFailed':
      return new Problem('payment_failed', {
        detail:
          'The customer’s payment method was declined, so nothing was changed. The customer can replace it in Polar’s portal.',
        cause,
      });
    case 'SubscriptionLocked':
      return new Problem('subscription_locked', { retryAfter: LOCKED_RETRY_SECONDS, cause });
    case 'CannotPauseSubscription':
      return new Problem('cannot_pause', { detail: whyNotPaused(state), cause });
    case 'NotPausedSubscription':
    case 'NoScheduledPause':
      return new Problem('not_paused', { detail: DETAILS.not_paused, cause });
    case 'AlreadyCanceledSubscription':
    case 'InactiveSubscription':
    case 'ResourceUnavailable':
    case 'BadRequest':
      return refusedAs(stateCode(state, change), cause);
    case 'ResourceNotFound':
      return new Problem('not_found', { detail: 'Polar has no such subscription any more.', cause });
    case 'NotASeatBasedSubscription':
      return refusedField('seats', 'This subscription has no seats.', cause);
    case 'SeatsAlreadyAssigned':
      return refusedField('seats', 'More seats than this are assigned. Take some back first.', cause);
    case 'NotAUnitBasedSubscription':
      return refusedField('units', 'This subscription has no units.', cause);
    default:
      return refusal.status === 402
        ? new Problem('payment_failed', { cause })
        : new Problem('polar_rejected', {
            detail: `Polar refused the change${refusal.name === '' ? '' : `: ${refusal.name}`}.`,
            cause,
          });
  }
}

function refusedAs(code: ProblemCode, cause: unknown): Problem {
  const detail = code === 'subscription_ended' || code === 'not_scheduled' ? { detail: DETAILS[code] } : {};
  return new Problem(code, { ...detail, cause });
}

/** Polar says that it is canceled or not active: which of these, its state says. */
function stateCode(state: SubscriptionState, change: Change): ProblemCode {
  if (state.endedAt !== null) return 'subscription_ended';
  if (change.kind === 'uncancel') return 'not_scheduled';
  return state.cancelAtPeriodEnd ? 'subscription_ending' : 'subscription_inactive';
}

function whyNotPaused(state: SubscriptionState): string {
  if (state.cancelAtPeriodEnd) return 'This subscription is scheduled to end. Uncancel it first.';
  if (state.pauseAtPeriodEnd)
    return 'This subscription is scheduled to pause already. Resume it first to give another time.';
  return `A subscription that is ${state.status.replaceAll('_', ' ')} cannot be paused: it must be active.`;
}

/** Names of fields in our routes, where Polar has others. */
const FIELDS: Record<string, string> = { proration_behavior: 'proration' };

function explainFields({ errors, cause }: PolarRefusal, { kind }: Change): Problem {
  const named = errors.map(({ path, message }): FieldError => {
    const field = path.split('.').at(-1) ?? '';
    // Some of Polar's refusals name no field.
    return { path: path === 'body' ? path : `body.${FIELDS[field] ?? field}`, message };
  });
  const about = named.find(({ path }) => path === 'body.product_id')?.message;
  if (kind === 'product' && about !== undefined) {
    if (/archived/i.test(about)) return refusedProduct('product_archived', cause);
    if (/does not exist/i.test(about)) return refusedProduct('unknown_product', cause);
  }
  if (kind === 'discount' && named.some(({ path }) => path === 'body.discount_id'))
    return refusedDiscount(cause);
  const [first] = named;
  return new Problem('polar_rejected', {
    ...(first ? { detail: `${first.path}: ${first.message}`, errors: named } : {}),
    cause,
  });
}

/** It is the app's: whose it is was looked at before. */
function refusedDiscount(cause?: unknown): Problem {
  const [path, message] = ['body.discount_id', 'This app has no such discount for this product.'];
  return new Problem('unknown_discount', {
    detail: `${path}: ${message}`,
    errors: [{ path, message }],
    cause,
  });
}

/** One field of the request that is wrong. */
export function refusedField(field: string, message: string, cause?: unknown): Problem {
  const path = `body.${field}`;
  return new Problem('validation_failed', {
    detail: `${path}: ${message}`,
    errors: [{ path, message }],
    ...(cause === undefined ? {} : { cause }),
  });
}
