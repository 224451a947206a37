import type { Subject } from './subject.rules.ts';
import type { Mode } from './mode.rules.ts';
import type { RereadKind } from './polar-kinds.rules.ts';

/**
 * Messages of the queues: ids only, never data or a secret (invariant 10). When one is lost, the sweep finds the rows
 * (invariant 1).
 */
export type WorkMessage =
  /** Send what is due of these deliveries. */
  | { type: 'deliver'; deliveryIds: string[] }
  /** Send this endpoint's backlog, a step at a time. Without `chain` it starts one, unless one is under way. */
  | { type: 'drain'; endpointId: string; chain?: string }
  /** What these customers, payments and external ids of an app may use has changed: rebuild their cached tokens. */
  | { type: 'refresh'; appId: string; customerIds: string[]; paymentIds: string[]; externalIds?: string[] }
  /** The rest of a `refresh`: rebuild these tokens, if they are in the cache. */
  | { type: 'rebuild'; appId: string; subjects: Subject[] }
  /** Apply stored Polar events again, since what they waited for has come. */
  | { type: 'reapply'; polarEventIds: string[] }
  | { type: 'reread'; mode: Mode; kind: RereadKind; id: string }
  /** Go on with a refund that an app asked for. */
  | { type: 'refund'; requestId: string }
  /** Mail a gift's link. */
  | { type: 'gift'; giftId: string }
  /** Do the next step of a comparison with Polar. */
  | { type: 'reconcile'; runId: string }
  /** Note that messages arrive, see operate/check-health.ts. */
  | { type: 'ping' };

export const MAX_DELIVERIES_PER_MESSAGE = 6;
const POLAR_EVENTS_PER_MESSAGE = 6;
const SUBJECTS_PER_MESSAGE = 30;
/**
 * The refreshes of one app in a queue batch of 24 messages are done together, so this limits how many tokens they read.
 */
const IDS_PER_REFRESH = 100;
/** A queue refuses a message of more than 128 KB, and a character has up to three bytes. */
const MAX_CHARS_PER_MESSAGE = 30_000;

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

/** Messages to apply these stored Polar events again, few in each. */
export function reapplyMessages(polarEventIds: readonly string[]): WorkMessage[] {
  return split(polarEventIds, POLAR_EVENTS_PER_MESSAGE).map((part) => ({
    type: 'reapply',
    polarEventIds: part,
  }));
}

/**
 * Messages to rebuild the tokens of all subjects whom a change concerns; several, since a customer may have thousands
 * of purchases.
 */
export function refreshMessages(change: {
  appId: string;
  customerIds: readonly string[];
  paymentIds: readonly string[];
  externalIds?: readonly string[];
}): WorkMessage[] {
  const ids = [
    ...change.customerIds.map((id) => ({ kind: 'customer', id })),
    ...change.paymentIds.map((id) => ({ kind: 'payment', id })),
    ...(change.externalIds ?? []).map((id) => ({ kind: 'external', id })),
  ];
  return split(ids, IDS_PER_REFRESH).map((part) => {
    const of = (kind: string) => part.filter((named) => named.kind === kind).map(({ id }) => id);
    return {
      type: 'refresh',
      appId: change.appId,
      customerIds: of('customer'),
      paymentIds: of('payment'),
      ...(change.externalIds === undefined ? {} : { externalIds: of('external') }),
    };
  });
}

/** Messages to rebuild these subjects' tokens, few in each. */
export function rebuildMessages(appId: string, subjects: readonly Subject[]): WorkMessage[] {
  return split(subjects, SUBJECTS_PER_MESSAGE).map((part) => ({ type: 'rebuild', appId, subjects: part }));
}

/** Parts of `size` at most, each of which a queue takes as one message. */
function split<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let chars = 0;
  for (const item of items) {
    const more = JSON.stringify(item).length + 1;
    if (part.length === 0 || part.length === size || chars + more > MAX_CHARS_PER_MESSAGE) {
      part = [];
      parts.push(part);
      chars = 0;
    }
    part.push(item);
    chars += more;
  }
  return parts;
}
