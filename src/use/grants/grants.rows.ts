import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Cursor } from '../../base/db/cursor.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import {
  type AppRow,
  appCustomers,
  benefits,
  grants,
  payments,
  products,
} from '../../base/db/schema.rows.ts';
import { findGrantPage, type GrantFilter, type GrantPage } from './grant-list.rows.ts';

type App = Pick<AppRow, 'id' | 'mode'>;

/** As the app called its user when it was bought, or whom it has vouched for since. */
const EXTERNAL_ID = sql<string | null>`coalesce(${payments.externalCustomerId}, (
  select external_id from ${appCustomers} as c where c.customer_id = grants.customer_id
    and c.app_id = grants.app_id order by c.created_at limit 1))`;

/** A subscription can be moved to another app's product: what that one's benefits are called is not shown (trust rule 7). */
const IS_OWN_BENEFIT = sql<number>`(${products.appId} is grants.app_id and (${products.data} is null or exists (
  select 1 from json_each(${products.data}, '$.benefits') as b where b.value ->> '$.id' = grants.benefit_id)))`;

/** Since when it stands as it does: the first snapshot behind the last one in which it did not. */
const SINCE = sql<number | null>`(select min(c.version) / 1000 from grant_changes as c
  where c.mode = grants.mode and c.grant_id = grants.id and c.version > coalesce((
    select max(d.version) from grant_changes as d where d.mode = grants.mode and d.grant_id = grants.id
      and d.state <> grants.state), 0))`;

/** The last word of those who fulfil it. */
const FULFILLED = sql<
  string | null
>`(select json_array(f.by, f.comment, f.created_at) from grant_fulfilments as f
  where f.mode = grants.mode and f.grant_id = grants.id order by f.id desc limit 1)`;

const shown = {
  ...getTableColumns(grants),
  // By names of their own: in a batch D1 gives of two columns with one name only the last.
  productOwner: sql<string | null>`${products.appId}`.as('product_owner'),
  productName: products.name,
  productMetadata: sql<string | null>`${products.metadata}`.as('product_metadata'),
  isOwnBenefit: IS_OWN_BENEFIT.as('is_own_benefit'),
  benefitDescription: benefits.description,
  benefitMetadata: sql<string | null>`${benefits.metadata}`.as('benefit_metadata'),
  // What the app knows by its own purchase. Polar's customer has the address that was given last, at any app (ADR 45).
  email: payments.customerEmail,
  externalId: EXTERNAL_ID.as('external_id'),
  since: SINCE.as('since'),
  fulfilled: FULFILLED.as('fulfilled'),
};

function selectShown(database: Database) {
  return orm(database)
    .select(shown)
    .from(grants)
    .leftJoin(products, and(eq(products.mode, grants.mode), eq(products.id, grants.productId)))
    .leftJoin(benefits, and(eq(benefits.mode, grants.mode), eq(benefits.id, grants.benefitId)))
    .leftJoin(payments, eq(payments.id, grants.paymentId));
}

/** A grant from Polar, with what is shown beside it. */
export type ShownGrant = Awaited<ReturnType<typeof selectShown>>[number];

/** Reads one grant of an app; of another app's there is none (invariant 5). */
export function selectGrant(database: Database, app: App, id: string) {
  return selectShown(database)
    .where(and(eq(grants.mode, app.mode), eq(grants.id, id), sql`+grants.app_id = ${app.id}`))
    .limit(1);
}

/**
 * A page of an app's grants from Polar, newest first. It may be short; `lookedUntil` then says where to go on.
 */
export async function selectGrants(
  database: Database,
  app: App,
  filter: GrantFilter,
  page: GrantPage,
): Promise<{ rows: ShownGrant[]; lookedUntil: Cursor | undefined }> {
  const { ids, end } = findGrantPage(app, filter, page);
  const found = selectShown(database)
    .where(sql`${grants.mode} = ${app.mode} and ${grants.id} in (${ids})`)
    .orderBy(desc(grants.createdAt), desc(grants.id));
  if (!end) return { rows: await found, lookedUntil: undefined };
  const [rows, [lookedUntil]] = await orm(database).batch([found, orm(database).all<Cursor>(end)]);
  return { rows, lookedUntil };
}
