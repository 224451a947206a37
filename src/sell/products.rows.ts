import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { type AppRow, benefits, products, snapshots } from '../base/db/schema.rows.ts';

/** An app's products by name: those that can be bought, or the archived ones too. */
export function appProductsStatement(database: Database, appId: string, withArchived = false) {
  return orm(database)
    .select({
      id: products.id,
      name: products.name,
      metadata: products.metadata,
      isArchived: products.isArchived,
      data: products.data,
    })
    .from(products)
    .where(and(eq(products.appId, appId), withArchived ? undefined : eq(products.isArchived, false)))
    .orderBy(asc(products.name), asc(products.id));
}

/** The benefits of an app's products. */
export function appBenefitsStatement(database: Database, app: Pick<AppRow, 'id' | 'mode'>) {
  const { id, type, description, metadata } = benefits;
  const ofProducts = sql`(
    select benefit.value ->> '$.id' from ${products}, json_each(${products.data}, '$.benefits') as benefit
    where ${products.appId} = ${app.id} and ${products.data} is not null)`;
  return orm(database)
    .select({ id, type, description, metadata })
    .from(benefits)
    .where(and(eq(benefits.mode, app.mode), inArray(id, ofProducts)));
}

const MARK = { kind: 'product_list', id: 'all' } as const;

/** When the whole list was last read from Polar, milliseconds: one row a mode. */
export function listMarkStatement(database: Database, mode: Mode) {
  return orm(database)
    .select({ readAt: snapshots.version })
    .from(snapshots)
    .where(and(eq(snapshots.mode, mode), eq(snapshots.kind, MARK.kind), eq(snapshots.id, MARK.id)))
    .limit(1);
}

/** Notes that the whole list has been read, or is about to be. */
export function markListRead(database: Database, mode: Mode, now: number): Statement {
  const row = { mode, ...MARK, data: {}, version: now, seenVersion: now };
  return orm(database)
    .insert(snapshots)
    .values(row)
    .onConflictDoUpdate({ target: [snapshots.mode, snapshots.kind, snapshots.id], set: row });
}
