import { and, desc, sql, type SQL } from 'drizzle-orm';
import { type OwnGrantRow, stateOf } from '../../access/own-grants/own-grant.rules.ts';
import type { Cursor } from '../../base/db/cursor.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { isInPart } from '../../base/db/pages.rows.ts';
import { type AppRow, appCustomers, ownGrants } from '../../base/db/schema.rows.ts';
import type { GrantFilter, GrantPage } from './grant-list.rows.ts';

/** What an app's own grants can be asked for. */
type OwnGrantFilter = Pick<GrantFilter, 'customerId' | 'externalId' | 'createdAfter' | 'createdBefore'> & {
  state?: ReturnType<typeof stateOf> | undefined;
};

/** How many one page looks at for a state, which no index has: the page is then short. */
const MAX_LOOKED_AT = 500;

/**
 * A page of the grants that an app has given itself, newest first. It reads about its length, or `MAX_LOOKED_AT`; with a
 * customer, that customer's.
 */
export async function selectOwnGrants(
  database: Database,
  { id: appId }: Pick<AppRow, 'id'>,
  { state, ...filter }: OwnGrantFilter,
  { limit, after, now }: GrantPage & { now: number },
): Promise<{ rows: OwnGrantRow[]; lookedUntil: Cursor | undefined }> {
  const part = { since: filter.createdAfter, until: filter.createdBefore, after };
  const lookedAt = state === undefined ? limit : MAX_LOOKED_AT;
  const looked = await orm(database)
    .select()
    .from(ownGrants)
    .where(and(isOf(appId, filter), isInPart(sql`${ownGrants.createdAt}`, sql`${ownGrants.id}`, part)))
    .orderBy(desc(ownGrants.createdAt), desc(ownGrants.id))
    .limit(lookedAt);
  const last = state !== undefined && looked.length === lookedAt ? looked.at(-1) : undefined;
  const rows = looked
    .filter((row) => state === undefined || stateOf(row, now) === state)
    .slice(0, limit)
    .map((row) => ({ ...row, resources: JSON.stringify(row.resources) }));
  return { rows, lookedUntil: last && { at: last.createdAt, id: last.id } };
}

/** Of the app; or of a customer, also what was given to the external ids that stand for it, and the other way round. */
function isOf(appId: string, { customerId, externalId }: OwnGrantFilter): SQL {
  if (customerId === undefined && externalId === undefined) return sql`${ownGrants.appId} = ${appId}`;
  const given = (column: 'customer_id' | 'external_id', name: string) =>
    sql`select g.id from ${ownGrants} as g where g.app_id = ${appId} and ${sql.raw(`g.${column}`)} = ${name}`;
  if (customerId !== undefined)
    return sql`${ownGrants.id} in (${given('customer_id', customerId)} union all
      select g.id from ${appCustomers} as a cross join ${ownGrants} as g on g.app_id = a.app_id and g.external_id = a.external_id
      where a.customer_id = ${customerId} and +a.app_id = ${appId})`;
  return sql`${ownGrants.id} in (${given('external_id', externalId ?? '')} union all
    select g.id from ${appCustomers} as a cross join ${ownGrants} as g on g.app_id = a.app_id and g.customer_id = a.customer_id
    where a.app_id = ${appId} and a.external_id = ${externalId})`;
}
