import { and, type SQL, sql } from 'drizzle-orm';
import type { Cursor } from '../../base/db/cursor.ts';
import { firstOfAll, isInPart } from '../../base/db/pages.rows.ts';
import { type AppRow, appCustomers, payments, subscriptions } from '../../base/db/schema.rows.ts';
import { SUBSCRIPTION_STATUSES } from './subscription-statuses.rules.ts';

/** Times are milliseconds since 1970. */
export interface SubscriptionFilter {
  status?: string | undefined;
  customerId?: string | undefined;
  externalId?: string | undefined;
  productId?: string | undefined;
  cancelAtPeriodEnd?: boolean | undefined;
  /** Those that renew before this, soonest first. */
  renewsBefore?: number | undefined;
  /** By creation with `renewsBefore` too: a renewal moves a subscription in the other order. */
  isNewestFirst?: boolean | undefined;
  /** Inclusive. */
  createdAfter?: number | undefined;
  /** Exclusive. */
  createdBefore?: number | undefined;
}

type App = Pick<AppRow, 'id' | 'mode'>;
interface Page {
  limit: number;
  after: Cursor | undefined;
  /** Instead of `MAX_LOOKED_AT`. */
  lookAt?: number | undefined;
}

/** How many subscriptions one page looks at for what no index has: a product, whether it is canceled, what renews. */
const MAX_LOOKED_AT = 500;

/**
 * The ids of a page, and where it ends when it looked at as many as it may. A page reads about its length, or `MAX_LOOKED_AT`,
 * whatever the app has sold; with a customer, that customer's subscriptions (ADR 75).
 */
export function findPage(app: App, filter: SubscriptionFilter, page: Page): { ids: SQL; end?: SQL } {
  const { customerId, externalId } = filter;
  const isRenewal = isByRenewal(filter);
  const order = isRenewal ? sql`asc` : sql`desc`;
  if (customerId !== undefined || externalId !== undefined) {
    const which = and(isChosen(filter), isInOrder(filter, page), isOfStatus(filter), isCreated(filter));
    const found = sql`select s.id from ${subscriptions} as s where ${ofCustomer(app, filter)} and ${which}
      order by ${timeOf(filter)} ${order}, s.id ${order} limit ${page.limit}`;
    return { ids: sql`select id from (${found})` };
  }
  const chosen = and(isChosen(filter), ...(isRenewal ? [isOfStatus(filter), isCreated(filter)] : []));
  const lookedAt = chosen ? (page.lookAt ?? MAX_LOOKED_AT) : page.limit;
  const looked = isRenewal ? byRenewal : byCreation;
  const entries = looked(app, filter, { ...page, limit: lookedAt });
  if (!chosen) return { ids: sql`select id from (${entries})` };
  // The order of the entries is that of the page: it ends with the last one that is needed.
  const found = sql`select s.id from (${entries}) as l cross join ${subscriptions} as s
    on s.mode = ${app.mode} and s.id = l.id where ${chosen} order by l.at ${order}, l.id ${order} limit ${page.limit}`;
  return {
    ids: sql`select id from (${found})`,
    end: sql`select at, id from (${entries}) order by 1 ${order}, 2 ${order} limit 1 offset ${lookedAt - 1}`,
  };
}

/** Whether the page is of a list by renewal. */
export const isByRenewal = ({ renewsBefore, isNewestFirst }: SubscriptionFilter) =>
  renewsBefore !== undefined && isNewestFirst !== true;

/** Entries of the index by creation, newest first: of a status, or of all side by side, each in the order of the index. */
function byCreation({ id: appId }: App, filter: SubscriptionFilter, { limit, after }: Page): SQL {
  const part = { since: filter.createdAfter, until: filter.createdBefore, after };
  const statuses = filter.status === undefined ? SUBSCRIPTION_STATUSES : [filter.status];
  const terms = statuses.map(
    (status) => sql`select created_at as at, id from ${subscriptions}
      where app_id = ${appId} and status = ${status} and ${isInPart(sql`created_at`, sql`id`, part)}`,
  );
  return firstOfAll(terms, sql`desc`, limit);
}

/** Entries of the index by renewal, soonest first. */
function byRenewal({ id: appId }: App, filter: SubscriptionFilter, { limit, after }: Page): SQL {
  // One lower bound, as `isInPart` has one upper bound.
  const from = after ? sql`and (current_period_end, id) > (${after.at}, ${after.id})` : sql``;
  return sql`select current_period_end as at, id from ${subscriptions}
    where app_id = ${appId} and ended_at is null and current_period_end < ${filter.renewsBefore} ${from}
    order by current_period_end, id limit ${limit}`;
}

const timeOf = (filter: SubscriptionFilter) =>
  isByRenewal(filter) ? sql`s.current_period_end` : sql`s.created_at`;

/** What no index has. The + keeps SQLite from an index by which it would read those of the whole app. */
function isChosen(filter: SubscriptionFilter): SQL | undefined {
  const { productId, cancelAtPeriodEnd, renewsBefore } = filter;
  return and(
    productId === undefined ? undefined : sql`+s.product_id = ${productId}`,
    cancelAtPeriodEnd === undefined ? undefined : sql`s.cancel_at_period_end = ${Number(cancelAtPeriodEnd)}`,
    renewsBefore === undefined ? undefined : RENEWS,
    // That of the other order has an index for it.
    renewsBefore === undefined || isByRenewal(filter)
      ? undefined
      : sql`+s.current_period_end < ${renewsBefore}`,
  );
}

/** One that is past due does not renew until it is paid. */
const RENEWS = sql`+s.ended_at is null and +s.status in ('active', 'trialing') and s.cancel_at_period_end = 0
  and coalesce(s.pause_at_period_end, 0) = 0`;

const isOfStatus = ({ status }: SubscriptionFilter) =>
  status === undefined ? undefined : sql`+s.status = ${status}`;

const isCreated = ({ createdAfter = 0, createdBefore = Number.MAX_SAFE_INTEGER }: SubscriptionFilter) =>
  sql`+s.created_at >= ${createdAfter} and +s.created_at < ${createdBefore}`;

/** Behind the cursor, and before the renewal that was asked for. */
function isInOrder(filter: SubscriptionFilter, { after }: Page): SQL | undefined {
  const { renewsBefore } = filter;
  if (!isByRenewal(filter)) return after && sql`(+s.created_at, s.id) < (${after.at}, ${after.id})`;
  return and(
    sql`+s.current_period_end < ${renewsBefore}`,
    after && sql`(+s.current_period_end, s.id) > (${after.at}, ${after.id})`,
  );
}

/**
 * Those of one customer in the app, by two or three index searches. An external id stands for purchases that were begun with it,
 * and for customers that the app vouched for.
 */
function ofCustomer({ id: appId, mode }: App, { customerId, externalId }: SubscriptionFilter): SQL {
  if (customerId !== undefined) return sql`s.app_id = ${appId} and s.customer_id = ${customerId}`;
  return sql`s.mode = ${mode} and +s.app_id = ${appId} and s.id in (
    select id from ${subscriptions} where payment_id in (
      select id from ${payments} where app_id = ${appId} and external_customer_id = ${externalId})
    union select id from ${subscriptions} where app_id = ${appId} and customer_id in (
      select customer_id from ${appCustomers} where app_id = ${appId} and external_id = ${externalId}))`;
}
