/**
 * The kinds of Polar's objects that Floe understands and compares. Each has a row in three tables: what it says
 * (polar/kinds.rules.ts), how Polar is asked for it (polar/fetch-object.ts), and where it is kept (record/kinds.rows.ts).
 */
export const POLAR_KINDS = [
  'checkout',
  'customer',
  'seat',
  'member',
  'order',
  'subscription',
  'refund',
  'product',
  'benefit',
  'grant',
  'dispute',
] as const;
export type PolarKind = (typeof POLAR_KINDS)[number];

/** What can be read again by an id: an object by its own, refunds by their order's, grants by their customer's. See `rereads`. */
export const REREAD_KINDS = [
  'checkout',
  'order',
  'subscription',
  'refunds',
  'grants',
  'product',
  'customer',
] as const;
export type RereadKind = (typeof REREAD_KINDS)[number];
