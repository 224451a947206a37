import type { OwnerKeys } from '../../packages/kit/product-owners.ts';
import { parseJson } from '../base/json.rules.ts';
import type { PendingPayment } from './access.rules.ts';
import type { SoldBenefit } from './benefits.rules.ts';
import type { HeldGrant, HeldOwnGrant, Holdings } from './entitlements.rules.ts';
import type { HeardGrant, HeldOrder, HeldSubscription, Reversal } from './purchases.rules.ts';
import type { Metadata, SoldProduct } from './resources.rules.ts';

/*
 * The rows of a subject's statement (`entitlements.rows.ts`): a part's name, and its columns as a JSON array. The types
 * beneath say those columns in the statement's order. SQLite has no booleans: 0 or 1.
 */

export interface PartRow {
  part: 'known' | 'grant' | 'order' | 'subscription' | 'payment' | 'product' | 'shelf' | 'benefit' | 'own';
  row: string;
}

type Flag = 0 | 1;
/** Null: it does not matter. */
type Heard = [benefitId: string, revokedAt: number | null][] | null;
type Grant = [
  benefitId: string,
  memberId: string | null,
  memberRole: string | null,
  orderId: string | null,
  subscriptionId: string | null,
  isGranted: Flag,
  isRevoked: Flag,
  revokedAt: number | null,
  customerDeletedAt: number | null,
];
type Order = [
  id: string,
  productId: string | null,
  status: string,
  paidAt: number,
  changedAt: number,
  own: Flag,
  customerDeletedAt: number | null,
  refunds: [status: string, revokesBenefits: Flag | null, at: number][],
  disputes: [status: string | null, at: number][],
  /** Null: it was never taken back, so that it does not matter. */
  grants: [hasLive: Flag | null, hasRevoked: Flag | null] | null,
  heard: Heard,
  suspendedAt: number | null,
];
type Subscription = [
  id: string,
  productId: string,
  status: string,
  currentPeriodEnd: number,
  cancelAtPeriodEnd: Flag,
  startedAt: number | null,
  createdAt: number,
  endsAt: number | null,
  endedAt: number | null,
  paidAt: number | null,
  productSince: number | null,
  changedAt: number,
  own: Flag,
  customerDeletedAt: number | null,
  hasLiveGrant: Flag,
  heard: Heard,
  /** Null: it is not past due, or the app lets no such subscription go on. */
  grace: [pastDueAt: number, lastsMs: number, isTakenBack: Flag, seated: (string | null)[] | null] | null,
  suspendedAt: number | null,
];
type Payment = [productId: string | null, createdAt: number, isConfirmed: Flag];
type Product = [
  id: string,
  name: string,
  appId: string | null,
  metadata: string,
  /** Polar's, each as it is; null: they do not matter. */
  benefits: unknown[] | null,
  prices: unknown[] | null,
];
type Own = [
  resources: string[],
  expiresAt: number | null,
  revokedAt: number | null,
  customerDeletedAt: number | null,
  id: string,
];
type Benefit = [id: string, type: string, description: string, metadata: string];

interface Parts {
  known: boolean;
  holdings: Omit<Holdings, 'memberId'>;
  pending: Omit<PendingPayment, 'isSubject'>[];
  shelf: SoldProduct[];
}

/** Puts the rows together. `appId` is the app that is asked about. */
export function collectParts(
  rows: readonly PartRow[],
  { appId, ownerKeys }: { appId: string; ownerKeys: OwnerKeys | undefined },
): Parts {
  const grants: HeldGrant[] = [];
  const orders: HeldOrder[] = [];
  const subscriptions: HeldSubscription[] = [];
  const products: SoldProduct[] = [];
  const benefits: SoldBenefit[] = [];
  const own: HeldOwnGrant[] = [];
  const pending: Parts['pending'] = [];
  const shelf: SoldProduct[] = [];
  let known = false;
  for (const { part, row } of rows) {
    const columns: unknown = JSON.parse(row);
    switch (part) {
      case 'known':
        known = (columns as [Flag])[0] === 1;
        break;
      case 'grant':
        grants.push(readGrant(columns as Grant));
        break;
      case 'order':
        orders.push(readOrder(columns as Order));
        break;
      case 'subscription':
        subscriptions.push(readSubscription(columns as Subscription));
        break;
      case 'payment': {
        const [productId, createdAt, isConfirmed] = columns as Payment;
        pending.push({ productId, createdAt, isConfirmed: isConfirmed === 1 });
        break;
      }
      case 'product':
        products.push({ ...readProduct(columns as Product, appId), ownerKeys });
        break;
      case 'shelf':
        shelf.push({ ...readProduct(columns as Product, appId), ownerKeys });
        break;
      case 'own': {
        const [resources, expiresAt, revokedAt, customerDeletedAt, id] = columns as Own;
        own.push({ id, resources, expiresAt, revokedAt, customerDeletedAt });
        break;
      }
      case 'benefit': {
        const [id, type, description, metadata] = columns as Benefit;
        benefits.push({ id, type, description, metadata: readMetadata(metadata) });
        break;
      }
    }
  }
  return { known, holdings: { grants, orders, subscriptions, own, products, benefits }, pending, shelf };
}

function readGrant(columns: Grant): HeldGrant {
  const [benefitId, memberId, memberRole, orderId, subscriptionId, granted, revoked, revokedAt, deletedAt] =
    columns;
  return {
    benefitId,
    memberId,
    memberRole,
    orderId,
    subscriptionId,
    isGranted: granted === 1,
    isRevoked: revoked === 1,
    revokedAt,
    customerDeletedAt: deletedAt,
  };
}

function readOrder(columns: Order): HeldOrder {
  const [id, productId, status, paidAt, changedAt, own, customerDeletedAt, refunds, disputes, ...more] =
    columns;
  const [grants, heard, suspendedAt] = more;
  return {
    id,
    productId,
    // Orders of a subscription are not read: the subscription counts instead.
    subscriptionId: null,
    status,
    paidAt,
    changedAt,
    own: own === 1,
    customerDeletedAt,
    reversals: readReversals(refunds, disputes),
    hasLiveGrant: grants?.[0] === 1,
    hasRevokedGrant: grants?.[1] === 1,
    heardGrants: readHeard(heard),
    suspendedAt,
  };
}

function readReversals(refunds: Order[7], disputes: Order[8]): Reversal[] {
  return [
    ...refunds.map(([status, revokes, at]): Reversal => ({
      kind: 'refund',
      status,
      revokesBenefits: revokes === null ? null : revokes === 1,
      at,
    })),
    ...disputes.map(([status, at]): Reversal => ({
      kind: 'dispute',
      status: status ?? '',
      revokesBenefits: null,
      at,
    })),
  ];
}

function readSubscription(columns: Subscription): HeldSubscription {
  const [id, productId, status, currentPeriodEnd, cancels, startedAt, createdAt, endsAt, endedAt, ...more] =
    columns;
  const [paidAt, productSince, changedAt, own, customerDeletedAt, hasLiveGrant, heard, grace, suspendedAt] =
    more;
  return {
    id,
    productId,
    status,
    currentPeriodEnd,
    cancelAtPeriodEnd: cancels === 1,
    startedAt,
    createdAt,
    endsAt,
    endedAt,
    paidAt,
    productSince,
    changedAt,
    own: own === 1,
    customerDeletedAt,
    hasLiveGrant: hasLiveGrant === 1,
    heardGrants: readHeard(heard),
    suspendedAt,
    grace: grace && {
      since: grace[0],
      lastsMs: grace[1],
      isTakenBack: grace[2] === 1,
      seated: grace[3],
    },
  };
}

function readHeard(heard: Heard): HeardGrant[] {
  return (heard ?? []).map(([benefitId, revokedAt]) => ({ benefitId, revokedAt }));
}

function readProduct(columns: Product, app: string): SoldProduct {
  const [id, name, appId, metadata, benefits, prices] = columns;
  return {
    id,
    name,
    metadata: readMetadata(metadata),
    knowsBenefits: benefits !== null,
    benefitIds: (benefits ?? [])
      .map((benefit) => fieldOf(benefit, 'id'))
      .filter((benefitId) => typeof benefitId === 'string'),
    seatBased: (prices ?? []).some((price) => fieldOf(price, 'amount_type') === 'seat_based'),
    isOwn: appId === app,
  };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Its numbers stay as Polar wrote them (ADR 48). */
function readMetadata(text: string): Metadata {
  return text === '{}' ? {} : (parseJson(text) as Metadata);
}
