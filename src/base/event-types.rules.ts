import type { EventType } from '../../packages/kit/webhook.ts';

/*
 * Every type of event, and when it is told: one row for each type that the kit names. Filters and the API's description are
 * made from this table; a test compares docs/forwarding.md and the samples with it.
 */
export const EVENT_TYPES = {
  'payment.pending': 'A checkout was opened through the gateway, or a renewal is about to be charged.',
  'payment.succeeded': 'The money was taken. Deliver on this one.',
  'payment.retry_scheduled':
    'A renewal could not be charged, and Polar tries it again at `data.next_attempt_at`. Comes once for each attempt.',
  'payment.failed': 'It will not be paid: the order is void, or the checkout has failed.',
  'payment.expired': 'The checkout’s time is up and nobody has paid.',
  'payment.updated':
    'Something about a paid order is new: Polar’s fee, an invoice or a refunded amount. Polar adds its fee shortly after each purchase.',
  'refund.created': 'A refund was begun. It may still be pending.',
  'refund.succeeded': 'The money went back.',
  'refund.failed': 'The refund failed or was canceled: the customer did not get the money.',
  'subscription.created': 'A subscription was bought. It may be in its trial.',
  'subscription.active': 'It is active: it began, or an overdue payment was made.',
  'subscription.updated': 'Anything about it has changed. Comes beside the more exact ones.',
  'subscription.renewed': 'A further period was paid for.',
  'subscription.past_due': 'A renewal could not be charged. Polar tries again for some weeks.',
  'subscription.paused': 'It is paused: nothing is charged, and it gives nothing.',
  'subscription.resumed': 'A paused one goes on.',
  'subscription.canceled':
    'It is to end, at once or with its period. Comes once for each time that it is canceled, so again when one that was to end with its period is ended earlier.',
  'subscription.uncanceled': 'It was to end, and goes on after all.',
  'subscription.ending':
    'Its end is near: some days before an end that was scheduled, as many as the app has said. Comes once for each end.',
  'subscription.revoked': 'It has ended and gives nothing any more.',
  'grant.created':
    'A customer, or a member of a team, has a benefit. Also when a revoked one is given back, and when you gave something without a purchase (`data.grant`).',
  'grant.updated': 'What the benefit gave has changed, such as its files.',
  'grant.renewed': 'The benefit goes on for a further period.',
  'grant.revoked':
    'The benefit is taken away, or what you gave has ended (`data.grant`, and why as `data.reason`).',
  'grant.action_required':
    'The customer has to connect an account before Polar can grant: `data.grant.action` says what, in words and as a link. Comes once for each time that it comes to this.',
  'grant.fulfilled':
    'Somebody has done what a benefit promises that people fulfil: `data.fulfilment` says who and when.',
  'customer.created': 'Somebody bought from your app for the first time.',
  'customer.updated': 'What your app is told of its customer has changed.',
  'customer.deleted': 'The customer was deleted at Polar.',
  'seat.assigned': 'A seat of a team was offered to somebody.',
  'seat.claimed': 'Somebody took the seat.',
  'seat.revoked': 'The seat was taken back.',
  'gift.claimed': 'A gift was accepted: the purchase counts for its recipient from now on.',
  'gift.canceled': 'A gift was taken back before anybody accepted it.',
  'discount.exhausted':
    'Nothing is left of a discount of yours: the purchase at hand was the last one. Comes once for each limit that it had.',
  'dispute.created':
    'The buyer’s bank asks for the money back. Found by looking at Polar, so minutes to hours later.',
  'dispute.updated': 'The dispute has moved on.',
  'dispute.evidence_due':
    'Polar takes evidence for two more days at most, until `evidence_due_by`. Comes once for each such time.',
  'dispute.won': 'The dispute was decided for you. Polar has taken access away all the same.',
  'dispute.lost': 'The dispute was decided for the buyer.',
  'dispute.prevented': 'The money was given back before it became a dispute.',
  'endpoint.failing': 'Another endpoint of yours has only failed for days, and will be disabled.',
  'endpoint.disabled': 'Another endpoint of yours was disabled. It goes on collecting.',
} as const satisfies Record<Exclude<EventType, `polar.${string}`>, string>;

/** The groups: what stands before the dot. */
const NOUNS: ReadonlySet<string> = new Set(Object.keys(EVENT_TYPES).map((type) => type.split('.')[0] ?? ''));

/** Polar's types that the gateway has no name for, also those that Polar adds later. */
const OF_POLAR = /^polar(\.[a-z0-9_]+)+$/;

export const MAX_TYPE_LENGTH = 64;

/** Whether this is a type of event. */
export function isEventType(type: string): boolean {
  return Object.hasOwn(EVENT_TYPES, type) || (type.length <= MAX_TYPE_LENGTH && OF_POLAR.test(type));
}

/** Whether `text` is a group of types: `payment.*`, `polar.*`, `polar.order.*`. */
export function isEventGroup(text: string): boolean {
  if (text.length > MAX_TYPE_LENGTH || !text.endsWith('.*')) return false;
  const before = text.slice(0, -2);
  return NOUNS.has(before) || before === 'polar' || OF_POLAR.test(before);
}

/** Suggests what to write instead of `text`: the types of its group, or else the groups. */
export function suggestTypes(text: string): string {
  const [noun = ''] = text.slice(0, MAX_TYPE_LENGTH).split('.', 1);
  const types = Object.keys(EVENT_TYPES).filter((type) => type.startsWith(`${noun}.`));
  return types.length > 0
    ? `Of ${noun} there are ${types.map((type) => type.slice(noun.length + 1)).join(', ')}.`
    : `The groups are ${[...NOUNS].join(', ')} and polar.`;
}
