import type { Mode } from './mode.ts';

/** Something an app is to be told, once. */
export interface Fact {
  /** Unique in the app: `payment.succeeded:<order>`. Whoever finds it out (webhook, return, reconcile), the key is the same. */
  key: string;
  /** `payment.succeeded`, or `polar.<type>` for what has no name of ours. */
  type: string;
  appId: string;
  appSlug: string;
  mode: Mode;
  paymentId: string | null;
  customerId: string | null;
  /** When it happened, by Polar's clock; milliseconds. */
  occurredAt: number;
  /** The gateway's view of the payment it is about, as `data.payment`. */
  payment: object | null;
  /** Polar's event it came from, as `data.polar`; null when the gateway itself is the source. */
  polar: { type: string; data: unknown } | null;
}

export type FactOrigin = 'webhook' | 'return' | 'reconcile' | 'api';

/**
 * The Standard Webhooks payload in two halves, around the sequence number that only the database can give.
 * Frozen in the fact's row: every attempt and replay sends the same bytes.
 */
export function splitBody(fact: Fact, id: string, origin: FactOrigin): { head: string; tail: string } {
  const intro = { type: fact.type, timestamp: new Date(fact.occurredAt).toISOString() };
  const who = { id, app: fact.appSlug, mode: fact.mode };
  const what = { origin, payment: fact.payment, polar: fact.polar };
  const head = `${JSON.stringify(intro).slice(0, -1)},"data":${JSON.stringify(who).slice(0, -1)},"sequence":`;
  return { head, tail: `,${JSON.stringify(what).slice(1)}}` };
}
