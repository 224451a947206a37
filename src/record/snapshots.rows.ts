import type { Mode } from '../base/mode.rules.ts';
import { isPolarEventOnly, type Snapshot, type SnapshotRows } from '../polar/snapshots.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { hasHistory, type HistoryKind } from '../base/db/row-history.rows.ts';
import type { PaidAt } from './changes.rules.ts';
import { insertPartialProduct, projectBenefits, projectProducts } from './project-catalogue.rows.ts';
import { keepOfSnapshot } from './kept.rules.ts';
import { isNewer, type KeptOf, keepStored, upsert } from './upsert.rows.ts';

/** The app and payment that a snapshot belongs to, as far as is known. */
interface Owner {
  appId: string | null;
  paymentId: string | null;
}

/** How a snapshot is projected. */
interface Projecting {
  mode: Mode;
  /** Milliseconds: what the row was before is kept as what was so until then (ADR 102). */
  now: number;
  /** It is set once and then kept. */
  owner: Owner;
  /** When an order was paid. */
  paid?: PaidAt | undefined;
  /** The stored row has already what its indexes would hold of it. */
  isIndexed: boolean;
}

/** Statements that project one snapshot. */
export function projectSnapshot<K extends keyof SnapshotRows>(
  { kind, row }: Snapshot<K>,
  how: Projecting,
): Statement[] {
  return PROJECTIONS[kind](row, how);
}

const PROJECTIONS: {
  [K in keyof SnapshotRows]: (row: SnapshotRows[K], how: Projecting) => Statement[];
} = {
  order: projectOrder,
  subscription: projectSubscription,
  refund: (row, { mode, now, owner, isIndexed }) => [
    REFUNDS_BEFORE({ ...row, mode, ...owner, now }),
    REFUNDS[isIndexed ? 'others' : 'all']({ ...row, mode, ...owner }),
  ],
  grant: projectGrant,
  product: (row, { mode, now, owner: { appId } }) =>
    row.data === null
      ? insertPartialProduct({ mode, now }, row, appId)
      : projectProducts({ mode, now }, [{ row, appId }]),
  benefit: (row, { mode, now }) => projectBenefits({ mode, now }, [row]),
  customer: (row, { mode, now, isIndexed }) => [
    CUSTOMERS_BEFORE({ ...row, mode, now }),
    CUSTOMERS[isIndexed ? 'others' : 'all']({ ...row, mode }),
  ],
  other: projectOther,
};

type Placed<Row> = Row & Owner & { mode: Mode };
/** Set once, and not changed by an observation that knows no owner. */
const once = (table: string, column: string) => ({
  later: `coalesce(${table}.${column}, excluded.${column})`,
});
const ownedIn = (table: string) => ({ appId: once(table, 'app_id'), paymentId: once(table, 'payment_id') });
const isUnowned = (table: string) =>
  ['app_id', 'payment_id']
    .map((column) => `(${table}.${column} is null and excluded.${column} is not null)`)
    .join(' or ');

/**
 * Only the Polar event `order.paid` says when an order was paid (ADR 51). Other observations may come long after, so by
 * them the order counts as paid when it was made. `order.paid` wins, in whatever order they come.
 */
const PAID_AT = `case
  when :heardPaidAt is null then coalesce(orders.paid_at, excluded.paid_at)
  when orders.paid_at is null or orders.paid_at = excluded.created_at then excluded.paid_at
  else min(orders.paid_at, excluded.paid_at) end`;

type OrderRow = Placed<Omit<SnapshotRows['order'], 'metadata' | 'hasLaterNews' | 'renews' | 'usedUp'>> & {
  heardPaidAt: number | null;
  paidAt: number | null;
};

const ORDERS_KEPT: KeptOf<OrderRow> = {
  table: 'orders',
  key: ['mode', 'id'],
  columns: [
    'customerId',
    'subscriptionId',
    'productId',
    'checkoutId',
    'status',
    'billingReason',
    'netAmount',
    'totalAmount',
    'refundedAmount',
    'refundedTaxAmount',
    'discountAmount',
    'balanceAmount',
    'discountId',
    'discountCode',
    'discountName',
    'invoiceNumber',
    'billingCountry',
    'nextPaymentAttemptAt',
    'productName',
    'productPlan',
    'currency',
    'createdAt',
  ],
  derived: { ...ownedIn('orders'), paidAt: { later: PAID_AT } },
  indexed: ['customerId', 'subscriptionId', 'appId', 'paymentId', 'paidAt'],
  also: { indexed: `${isUnowned('orders')} or orders.paid_at is not ${PAID_AT}` },
};
const ORDERS = upsert<OrderRow>(ORDERS_KEPT);
const ORDERS_BEFORE = keepStored<OrderRow>('order', ORDERS_KEPT);

function projectOrder(seen: SnapshotRows['order'], { mode, now, owner, paid, isIndexed }: Projecting) {
  const { metadata: _metadata, hasLaterNews: _news, renews: _renews, usedUp: _usedUp, ...row } = seen;
  const heardPaidAt = paid?.heard ?? null;
  const paidAt = paid === undefined ? null : (heardPaidAt ?? row.createdAt);
  const columns = { ...row, mode, ...owner, heardPaidAt, paidAt };
  return [ORDERS_BEFORE({ ...columns, now }), ORDERS[isIndexed ? 'others' : 'all'](columns)];
}

const hasSameProduct = 'subscriptions.product_id = excluded.product_id';

/**
 * For an older snapshot that comes late: the subscription has had this product at least since then, or had another one
 * before.
 */
const SINCE_IS_LATE = `(${hasSameProduct} and abs(subscriptions.product_since) > abs(excluded.product_since))
  or (not ${hasSameProduct} and subscriptions.product_since < 0)`;

/** Negative while no other product was seen before, since then the product was not changed (ADR 51). */
const PRODUCT_SINCE = `case
  when ${isNewer('subscriptions')} then iif(${hasSameProduct}, subscriptions.product_since, -excluded.product_since)
  when ${SINCE_IS_LATE} then iif(${hasSameProduct}, -sign(subscriptions.product_since) * excluded.product_since, abs(subscriptions.product_since))
  else subscriptions.product_since end`;

/**
 * The details are of the newest whole snapshot, which may be older than the newest one of all: that may have come inside an
 * order, which lacks them.
 */
const HAS_NEWER_DETAILS = `(excluded.details is not null and
  (excluded.details_version, excluded.details_seen_version) > (subscriptions.details_version, subscriptions.details_seen_version))`;
const ofDetails = (column: string) => ({
  later: `iif(${HAS_NEWER_DETAILS}, excluded.${column}, subscriptions.${column})`,
});

type SubscriptionRow = Placed<Omit<SnapshotRows['subscription'], 'metadata' | 'details'>> & {
  productSince: number;
  details: string | null;
  detailsVersion: number;
  detailsSeenVersion: number;
};

const SUBSCRIPTIONS_KEPT: KeptOf<SubscriptionRow> = {
  table: 'subscriptions',
  key: ['mode', 'id'],
  columns: [
    'customerId',
    'productId',
    'checkoutId',
    'status',
    'currentPeriodStart',
    'currentPeriodEnd',
    'cancelAtPeriodEnd',
    'canceledAt',
    'startedAt',
    'endsAt',
    'endedAt',
    'pastDueAt',
    'pausedAt',
    'amount',
    'currency',
    'recurringInterval',
    'recurringIntervalCount',
    'trialStart',
    'trialEnd',
    'pauseAtPeriodEnd',
    'resumesAt',
    'seats',
    'discountId',
    'cancellationReason',
    'cancellationComment',
    'createdAt',
  ],
  derived: {
    ...ownedIn('subscriptions'),
    productSince: { later: PRODUCT_SINCE },
    details: ofDetails('details'),
    detailsVersion: ofDetails('details_version'),
    detailsSeenVersion: ofDetails('details_seen_version'),
  },
  indexed: [
    'customerId',
    'status',
    'currentPeriodEnd',
    'endsAt',
    'endedAt',
    'createdAt',
    'appId',
    'paymentId',
  ],
  also: {
    indexed: isUnowned('subscriptions'),
    others: `(${SINCE_IS_LATE}) or ${HAS_NEWER_DETAILS}`,
  },
};
const SUBSCRIPTIONS = upsert<SubscriptionRow>(SUBSCRIPTIONS_KEPT);
const SUBSCRIPTIONS_BEFORE = keepStored<SubscriptionRow>('subscription', SUBSCRIPTIONS_KEPT);

function projectSubscription(
  seen: SnapshotRows['subscription'],
  { mode, now, owner, isIndexed }: Projecting,
): Statement[] {
  const { metadata: _metadata, ...row } = seen;
  const productSince = -Math.floor(row.version / 1000);
  const details = row.details && JSON.stringify(row.details);
  const detailsVersion = details === null ? 0 : row.version;
  const detailsSeenVersion = details === null ? 0 : row.seenVersion;
  const columns = { ...row, mode, ...owner, productSince, details, detailsVersion, detailsSeenVersion };
  return [SUBSCRIPTIONS_BEFORE({ ...columns, now }), SUBSCRIPTIONS[isIndexed ? 'others' : 'all'](columns)];
}

const REFUNDS_KEPT: KeptOf<Placed<SnapshotRows['refund']>> = {
  table: 'refunds',
  key: ['mode', 'id'],
  columns: [
    'orderId',
    'customerId',
    'status',
    'reason',
    'revokesBenefits',
    'amount',
    'taxAmount',
    'requestId',
    'currency',
    'createdAt',
  ],
  derived: ownedIn('refunds'),
  indexed: ['orderId', 'status', 'createdAt', 'paymentId', 'appId'],
  also: { indexed: isUnowned('refunds') },
};
const REFUNDS = upsert<Placed<SnapshotRows['refund']>>(REFUNDS_KEPT);
const REFUNDS_BEFORE = keepStored<Placed<SnapshotRows['refund']>>('refund', REFUNDS_KEPT);

/** A grant gets its subscription's payment as it is in this batch, since that may have become known after the read. */
const OF_SUBSCRIPTION =
  '(select s.payment_id from subscriptions as s where s.mode = :mode and s.id = :subscriptionId)';
const PAYMENT_OF_GRANT = `coalesce(${OF_SUBSCRIPTION}, grants.payment_id, excluded.payment_id)`;

/** The product of a grant's purchase, as it is in this batch. */
const PRODUCT_OF_GRANT = `coalesce(
  (select s.product_id from subscriptions as s where s.mode = :mode and s.id = :subscriptionId),
  (select o.product_id from orders as o where o.mode = :mode and o.id = :orderId))`;
const PRODUCT_LATER = `coalesce(${PRODUCT_OF_GRANT}, grants.product_id)`;

/**
 * The last key that a grant is known to have given: Polar may leave it out of a grant that is revoked, and gives it again
 * with the grant.
 */
const lastNamed = (column: string) => ({
  later: `coalesce(iif(${isNewer('grants')}, excluded.${column}, null), grants.${column}, excluded.${column})`,
});

type GrantRow = Placed<Omit<SnapshotRows['grant'], 'fileIds' | 'error' | 'state'>> & {
  /** Of its purchase, which the statement looks up. */
  productId: null;
  properties: string;
  fileIds: string | null;
  errorType: string | null;
  errorMessage: string | null;
  errorAt: number | null;
};

const GRANTS_KEPT: KeptOf<GrantRow> = {
  table: 'grants',
  key: ['mode', 'id'],
  columns: [
    'benefitId',
    'customerId',
    'memberId',
    'orderId',
    'subscriptionId',
    'isGranted',
    'isRevoked',
    'grantedAt',
    'revokedAt',
    'createdAt',
    'properties',
    'fileIds',
    'connection',
    'errorType',
    'errorMessage',
    'errorAt',
  ],
  derived: {
    productId: { first: PRODUCT_OF_GRANT, later: PRODUCT_LATER },
    // What people did stays, whatever Polar says.
    fulfilment: once('grants', 'fulfilment'),
    // A benefit keeps its type; a snapshot without the benefit's object must not delete it.
    benefitType: { later: "coalesce(nullif(excluded.benefit_type, ''), grants.benefit_type, '')" },
    licenseKeyId: lastNamed('license_key_id'),
    displayKey: lastNamed('display_key'),
    // A snapshot without the member's object must not delete the role.
    memberRole: {
      later: `iif(${isNewer('grants')}, coalesce(excluded.member_role, grants.member_role), grants.member_role)`,
    },
    appId: once('grants', 'app_id'),
    paymentId: {
      first: `iif(:appId is null, :paymentId, coalesce(${OF_SUBSCRIPTION}, :paymentId))`,
      later: `iif(excluded.app_id is null, grants.payment_id, ${PAYMENT_OF_GRANT})`,
    },
  },
  indexed: [
    'benefitId',
    'benefitType',
    'customerId',
    'memberId',
    'orderId',
    'subscriptionId',
    'createdAt',
    'appId',
    'productId',
    'licenseKeyId',
    'displayKey',
    'fulfilment',
  ],
  also: {
    indexed: `(excluded.app_id is not null and grants.app_id is null)
      or grants.product_id is not ${PRODUCT_LATER}
      or (excluded.fulfilment is not null and grants.fulfilment is null)
      or (excluded.license_key_id is not null and grants.license_key_id is null)`,
    others: `(excluded.app_id is not null and grants.payment_id is not ${PAYMENT_OF_GRANT})`,
  },
};
const GRANTS = upsert<GrantRow>(GRANTS_KEPT);
const GRANTS_BEFORE = keepStored<GrantRow>('grant', GRANTS_KEPT);

function projectGrant(seen: SnapshotRows['grant'], { mode, now, owner, isIndexed }: Projecting): Statement[] {
  const { error, fileIds, state: _state, ...row } = seen;
  const ofError = {
    errorType: error?.type ?? null,
    errorMessage: error?.message ?? null,
    errorAt: error?.at ?? null,
  };
  const ofFiles = { fileIds: fileIds && JSON.stringify(fileIds), properties: '{}', productId: null };
  const columns = { ...row, ...ofError, ...ofFiles, mode, ...owner };
  return [GRANTS_BEFORE({ ...columns, now }), GRANTS[isIndexed ? 'others' : 'all'](columns)];
}

const CUSTOMERS_KEPT: KeptOf<SnapshotRows['customer'] & { mode: Mode }> = {
  table: 'customers',
  key: ['mode', 'id'],
  columns: ['email', 'name', 'createdAt', 'deletedAt'],
  indexed: ['email', 'createdAt', 'deletedAt'],
};
const CUSTOMERS = upsert<SnapshotRows['customer'] & { mode: Mode }>(CUSTOMERS_KEPT);
const CUSTOMERS_BEFORE = keepStored<SnapshotRows['customer'] & { mode: Mode }>(
  'customer',
  CUSTOMERS_KEPT,
  'false',
);

type OtherRow = Omit<SnapshotRows['other'], 'data'> & { mode: Mode; data: string; appId: string | null };

const SNAPSHOTS_KEPT: KeptOf<OtherRow> = {
  table: 'snapshots',
  key: ['mode', 'kind', 'id'],
  columns: ['customerId', 'status', 'data'],
  derived: {
    // A stored Polar event that is applied again, once its app is known, is no newer than the row.
    appId: {
      later: `iif(${isNewer('snapshots')}, coalesce(excluded.app_id, snapshots.app_id), coalesce(snapshots.app_id, excluded.app_id))`,
    },
  },
  indexed: ['customerId', 'data'],
  also: { others: '(excluded.app_id is not null and snapshots.app_id is null)' },
};
const SNAPSHOTS = upsert<OtherRow>(SNAPSHOTS_KEPT);
type KeepOther = ReturnType<typeof keepStored<OtherRow>>;
const SNAPSHOTS_BEFORE: Partial<Record<HistoryKind, KeepOther>> = {};

/** Of the kinds that decisions read. */
function keepOther(kind: string): KeepOther | undefined {
  if (!hasHistory(kind)) return undefined;
  // One that nobody has confirmed is as good as none.
  const newWhen = kind === 'checkout' ? "excluded.status in ('confirmed', 'succeeded')" : 'true';
  return (SNAPSHOTS_BEFORE[kind] ??= keepStored(kind, SNAPSHOTS_KEPT, newWhen));
}

function projectOther(
  seen: SnapshotRows['other'],
  { mode, now, owner: { appId }, isIndexed }: Projecting,
): Statement[] {
  if (isPolarEventOnly(seen)) return [];
  const columns = { ...seen, data: JSON.stringify(keepOfSnapshot(seen.kind, seen.data)), mode, appId };
  const keep = keepOther(seen.kind);
  return [...(keep ? [keep({ ...columns, now })] : []), SNAPSHOTS[isIndexed ? 'others' : 'all'](columns)];
}
