import { formatAmount } from '../../../packages/kit/amounts.ts';
import type { EVENT_TYPES } from '../../base/event-types.rules.ts';
import { sayGift } from './gift-entries.rules.ts';
import type { DeliveryRow, Entry, EventRow, PaymentRow, SessionRow } from './entries.rules.ts';
import type { TimelineEntryView } from './timeline.answers.ts';
import type { EventFacts } from './timeline.rows.ts';

/* What an entry says, in plain words. */

/** An entry as the API shows it. `facts`: what its event says, if it is one. */
export function presentEntry(entry: Entry, facts: EventFacts | undefined): TimelineEntryView {
  const { of } = entry;
  const base = { id: entry.id, at: iso(entry.at), type: entry.type };
  switch (of.kind) {
    case 'event':
      return {
        ...base,
        summary: sayEvent(of.event, facts),
        ref: refOf(of.event),
        occurred_at: iso(of.event.occurredAt),
        payment_id: of.event.paymentId,
        event_id: of.event.id,
        endpoint_id: null,
      };
    case 'delivery':
      return {
        ...base,
        summary: sayDelivery(of.delivery),
        ref: { kind: 'delivery', id: of.delivery[0] },
        occurred_at: of.delivery[4] === null ? null : iso(of.delivery[4]),
        payment_id: of.paymentId,
        event_id: of.eventId,
        endpoint_id: of.delivery[1],
      };
    case 'payment':
      return {
        ...base,
        summary: sayStarted(of.payment),
        ref: { kind: 'payment', id: of.payment.id },
        occurred_at: null,
        payment_id: of.payment.id,
        event_id: of.payment.eventId,
        endpoint_id: null,
      };
    case 'session':
      return {
        ...base,
        summary: of.isEnd ? sayEnded(of.session) : saySignedIn(of.session),
        ref: { kind: 'session', id: of.session.id },
        occurred_at: null,
        payment_id: of.session.paymentId,
        event_id: null,
        endpoint_id: null,
      };
    case 'gift':
      return {
        ...base,
        summary: sayGift(of),
        ref: { kind: 'gift', id: of.gift.id },
        occurred_at: of.refund === undefined ? null : iso(of.refund.occurredAt),
        payment_id: of.gift.paymentId,
        event_id: of.refund?.eventId ?? null,
        endpoint_id: null,
      };
    case 'download':
      return {
        ...base,
        summary: `Fetched ${of.download.name ?? 'a file'}.`,
        ref: { kind: 'file', id: of.download.fileId },
        ...ABOUT_NO_EVENT,
      };
    case 'activation':
      return {
        ...base,
        summary: `${of.activation.what === 'activated' ? 'Activated' : 'Gave up an activation of'} the licence key ${of.activation.displayKey}.`,
        ref: { kind: 'license_key', id: of.activation.licenseKeyId },
        ...ABOUT_NO_EVENT,
      };
  }
}

const ABOUT_NO_EVENT = { occurred_at: null, payment_id: null, event_id: null, endpoint_id: null };

type Ref = TimelineEntryView['ref'];

const REF_KINDS: Readonly<Record<string, Ref['kind']>> = {
  subscription: 'subscription',
  grant: 'grant',
  seat: 'seat',
  dispute: 'dispute',
  customer: 'customer',
  gift: 'gift',
};

/** What an event is about: the payment that the API knows it by, or the object that its key names. */
function refOf({ id, key, type, paymentId }: EventRow): Ref {
  const [noun = ''] = type.split('.', 1);
  const kind = REF_KINDS[noun];
  const object = key.split(':')[1];
  if (kind !== undefined && object !== undefined && object !== '') return { kind, id: object };
  return paymentId === null ? { kind: 'event', id } : { kind: 'payment', id: paymentId };
}

/** Why a grant of the app's own ended. */
const ENDS: Readonly<Record<string, string>> = {
  expired: 'its time is over',
  revoked: 'you took it back',
  customer_deleted: 'the customer was deleted',
};

function sayEvent({ type }: EventRow, facts: EventFacts | undefined): string {
  const [noun] = type.split('.', 1);
  const product = facts?.productName ?? undefined;
  const about = product === undefined ? '' : ` for ${product}`;
  if (noun === 'payment' || noun === 'refund') {
    const amount = noun === 'refund' ? facts?.polarAmount : facts?.amount;
    const currency = (noun === 'refund' ? facts?.polarCurrency : facts?.currency) ?? facts?.currency;
    const money = amount == null || currency == null ? '' : ` ${formatAmount(amount, currency, 'en')}`;
    return `${sayType(type)}${money ? `:${money}` : ''}${about}.`;
  }
  if (noun === 'grant' && facts?.resources) {
    const names = (JSON.parse(facts.resources) as string[]).join(', ');
    const why = facts.why === null ? facts.reason : (ENDS[facts.why] ?? facts.why);
    const verb = type === 'grant.created' ? 'You gave' : 'What you gave has ended:';
    return `${verb} ${names}${why ? ` (${why})` : ''}.`;
  }
  if (noun === 'grant' && facts?.benefit) return `${sayType(type)}: ${facts.benefit}.`;
  if (noun === 'gift') return `${sayType(type)}${product === undefined ? '' : `: ${product}`}.`;
  if (noun === 'subscription') return `${sayType(type)}${about}.`;
  return `${sayType(type)}.`;
}

const WORDS: Readonly<Record<string, string>> = {
  'payment.pending': 'About to be charged',
  'payment.succeeded': 'Paid',
  'payment.retry_scheduled': 'Could not be charged; Polar tries again',
  'payment.failed': 'The payment failed',
  'payment.expired': 'The checkout expired unpaid',
  'payment.updated': 'Something about the payment changed',
  'refund.created': 'A refund was begun',
  'refund.succeeded': 'Refunded',
  'refund.failed': 'The refund failed',
  'subscription.created': 'Subscribed',
  'subscription.active': 'The subscription is active',
  'subscription.updated': 'Something about the subscription changed',
  'subscription.renewed': 'The subscription was renewed',
  'subscription.past_due': 'The subscription is past due',
  'subscription.paused': 'The subscription was paused',
  'subscription.resumed': 'The subscription was resumed',
  'subscription.canceled': 'The subscription was canceled',
  'subscription.uncanceled': 'The subscription goes on after all',
  'subscription.ending': 'The subscription ends soon',
  'subscription.revoked': 'The subscription has ended',
  'grant.created': 'Got a benefit',
  'grant.updated': 'What a benefit gives has changed',
  'grant.renewed': 'A benefit goes on for another period',
  'grant.revoked': 'Lost a benefit',
  'grant.action_required': 'Still has to do something for a benefit',
  'grant.fulfilled': 'Somebody has done what a benefit asks for',
  'gift.claimed': 'The gift was accepted',
  'gift.canceled': 'The gift was taken back',
  'customer.created': 'Bought from your app for the first time',
  'customer.updated': 'What you are told of the customer has changed',
  'customer.deleted': 'The customer was deleted at Polar',
  'seat.assigned': 'A seat was offered',
  'seat.claimed': 'A seat was taken',
  'seat.revoked': 'A seat was taken back',
  'discount.exhausted': 'Used the last of a discount',
  'dispute.created': 'The bank asks for the money back',
  'dispute.updated': 'The dispute has moved on',
  'dispute.won': 'The dispute was won',
  'dispute.lost': 'The dispute was lost',
  'dispute.prevented': 'The money was given back before a dispute',
} satisfies Partial<Record<keyof typeof EVENT_TYPES, string>>;

function sayType(type: string): string {
  return WORDS[type] ?? `Polar told of ${type.replace(/^polar\./, '')}`;
}

function sayStarted({ productName, method }: PaymentRow): string {
  return `A checkout was begun${productName === null ? '' : ` for ${productName}`} (${method}).`;
}

function sayDelivery([, , status, attempts, , lastStatus]: DeliveryRow): string {
  const tries = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const answer = lastStatus === null ? '' : `, last answered ${lastStatus}`;
  switch (status) {
    case 'succeeded':
      return `Told your endpoint in ${tries}.`;
    case 'failed':
      return `Your endpoint was not reached in ${tries}${answer}.`;
    case 'canceled':
      return 'Not told: the endpoint was deleted.';
    default:
      return attempts === 0
        ? 'To be told to your endpoint.'
        : `Your endpoint was not reached yet, ${tries}${answer}.`;
  }
}

const PROOFS: Readonly<Record<SessionRow['proof'], string>> = {
  purchase: 'Came back from a checkout',
  app: 'Your app signed them in',
  email: 'Signed in with a code by mail',
};

function saySignedIn({ proof, label }: SessionRow): string {
  return `${PROOFS[proof]}${label === null ? '' : `, in ${label}`}.`;
}

function sayEnded({ revokedAt }: SessionRow): string {
  return revokedAt === null ? 'The session ran out.' : 'The session was ended.';
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
