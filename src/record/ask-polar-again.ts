import type { SQL } from 'drizzle-orm';
import type {
  OrderSnapshot,
  OtherSnapshot,
  ProductSnapshot,
  RefundSnapshot,
  Snapshot,
} from '../polar/snapshots.rules.ts';
import type { RereadKind } from '../base/messages.ts';
import type { Statement } from '../base/db/database.rows.ts';
import {
  hasUnownedGrant,
  hasUnownedRefund,
  isNewDifference,
  isOrderBehind,
  isProductStale,
  isRefundMissing,
  isTie,
  isUnknown,
  noteDifference,
  ORDER_BEHIND,
  REFUND_MISSING,
} from './missing.rows.ts';
import type { PlanInput } from './plan-input.ts';
import { askAgain, lastInLine } from './rereads.rows.ts';

/*
 * Something missing from a snapshot means reading again, never revoking (invariant 3). Each of these belongs in the
 * batch of an observation: its condition is looked at there, where no other writer is in between.
 */

/** How long a customer's state may run ahead of, or behind, the grants' own Polar events before Polar is asked. */
const STATE_PATIENCE_MS = 60_000;

/** How long an order's own Polar event may come after its refund's. */
const ORDER_PATIENCE_MS = 30_000;

/** Whoever keeps to a budget has read it by then, and deleted the row. */
const PACED_MS = 60 * 60_000;
/** Else they come due one by one: what a budget did not reach must not be asked for all at once. */
const PACED_APART_MS = 12_000;

/** Two contents of one version: Polar knows which is stale. Before the upsert: afterwards the row is the winner. */
export function askAboutTie(input: PlanInput): Statement[] {
  const { main } = input.observation;
  const tie = isTie(main, input.mode);
  const target = readAs(main);
  return tie && target ? [again(input, target.kind, target.id, 'two of one version', tie)] : [];
}

function readAs(main: Snapshot): { kind: RereadKind; id: string } | undefined {
  switch (main.kind) {
    case 'order':
    case 'subscription':
    case 'product':
    case 'customer':
      return { kind: main.kind, id: main.row.id };
    case 'grant':
      return { kind: 'grants', id: main.row.customerId };
    case 'refund':
      return { kind: 'refunds', id: main.row.orderId };
    case 'benefit':
    case 'other':
      return undefined;
  }
}

/** A product seen inside another object has no prices and no benefits. */
export function askForProduct(input: PlanInput, product: ProductSnapshot): Statement {
  const stale = isProductStale(input.mode, product.id, product.version);
  return again(input, 'product', product.id, 'seen only in part', stale);
}

/** What could not be read inside another object is read by itself, unless it is known. */
export function askForUnread(input: PlanInput): Statement[] {
  return input.observation.unread.map(({ kind, id }) =>
    again(input, kind, id, 'not readable inside another object', isUnknown(input.mode, kind, id)),
  );
}

/** An order that was refunded by more than its refunds add up to: their Polar events were lost, or are to come. */
export function askForRefunds(input: PlanInput, order: OrderSnapshot): Statement {
  const missing = isRefundMissing(input.mode, order.id, order.refundedAmount);
  return again(input, 'refunds', order.id, REFUND_MISSING, missing);
}

/**
 * The order of a refund that succeeded, if the order's own Polar event does not come: its status is what ends the access. Looked at
 * once more before Polar is asked, so a refund whose Polar events all come costs no request.
 */
export function askForRefundedOrder(input: PlanInput, refund: RefundSnapshot): Statement {
  const { database, mode, now, isPaced } = input;
  const request = { mode, kind: 'order', id: refund.orderId, reason: ORDER_BEHIND } as const;
  const at = isPaced ? laterThan(now) : now + ORDER_PATIENCE_MS;
  return askAgain(database, request, { now, at }, isOrderBehind(mode, refund.orderId));
}

/** A subscription that was taken for another app's until the order that began it was heard. */
export function askForMoved(input: PlanInput, subscriptionId: string): Statement {
  return again(input, 'subscription', subscriptionId, 'was taken for another app’s');
}

/** The purchase of a grant, refund or seat that came before it. */
export function askForPurchase(input: PlanInput): Statement[] {
  const { orderId, subscriptionId } = input.observation.links;
  const id = orderId ?? subscriptionId;
  if (id === null) return [];
  const kind = orderId === null ? 'subscription' : 'order';
  return [again(input, kind, id, 'unknown purchase', isUnknown(input.mode, kind, id))];
}

/**
 * Grants and refunds that were read from Polar before their purchase was known have no Polar event to apply again: they are
 * read again, now that they can be routed and told.
 */
export function askForUnowned(
  input: PlanInput,
  purchase: { orderId: string | null; subscriptionId: string | null },
  customerId: string,
): Statement[] {
  const { mode } = input;
  const { orderId } = purchase;
  const reason = 'read before their purchase';
  return [
    again(input, 'grants', customerId, reason, hasUnownedGrant(mode, purchase)),
    ...(orderId === null ? [] : [again(input, 'refunds', orderId, reason, hasUnownedRefund(mode, orderId))]),
  ];
}

/**
 * A customer's newest state that names other live grants than are known: asked a minute later, see `STATE_PATIENCE_MS`.
 * What was asked about is noted with the state: a difference that Polar's answer did not remove is not asked about again,
 * until it is another one. States come with everything that a customer does.
 */
export function askAboutState(input: PlanInput, state: OtherSnapshot): Statement[] {
  const { database, mode, now } = input;
  const seen = { mode, state, granted: readIds(input.observation.data['granted_benefits']) };
  const request = { mode, kind: 'grants', id: state.id, reason: 'the customer’s state differs' } as const;
  return [
    askAgain(database, request, { now, at: now + STATE_PATIENCE_MS }, isNewDifference(seen)),
    noteDifference(database, seen),
  ];
}

function readIds(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) =>
    typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string' ? [item.id] : [],
  );
}

/** When a request that somebody takes care of comes due by itself: an hour later, behind those that already wait. */
function laterThan(now: number): SQL {
  return lastInLine({ from: now + PACED_MS, apartMs: PACED_APART_MS });
}

function again(
  { database, mode, now, isPaced }: PlanInput,
  kind: RereadKind,
  id: string,
  reason: string,
  onlyIf?: SQL,
): Statement {
  return askAgain(database, { mode, kind, id, reason }, { now, at: isPaced ? laterThan(now) : now }, onlyIf);
}
