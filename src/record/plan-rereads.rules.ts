import type {
  OrderSnapshot,
  OtherSnapshot,
  ProductSnapshot,
  RefundSnapshot,
  Snapshot,
  SubscriptionSnapshot,
} from '../polar/snapshots.rules.ts';
import type { RereadKind } from '../base/polar-kinds.rules.ts';
import { rereadOf } from '../polar/observe.rules.ts';
import type { PlanInput } from './plan-input.rules.ts';

/*
 * When a snapshot lacks something, Polar is asked again, and nothing is revoked (invariant 3). Each of these requests
 * belongs in the batch of an observation, where its condition is checked without another writer in between.
 */

/** An object that is to be read again from Polar. */
export interface PlannedReread {
  kind: RereadKind;
  id: string;
  reason: string;
  /** When it is due, milliseconds; or how far behind all requests that wait, and not before `from`. */
  at: number | { from: number; apartMs: number };
  /** The condition under which Polar is asked; without one it always is. */
  onlyIf?: RereadCondition | undefined;
}

/** Conditions on the rows under which Polar is asked again. record/missing.rows.ts has each in SQL. */
export type RereadCondition =
  | { is: 'tied'; snapshot: TiedSnapshot }
  | { is: 'product_stale'; id: string; version: number }
  | { is: 'unknown'; kind: 'customer' | 'product' | 'subscription' | 'order'; id: string }
  | { is: 'refund_missing'; orderId: string; amount: number }
  | { is: 'order_behind'; orderId: string }
  | { is: 'grant_unowned'; orderId: string | null; subscriptionId: string | null }
  | { is: 'refund_unowned'; orderId: string }
  | { is: 'retry_unknown'; orderId: string; now: number }
  | ({ is: 'difference_new' } & GrantedState);

/** Snapshots of kinds with a table of their own. */
type TiedSnapshot = Exclude<Snapshot, { kind: 'other' }>;

/** A customer's state as it was observed, and the ids of the grants that it names. */
export interface GrantedState {
  state: OtherSnapshot;
  granted: readonly string[];
}

/** Why refunds of an order are read again. They may come by themselves before that. */
export const REFUND_MISSING = 'refunded by more than is known';

/** Why the order of a refund is read again. Its own Polar event may come before that. */
export const ORDER_BEHIND = 'refunded by less than is known';

/** How long a customer's state may differ from what the grants' own Polar events say before Polar is asked. */
const STATE_PATIENCE_MS = 60_000;

/** How long an order's own Polar event may come after its refund's. */
const ORDER_PATIENCE_MS = 30_000;

/** A caller with a budget of its own has read the object by then, and deleted the row. */
const PACED_MS = 60 * 60_000;
/** If it has not, the rows become due one after the other, so that they do not cause a burst of requests. */
const PACED_APART_MS = 12_000;

/**
 * Two snapshots of one version with different content: only Polar knows which is out of date (ADR 7). This must come
 * before the upsert, which replaces the row.
 */
export function rereadTied(input: PlanInput): PlannedReread[] {
  const { main } = input.observation;
  const reread = rereadOf(input.observation);
  if (main.kind === 'other' || !reread) return [];
  return [planReread(input, reread.kind, reread.id, 'two of one version', { is: 'tied', snapshot: main })];
}

/** A product seen inside another object has no prices and no benefits. A whole one only becomes newer. */
export function rereadProduct(input: PlanInput, { id, version }: ProductSnapshot): PlannedReread[] {
  const stored = input.rows.products.find((row) => row.id === id);
  if (stored?.isWhole === true && stored.version >= version) return [];
  return [planReread(input, 'product', id, 'seen only in part', { is: 'product_stale', id, version })];
}

/** An object inside another that could not be parsed is read by itself, unless it is stored already. */
export function rereadUnread(input: PlanInput): PlannedReread[] {
  return input.observation.unread.map(({ kind, id }) =>
    planReread(input, kind, id, 'not readable inside another object', { is: 'unknown', kind, id }),
  );
}

/**
 * The refunds of an order that was refunded by more than they add up to: their Polar events were lost, or are still to
 * come.
 */
export function rereadRefunds(input: PlanInput, order: OrderSnapshot): PlannedReread {
  const amount = order.refundedAmount;
  return planReread(input, 'refunds', order.id, REFUND_MISSING, {
    is: 'refund_missing',
    orderId: order.id,
    amount,
  });
}

/**
 * The order of a succeeded refund, if the order's own Polar event does not come: access ends by the order's status (ADR
 * 50). The condition is checked again before Polar is asked, so there is no request when all Polar events come.
 */
export function rereadRefundedOrder({ now, isPaced }: PlanInput, { orderId }: RefundSnapshot): PlannedReread {
  const at = isPaced ? laterThan(now) : now + ORDER_PATIENCE_MS;
  return { kind: 'order', id: orderId, reason: ORDER_BEHIND, at, onlyIf: { is: 'order_behind', orderId } };
}

/**
 * The order that a subscription could not be charged for: it says when Polar tries again, of which Polar sends no event
 * unless there is no payment method at all (ADR 76).
 */
export function rereadUnpaid(input: PlanInput, subscription: SubscriptionSnapshot): PlannedReread[] {
  const orderId = input.rows.unpaid;
  if (subscription.status !== 'past_due' || orderId === null) return [];
  const onlyIf = { is: 'retry_unknown', orderId, now: input.now } as const;
  return [planReread(input, 'order', orderId, 'could not be charged', onlyIf)];
}

/** A subscription that counted as another app's until the order that began it came (ADR 20). */
export function rereadMoved(input: PlanInput, subscriptionId: string): PlannedReread {
  return planReread(input, 'subscription', subscriptionId, 'was taken for another app’s');
}

/** The purchase of a grant, refund or seat that came before it. */
export function rereadPurchase(input: PlanInput): PlannedReread[] {
  const { orderId, subscriptionId } = input.observation.links;
  const id = orderId ?? subscriptionId;
  if (id === null) return [];
  const kind = orderId === null ? 'subscription' : 'order';
  return [planReread(input, kind, id, 'unknown purchase', { is: 'unknown', kind, id })];
}

/**
 * Grants and refunds that were read from Polar before their purchase was known. There is no Polar event to apply again,
 * so they are read again, now that their app is known.
 */
export function rereadUnowned(
  input: PlanInput,
  purchase: { orderId: string | null; subscriptionId: string | null },
  customerId: string,
): PlannedReread[] {
  const { orderId } = purchase;
  const reason = 'read before their purchase';
  return [
    planReread(input, 'grants', customerId, reason, { is: 'grant_unowned', ...purchase }),
    ...(orderId === null
      ? []
      : [planReread(input, 'refunds', orderId, reason, { is: 'refund_unowned', orderId })]),
  ];
}

/**
 * A customer's newest state that names other live grants than are stored: Polar is asked a minute later, see
 * `STATE_PATIENCE_MS`. The difference is stored with the state, so that it is asked about only once: Polar sends states
 * often, and its answer may not remove the difference (ADR 52).
 */
export function rereadGrantsOf({ now }: PlanInput, seen: GrantedState): PlannedReread {
  return {
    kind: 'grants',
    id: seen.state.id,
    reason: 'the customer’s state differs',
    at: now + STATE_PATIENCE_MS,
    onlyIf: { is: 'difference_new', ...seen },
  };
}

/** A customer's state, with the grants that Polar's object lists. */
export function grantedState({ observation }: PlanInput, state: OtherSnapshot): GrantedState {
  return { state, granted: readIds(observation.data['granted_benefits']) };
}

function readIds(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) =>
    typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string' ? [item.id] : [],
  );
}

/** When a request is due that a caller with a budget reads itself: an hour later, behind those that already wait. */
function laterThan(now: number) {
  return { from: now + PACED_MS, apartMs: PACED_APART_MS };
}

function planReread(
  { now, isPaced }: PlanInput,
  kind: RereadKind,
  id: string,
  reason: string,
  onlyIf?: RereadCondition,
): PlannedReread {
  return { kind, id, reason, at: isPaced ? laterThan(now) : now, onlyIf };
}
