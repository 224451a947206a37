import type { Services } from '../base/services.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import type { Subject } from '../base/subject.rules.ts';
import { selectSubjectRows } from './entitlements.rows.ts';
import { deriveEntitlements } from './entitlements.rules.ts';
import type { Feature } from './features.rules.ts';
import type { HeldSubscription } from './purchases.rules.ts';

/** A purchase, and who holds its grants. */
export interface PurchaseOfHolder {
  customerId: string;
  /** The member of a team who holds the grants; null: the buyer. */
  memberId: string | null;
  orderId: string | null;
  subscriptionId: string | null;
}

/** Times are milliseconds. */
export interface PurchaseEntitlements {
  /** With when each ends; null: no end is known. */
  current: Map<string, number | null>;
  /** What the features among them are worth, by `spellName`. */
  features: Map<string, Feature>;
  /** The subscription that the purchase is; undefined: it was bought once. */
  subscription: HeldSubscription | undefined;
}

/**
 * What one purchase alone gives a holder, whatever else they have bought. Read from D1's primary.
 */
export async function listPurchaseEntitlements(
  services: Services,
  app: AppRow,
  { customerId, memberId, orderId, subscriptionId }: PurchaseOfHolder,
): Promise<PurchaseEntitlements> {
  const now = services.now();
  const subject: Subject =
    memberId === null ? { kind: 'customer', customerId } : { kind: 'member', customerId, memberId };
  const { ownerKeys } = services.config;
  const question = { app, subject, now, ownerKeys, shelf: false };
  const { holdings } = await selectSubjectRows(services.database, question);
  const own = {
    ...holdings,
    grants: holdings.grants.filter((grant) =>
      subscriptionId === null ? grant.orderId === orderId : grant.subscriptionId === subscriptionId,
    ),
    orders: holdings.orders.filter(({ id }) => id === orderId),
    subscriptions: holdings.subscriptions.filter(({ id }) => id === subscriptionId),
  };
  const { current, features } = deriveEntitlements(own, app.product, now);
  return { current, features, subscription: own.subscriptions[0] };
}
