import type { Entitlements } from './entitlements.rules.ts';
import type { FeatureValues } from '../../packages/kit/claims.ts';
import type { SoldBenefit } from './benefits.rules.ts';
import type { SoldProduct } from './resources.rules.ts';

export type AccessReason =
  | 'granted'
  | 'not_granted'
  | 'revoked'
  | 'expired'
  | 'unknown_customer'
  | 'unknown_resource'
  | 'pending_payment'
  | 'unavailable';

export interface Decision {
  allow: boolean;
  reason: AccessReason;
  /** When a yes ends; null when no end is known, and for every no. Milliseconds since 1970. */
  endsAt: number | null;
  /** Of a yes to a feature, what it is worth. */
  values?: FeatureValues;
}

/** A payment under way. */
export interface PendingPayment {
  productId: string | null;
  createdAt: number;
  /** The buyer has confirmed the checkout: money is moving. */
  isConfirmed: boolean;
  /** The subject is this payment itself. */
  isSubject: boolean;
}

/** What one read of the database says about a subject and the app. */
export interface AccessState {
  /** The app has some row about the subject. A customer of another app only is unknown (invariant 5). */
  known: boolean;
  entitlements: Entitlements;
  pending: readonly PendingPayment[];
  /** The products behind the subject's own rows, payments under way among them, and the benefits of those. */
  products: readonly SoldProduct[];
  benefits: readonly SoldBenefit[];
  /** The other names that the app sells, as `spellName` spells them. */
  sold: ReadonlySet<string>;
}

/** A payment under way counts as the reason of a "no" for this long. */
export const PENDING_PAYMENT_MS = 60 * 60_000;

/** How old a cached yes may be at most, and is when the caller does not say, seconds. */
export const MAX_AGE_SECONDS = 86_400;
export const DEFAULT_MAX_AGE_SECONDS = 300;
/** The longest name of a resource that can be asked for. */
export const MAX_RESOURCE_CHARS = 600;

/** Seconds after which asking again makes sense, when the answer was `pending_payment` or `unavailable`. */
export const RETRY_SECONDS = 2;

/** The answer when the check could not be made (invariant 6). */
export const UNAVAILABLE: Decision = deny('unavailable');

export function deny(reason: AccessReason): Decision {
  return { allow: false, reason, endsAt: null };
}
