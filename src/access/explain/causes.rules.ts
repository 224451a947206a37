import type { Named } from './explain.rules.ts';

/* What made a decision so, in the order in which this gateway came to know it. Times are milliseconds since 1970. */

/** What an app was told, and the Polar event that led to it. */
export interface Told {
  id: string;
  type: string;
  key: string;
  paymentId: string | null;
  at: number;
  occurredAt: number;
  polarEventId: string | null;
  polarType: string | null;
  receivedAt: number | null;
}

/** A product, a benefit or the app's settings were changed, of which no app is told. */
export interface Changed {
  kind: string;
  id: string;
  at: number;
}

export interface Cause {
  /** When the gateway knew it. */
  at: number;
  type: string;
  event: Told | null;
  object: { kind: string; id: string } | null;
}

/** Groups of events that change who may use what. */
const GROUPS = ['payment', 'refund', 'subscription', 'grant', 'dispute', 'seat', 'customer', 'gift'];

/** Puts events and other changes in order. Of grants only those of the grants that the decision is about. */
export function orderCauses(
  events: readonly Told[],
  changes: readonly Changed[],
  about: readonly Named[],
): Cause[] {
  const grants = new Set(
    about.flatMap(({ kind, id }) => (kind === 'grant' || kind === 'own_grant' ? [id] : [])),
  );
  const told = events.filter(({ type, key }) => {
    const [group = ''] = type.split('.');
    const [, id = ''] = key.split(':');
    return GROUPS.includes(group) && (group !== 'grant' || grants.size === 0 || grants.has(id));
  });
  return [
    // They come newest first, and of two in a millisecond the later one.
    ...told
      .toReversed()
      .map((event): Cause => ({ at: event.at, type: event.type, event, object: objectOf(event) })),
    ...changes.map(({ kind, id, at }): Cause => ({
      at,
      type: `${kind}.changed`,
      event: null,
      object: { kind, id },
    })),
  ].toSorted((a, b) => a.at - b.at);
}

/** An event's key is its type, the id of what it is about, and what tells it from others: `grant.created:<id>:0`. */
function objectOf({ type, key }: Told): Cause['object'] {
  const [kind = ''] = type.split('.');
  const [, id = ''] = key.split(':');
  return id === '' ? null : { kind: kind === 'payment' && !id.startsWith('pay_') ? 'order' : kind, id };
}
