import { type NewEvent, splitBody } from './events.rules.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { actionOf, type GrantState, portalUrlOf } from '../../base/grant-states.rules.ts';
import { passOn, type Passing } from './passed-on.rules.ts';
import { samplePayment } from './sample-payment.rules.ts';
import {
  checkout,
  CUSTOMER,
  dispute,
  grant,
  id,
  identity,
  order,
  product,
  refund,
  RETRY_MS,
  seat,
  NOT_CONNECTED,
  subscription,
  waitingGrant,
} from './sample-objects.rules.ts';

/* Samples of every type of event, in the shape of real ones, for trying an endpoint out (ADR 26). */

/** Everything in a sample counts as the app's own. */
const SAMPLE_PASSING: Passing = {
  email: CUSTOMER.email,
  ownsProduct: () => true,
  ownsBenefit: () => true,
  sold: { order: true, subscription: true },
};

/** Nouns of events that are about no payment. */
const WITHOUT_PAYMENT = new Set(['customer', 'polar']);

const DAY_MS = 24 * 60 * 60_000;

interface Sample {
  origin: 'webhook' | 'api' | 'reconcile' | 'gateway';
  payment: object | null;
  polar: NewEvent['polar'];
  nextAttemptAt?: number;
  endpoint?: NonNullable<NewEvent['endpoint']>;
  grant?: NonNullable<NewEvent['grant']>;
  fulfilment?: NonNullable<NewEvent['fulfilment']>;
  gift?: NonNullable<NewEvent['gift']>;
  discount?: NonNullable<NewEvent['discount']>;
}

/**
 * The body of a sample of `type`, for which `isEventType` must hold: the envelope of a real event and `test: true`. Its
 * `sequence` is 0, which no event has. `now`: milliseconds since 1970.
 */
export function sampleBody(
  type: string,
  { id: eventId, app, mode, now }: { id: string; app: string; mode: Mode; now: number },
): string {
  const { origin, payment, ...what } = buildSample(type, now);
  const event = { type, occurredAt: now, appSlug: app, mode, ...what };
  const [head, middle, before, tail] = splitBody(
    { ...event, key: '', appId: '', paymentId: null, customerId: null },
    eventId,
    origin,
  );
  // The tail ends with the brackets of `data` and the envelope, so `test` is put before them.
  return `${head}0${middle}${payment ? 0 : 'null'}${before}${JSON.stringify(payment)}${tail.slice(0, -2)},"test":true}}`;
}

function buildSample(type: string, now: number): Sample {
  const [noun = '', verb = ''] = type.split('.', 2);
  const at = new Date(now).toISOString();
  const polar = (polarType: string, data: object): Sample => ({
    origin: 'webhook',
    payment: WITHOUT_PAYMENT.has(noun) ? null : samplePayment(noun, verb, now),
    polar: { type: polarType, data: passOn(polarType, { ...data }, SAMPLE_PASSING) },
  });
  switch (noun) {
    case 'payment':
      if (verb === 'pending') return { ...polar('', {}), origin: 'api', polar: null };
      if (verb === 'expired') return polar('checkout.expired', checkout(at));
      if (verb === 'retry_scheduled')
        return {
          ...polar('order.updated', order(verb, at)),
          nextAttemptAt: now + RETRY_MS,
          origin: 'reconcile',
        };
      return polar(verb === 'succeeded' ? 'order.paid' : 'order.updated', order(verb, at));
    case 'refund':
      return polar(verb === 'created' ? 'refund.created' : 'refund.updated', refund(verb, at));
    case 'subscription':
      if (verb === 'renewed') return polar('order.paid', order(verb, at));
      if (verb === 'ending') return { ...polar(type, subscription(verb, now)), origin: 'gateway' };
      return polar(type, subscription(verb, now));
    case 'grant':
      if (verb === 'action_required')
        return {
          ...polar('benefit_grant.updated', waitingGrant(at)),
          grant: toldGrant('pending_action', 'discord', at),
        };
      if (verb === 'fulfilled')
        return {
          ...polar('', {}),
          origin: 'api',
          polar: null,
          grant: toldGrant('granted', 'custom', at),
          fulfilment: { status: 'done', by: 'Ada', comment: null, at },
        };
      return polar(`benefit_grant.${verb === 'renewed' ? 'cycled' : verb}`, grant(verb, at));
    case 'seat':
      return polar(`customer_seat.${verb}`, seat(verb, at));
    case 'dispute':
      return { ...polar(type, dispute(verb, at)), origin: verb === 'evidence_due' ? 'gateway' : 'reconcile' };
    case 'customer':
      return polar(type, { id: id(3), deleted_at: verb === 'deleted' ? at : null });
    case 'discount':
      return { ...polar('order.paid', order(verb, at)), discount: { id: id(7), max_redemptions: 100 } };
    case 'gift':
      return { origin: 'api', payment: samplePayment(noun, verb, now), polar: null, gift: gift(verb) };
    case 'endpoint':
      return { origin: 'gateway', payment: null, polar: null, endpoint: endpoint(verb, now) };
    default:
      // `polar.*`: a product for `polar.product.*`, for other nouns an object with no fields of its own.
      return polar(
        type.slice('polar.'.length),
        verb === 'product' ? product(at) : { ...identity(4, at), metadata: {} },
      );
  }
}

const SAMPLE_PORTAL = portalUrlOf('https://gateway.example.com', 'sample-live');

function toldGrant(state: GrantState, type: string, at: string) {
  const error = { type: 'BenefitActionRequiredError', message: NOT_CONNECTED, at };
  return {
    id: id(8),
    state,
    benefit: { id: id(9), type },
    action: actionOf(state, type, SAMPLE_PORTAL),
    error: state === 'granted' ? null : error,
  };
}

function gift(verb: string): NonNullable<NewEvent['gift']> {
  const isClaimed = verb === 'claimed';
  return {
    id: `gft_${'0'.repeat(26)}`,
    payment_id: `pay_${'0'.repeat(26)}`,
    product_id: id(5),
    claimed_by: isClaimed ? 'app' : null,
    customer_id: null,
    external_id: isClaimed ? 'user-1' : null,
  };
}

function endpoint(verb: string, now: number) {
  const at = new Date(now).toISOString();
  return {
    id: `ep_${'0'.repeat(26)}`,
    url: 'https://shop.example.com/hooks',
    description: '',
    failing_since: at,
    ...(verb === 'disabled'
      ? { disabled_at: at, disabled_reason: 'failing' }
      : { will_be_disabled_at: new Date(now + DAY_MS).toISOString() }),
  };
}
