import { eq, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { BenefitSnapshot, ProductSnapshot } from '../polar/snapshots.rules.ts';
import { type Database, failUnless, type Statement } from '../base/db/database.rows.ts';
import { keepOfProduct } from './kept.rules.ts';
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

/*
 * Products and benefits, many at once: an organization has hundreds of them, and an invocation may run a thousand
 * statements. Each statement takes its rows as one JSON text.
 */

/** Far below the 2 MB that D1 takes as one value. These are UTF-16 units, of up to three bytes each. */
const CHARS_PER_STATEMENT = 400_000;
/** How many purchases are read again when their products get an owner; the full reconcile finds the rest. */
const MAX_REREADS = 500;

/** Reads what decides the owners of a mode's products, and the version of each stored product and benefit. */
export function catalogueStatements(database: Database, mode: Mode) {
  return [
    database.select().from(apps).where(eq(apps.mode, mode)),
    database
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
    database
      .select({ id: benefits.id, version: benefits.version, digest: benefits.digest })
      .from(benefits)
      .where(eq(benefits.mode, mode)),
  ] as const;
}

/** Statements that project products that were seen whole, each with the app that owns it. */
export function projectProducts(
  database: Database,
  mode: Mode,
  found: readonly { row: ProductSnapshot; appId: string | null }[],
): Statement[] {
  return inParts(
    found.map(({ row, appId }) => ({ ...row, data: row.data && keepOfProduct(row.data), appId })),
  ).map((rows) =>
    database.run(sql`
      insert into ${products} (mode, id, name, is_archived, is_recurring, metadata, data, app_id, version, seen_version, digest)
      select ${mode}, r.value ->> '$.id', r.value ->> '$.name', r.value ->> '$.isArchived', r.value ->> '$.isRecurring',
        r.value -> '$.metadata', r.value -> '$.data', r.value ->> '$.appId', r.value ->> '$.version', r.value ->> '$.seenVersion', r.value ->> '$.digest'
      from json_each(${rows}) as r where true
      on conflict (mode, id) do update set name = excluded.name, is_archived = excluded.is_archived,
        is_recurring = excluded.is_recurring, metadata = excluded.metadata, data = excluded.data,
        app_id = coalesce(products.assigned_app_id, excluded.app_id),
        version = excluded.version, seen_version = excluded.seen_version, digest = excluded.digest
      where products.data is null
        or (excluded.version, excluded.seen_version, excluded.digest) > (products.version, products.seen_version, products.digest)`),
  );
}

/** Statements that project benefits. */
export function projectBenefits(
  database: Database,
  mode: Mode,
  found: readonly BenefitSnapshot[],
): Statement[] {
  return inParts(found).map((rows) =>
    database.run(sql`
      insert into ${benefits} (mode, id, type, description, is_deleted, metadata, version, seen_version, digest)
      select ${mode}, r.value ->> '$.id', r.value ->> '$.type', r.value ->> '$.description', r.value ->> '$.isDeleted',
        r.value -> '$.metadata', r.value ->> '$.version', r.value ->> '$.seenVersion', r.value ->> '$.digest'
      from json_each(${rows}) as r where true
      on conflict (mode, id) do update set type = excluded.type, description = excluded.description,
        is_deleted = excluded.is_deleted, metadata = excluded.metadata,
        version = excluded.version, seen_version = excluded.seen_version, digest = excluded.digest
      where (excluded.version, excluded.seen_version, excluded.digest) > (benefits.version, benefits.seen_version, benefits.digest)`),
  );
}

/**
 * Gives products their owners, except those that were changed or assigned otherwise since they were read.
 * `materialized` makes SQLite go through the changes and look each product up, instead of going through all products.
 */
export function setOwners(
  database: Database,
  mode: Mode,
  changes: readonly { id: string; digest: number; appId: string | null; assignedAppId: string | null }[],
): Statement[] {
  return inParts(changes).map((rows) =>
    database.run(sql`
      with w(id, digest, app_id, assigned_app_id) as materialized (
        select value ->> '$.id', value ->> '$.digest', value ->> '$.appId', value ->> '$.assignedAppId' from json_each(${rows}))
      update ${products} set app_id = w.app_id from w
      where products.mode = ${mode} and products.id = w.id
        and products.digest = w.digest and products.assigned_app_id is w.assigned_app_id`),
  );
}

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
  return database.all<{ id: string }>(sql`
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
    database.run(sql`
      insert into ${rereads} (mode, kind, id, reason, requested_at, next_attempt_at, attempts)
      select mode, ${kind}, id, 'its product has an owner now', ${now}, ${now}, 0 from ${table} as t
      where t.app_id is null and +t.mode = ${mode} and exists (
        select 1 from ${products} as p where p.mode = ${mode} and p.id = t.product_id and p.app_id is not null)
      limit ${MAX_REREADS}
      on conflict (mode, kind, id) do update set requested_at = excluded.requested_at`);
  return [readAgain('order', orders), readAgain('subscription', subscriptions)];
}

/** Rows as JSON arrays, each within what one statement takes. */
function inParts(rows: readonly object[]): string[] {
  const parts: string[][] = [];
  let room = 0;
  for (const row of rows) {
    const text = JSON.stringify(row);
    if (parts.length === 0 || text.length > room) {
      parts.push([]);
      room = CHARS_PER_STATEMENT;
    }
    parts.at(-1)?.push(text);
    room -= text.length;
  }
  return parts.map((part) => `[${part.join(',')}]`);
}
