import { keysOf, type UnlessTold } from '../tell/events/events.rules.ts';
import {
  type Observation,
  type OrderSnapshot,
  type RefundSnapshot,
  type SubscriptionSnapshot,
  isPaid,
} from '../polar/snapshots.rules.ts';
import type { Version } from '../polar/versions.rules.ts';

/**
 * An event before it has an app: what an observation tells. Derived from the one observation alone, never from what was
 * known before (except for API reads, see `stored`), so that Polar events tell the same events in whatever order they come.
 * The key names the occurrence, not the Polar event: webhook, return and reconcile find the same one.
 */
export interface ToldEvent {
  key: string;
  type: string;
  /** The Polar type that stands for this event, whichever Polar event it was found in. */
  polarType: string;
  unlessTold?: UnlessTold;
}

/** Whether the order began its subscription. One in the middle of a period, for a change of product or seats, did not. */
export function beginsSubscription(order: Pick<OrderSnapshot, 'billingReason'>): boolean {
  return order.billingReason === 'subscription_create';
}

/** A read that shows other, newer content than what is stored: the Polar event of that change was missed. */
function isMissedChange(type: string, row: Version, stored: Version | undefined): boolean {
  return (
    type === 'read' && stored !== undefined && row.version > stored.version && row.digest !== stored.digest
  );
}

/** What an order tells. `paymentId`: the gateway's payment that it is. */
export function orderEvents(
  type: string,
  order: OrderSnapshot,
  paymentId: string,
  stored?: Version,
): ToldEvent[] {
  const told: ToldEvent[] = [];
  if (order.status === 'pending')
    told.push({ key: `payment.pending:${paymentId}`, type: 'payment.pending', polarType: 'order.created' });
  if (isPaid(order.status)) {
    told.push({ key: `payment.succeeded:${order.id}`, type: 'payment.succeeded', polarType: 'order.paid' });
    // `subscription.cycled` comes before the payment: renewed means paid for.
    if (order.renews && order.subscriptionId)
      told.push({
        key: `subscription.renewed:${order.id}`,
        type: 'subscription.renewed',
        polarType: 'order.paid',
      });
  }
  if (order.status === 'void')
    told.push({ key: `payment.failed:${order.id}`, type: 'payment.failed', polarType: 'order.updated' });
  // The update that accompanies the payment is told by payment.succeeded already.
  // Read for the first time with later news: of that too the Polar event was missed.
  const isMissed = type === 'read' && (stored === undefined || isMissedChange(type, order, stored));
  const isUpdate = type === 'order.updated' || isMissed;
  if (isUpdate && isPaid(order.status) && order.hasLaterNews) {
    told.push({
      key: `payment.updated:${order.id}:${order.version}`,
      type: 'payment.updated',
      polarType: 'order.updated',
    });
  }
  return told;
}

/**
 * What a subscription tells. Most occurrences carry their own time, so any snapshot that has it tells them. Those that
 * leave no trace (active again, resumed, uncanceled) are told by their Polar event, or by a read that differs from `stored`:
 * by whichever comes first, since the read may show a later time than the Polar event.
 */
export function subscriptionEvents(
  type: string,
  row: SubscriptionSnapshot,
  stored: ({ status: string; canceledAt: number | null } & Version) | undefined,
): ToldEvent[] {
  const told: ToldEvent[] = [];
  const keyOf = (name: string) => `subscription.${name}:${row.id}:`;
  const tell = (name: string, occurrence: string | number, unlessTold?: UnlessTold) =>
    told.push({
      key: `${keyOf(name)}${occurrence}`,
      type: `subscription.${name}`,
      polarType: `subscription.${name}`,
      ...(unlessTold ? { unlessTold } : {}),
    });
  const isRead = type === 'read';
  const versionMs = Math.floor(row.version / 1000);
  /** What a read tells unless it is known since what it undoes; a Polar event, unless a read of later on has told it. */
  const tellOnce = (name: string, occurrence: number, undone: string) =>
    tell(
      name,
      occurrence,
      isRead
        ? { key: keysOf(keyOf(name)), since: keysOf(keyOf(undone)) }
        : {
            key: keysOf(keyOf(name), occurrence),
            since: keysOf(keyOf(undone), '', versionMs),
            byReading: true,
          },
    );
  const isActive = row.status === 'active' || row.status === 'trialing';

  told.push({
    key: `subscription.created:${row.id}`,
    type: 'subscription.created',
    polarType: 'subscription.created',
  });
  if (
    type === 'subscription.active' ||
    (isRead &&
      isActive &&
      stored?.status !== 'active' &&
      stored?.status !== 'trialing' &&
      stored?.status !== 'paused')
  ) {
    tellOnce('active', row.currentPeriodStart, 'past_due');
  }
  if (type === 'subscription.resumed' || (isRead && isActive && stored?.status === 'paused'))
    tellOnce('resumed', row.currentPeriodStart, 'paused');
  if (type === 'subscription.uncanceled' || (isRead && stored?.canceledAt && row.canceledAt === null))
    tellOnce('uncanceled', row.version, 'canceled');
  if (row.canceledAt !== null) tell('canceled', row.canceledAt);
  if (row.pastDueAt !== null && row.status === 'past_due') tell('past_due', row.pastDueAt);
  if (row.pausedAt !== null && row.status === 'paused') tell('paused', row.pausedAt);
  if (row.status === 'unpaid' || (row.status === 'canceled' && row.endedAt !== null)) {
    told.push({
      key: `subscription.revoked:${row.id}`,
      type: 'subscription.revoked',
      polarType: 'subscription.revoked',
    });
  }
  if (type === 'subscription.updated' || isMissedChange(type, row, stored)) tell('updated', row.version);
  return told;
}

/** What a refund tells. `order.refunded` leads here too: the order's refunds are read again. */
export function refundEvents(refund: RefundSnapshot): ToldEvent[] {
  const told: ToldEvent[] = [
    { key: `refund.created:${refund.id}`, type: 'refund.created', polarType: 'refund.created' },
  ];
  if (refund.status === 'succeeded')
    told.push({
      key: `refund.succeeded:${refund.id}`,
      type: 'refund.succeeded',
      polarType: 'refund.updated',
    });
  if (refund.status === 'failed' || refund.status === 'canceled')
    told.push({ key: `refund.failed:${refund.id}`, type: 'refund.failed', polarType: 'refund.updated' });
  return told;
}

/** What a grant tells. Polar grants a revoked one again under the same id: each granting and revoking is its own event. */
export function grantEvents(
  { type, main }: Observation,
  stored: ({ isRevoked: boolean } & Version) | undefined,
): ToldEvent[] {
  if (main.kind !== 'grant') return [];
  const grant = main.row;
  const tell = (
    name: string,
    occurrence: string | number,
    polarType = `benefit_grant.${name}`,
  ): ToldEvent => ({
    key: `grant.${name}:${grant.id}:${occurrence}`,
    type: `grant.${name}`,
    polarType,
  });
  if (grant.isRevoked) return [tell('revoked', grant.revokedAt ?? grant.version)];
  const created = tell('created', grant.grantedAt ?? 'pending');
  const [known, revoked] = [`grant.created:${grant.id}:`, `grant.revoked:${grant.id}:`];
  if (type === 'benefit_grant.created') {
    if (grant.grantedAt === null) return [created];
    // A read of later on may have told it, with the `granted_at` that a change of the benefit had moved.
    const since = keysOf(revoked, '', grant.grantedAt);
    return [{ ...created, unlessTold: { key: keysOf(known, grant.grantedAt, 'p'), since, byReading: true } }];
  }
  // The Polar event of its granting may be lost, and this the first that is heard of it. Not by the key alone: a change of the
  // benefit moves `granted_at` without granting anything.
  const unlessTold = { key: keysOf(known), since: keysOf(revoked) };
  const first = grant.isGranted ? [{ ...created, unlessTold }] : [];
  // Back from being revoked, or new: nothing but granted. One that was pending is not.
  if (type === 'read' && grant.isGranted && (stored === undefined || stored.isRevoked)) return first;
  if (type === 'benefit_grant.cycled')
    return [...first, tell('renewed', grant.version, 'benefit_grant.cycled')];
  if (type === 'benefit_grant.updated' || isMissedChange(type, grant, stored))
    return [...first, tell('updated', grant.version)];
  return type === 'read' ? first : [];
}

/** What a checkout tells about its payment. A declined card tells nothing: the buyer may try another. */
export function checkoutEvents(status: string | null, paymentId: string): ToldEvent[] {
  if (status === 'expired')
    return [{ key: `payment.expired:${paymentId}`, type: 'payment.expired', polarType: 'checkout.expired' }];
  if (status === 'failed')
    return [{ key: `payment.failed:${paymentId}`, type: 'payment.failed', polarType: 'checkout.updated' }];
  return [];
}

/** How a dispute ended, as the name of an event. */
const DISPUTE_ENDS: Record<string, string> = { won: 'won', lost: 'lost', prevented: 'prevented' };

/**
 * What a dispute tells. Polar sends no webhook for it, so it is found by reading: each change of an open one is its own
 * event, named by when Polar made it, and how it ended is told once.
 */
export function disputeEvents(dispute: {
  id: string;
  status: string | null;
  version: number;
  /** Otherwise than it was seen before; one that is new is told as such alone. */
  isChanged: boolean;
}): ToldEvent[] {
  const tell = (name: string, occurrence = ''): ToldEvent => ({
    key: `dispute.${name}:${dispute.id}${occurrence}`,
    type: `dispute.${name}`,
    polarType: `dispute.${name}`,
  });
  const told = [tell('created')];
  const end = DISPUTE_ENDS[dispute.status ?? ''];
  if (end !== undefined) told.push(tell(end));
  else if (dispute.isChanged) told.push(tell('updated', `:${dispute.version}`));
  return told;
}

/** What a seat tells. A revoked seat's row is used again, so the version tells the occasions apart. */
export function seatEvents(type: string, id: string, version: number): ToldEvent[] {
  const name = type.split('.')[1];
  if (name !== 'assigned' && name !== 'claimed' && name !== 'revoked') return [];
  return [{ key: `seat.${name}:${id}:${version}`, type: `seat.${name}`, polarType: type }];
}

/** Types that are organization-wide: kept, never passed on (trust rule 7). Customers are rebuilt from the app's own rows. */
const INTERNAL = new Set(['member', 'discount', 'benefit', 'organization', 'customer_state']);

/** What everything else tells: itself, once per object and occasion, when it resolves to one app. */
export function otherEvents(kind: string, type: string, id: string, occurredAt: number): ToldEvent[] {
  if (INTERNAL.has(kind) || type === 'read') return [];
  return [{ key: `polar.${type}:${id}:${occurredAt}`, type: `polar.${type}`, polarType: type }];
}
