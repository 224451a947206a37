import { isNewer } from '../polar/versions.rules.ts';
import type { Projection } from './changes.rules.ts';
import { keepsFields } from './kept.rules.ts';
import type { Route } from './routing.rules.ts';
import type { RoutingRows } from './routing-rows.rules.ts';

/*
 * What need not be written, judged by the rows that were read. Another writer may come in between, which matters only if
 * Polar changed an object back and forth in that moment: an owner stays, and versions only grow.
 */

/** Whether a projection changes nothing, since a row is there that it does not replace. */
export function isKnown(rows: RoutingRows, { snapshot }: Projection): boolean {
  const { kind, row } = snapshot;
  if (kind === 'product') return row.data === null && rows.products.some(({ id }) => id === row.id);
  const { customer } = rows;
  return kind === 'customer' && customer?.id === row.id && !isNewer(row, customer);
}

/** Whether the stored row has already what indexes hold of a snapshot, so that only the rest is written. */
export function isIndexed(rows: RoutingRows, { snapshot, owner, paid }: Projection): boolean {
  switch (snapshot.kind) {
    case 'order': {
      const stored = rows.orders.find(({ id }) => id === snapshot.row.id);
      if (
        !stored ||
        !isOwned(stored, owner) ||
        !isSame(stored, snapshot.row, ['customerId', 'subscriptionId'])
      )
        return false;
      return paid === undefined || (paid.heard === null && stored.paidAt !== null);
    }
    case 'subscription': {
      const stored = rows.subscriptions.find(({ id }) => id === snapshot.row.id);
      return (
        stored !== undefined &&
        isOwned(stored, owner) &&
        isSame(stored, snapshot.row, [
          'customerId',
          'status',
          'currentPeriodEnd',
          'endsAt',
          'endedAt',
          'createdAt',
        ])
      );
    }
    case 'refund': {
      const stored = rows.refund;
      return (
        stored !== null &&
        isOwned(stored, owner) &&
        isSame(stored, snapshot.row, ['orderId', 'status', 'createdAt'])
      );
    }
    case 'grant': {
      const stored = rows.grants.find(({ id }) => id === snapshot.row.id);
      const isSettled = stored && (stored.appId !== null || owner.appId === null);
      if (!isSettled || !isSame(stored, snapshot.row, INDEXED_OF_GRANT)) return false;
      // What a snapshot does not name stays as it is stored.
      const { licenseKeyId, displayKey, fulfilment } = snapshot.row;
      const productId = productOfGrant(rows, snapshot.row);
      return (
        (licenseKeyId ?? stored.licenseKeyId) === stored.licenseKeyId &&
        (displayKey ?? stored.displayKey) === stored.displayKey &&
        (productId ?? stored.productId) === stored.productId &&
        (fulfilment === null || stored.fulfilment !== null)
      );
    }
    case 'customer': {
      const { customer } = rows;
      return (
        customer?.id === snapshot.row.id &&
        isSame(customer, snapshot.row, ['email', 'createdAt', 'deletedAt'])
      );
    }
    case 'other': {
      const { other } = rows;
      if (other?.id !== snapshot.row.id || keepsFields(snapshot.row.kind)) return false;
      return isSame(other, snapshot.row, ['customerId']);
    }
    case 'product':
    case 'benefit':
      return false;
  }
}

const INDEXED_OF_GRANT = [
  'benefitId',
  'benefitType',
  'customerId',
  'memberId',
  'orderId',
  'subscriptionId',
  'createdAt',
] as const;

/** The product that the purchase of a grant has now; null while the purchase is not known. */
function productOfGrant(
  rows: RoutingRows,
  { orderId, subscriptionId }: { orderId: string | null; subscriptionId: string | null },
): string | null {
  const bought =
    rows.subscriptions.find(({ id }) => id === subscriptionId) ??
    rows.orders.find(({ id }) => id === orderId);
  return bought?.productId ?? null;
}

/** Whether an owner adds nothing to a row. */
function isOwned(stored: Route, { appId, paymentId }: Route): boolean {
  return (stored.appId !== null || appId === null) && (stored.paymentId !== null || paymentId === null);
}

function isSame<Field extends string>(
  stored: { readonly [Name in Field]: unknown },
  row: { readonly [Name in Field]: unknown },
  fields: readonly Field[],
): boolean {
  return fields.every((field) => stored[field] === row[field]);
}
