import * as z from 'zod/mini';
import { EVENT_TYPES } from '../../base/event-types.rules.ts';
import { GRANT_STATES } from '../../base/grant-states.rules.ts';
import { payment } from '../../base/payment.answers.ts';
import { mode, timestamp } from '../../http/shapes.ts';

/* What endpoints are sent, as `/openapi.json` describes it under `webhooks`. A test holds what apps are told against it. */

/** An object of Polar's as apps are told of it. Its fields are Polar's, and Polar adds some at any time. */
export const polarObject = z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) });

/** The endpoint that an event is about. */
export const toldEndpoint = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string(),
  failing_since: z.nullable(timestamp),
  will_be_disabled_at: z.optional(z.nullable(timestamp)),
  disabled_at: z.optional(z.nullable(timestamp)),
  disabled_reason: z.optional(z.nullable(z.enum(['gone', 'failing']))),
});

/** A grant of the app's own that an event is about. */
export const toldOwnGrant = z.object({
  id: z.string(),
  source: z.literal('app'),
  customer: z.string(),
  resources: z.array(z.string()),
  state: z.enum(['granted', 'expired', 'revoked']),
  reason: z.string(),
  created_at: timestamp,
  expires_at: z.nullable(timestamp),
  revoked_at: z.nullable(timestamp),
});

/** What the customer has to do for a grant. */
export const toldAction = z.object({ code: z.string(), text: z.string(), url: z.string() });

/** Why Polar could not grant. */
export const toldError = z.object({ type: z.string(), message: z.string(), at: z.nullable(timestamp) });

/** What it is of. */
export const toldBenefit = z.object({ id: z.string(), type: z.string() });

/** How a grant stands. */
export const toldGrant = z.object({
  id: z.string(),
  state: z.enum(GRANT_STATES),
  benefit: toldBenefit,
  action: z.nullable(toldAction),
  error: z.nullable(toldError),
});

/** What somebody did for a grant. */
export const toldFulfilment = z.object({
  status: z.enum(['pending', 'done', 'refused']),
  by: z.string(),
  comment: z.nullable(z.string()),
  at: timestamp,
});

/** The gift that an event is about. */
export const toldGift = z.object({
  id: z.string(),
  payment_id: z.string(),
  product_id: z.nullable(z.string()),
  claimed_by: z.nullable(z.enum(['link', 'app'])),
  customer_id: z.nullable(z.string()),
  external_id: z.nullable(z.string()),
});

/** What all events say. `payment` and `polar` are null when there is nothing of the kind to tell. */
export const eventData = z.object({
  id: z.string(),
  app: z.string(),
  mode,
  sequence: z.int(),
  payment_sequence: z.nullable(z.int()),
  origin: z.enum(['webhook', 'return', 'reconcile', 'adopted', 'api', 'gateway']),
  payment: z.nullable(payment),
  polar: z.nullable(polarObject),
  test: z.optional(z.literal(true)),
});
export const paymentEventData = z.extend(eventData, { payment });
export const retryEventData = z.extend(paymentEventData, { next_attempt_at: timestamp });
/** Of a grant of Polar's neither is there. */
export const grantEventData = z.extend(eventData, {
  grant: z.optional(toldOwnGrant),
  reason: z.optional(z.enum(['expired', 'revoked', 'customer_deleted'])),
});
export const endpointEventData = z.extend(eventData, { endpoint: toldEndpoint });
export const actionEventData = z.extend(eventData, { grant: toldGrant });
export const fulfilledEventData = z.extend(actionEventData, { fulfilment: toldFulfilment });
/** The discount that was used up. */
export const toldDiscount = z.object({ id: z.string(), max_redemptions: z.int() });
export const giftEventData = z.extend(paymentEventData, { gift: toldGift });

export const discountEventData = z.extend(paymentEventData, { discount: toldDiscount });

interface Webhook {
  /** The type of its events, or `polar.*` for all that are named after Polar's. */
  type: string;
  /** The name of its component: `PaymentSucceededEvent`. */
  name: string;
  /** When it is told. */
  when: string;
  schema: z.ZodMiniType;
}

/** Every webhook, in the order of the table of event types. */
export const WEBHOOKS: readonly Webhook[] = [
  ...Object.entries(EVENT_TYPES).map(([type, when]) => ({
    type,
    name: nameOf(type),
    when,
    schema: z.object({ type: z.literal(type), timestamp, data: dataOf(type) }),
  })),
  {
    type: 'polar.*',
    name: 'PolarEventForwarded',
    when: 'Polar has told something that the gateway has no type of its own for. What stands after `polar.` is Polar’s type.',
    schema: z.object({
      type: z.string().check(z.regex(/^polar(\.[a-z0-9_]+)+$/)),
      timestamp,
      data: eventData,
    }),
  },
];

function nameOf(type: string): string {
  const words = type.split(/[._]/).map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}Event`;
}

function dataOf(type: string) {
  if (type === 'payment.retry_scheduled') return retryEventData;
  if (type === 'grant.action_required') return actionEventData;
  if (type === 'grant.fulfilled') return fulfilledEventData;
  if (type.startsWith('payment.')) return paymentEventData;
  if (type === 'grant.created' || type === 'grant.revoked') return grantEventData;
  if (type.startsWith('gift.')) return giftEventData;
  if (type.startsWith('discount.')) return discountEventData;
  return type.startsWith('endpoint.') ? endpointEventData : eventData;
}

/** What an endpoint is sent, whatever its type. */
export const eventBody = z.union(WEBHOOKS.map(({ schema }) => schema));
