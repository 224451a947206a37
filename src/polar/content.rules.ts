import { digestContent, toMicroseconds, type Version } from './versions.rules.ts';

/* How new an object of Polar's is, and what of it counts as its content. */

/** The version of an object. `content`: what must differ for it to be another one. `seen`: microseconds. */
export function versionOf(
  object: { created_at?: string | null | undefined; modified_at?: string | null | undefined },
  seen: number,
  content: unknown,
): Version {
  const changed = object.modified_at ?? object.created_at;
  // An object without times of its own has the time at which it was seen.
  return {
    version: changed ? toMicroseconds(changed) : seen,
    seenVersion: seen,
    digest: digestContent(content),
  };
}

/**
 * Fields without a column whose changes apps are told of (ADR 30). They are listed, since a subscription inside an
 * order lacks its product, discount, prices, meters and `pending_update`, some of which also change by themselves.
 */
const FURTHER_CONTENT = {
  order: [
    'is_invoice_generated',
    'platform_fee_amount',
    'platform_fee_currency',
    'refunded_tax_amount',
    'billing_name',
    'billing_address',
    'metadata',
  ],
  subscription: [
    'amount',
    'currency',
    'recurring_interval',
    'recurring_interval_count',
    'trial_start',
    'trial_end',
    'pause_at_period_end',
    'resumes_at',
    'discount_id',
    'seats',
    'customer_cancellation_reason',
    'customer_cancellation_comment',
    'metadata',
  ],
  // The other fields of a seat are its member, an object of its own.
  seat: [
    'status',
    'subscription_id',
    'order_id',
    'customer_id',
    'member_id',
    'email',
    'customer_email',
    'claimed_at',
    'revoked_at',
  ],
  member: ['customer_id', 'email', 'name', 'external_id', 'role'],
} as const;

/** A field that is left out counts as null, since Polar's objects differ in that from place to place. */
export function furtherContent(kind: keyof typeof FURTHER_CONTENT, object: Record<string, unknown>): object {
  return Object.fromEntries(FURTHER_CONTENT[kind].map((name) => [name, object[name] ?? null]));
}

/** A text, or null for anything else. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
