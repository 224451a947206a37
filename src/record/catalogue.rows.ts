import { eq, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import { type Database, type Statement } from '../base/db/database.rows.ts';
import { failUnless, orm } from '../base/db/orm.rows.ts';
import { keepBefore, ofApp } from '../base/db/row-history.rows.ts';
import { inParts } from '../base/db/json-parts.rules.ts';
import {
  type AppRow,
  apps,
  benefits,
  polarEvents,
  orders,
  products,
  rereads,
  subscriptions,
} from '../base/db/schema.rows.ts';

/* Who owns products, decided for all of a mode at once. Each statement takes its rows as one JSON text. */

/** How many purchases are read again when their products get an owner; the full reconcile finds the rest. */
const MAX_REREADS = 500;

/** Reads what decides the owners of a mode's products, and the version of each stored product and benefit. */
export function catalogueStatements(database: Database, mode: Mode) {
  return [
    orm(database).select().from(apps).where(eq(apps.mode, mode)),
    orm(database)
      .select({
        id: products.id,
        name: products.name,
        metadata: products.metadata,
        assignedAppId: products.assignedAppId,
        appId: products.appId,
        isWhole: sql<boolean>`${products.data} is not null`.mapWith(Boolean),
        version: products.version,
        seenVersion: products.seenVersion,
        digest: products.digest,
      })
      .from(products)
      .where(eq(products.mode, mode)),
    orm(database)
      .select({ id: benefits.id, version: benefits.version, digest: benefits.digest })
      .from(benefits)
      .where(eq(benefits.mode, mode)),
  ] as const;
}

/**
 * Gives products their owners, except those that were changed or assigned otherwise since they were read.
 * `materialized` makes SQLite go through the changes and look each product up, instead of going through all products.
 */
export function setOwners(
  database: Database,
  { mode, now }: { mode: Mode; now: number },
  changes: readonly { id: string; digest: number; appId: string | null; assignedAppId: string | null }[],
): Statement[] {
  return inParts(changes).flatMap((rows) => [
    KEEP_OWNERS({ mode, now, rows }),
    orm(database).run(sql`
      with w(id, digest, app_id, assigned_app_id) as materialized (
        select value ->> '$.id', value ->> '$.digest', value ->> '$.appId', value ->> '$.assignedAppId' from json_each(${rows}))
      update ${products} set app_id = w.app_id from w
      where products.mode = ${mode} and products.id = w.id
        and products.digest = w.digest and products.assigned_app_id is w.assigned_app_id`),
  ]);
}

const KEEP_OWNERS = keepBefore<{ mode: Mode; rows: string }>('product', {
  from: "json_each(:rows) as w cross join products on products.mode = :mode and products.id = w.value ->> '$.id'",
  where: `products.digest = w.value ->> '$.digest' and products.assigned_app_id is w.value ->> '$.assignedAppId'
    and products.app_id is not w.value ->> '$.appId'`,
  formerOwner: ofApp('products'),
});

/**
 * Makes its batch fail when an app of the mode was added or changed since `read`. Must be the first statement. See
 * `isUnmet`.
 */
export function requireSameApps(database: Database, mode: Mode, read: readonly AppRow[]): Statement {
  const claims = read.map(({ id, ownsUnclaimed }) => `${id}:${Number(ownsUnclaimed)}`).toSorted();
  return failUnless(
    database,
    sql`(select coalesce(group_concat(claim), '') from (
      select id || ':' || owns_unclaimed as claim from ${apps} where mode = ${mode} order by claim)) = ${claims.join(',')}`,
  );
}

/** Sets stored Polar events that wait for a product with an owner back to pending. Returns their ids. */
export function wakeOwned(database: Database, mode: Mode): Statement<{ id: string }[]> {
  return orm(database).all<{ id: string }>(sql`
    update ${polarEvents} set status = 'pending' where mode = ${mode} and status = 'unrouted' and sealed_body is not null
      and waits_for >= 'product:' and waits_for < 'product;' and exists (
        select 1 from ${products} as p where p.mode = ${mode} and p.id = substr(waits_for, 9) and p.app_id is not null)
      returning id`);
}

/**
 * Requests to read purchases again that were read from Polar while no app owned their product; there is no Polar event
 * of them to apply again.
 */
export function rereadOwned(database: Database, mode: Mode, now: number): Statement[] {
  const readAgain = (kind: 'order' | 'subscription', table: typeof orders | typeof subscriptions) =>
    orm(database).run(sql`
      insert into ${rereads} (mode, kind, id, reason, requested_at, next_attempt_at, attempts)
      select mode, ${kind}, id, 'its product has an owner now', ${now}, ${now}, 0 from ${table} as t
      where t.app_id is null and +t.mode = ${mode} and exists (
        select 1 from ${products} as p where p.mode = ${mode} and p.id = t.product_id and p.app_id is not null)
      limit ${MAX_REREADS}
      on conflict (mode, kind, id) do update set requested_at = excluded.requested_at`);
  return [readAgain('order', orders), readAgain('subscription', subscriptions)];
}
