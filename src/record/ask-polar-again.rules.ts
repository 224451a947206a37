import type {
  OrderSnapshot,
  OtherSnapshot,
  ProductSnapshot,
  RefundSnapshot,
  Snapshot,
} from '../polar/snapshots.rules.ts';
import type { RereadKind } from '../base/polar-kinds.rules.ts';
import { rereadOf } from '../polar/observe.rules.ts';
import type { PlanInput } from './plan-input.rules.ts';

/*
 * Something missing from a snapshot means reading again, never revoking (invariant 3). Each of these belongs in the
 * batch of an observation: its condition is looked at there, where no other writer is in between.
 */

/** An object that is to be read again from Polar. */
export interface PlannedReread {
  kind: RereadKind;
  id: string;
  reason: string;
  /** When it comes due, milliseconds; or how far behind all that wait, and not before `from`. */
  at: number | { from: number; apartMs: number };
  /** What must hold in the rows; without it, it is always asked. */
  onlyIf?: RereadCondition | undefined;
}

/** What in the rows shows that Polar is to be asked again. record/missing.rows.ts says each in SQL. */
export type RereadCondition =
  | { is: 'tied'; snapshot: TiedSnapshot }
  | { is: 'product_stale'; id: string; version: number }
  | { is: 'unknown'; kind: 'customer' | 'product' | 'subscription' | 'order'; id: string }
  | { is: 'refund_missing'; orderId: string; amount: number }
  | { is: 'order_behind'; orderId: string }
  | { is: 'grant_unowned'; orderId: string | null; subscriptionId: string | null }
  | { is: 'refund_unowned'; orderId: string }
  | ({ is: 'difference_new' } & GrantedState);

/** What has a table of its own. */
export type TiedSnapshot = Exclude<Snapshot, { kind: 'other' }>;

/** A customer's state as it was observed, and the ids of the grants that it names. */
export interface GrantedState {
  state: OtherSnapshot;
  granted: readonly string[];
}

/** Why refunds of an order are read again. They may come by themselves before that. */
export const REFUND_MISSING = 'refunded by more than is known';

/** Why the order of a refund is read again. Its own Polar event may come before that. */
export const ORDER_BEHIND = 'refunded by less than is known';

/** How long a customer's state may run ahead of, or behind, the grants' own Polar events before Polar is asked. */
const STATE_PATIENCE_MS = 60_000;

/** How long an order's own Polar event may come after its refund's. */
const ORDER_PATIENCE_MS = 30_000;

/** Whoever keeps to a budget has read it by then, and deleted the row. */
const PACED_MS = 60 * 60_000;
/** Else they come due one by one: what a budget did not reach must not be asked for all at once. */
const PACED_APART_MS = 12_000;

/** Two contents of one version: Polar knows which is stale. Before the upsert: afterwards the row is the winner. */
export function askAboutTie(input: PlanInput): PlannedReread[] {
  const { main } = input.observation;
  const reread = rereadOf(input.observation);
  if (main.kind === 'other' || !reread) return [];
  return [again(input, reread.kind, reread.id, 'two of one version', { is: 'tied', snapshot: main })];
}

/** A product seen inside another object has no prices and no benefits. */
export function askForProduct(input: PlanInput, { id, version }: ProductSnapshot): PlannedReread {
  return again(input, 'product', id, 'seen only in part', { is: 'product_stale', id, version });
}

/** What could not be read inside another object is read by itself, unless it is known. */
export function askForUnread(input: PlanInput): PlannedReread[] {
  return input.observation.unread.map(({ kind, id }) =>
    again(input, kind, id, 'not readable inside another object', { is: 'unknown', kind, id }),
  );
}

/** An order that was refunded by more than its refunds add up to: their Polar events were lost, or are to come. */
export function askForRefunds(input: PlanInput, order: OrderSnapshot): PlannedReread {
  const amount = order.refundedAmount;
  return again(input, 'refunds', order.id, REFUND_MISSING, {
    is: 'refund_missing',
    orderId: order.id,
    amount,
  });
}

/**
 * The order of a refund that succeeded, if the order's own Polar event does not come: its status is what ends the access. Looked at
 * once more before Polar is asked, so a refund whose Polar events all come costs no request.
 */
export function askForRefundedOrder({ now, isPaced }: PlanInput, { orderId }: RefundSnapshot): PlannedReread {
  const at = isPaced ? laterThan(now) : now + ORDER_PATIENCE_MS;
  return { kind: 'order', id: orderId, reason: ORDER_BEHIND, at, onlyIf: { is: 'order_behind', orderId } };
}

/** A subscription that was taken for another app's until the order that began it was heard. */
export function askForMoved(input: PlanInput, subscriptionId: string): PlannedReread {
  return again(input, 'subscription', subscriptionId, 'was taken for another app’s');
}

/** The purchase of a grant, refund or seat that came before it. */
export function askForPurchase(input: PlanInput): PlannedReread[] {
  const { orderId, subscriptionId } = input.observation.links;
  const id = orderId ?? subscriptionId;
  if (id === null) return [];
  const kind = orderId === null ? 'subscription' : 'order';
  return [again(input, kind, id, 'unknown purchase', { is: 'unknown', kind, id })];
}

/**
 * Grants and refunds that were read from Polar before their purchase was known have no Polar event to apply again: they are
 * read again, now that they can be routed and told.
 */
export function askForUnowned(
  input: PlanInput,
  purchase: { orderId: string | null; subscriptionId: string | null },
  customerId: string,
): PlannedReread[] {
  const { orderId } = purchase;
  const reason = 'read before their purchase';
  return [
    again(input, 'grants', customerId, reason, { is: 'grant_unowned', ...purchase }),
    ...(orderId === null
      ? []
      : [again(input, 'refunds', orderId, reason, { is: 'refund_unowned', orderId })]),
  ];
}

/**
 * A customer's newest state that names other live grants than are known: asked a minute later, see `STATE_PATIENCE_MS`.
 * What was asked about is noted with the state: a difference that Polar's answer did not remove is not asked about again,
 * until it is another one. States come with everything that a customer does.
 */
export function askAboutState({ now }: PlanInput, seen: GrantedState): PlannedReread {
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

/** When a request that somebody takes care of comes due by itself: an hour later, behind those that already wait. */
function laterThan(now: number) {
  return { from: now + PACED_MS, apartMs: PACED_APART_MS };
}

function again(
  { now, isPaced }: PlanInput,
  kind: RereadKind,
  id: string,
  reason: string,
  onlyIf?: RereadCondition,
): PlannedReread {
  return { kind, id, reason, at: isPaced ? laterThan(now) : now, onlyIf };
}
