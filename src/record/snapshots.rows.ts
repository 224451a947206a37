import { and, eq, isNull, or, sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Mode } from '../base/mode.rules.ts';
import { isPolarEventOnly, type Snapshot, type SnapshotRows } from '../polar/snapshots.rules.ts';
import { projectBenefits, projectProducts } from './catalogue.rows.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { keepOfSnapshot } from './kept.rules.ts';
import {
  customers,
  grants,
  orders,
  products,
  refunds,
  snapshots,
  subscriptions,
} from '../base/db/schema.rows.ts';

/** The app and payment that a snapshot belongs to, as far as is known. */
export interface Owner {
  appId: string | null;
  paymentId: string | null;
}

interface Versioned {
  version: SQLiteColumn;
  seenVersion: SQLiteColumn;
  digest: SQLiteColumn;
}

/**
 * The newer snapshot always wins (invariant 3). It is the comparison of polar/versions.rules.ts in SQL, where no other
 * writer comes in between.
 */
function isNewerThan(table: Versioned): SQL {
  return sql`(excluded.version, excluded.seen_version, excluded.digest) > (${table.version}, ${table.seenVersion}, ${table.digest})`;
}

/** Statements that project one snapshot. `owner` is set once and then kept. */
export function projectSnapshot<K extends keyof SnapshotRows>(
  database: Database,
  mode: Mode,
  { kind, row }: Snapshot<K>,
  { appId, paymentId }: Owner,
): Statement[] {
  // Only these two fields are passed on, since an object with more fields would fit the type too, and they would reach
  // the row.
  return PROJECTIONS[kind](database, mode, row, { appId, paymentId });
}

type Project<Row> = (database: Database, mode: Mode, row: Row, owner: Owner) => Statement[];

const PROJECTIONS: { [K in keyof SnapshotRows]: Project<SnapshotRows[K]> } = {
  order: projectOrder,
  subscription: projectSubscription,
  refund: projectRefund,
  grant: projectGrant,
  product: (database, mode, row, { appId }) =>
    row.data === null
      ? projectPartialProduct(database, mode, row, appId)
      : projectProducts(database, mode, [{ row, appId }]),
  benefit: (database, mode, row) => projectBenefits(database, mode, [row]),
  customer: projectCustomer,
  other: projectOther,
};

function projectOrder(database: Database, mode: Mode, seen: SnapshotRows['order'], owner: Owner) {
  const { metadata: _metadata, hasLaterNews: _news, renews: _renews, ...row } = seen;
  const upsert = database
    .insert(orders)
    .values({ mode, ...row, ...owner })
    .onConflictDoUpdate({ target: [orders.mode, orders.id], set: row, setWhere: isNewerThan(orders) });
  return [upsert, ...own(database, orders, mode, row.id, owner)];
}

function projectSubscription(
  database: Database,
  mode: Mode,
  seen: SnapshotRows['subscription'],
  owner: Owner,
) {
  const { metadata: _metadata, ...row } = seen;
  const productSince = Math.floor(row.version / 1000);
  // Negative while no other product was seen before, since then the product was not changed (ADR 51).
  const upsert = database
    .insert(subscriptions)
    .values({ mode, ...row, ...owner, productSince: -productSince })
    .onConflictDoUpdate({
      target: [subscriptions.mode, subscriptions.id],
      set: {
        ...row,
        productSince: sql`iif(${subscriptions.productId} = excluded.product_id, ${subscriptions.productSince}, -excluded.product_since)`,
      },
      setWhere: isNewerThan(subscriptions),
    });
  // For an older snapshot that comes late: the subscription has had this product at least since then, or had another
  // one before.
  const { productId: has, productSince: since } = subscriptions;
  const late = database.run(sql`
    update ${subscriptions} set product_since = iif(${has} = ${row.productId}, sign(${since}) * ${productSince}, abs(${since}))
    where mode = ${mode} and id = ${row.id}
      and ((${has} = ${row.productId} and abs(${since}) > ${productSince}) or (${has} <> ${row.productId} and ${since} < 0))`);
  return [upsert, late, ...own(database, subscriptions, mode, row.id, owner)];
}

function projectRefund(database: Database, mode: Mode, row: SnapshotRows['refund'], owner: Owner) {
  const upsert = database
    .insert(refunds)
    .values({ mode, ...row, ...owner })
    .onConflictDoUpdate({ target: [refunds.mode, refunds.id], set: row, setWhere: isNewerThan(refunds) });
  return [upsert, ...own(database, refunds, mode, row.id, owner)];
}

function projectGrant(database: Database, mode: Mode, seen: SnapshotRows['grant'], owner: Owner) {
  const row = { ...seen, properties: {} };
  const upsert = database
    .insert(grants)
    .values({ mode, ...row, ...owner })
    .onConflictDoUpdate({
      target: [grants.mode, grants.id],
      // A snapshot without the member's object must not delete the role.
      set: { ...row, memberRole: sql`coalesce(excluded.member_role, ${grants.memberRole})` },
      setWhere: isNewerThan(grants),
    });
  return [upsert, ...ownGrant(database, mode, row.id, owner)];
}

function projectCustomer(database: Database, mode: Mode, row: SnapshotRows['customer']) {
  return [
    database
      .insert(customers)
      .values({ mode, ...row })
      .onConflictDoUpdate({
        target: [customers.mode, customers.id],
        set: row,
        setWhere: isNewerThan(customers),
      }),
  ];
}

function projectOther(database: Database, mode: Mode, seen: SnapshotRows['other'], owner: Owner) {
  if (isPolarEventOnly(seen)) return [];
  const row = { ...seen, data: keepOfSnapshot(seen.kind, seen.data) };
  const upsert = database
    .insert(snapshots)
    .values({ mode, ...row, appId: owner.appId })
    .onConflictDoUpdate({
      target: [snapshots.mode, snapshots.kind, snapshots.id],
      set: { ...row, ...(owner.appId === null ? {} : { appId: owner.appId }) },
      setWhere: isNewerThan(snapshots),
    });
  return [upsert, ...ownPlain(database, mode, row, owner)];
}

function own(
  database: Database,
  table: typeof orders | typeof subscriptions | typeof refunds,
  mode: Mode,
  id: string,
  owner: Owner,
): Statement[] {
  if (owner.appId === null) return [];
  return [
    database
      .update(table)
      .set({
        appId: sql`coalesce(${table.appId}, ${owner.appId})`,
        paymentId: sql`coalesce(${table.paymentId}, ${owner.paymentId})`,
      })
      .where(and(eq(table.mode, mode), eq(table.id, id), or(isNull(table.appId), isNull(table.paymentId)))),
  ];
}

/**
 * When its app becomes known, the stored Polar event is applied again. It is no newer than the row, so the owner is set
 * without a comparison of versions.
 */
function ownPlain(
  database: Database,
  mode: Mode,
  row: { kind: string; id: string },
  { appId }: Owner,
): Statement[] {
  if (appId === null) return [];
  const { kind, id } = row;
  return [
    database
      .update(snapshots)
      .set({ appId })
      .where(
        and(
          eq(snapshots.mode, mode),
          eq(snapshots.kind, kind),
          eq(snapshots.id, id),
          isNull(snapshots.appId),
        ),
      ),
  ];
}

/** A grant gets its subscription's payment as it is in this batch, since that may have become known after the read. */
function ownGrant(database: Database, mode: Mode, id: string, owner: Owner): Statement[] {
  if (owner.appId === null) return [];
  const paymentId = sql`coalesce(
    (select s.payment_id from subscriptions as s where s.mode = ${grants.mode} and s.id = ${grants.subscriptionId}),
    ${grants.paymentId}, ${owner.paymentId})`;
  return [
    database
      .update(grants)
      .set({ appId: sql`coalesce(${grants.appId}, ${owner.appId})`, paymentId })
      .where(
        and(
          eq(grants.mode, mode),
          eq(grants.id, id),
          or(isNull(grants.appId), sql`${grants.paymentId} is not ${paymentId}`),
        ),
      ),
  ];
}

/**
 * A product inside another object inserts a row, but never changes one. The missing fields are read again (see
 * `requestReread`).
 */
function projectPartialProduct(
  database: Database,
  mode: Mode,
  row: SnapshotRows['product'],
  appId: string | null,
): Statement[] {
  return [
    database
      .insert(products)
      .values({ mode, ...row, appId })
      .onConflictDoNothing(),
  ];
}
