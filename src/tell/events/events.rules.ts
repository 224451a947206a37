import type { Mode } from '../../base/mode.rules.ts';

/** Keys of events from `from` on, and before `to`. */
export interface KeyRange {
  from: string;
  to: string;
}

/** The event is told only if the app was told no event with a key in `key`, or was told one in `since` after it. */
export interface UnlessTold {
  key: KeyRange;
  since: KeyRange;
  /**
   * Events of `key` that were told because of a Polar event do not count: Polar events alone lead to the same events in
   * any order (ADR 30).
   */
  byReading?: boolean;
}

/** The event is told only while the row of the app's subscription is the one that the event was made of. */
interface OnlyWhile {
  subscriptionId: string;
  version: number;
  seenVersion: number;
}

/** The keys that begin with `prefix`, from `from` on and before `to`. They are made of ASCII before `~`. */
export function keysOf(prefix: string, from: string | number = '', to: string | number = '~'): KeyRange {
  return { from: `${prefix}${from}`, to: `${prefix}${to}` };
}

/** Something an app is to be told, once. */
export interface NewEvent {
  /** Unique in the app: `payment.succeeded:<order>`. Webhook, return and reconcile make the same key (ADR 1). */
  key: string;
  unlessTold?: UnlessTold | undefined;
  onlyWhile?: OnlyWhile | undefined;
  /** `payment.succeeded`, or `polar.<type>` for a type of Polar's that the gateway has no name for. */
  type: string;
  appId: string;
  appSlug: string;
  mode: Mode;
  /** The payment it is about, told as `data.payment`: its row after the change is written (ADR 46). */
  paymentId: string | null;
  customerId: string | null;
  /** When it happened, by Polar's clock; milliseconds. */
  occurredAt: number;
  /** Polar's type and object, told as `data.polar`; null when the event comes from the gateway itself. */
  polar: { type: string; data: unknown } | null;
  /** When Polar tries to charge the payment again, milliseconds; told as `data.next_attempt_at`. */
  nextAttemptAt?: number | undefined;
  /**
   * How the grant stands that it is about, as `data.grant`; and why one of the app's own ended, as `data.reason`.
   */
  grant?: { id: string } & Record<string, unknown>;
  why?: string;
  /** What an event about an endpoint is about, as `data.endpoint`. It is told to the app's other endpoints only. */
  endpoint?: { id: string } & Record<string, unknown>;
  /** What somebody did for it, as `data.fulfilment`. */
  fulfilment?: Record<string, unknown>;
  /** The discount that was used up, as `data.discount`. */
  discount?: { id: string; max_redemptions: number };
  /** What an event about a gift is about, as `data.gift`. */
  gift?: ToldGift;
}

/** A gift as it is told: ids, and no address. */
interface ToldGift {
  id: string;
  payment_id: string;
  product_id: string | null;
  claimed_by: 'link' | 'app' | null;
  customer_id: string | null;
  external_id: string | null;
}

/**
 * `gateway`: the event comes from the gateway itself, such as `endpoint.disabled`. `adopted`: the operator has given the app a purchase
 * that belonged to none.
 */
export type EventOrigin = 'webhook' | 'return' | 'reconcile' | 'adopted' | 'api' | 'gateway';

/**
 * The Standard Webhooks payload in four parts, around what only the database can give: the two sequence numbers, and
 * the payment as it is after the change. The event's row keeps the result, so that every attempt and replay sends the
 * same bytes.
 */
export function splitBody(
  event: NewEvent,
  id: string,
  origin: EventOrigin,
): [string, string, string, string] {
  const intro = { type: event.type, timestamp: new Date(event.occurredAt).toISOString() };
  const who = { id, app: event.appSlug, mode: event.mode };
  const { polar, endpoint, grant, gift, discount, why, fulfilment, nextAttemptAt } = event;
  const what = {
    polar,
    ...(nextAttemptAt === undefined ? {} : { next_attempt_at: new Date(nextAttemptAt).toISOString() }),
    ...(why === undefined ? {} : { reason: why }),
    ...(grant ? { grant } : {}),
    ...(endpoint ? { endpoint } : {}),
    ...(fulfilment ? { fulfilment } : {}),
    ...(gift ? { gift } : {}),
    ...(discount ? { discount } : {}),
  };
  return [
    `${JSON.stringify(intro).slice(0, -1)},"data":${JSON.stringify(who).slice(0, -1)},"sequence":`,
    ',"payment_sequence":',
    `,"origin":${JSON.stringify(origin)},"payment":`,
    `,${JSON.stringify(what).slice(1)}}`,
  ];
}
