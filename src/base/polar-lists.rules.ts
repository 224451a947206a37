/** The lists of Polar that are read page by page. */
export const LIST_NAMES = [
  'benefits',
  'products',
  'new_customers',
  'new_members',
  'live_subscriptions',
  'ended_subscriptions',
  'recent_orders',
  'pending_orders',
  'new_refunds',
  'new_checkouts',
  'new_grants',
  'granted_grants',
  'revoked_grants',
  'new_disputes',
  'open_disputes',
  'customers',
  'members',
  'subscriptions',
  'orders',
  'refunds',
  'grants',
  'disputes',
] as const;

/** One of Polar's lists, filtered and sorted as a run reads it (see polar/lists.ts). */
export type ListName = (typeof LIST_NAMES)[number];
