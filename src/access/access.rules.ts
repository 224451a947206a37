import type { Entitlements } from './entitlements.rules.ts';
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
  products: readonly SoldProduct[];
  benefits: readonly SoldBenefit[];
}

/** Seconds after which asking again makes sense, when the answer was `pending_payment` or `unavailable`. */
export const RETRY_SECONDS = 2;

/** The answer when the check could not be made (invariant 6). */
export const UNAVAILABLE: Decision = deny('unavailable');

export function deny(reason: AccessReason): Decision {
  return { allow: false, reason, endsAt: null };
}
