import type { Subject } from '../domain/access.ts';
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
  /** Send what is due of these deliveries. */
  | { type: 'deliver'; deliveryIds: string[] }
  /** Send this endpoint's backlog, a step at a time. Without `chain` it starts one, unless one is under way. */
  | { type: 'drain'; endpointId: string; chain?: string }
  /** What these customers and payments of an app may use has changed: rebuild their cached tokens. */
  | { type: 'refresh'; appId: string; customerIds: string[]; paymentIds: string[] }
  /** The rest of such a one: these tokens, if they lie in the cache. */
  | { type: 'rebuild'; appId: string; subjects: Subject[] }
  /** Apply stored events again: what they waited for has come. */
  | { type: 'reapply'; eventIds: string[] }
  | { type: 'reread'; mode: Mode; kind: RereadKind; id: string }
  /** Do the next step of a comparison with Polar. */
  | { type: 'reconcile'; runId: string }
  /** Note that messages arrive, see flows/check-health.ts. */
  | { type: 'ping' };

export const MAX_DELIVERIES_PER_MESSAGE = 6;
const EVENTS_PER_MESSAGE = 6;
const SUBJECTS_PER_MESSAGE = 30;

/** Messages to send these deliveries, few in each. */
export function deliverMessages(deliveryIds: readonly string[]): WorkMessage[] {
  return split(deliveryIds, MAX_DELIVERIES_PER_MESSAGE).map((part) => ({
    type: 'deliver',
    deliveryIds: part,
  }));
}

/** A message that starts sending an endpoint's backlog. */
export function drainMessage(endpointId: string): WorkMessage {
  return { type: 'drain', endpointId };
}

/** Messages to apply these stored events again, few in each. */
export function reapplyMessages(eventIds: readonly string[]): WorkMessage[] {
  return split(eventIds, EVENTS_PER_MESSAGE).map((part) => ({ type: 'reapply', eventIds: part }));
}

/** Messages to rebuild these subjects' tokens, few in each. */
export function rebuildMessages(appId: string, subjects: readonly Subject[]): WorkMessage[] {
  return split(subjects, SUBJECTS_PER_MESSAGE).map((part) => ({ type: 'rebuild', appId, subjects: part }));
}

function split<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let i = 0; i < items.length; i += size) parts.push(items.slice(i, i + size));
  return parts;
}
