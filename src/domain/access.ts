import type { Entitlements } from './entitlements.ts';
import {
  benefitResources,
  covers,
  productResources,
  type SoldBenefit,
  type SoldProduct,
} from './resources.ts';

/** Who access is asked for, within one app. */
export type Subject =
  | { kind: 'customer'; customerId: string }
  | { kind: 'member'; customerId: string; memberId: string }
  /** A buyer whose identity is not proven: this purchase, nothing else. */
  | { kind: 'purchase'; paymentId: string }
  /** The app's own name for a set of customers. */
  | { kind: 'external'; externalId: string };

type AccessReason =
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

/** What one read of the database says about a subject. */
export interface AccessState {
  /** The app has some row about the subject. Another app's customer is as unknown as none. */
  known: boolean;
  entitlements: Entitlements;
  pending: readonly PendingPayment[];
  /** What the app sells. */
  products: readonly SoldProduct[];
  benefits: readonly SoldBenefit[];
}

/** How long a payment may be under way and still explain a "not yet". */
const PENDING_PAYMENT_MS = 60 * 60_000;
/** Seconds after which asking again makes sense, when the answer was `pending_payment` or `unavailable`. */
export const RETRY_SECONDS = 2;

const EXTERNAL = 'external:';

/** The subject as text: `sub` of the entitlement token, and what its cache entry is filed under. */
export function subjectName(subject: Subject): string {
  switch (subject.kind) {
    case 'customer':
      return subject.customerId;
    case 'member':
      return `${subject.customerId}/${subject.memberId}`;
    case 'purchase':
      return `purchase:${subject.paymentId}`;
    case 'external':
      return EXTERNAL + subject.externalId;
  }
}

/** Who to call the subject towards others; null for a purchase: whoever bought it may have typed someone else's address. */
export function customerName(subject: Subject): string | null {
  switch (subject.kind) {
    case 'customer':
    case 'member':
      return subject.customerId;
    case 'purchase':
      return null;
    case 'external':
      return EXTERNAL + subject.externalId;
  }
}

/**
 * An app's own name of a user in its one spelling, at every door: without white space around it, and composed (NFC).
 * Undefined when nothing is left.
 */
export function readExternalId(text: string): string | undefined {
  return text.trim().normalize('NFC') || undefined;
}

/** What a caller names as `customer`: a Polar id (UUID) or `external:<id>`. Undefined when it is neither. */
export function readCustomer(text: string): Extract<Subject, { kind: 'customer' | 'external' }> | undefined {
  if (text.startsWith(EXTERNAL)) {
    const externalId = readExternalId(text.slice(EXTERNAL.length));
    return externalId === undefined ? undefined : { kind: 'external', externalId };
  }
  const customerId = text.toLowerCase();
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(customerId)
    ? { kind: 'customer', customerId }
    : undefined;
}

/**
 * Whom a session speaks for. One that began at a checkout stays with that purchase until a customer is proven: the
 * external id which that checkout claimed opens nothing (trust rules 1 and 2). Undefined for a session of nobody.
 */
export function subjectOfSession(session: {
  paymentId: string | null;
  customerId: string | null;
  externalId: string | null;
  memberId: string | null;
}): Subject | undefined {
  const { paymentId, customerId, externalId, memberId } = session;
  if (paymentId !== null && customerId === null) return { kind: 'purchase', paymentId };
  if (customerId !== null && memberId !== null) return { kind: 'member', customerId, memberId };
  if (externalId !== null && paymentId === null) return { kind: 'external', externalId };
  return customerId === null ? undefined : { kind: 'customer', customerId };
}

/** May the subject use `resource` at `now`, and why (not). `appProduct` is the app's product slug. */
export function decideAccess(
  resource: string,
  state: AccessState,
  appProduct: string,
  now: number,
): Decision {
  const { current, former } = state.entitlements;
  const endsAt = latestEnd(current, resource, now);
  if (endsAt !== undefined) return { allow: true, reason: 'granted', endsAt };
  if (!state.known) return deny('unknown_customer');

  const benefits = new Map(state.benefits.map((benefit) => [benefit.id, benefit]));
  const gives = (product: SoldProduct) =>
    [
      ...productResources(product, appProduct),
      ...product.benefitIds.flatMap((id) => benefitResources(id, benefits.get(id))),
    ].some((entitlement) => covers(entitlement, resource));

  // Before what was: someone who is buying it again right now hears that, not that it was revoked last year.
  const awaited = new Set(
    state.pending.filter((payment) => isUnderWay(payment, now)).map((payment) => payment.productId),
  );
  if (state.products.some((product) => awaited.has(product.id) && gives(product)))
    return deny('pending_payment');

  const lapses = [...former]
    .filter(([entitlement]) => covers(entitlement, resource))
    .map(([, lapse]) => lapse);
  const [last] = lapses.sort((a, b) => b.at - a.at || b.reason.localeCompare(a.reason));
  if (last) return deny(last.reason);
  return deny(state.products.some(gives) ? 'not_granted' : 'unknown_resource');
}

/** Until when `current` opens `resource`; null: no end, undefined: it does not. */
export function latestEnd(
  current: Iterable<readonly [string, number | null]>,
  resource: string,
  now: number,
): number | null | undefined {
  let latest: number | undefined;
  for (const [entitlement, endsAt] of current) {
    if (endsAt !== null && endsAt <= now) continue;
    if (!covers(entitlement, resource)) continue;
    if (endsAt === null) return null;
    latest = Math.max(latest ?? 0, endsAt);
  }
  return latest;
}

/** The no for a check that could not be made (invariant 6). */
export const UNAVAILABLE: Decision = deny('unavailable');

function isUnderWay(payment: PendingPayment, now: number): boolean {
  return payment.isSubject || (payment.isConfirmed && payment.createdAt > now - PENDING_PAYMENT_MS);
}

function deny(reason: AccessReason): Decision {
  return { allow: false, reason, endsAt: null };
}
