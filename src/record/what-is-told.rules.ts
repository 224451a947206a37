import { keysOf, type UnlessTold } from '../tell/events/events.rules.ts';
import {
  type Observation,
  type OrderSnapshot,
  type RefundSnapshot,
  type SnapshotRows,
  type SubscriptionSnapshot,
  isPaid,
} from '../polar/snapshots.rules.ts';
import type { Version } from '../polar/versions.rules.ts';

/**
 * An event that an observation leads to, before its app is added. It follows from the observation alone and not from
 * the stored rows (except for API reads, see `stored`), so that Polar events lead to the same events in any order (ADR
 * 1). The key names the occurrence, not the Polar event, so webhook, return and reconcile make the same one.
 */
export interface ToldEvent {
  key: string;
  type: string;
  /** The Polar type that stands for this event, whatever observation it was found in. */
  polarType: string;
  /** Of a payment: when Polar tries to charge it again. */
  nextAttemptAt?: number;
  unlessTold?: UnlessTold;
  /** It says how the grant at hand stands, as `data.grant`. */
  showsGrant?: true;
  /** It says which discount was used up, as `data.discount`. */
  discount?: { id: string; max_redemptions: number };
}

/**
 * Whether the order began its subscription. An order for a change of product or seats in the middle of a period did
 * not.
 */
export function beginsSubscription(order: Pick<OrderSnapshot, 'billingReason'>): boolean {
  return order.billingReason === 'subscription_create';
}

/** Of a stored row: how new it is. */
type StoredVersion = Pick<Version, 'version' | 'digest'>;

/** Whether a read shows newer content than what is stored, so that the Polar event of the change was missed. */
function isMissedChange(type: string, row: Version, stored: StoredVersion | undefined): boolean {
  return (
    type === 'read' && stored !== undefined && row.version > stored.version && row.digest !== stored.digest
  );
}

/** The events of an order. `paymentId`: its payment at the gateway. */
export function orderEvents(
  type: string,
  order: OrderSnapshot,
  paymentId: string,
  stored?: StoredVersion,
): ToldEvent[] {
  const told: ToldEvent[] = [];
  if (order.status === 'pending')
    told.push({ key: `payment.pending:${paymentId}`, type: 'payment.pending', polarType: 'order.created' });
  // Polar sends no event for most of these: the order is read again (see `rereadUnpaid`).
  if (order.status === 'pending' && order.nextPaymentAttemptAt !== null)
    told.push({
      key: `payment.retry_scheduled:${order.id}:${order.nextPaymentAttemptAt}`,
      type: 'payment.retry_scheduled',
      polarType: 'order.updated',
      nextAttemptAt: order.nextPaymentAttemptAt,
    });
  if (isPaid(order.status)) {
    told.push({ key: `payment.succeeded:${order.id}`, type: 'payment.succeeded', polarType: 'order.paid' });
    // `subscription.renewed` means that the period was paid, and `subscription.cycled` comes before the payment.
    if (order.renews && order.subscriptionId)
      told.push({
        key: `subscription.renewed:${order.id}`,
        type: 'subscription.renewed',
        polarType: 'order.paid',
      });
  }
  if (order.status === 'void')
    told.push({ key: `payment.failed:${order.id}`, type: 'payment.failed', polarType: 'order.updated' });
  // `payment.succeeded` already tells of the update that comes with the payment. When the first read of an order shows
  // later changes, the Polar event of these was missed too.
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
 * The app's discount was used up by a paid order. Told once for each limit that it had. `product`: the slug that the app's discounts are
 * marked with; another's discount is not told of (trust rule 7).
 */
export function discountEvents({ status, usedUp }: OrderSnapshot, product: string | undefined): ToldEvent[] {
  if (usedUp === undefined || usedUp.owner === null || usedUp.owner !== product || !isPaid(status)) return [];
  const { id, most } = usedUp;
  const type = 'discount.exhausted';
  return [
    { key: `${type}:${id}:${most}`, type, polarType: 'order.paid', discount: { id, max_redemptions: most } },
  ];
}

/**
 * The events of a subscription. Most occurrences have a time in the object, so any snapshot with it tells them. Those
 * that leave no trace (active again, resumed, uncanceled) are told by their Polar event or by a read that differs from
 * `stored`, whichever comes first, since the read may show a later time than the Polar event (ADR 30).
 */
export function subscriptionEvents(
  type: string,
  row: SubscriptionSnapshot,
  stored: ({ status: string; canceledAt: number | null } & StoredVersion) | undefined,
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
  /**
   * A read tells it only if it was not told since the occurrence that it undoes; a Polar event only if no later read
   * has told it.
   */
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

/** The events of a refund. After `order.refunded` the order's refunds are read again, and lead here. */
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

type GrantRow = SnapshotRows['grant'];

/**
 * The events of a grant. Polar gives a revoked grant back under the same id, so each time that it is granted or revoked
 * is an event of its own.
 */
export function grantEvents(
  observation: Observation,
  stored: ({ isRevoked: boolean } & StoredVersion) | undefined,
  leftActionAt: number | null = null,
): ToldEvent[] {
  const { main } = observation;
  if (main.kind !== 'grant') return [];
  return [...changesOfGrant(observation.type, main.row, stored), ...actionRequired(main.row, leftActionAt)];
}

/**
 * The customer has something to do before Polar can grant. Told once for each time that it comes to this: the key has the
 * last version before in which it was not so, `leftActionAt`; 0: none is known.
 */
function actionRequired({ id, state }: GrantRow, leftActionAt: number | null): ToldEvent[] {
  if (state !== 'pending_action') return [];
  const type = 'grant.action_required';
  return [
    { key: `${type}:${id}:${leftActionAt ?? 0}`, type, polarType: 'benefit_grant.updated', showsGrant: true },
  ];
}

function changesOfGrant(
  type: string,
  grant: GrantRow,
  stored: ({ isRevoked: boolean } & StoredVersion) | undefined,
): ToldEvent[] {
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
    // A later read may have told it already, with a later `granted_at`, since Polar changes that when the benefit
    // changes.
    const since = keysOf(revoked, '', grant.grantedAt);
    return [{ ...created, unlessTold: { key: keysOf(known, grant.grantedAt, 'p'), since, byReading: true } }];
  }
  // The Polar event of the grant itself may be lost, so this one tells it (ADR 31). The key alone would not prevent a
  // repetition, since a change of the benefit changes `granted_at` although nothing is granted anew.
  const unlessTold = { key: keysOf(known), since: keysOf(revoked) };
  const first = grant.isGranted ? [{ ...created, unlessTold }] : [];
  // For a grant that is new or was given back, a read tells only `grant.created`, and no update.
  if (type === 'read' && grant.isGranted && (stored === undefined || stored.isRevoked)) return first;
  if (type === 'benefit_grant.cycled')
    return [...first, tell('renewed', grant.version, 'benefit_grant.cycled')];
  if (type === 'benefit_grant.updated' || isMissedChange(type, grant, stored))
    return [...first, tell('updated', grant.version)];
  return type === 'read' ? first : [];
}

/**
 * The events of a checkout, about its payment. A declined card leads to none, since the buyer may try another. `reason`:
 * why one that expired could not be finished, which makes the payment a failed one. Whichever is told first stays.
 */
export function checkoutEvents(
  status: string | null,
  paymentId: string,
  reason: string | null = null,
): ToldEvent[] {
  const [expired, failed] = [`payment.expired:${paymentId}`, `payment.failed:${paymentId}`];
  const unless = (key: string): UnlessTold => ({ key: keysOf(key, '', '!'), since: keysOf(key, '!', '!') });
  if (status === 'expired' && reason === null)
    return [
      { key: expired, type: 'payment.expired', polarType: 'checkout.expired', unlessTold: unless(failed) },
    ];
  if (status === 'expired')
    return [
      { key: failed, type: 'payment.failed', polarType: 'checkout.expired', unlessTold: unless(expired) },
    ];
  if (status === 'failed') return [{ key: failed, type: 'payment.failed', polarType: 'checkout.updated' }];
  return [];
}

/** How a dispute ended, as the name of an event. */
const DISPUTE_ENDS: Record<string, string> = { won: 'won', lost: 'lost', prevented: 'prevented' };

/**
 * The events of a dispute. Polar sends no webhook for it, so it is found by reading (ADR 30). Each change of an open
 * dispute is an event of its own, with Polar's time in its key; its end is told once.
 */
export function disputeEvents(dispute: {
  id: string;
  status: string | null;
  version: number;
  /** It differs from what was seen before. For a new dispute only `dispute.created` is told. */
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

/** The events of a seat. Polar uses a revoked seat again under the same id, so the key has its version. */
export function seatEvents(type: string, id: string, version: number): ToldEvent[] {
  const name = type.split('.')[1];
  if (name !== 'assigned' && name !== 'claimed' && name !== 'revoked') return [];
  return [{ key: `seat.${name}:${id}:${version}`, type: `seat.${name}`, polarType: type }];
}

/** Types that are organization-wide: kept, never passed on (trust rule 7). Customers are rebuilt from the app's own rows. */
const INTERNAL = new Set(['member', 'discount', 'benefit', 'organization', 'customer_state']);

/** The event of any other type, `polar.<type>`: once per object and time, when it belongs to one app. */
export function otherEvents(kind: string, type: string, id: string, occurredAt: number): ToldEvent[] {
  if (INTERNAL.has(kind) || type === 'read') return [];
  return [{ key: `polar.${type}:${id}:${occurredAt}`, type: `polar.${type}`, polarType: type }];
}
