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

/** Which app and payment a snapshot belongs to, where that is known. */
export interface Owner {
  appId: string | null;
  paymentId: string | null;
}

interface Versioned {
  version: SQLiteColumn;
  seenVersion: SQLiteColumn;
  digest: SQLiteColumn;
}

/** Newer wins, always; the comparison of polar/versions.rules.ts, made where two writers meet. */
function isNewerThan(table: Versioned): SQL {
  return sql`(excluded.version, excluded.seen_version, excluded.digest) > (${table.version}, ${table.seenVersion}, ${table.digest})`;
}

/** Statements that project one snapshot. `owner` is set once and kept: what was routed stays routed. */
export function projectSnapshot<K extends keyof SnapshotRows>(
  database: Database,
  mode: Mode,
  { kind, row }: Snapshot<K>,
  { appId, paymentId }: Owner,
): Statement[] {
  // Only these two: a wider object that happens to fit the type must not reach the row.
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
  // Below zero while no other product was seen before: then there was no change to wait for.
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
  // An older look that comes late: it has had this product since then at least, or another one before.
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
      // A snapshot may leave the member's object out: the role is not lost by that.
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

/** What came before its app was known is told of once more when it is: as it was, so no newer than what is kept. */
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

/** A grant goes with its subscription's payment as it is in this batch: it may have become known since it was read. */
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

/** A product seen inside another object makes a row, never changes one. What is missing is read again (see `askAgain`). */
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
