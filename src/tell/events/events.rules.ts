import type { Mode } from '../../base/mode.rules.ts';

/** Keys of events from `from` on, and before `to`. */
export interface KeyRange {
  from: string;
  to: string;
}

/** Told only while the app knows no event with a key in `key`, or has since heard of one in `since`. */
export interface UnlessTold {
  key: KeyRange;
  since: KeyRange;
  /** Events of `key` that an event told do not count: events alone tell the same in whatever order they come. */
  byReading?: boolean;
}

/** The keys that begin with `prefix`, from `from` on and before `to`. They are made of ASCII before `~`. */
export function keysOf(prefix: string, from: string | number = '', to: string | number = '~'): KeyRange {
  return { from: `${prefix}${from}`, to: `${prefix}${to}` };
}

/** Something an app is to be told, once. */
export interface NewEvent {
  /** Unique in the app: `payment.succeeded:<order>`. Whoever finds it out (webhook, return, reconcile), the key is the same. */
  key: string;
  unlessTold?: UnlessTold | undefined;
  /** `payment.succeeded`, or `polar.<type>` for what has no name of ours. */
  type: string;
  appId: string;
  appSlug: string;
  mode: Mode;
  /** The payment it is about: told as `data.payment`, as its row is once the change is written. */
  paymentId: string | null;
  customerId: string | null;
  /** When it happened, by Polar's clock; milliseconds. */
  occurredAt: number;
  /** the Polar event it came from, as `data.polar`; null when the gateway itself is the source. */
  polar: { type: string; data: unknown } | null;
  /** What an event about an endpoint is about, as `data.endpoint`. It is told to the app's other endpoints only. */
  endpoint?: { id: string } & Record<string, unknown>;
}

/** `gateway`: news of the gateway's own, such as an endpoint that was disabled. */
export type EventOrigin = 'webhook' | 'return' | 'reconcile' | 'api' | 'gateway';

/**
 * The Standard Webhooks payload in four parts, around what only the database can give: the two sequence numbers, and the
 * payment as it is after the change. Frozen in the event's row: every attempt and replay sends the same bytes.
 */
export function splitBody(
  event: NewEvent,
  id: string,
  origin: EventOrigin,
): [string, string, string, string] {
  const intro = { type: event.type, timestamp: new Date(event.occurredAt).toISOString() };
  const who = { id, app: event.appSlug, mode: event.mode };
  const { polar, endpoint } = event;
  const what = { polar, ...(endpoint ? { endpoint } : {}) };
  return [
    `${JSON.stringify(intro).slice(0, -1)},"data":${JSON.stringify(who).slice(0, -1)},"sequence":`,
    ',"payment_sequence":',
    `,"origin":${JSON.stringify(origin)},"payment":`,
    `,${JSON.stringify(what).slice(1)}}`,
  ];
}
