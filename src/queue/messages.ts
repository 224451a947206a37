import type { Mode } from '../domain/mode.ts';

/** What to read again from Polar, see `rereads`. */
export type RereadKind =
  | 'checkout'
  | 'order'
  | 'subscription'
  | 'refunds'
  | 'grants'
  | 'product'
  | 'customer';

/** Wake-ups: ids only, never data, never a secret. Losing one costs time, the sweep finds the row. */
export type WorkMessage =
  /** Send what is due of these deliveries. At most 6: an invocation has six connections. */
  | { type: 'deliver'; deliveryIds: string[] }
  /** What these customers and payments of an app may use has changed: rebuild their cached tokens. */
  | { type: 'refresh'; appId: string; customerIds: string[]; paymentIds: string[] }
  /** Apply stored events again: what they waited for has come. */
  | { type: 'reapply'; eventIds: string[] }
  | { type: 'reread'; mode: Mode; kind: RereadKind; id: string };

export const MAX_DELIVERIES_PER_MESSAGE = 6;
/** Each costs two D1 round trips, and an invocation has a thousand of them. */
const EVENTS_PER_MESSAGE = 6;

/** Messages to apply these stored events again, few in each. */
export function reapplyMessages(eventIds: readonly string[]): WorkMessage[] {
  const messages: WorkMessage[] = [];
  for (let i = 0; i < eventIds.length; i += EVENTS_PER_MESSAGE) {
    messages.push({ type: 'reapply', eventIds: eventIds.slice(i, i + EVENTS_PER_MESSAGE) });
  }
  return messages;
}
