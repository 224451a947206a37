import { and, type SQL, sql } from 'drizzle-orm';
import { PAYMENT_KINDS, PAYMENT_STATUSES } from '../base/payment-states.rules.ts';
import type { Cursor } from '../base/db/cursor.ts';
import type { Database } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { firstOfAll, isInPart } from '../base/db/pages.rows.ts';
import { type PaymentSort, readSort } from './payment-sorts.rules.ts';
import {
  type AppRow,
  appCustomers,
  paymentMetadata,
  type PaymentRow,
  payments,
} from '../base/db/schema.rows.ts';

export interface PaymentFilter {
  status?: PaymentRow['status'] | undefined;
  kind?: PaymentRow['kind'] | undefined;
  customerId?: string | undefined;
  externalId?: string | undefined;
  productId?: string | undefined;
  orderId?: string | undefined;
  subscriptionId?: string | undefined;
  discountId?: string | undefined;
  /** As text; a payment must have all of them. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds, inclusive. */
  createdAfter?: number | undefined;
  /** Milliseconds, exclusive. */
  createdBefore?: number | undefined;
  sort: PaymentSort;
}

/** Which part of the list: behind a payment, by what the list is sorted by. */
interface Page {
  after: Cursor | undefined;
  limit: number;
  /** Instead of `MAX_LOOKED_AT`. */
  lookAt?: number | undefined;
}

/**
 * How many entries of an index one page looks at when no index has all that is asked for (ADR 73).
 * The page is then short.
 */
const MAX_LOOKED_AT = 500;

/**
 * A page of an app's payments. It reads about its length for each kind and status, or `MAX_LOOKED_AT`, or all of the one
 * customer or subscription that is asked for, whatever the app has sold (ADR 70). A page may be short; `lookedUntil` then
 * says where to go on.
 */
export async function selectPayments(
  database: Database,
  app: Pick<AppRow, 'id' | 'mode'>,
  filter: PaymentFilter,
  page: Page,
): Promise<{ rows: PaymentRow[]; lookedUntil: Cursor | undefined }> {
  const { column, way } = sortOf(filter);
  const wanted = wantedOf(app, filter);
  const { find, has } = sourceOf({ app, filter, wanted, after: page.after });
  const missing = [...wanted].filter(([name]) => !has.includes(name)).map(([, condition]) => condition);
  const lookedAt = missing.length === 0 ? page.limit : (page.lookAt ?? MAX_LOOKED_AT);
  const [rows, [end]] = await orm(database).batch([
    orm(database)
      .select()
      .from(payments)
      .where(and(sql`${payments.id} in (select id from (${find(lookedAt)}))`, ...missing))
      .orderBy(sql`${column} ${way}`, sql`${payments.id} ${way}`)
      .limit(page.limit),
    orm(database).all<Cursor>(
      missing.length === 0
        ? sql`select 0 as at, '' as id where false`
        : sql`select at, id from (${find(lookedAt)}) order by at ${way}, id ${way} limit 1 offset ${lookedAt - 1}`,
    ),
  ]);
  return { rows, lookedUntil: end };
}

function sortOf({ sort }: PaymentFilter) {
  const { isDescending, isByAmount } = readSort(sort);
  return {
    isDescending,
    isByAmount,
    column: isByAmount ? sql`amount` : sql`created_at`,
    way: isDescending ? sql`desc` : sql`asc`,
  };
}

/** The conditions by the names of what is asked for. The `+` keeps SQLite from an index by which it would read others' payments. */
function wantedOf(app: Pick<AppRow, 'id' | 'mode'>, filter: PaymentFilter): Map<string, SQL> {
  const { customerId, externalId, createdAfter, createdBefore } = filter;
  const same = (name: string, value: string | undefined): [string, SQL | undefined] => [
    name,
    value === undefined ? undefined : sql`${sql.raw(`+${name}`)} = ${value}`,
  ];
  const all: [string, SQL | undefined][] = [
    same('status', filter.status),
    same('kind', filter.kind),
    same('product_id', filter.productId),
    same('order_id', filter.orderId),
    same('subscription_id', filter.subscriptionId),
    same('discount_id', filter.discountId),
    same('customer_id', customerId),
    ['external', externalId === undefined ? undefined : sql`id in (${idsOfExternal(app.id, externalId)})`],
    ['since', createdAfter === undefined ? undefined : sql`+created_at >= ${createdAfter}`],
    ['until', createdBefore === undefined ? undefined : sql`+created_at < ${createdBefore}`],
    ...Object.entries(filter.metadata ?? {}).map(([key, value]): [string, SQL] => [
      `metadata.${key}`,
      sql`exists (select 1 from ${paymentMetadata} as m where m.app_id = ${app.id} and m.key = ${key} and m.value = ${value}
        and m.created_at = ${payments.createdAt} and m.payment_id = ${payments.id})`,
    ]),
  ];
  return new Map(all.flatMap(([name, condition]) => (condition === undefined ? [] : [[name, condition]])));
}

interface Asked {
  app: Pick<AppRow, 'id' | 'mode'>;
  filter: PaymentFilter;
  wanted: Map<string, SQL>;
  after: Cursor | undefined;
}

/** Where to look. */
interface Source {
  /** The first `id`s, with what they are sorted by as `at`. */
  find: (limit: number) => SQL;
  /** What of all that is asked for they have. */
  has: string[];
}

function sourceOf(asked: Asked): Source {
  const { app, filter, wanted } = asked;
  const own = ownOf(app, filter);
  // All of them are read, so they have whatever is asked for.
  if (own) return inOrder(asked, and(own, ...wanted.values()), [...wanted.keys()]);
  const { isByAmount } = sortOf(filter);
  const isOfApp = sql`app_id = ${app.id}`;
  if (isByAmount) return inOrder(asked, isOfApp, []);
  const [entry] = Object.entries(filter.metadata ?? {});
  if (entry) return byMetadata(asked, entry);
  const inTime = ['since', 'until'];
  if (filter.discountId !== undefined)
    return inOrder(asked, sql`${isOfApp} and discount_id = ${filter.discountId}`, ['discount_id', ...inTime]);
  const statuses = filter.status === undefined ? PAYMENT_STATUSES : [filter.status];
  if (filter.productId !== undefined) {
    const isOfProduct = sql`${isOfApp} and product_id = ${filter.productId}`;
    return sideBySide(asked, isOfProduct, statuses, ['product_id', 'status', ...inTime]);
  }
  const kinds = filter.kind === undefined ? PAYMENT_KINDS : [filter.kind];
  return merged(asked, isOfApp, { kind: kinds, status: statuses }, ['kind', 'status', ...inTime]);
}

/** The payments of what has few. Undefined: nothing such is asked for. */
function ownOf({ id, mode }: Pick<AppRow, 'id' | 'mode'>, filter: PaymentFilter): SQL | undefined {
  const { orderId, subscriptionId, customerId, externalId } = filter;
  if (orderId !== undefined) return sql`mode = ${mode} and order_id = ${orderId} and +app_id = ${id}`;
  if (subscriptionId !== undefined)
    return sql`mode = ${mode} and subscription_id = ${subscriptionId} and +app_id = ${id}`;
  if (customerId !== undefined) return sql`app_id = ${id} and customer_id = ${customerId}`;
  return externalId === undefined ? undefined : sql`id in (${idsOfExternal(id, externalId)})`;
}

/** The place in the list: exactly one bound at the end where the page begins, as in `isInPart`. */
function isOnPage({ filter, after }: Asked, at: SQL, id = sql`id`): SQL {
  const { isByAmount, isDescending } = sortOf(filter);
  const { createdAfter: since = 0, createdBefore: until = Number.MAX_SAFE_INTEGER } = filter;
  if (isByAmount) {
    if (!after) return sql`true`;
    return isDescending
      ? sql`(${at}, ${id}) < (${after.at}, ${after.id})`
      : sql`(${at}, ${id}) > (${after.at}, ${after.id})`;
  }
  if (isDescending) return isInPart(at, id, { since, until, after });
  const lower =
    after && after.at >= since ? sql`(${at}, ${id}) > (${after.at}, ${after.id})` : sql`${at} >= ${since}`;
  return sql`${lower} and ${at} < ${until}`;
}

function firstOf(filter: PaymentFilter, from: SQL, limit: number): SQL {
  const { way } = sortOf(filter);
  return sql`select id, at from (${from}) order by at ${way}, id ${way} limit ${limit}`;
}

/** An index has them in the order of the list, or there are few. */
function inOrder(asked: Asked, which: SQL | undefined, has: string[]): Source {
  const { column } = sortOf(asked.filter);
  // There is no place among amounts for one that is not known yet.
  const from = sql`select id, ${column} as at from ${payments} where ${which} and ${column} is not null and ${isOnPage(asked, column)}`;
  return { find: (limit) => firstOf(asked.filter, from, limit), has };
}

function byMetadata(asked: Asked, [key, value]: [string, string]): Source {
  const from = sql`select payment_id as id, created_at as at from ${paymentMetadata}
    where app_id = ${asked.app.id} and key = ${key} and value = ${value} and ${isOnPage(asked, sql`created_at`, sql`payment_id`)}`;
  return { find: (limit) => firstOf(asked.filter, from, limit), has: [`metadata.${key}`, 'since', 'until'] };
}

/** An index has them in this order for each status. */
function sideBySide(asked: Asked, which: SQL, statuses: readonly string[], has: string[]): Source {
  const ofEach = statuses.map(
    (status) => sql`select id, created_at as at from ${payments}
      where ${which} and status = ${status} and ${isOnPage(asked, sql`created_at`)}`,
  );
  return { find: (limit) => firstOfAll(ofEach, sortOf(asked.filter).way, limit), has };
}

/** An index has them in this order for each value of `columns`: the first of each are put together. */
function merged(
  asked: Asked,
  which: SQL,
  columns: Readonly<Record<string, readonly string[]>>,
  has: string[],
): Source {
  const names = Object.keys(columns);
  const lists = names.map(
    (name) => sql`json_each(${JSON.stringify(columns[name])}) as ${sql.raw(`of_${name}`)}`,
  );
  const isOfEach = names.map((name) => sql`${sql.raw(name)} = ${sql.raw(`of_${name}`)}.value`);
  const { way } = sortOf(asked.filter);
  const firstOfEach = (limit: number) => sql`
    select id, created_at as at from ${payments} where ${and(which, ...isOfEach)} and ${isOnPage(asked, sql`created_at`)}
    order by created_at ${way}, id ${way} limit ${limit}`;
  return {
    find: (limit) =>
      firstOf(
        asked.filter,
        sql`select own.value ->> '$[0]' as id, own.value ->> '$[1]' as at from ${sql.join(lists, sql` cross join `)}
          cross join json_each((select json_group_array(json_array(id, at)) from (${firstOfEach(limit)}))) as own`,
        limit,
      ),
    has,
  };
}

/**
 * Payments created with the external id, or of customers that the app vouched for: two index searches, both within the
 * app. This is for the app's own list; access is decided elsewhere.
 */
function idsOfExternal(appId: string, externalId: string): SQL {
  return sql`select id from ${payments} where app_id = ${appId} and external_customer_id = ${externalId}
    union select id from ${payments} where app_id = ${appId} and customer_id in (
      select customer_id from ${appCustomers} where app_id = ${appId} and external_id = ${externalId})`;
}
