/* Polar's objects in samples (`sample-events.ts`), all of one purchase. `at`: ISO 8601. */

/** Ids that no real object has. */
export const id = (place: number) => `00000000-0000-4000-8000-00000000000${place}`;
const DAY_MS = 24 * 60 * 60_000;
const MONTH_MS = 30 * DAY_MS;
/** As long before an end as an app is told of it, unless it says otherwise. */
const NOTICE_MS = 3 * DAY_MS;
/** After the first failure Polar waits for two days. */
export const RETRY_MS = 2 * DAY_MS;
export const AMOUNT = 900;
export const MONEY = { amount: AMOUNT, currency: 'usd' };
export const CUSTOMER = { email: 'ada@example.com', name: 'Ada Sample' };
export const LINKS = { order_id: id(1), subscription_id: id(2), customer_id: id(3) };

/** The fields that every object of Polar's has. */
export const identity = (place: number, at: string) => ({ id: id(place), created_at: at, modified_at: at });

/** An order as it is when its payment `verb`s: failed, renewed, updated or succeeded; or is to be tried again. */
export function order(verb: string, at: string) {
  const isRetried = verb === 'retry_scheduled';
  const isRenewal = verb === 'renewed' || isRetried;
  const isPaid = verb !== 'failed' && !isRetried;
  return {
    ...identity(1, at),
    status: isPaid ? 'paid' : isRetried ? 'pending' : 'void',
    paid: isPaid,
    billing_reason: isRenewal ? 'subscription_cycle' : 'subscription_create',
    subtotal_amount: AMOUNT,
    discount_amount: 0,
    net_amount: AMOUNT,
    tax_amount: 0,
    total_amount: AMOUNT,
    applied_balance_amount: 0,
    refunded_amount: 0,
    refunded_tax_amount: 0,
    currency: MONEY.currency,
    invoice_number: 'SAMPLE-00000000-0001',
    is_invoice_generated: verb === 'updated',
    next_payment_attempt_at: isRetried ? new Date(Date.parse(at) + RETRY_MS).toISOString() : null,
    checkout_id: isRenewal ? null : id(6),
    product_id: id(5),
    customer_id: LINKS.customer_id,
    subscription_id: LINKS.subscription_id,
    metadata: {},
    customer: customer(at),
    product: product(at),
  };
}

function customer(at: string) {
  return { ...identity(3, at), ...CUSTOMER };
}

/** The product that was bought. */
export function product(at: string) {
  return {
    ...identity(5, at),
    name: 'Sample product',
    is_recurring: true,
    is_archived: false,
    metadata: {},
  };
}

/** A checkout that nobody paid in time. */
export function checkout(at: string) {
  return {
    ...identity(6, at),
    status: 'expired',
    expires_at: at,
    total_amount: AMOUNT,
    currency: MONEY.currency,
    customer_id: null,
    customer_email: CUSTOMER.email,
    product_id: id(5),
    metadata: {},
  };
}

/** A refund: created, succeeded or failed. */
export function refund(verb: string, at: string) {
  return {
    ...identity(7, at),
    ...LINKS,
    ...MONEY,
    status: verb === 'created' ? 'pending' : verb,
    reason: 'customer_request',
    tax_amount: 0,
    revoke_benefits: false,
  };
}

/** Statuses by the verb of the event type, where they are not `active`. */
const STATUS: Record<string, string> = { past_due: 'past_due', paused: 'paused', revoked: 'canceled' };

/** A subscription as it is right after what the verb says. `now`: milliseconds since 1970. */
export function subscription(verb: string, now: number) {
  const at = new Date(now).toISOString();
  const end = new Date(now + (verb === 'ending' ? NOTICE_MS : MONTH_MS)).toISOString();
  const isRevoked = verb === 'revoked';
  const isScheduled = verb === 'canceled' || verb === 'ending';
  const isCanceled = isRevoked || isScheduled;
  return {
    ...identity(2, at),
    ...MONEY,
    status: STATUS[verb] ?? 'active',
    recurring_interval: 'month',
    current_period_start: at,
    current_period_end: end,
    cancel_at_period_end: isScheduled,
    canceled_at: isCanceled ? at : null,
    started_at: at,
    ends_at: isCanceled ? (isRevoked ? at : end) : null,
    ended_at: isRevoked ? at : null,
    past_due_at: verb === 'past_due' ? at : null,
    paused_at: verb === 'paused' ? at : null,
    customer_id: LINKS.customer_id,
    product_id: id(5),
    checkout_id: id(6),
    metadata: {},
    customer: customer(at),
    product: product(at),
  };
}

/** A grant of a custom benefit: created, updated, renewed or revoked. */
export function grant(verb: string, at: string) {
  const isRevoked = verb === 'revoked';
  return {
    ...identity(8, at),
    ...LINKS,
    is_granted: !isRevoked,
    granted_at: at,
    is_revoked: isRevoked,
    revoked_at: isRevoked ? at : null,
    member_id: null,
    benefit_id: id(9),
    customer: customer(at),
    benefit: {
      ...identity(9, at),
      type: 'custom',
      description: 'Sample benefit',
      is_deleted: false,
      metadata: {},
    },
    properties: {},
  };
}

/** What Polar says of a grant that waits for the customer's account. */
export const NOT_CONNECTED = 'The customer needs to connect their Discord account';

/** A grant that waits for the customer's account. */
export function waitingGrant(at: string) {
  const { benefit, ...rest } = grant('updated', at);
  return {
    ...rest,
    is_granted: false,
    granted_at: null,
    benefit: { ...benefit, type: 'discord' },
    error: { type: 'BenefitActionRequiredError', message: NOT_CONNECTED, timestamp: at },
  };
}

/** A seat: assigned, claimed or revoked. */
export function seat(verb: string, at: string) {
  return {
    ...identity(4, at),
    ...LINKS,
    status: verb === 'assigned' ? 'pending' : verb,
    customer_email: CUSTOMER.email,
    member_id: null,
    claimed_at: verb === 'claimed' ? at : null,
    revoked_at: verb === 'revoked' ? at : null,
    seat_metadata: null,
  };
}

const DISPUTE_STATUS: Record<string, string> = {
  created: 'needs_response',
  evidence_due: 'needs_response',
  updated: 'under_review',
};

/** A dispute: created, updated, or ended as the verb says. */
export function dispute(verb: string, at: string) {
  const isOpen = verb in DISPUTE_STATUS;
  return {
    ...identity(4, at),
    ...MONEY,
    status: DISPUTE_STATUS[verb] ?? verb,
    resolved: !isOpen,
    closed: !isOpen,
    tax_amount: 0,
    reason: 'fraudulent',
    evidence_due_by: verb === 'evidence_due' ? at : null,
    order_id: LINKS.order_id,
    customer_id: LINKS.customer_id,
  };
}
