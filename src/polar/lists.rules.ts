import { LIST_NAMES, type ListName } from '../base/polar-lists.rules.ts';
import type { PolarKind } from '../base/polar-kinds.rules.ts';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

export interface ListPlan {
  kind: PolarKind;
  /**
   * The time by which it is read back to the watermark; without one the whole list is read. No list of Polar's can be
   * filtered by modification, but some can be sorted by a time that changes: the end of a subscription, when a grant
   * was granted or revoked.
   */
  by?: 'created_at' | 'ended_at' | 'granted_at' | 'revoked_at';
  /** Polar filters by creation, so it is read oldest first, to its end. Else newest first, until it is too old. */
  isFiltered?: boolean;
  /** Read back at least this far, for what changes some time after it was created. */
  atLeastMs?: number;
  /** Its ids are remembered, since an object that is stored as open and not among them has changed. */
  isOpen?: boolean;
  /**
   * Polar leaves out deleted objects, whose Polar events may be lost. So stored objects that should be between those of
   * a page are read by themselves (ADR 53). Only for whole lists, oldest first.
   */
  leavesOutDeleted?: boolean;
  /** Seats are in no list: those of each purchase that has some are read by themselves. */
  hasSeats?: boolean;
}

/** A checkout is open for a day; it is settled, or expired, soon after. */
export const CHECKOUT_LIFE_MS = 26 * HOUR_MS;

export const LISTS: Record<ListName, ListPlan> = {
  benefits: { kind: 'benefit' },
  products: { kind: 'product' },
  new_customers: { kind: 'customer', by: 'created_at' },
  new_members: { kind: 'member', by: 'created_at' },
  live_subscriptions: { kind: 'subscription' },
  ended_subscriptions: { kind: 'subscription', by: 'ended_at' },
  recent_orders: { kind: 'order', by: 'created_at', isFiltered: true, atLeastMs: 2 * DAY_MS },
  pending_orders: { kind: 'order', isOpen: true },
  // Slow methods take days to succeed or fail.
  new_refunds: { kind: 'refund', by: 'created_at', atLeastMs: 14 * DAY_MS },
  new_checkouts: { kind: 'checkout', by: 'created_at', atLeastMs: CHECKOUT_LIFE_MS },
  new_grants: { kind: 'grant', by: 'created_at' },
  granted_grants: { kind: 'grant', by: 'granted_at' },
  revoked_grants: { kind: 'grant', by: 'revoked_at' },
  new_disputes: { kind: 'dispute', by: 'created_at', atLeastMs: DAY_MS },
  open_disputes: { kind: 'dispute', isOpen: true },
  customers: { kind: 'customer', leavesOutDeleted: true },
  members: { kind: 'member', leavesOutDeleted: true },
  subscriptions: { kind: 'subscription', hasSeats: true },
  orders: { kind: 'order', hasSeats: true },
  refunds: { kind: 'refund' },
  grants: { kind: 'grant' },
  disputes: { kind: 'dispute' },
};

export const TASK_NAMES = ['webhook', ...LIST_NAMES, 'pending_payments', 'known_disputes', 'named'] as const;

/** What a run does one after the other: a list, or what is read one by one. */
export type TaskName = (typeof TASK_NAMES)[number];

/** Objects that say which app others belong to come before those. */
export const RECENT_TASKS: readonly TaskName[] = [
  'webhook',
  'benefits',
  'products',
  'new_customers',
  'new_members',
  'live_subscriptions',
  'ended_subscriptions',
  'recent_orders',
  'pending_orders',
  'new_checkouts',
  'pending_payments',
  'new_refunds',
  'new_grants',
  'granted_grants',
  'revoked_grants',
  'new_disputes',
  'open_disputes',
  'known_disputes',
];

/**
 * Checkouts are not among them: those of pending payments are read one by one, and the others lead to no event any
 * more.
 */
export const FULL_TASKS: readonly TaskName[] = [
  'customers',
  'members',
  'subscriptions',
  'orders',
  'refunds',
  'grants',
  'disputes',
];

/** The list that a task reads, if it is one. */
export function listOf(name: TaskName): ListName | undefined {
  return LIST_NAMES.find((list) => list === name);
}
