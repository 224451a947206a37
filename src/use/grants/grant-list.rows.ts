import { and, type SQL, sql } from 'drizzle-orm';
import type { Cursor } from '../../base/db/cursor.ts';
import { isInPart } from '../../base/db/pages.rows.ts';
import { type AppRow, appCustomers, grants, payments } from '../../base/db/schema.rows.ts';
import type { Fulfilment } from './fulfilments.rules.ts';
import { GRANT_STATES, type GrantState } from '../../base/grant-states.rules.ts';

/** What grants are asked for. Times are milliseconds since 1970. */
export interface GrantFilter {
  customerId?: string | undefined;
  externalId?: string | undefined;
  memberId?: string | undefined;
  benefitId?: string | undefined;
  type?: string | undefined;
  productId?: string | undefined;
  state?: GrantState | undefined;
  fulfilment?: Fulfilment | undefined;
  /** Inclusive. */
  createdAfter?: number | undefined;
  /** Exclusive. */
  createdBefore?: number | undefined;
}

type App = Pick<AppRow, 'id' | 'mode'>;

/** Which part of the list: `limit` grants behind one. */
export interface GrantPage {
  limit: number;
  after: Cursor | undefined;
}

/**
 * How many entries of an index one page looks at, of each type and state at most, when no index has all that is asked for.
 * The page is then short.
 */
const MAX_LOOKED_AT = 500;

/**
 * The ids of a page of an app's grants from Polar, newest first, and where it ends when it looked at as many as it may. It
 * reads about its length for each type and state, or `MAX_LOOKED_AT`, or all of the one customer that is asked for, whatever
 * the app has sold (ADR 98).
 */
export function findGrantPage(app: App, filter: GrantFilter, page: GrantPage): { ids: SQL; end?: SQL } {
  const wanted = wantedOf(app, filter);
  const { find, has } = sourceOf(app, filter, wanted, page.after);
  const missing = [...wanted].filter(([name]) => !has.includes(name)).map(([, condition]) => condition);
  if (missing.length === 0) return { ids: sql`select id from (${find(page.limit)})` };
  const looked = find(MAX_LOOKED_AT);
  return {
    ids: sql`select g.id from (${looked}) as l cross join ${grants} as g on g.mode = ${app.mode} and g.id = l.id
      where ${and(...missing)} order by l.at desc, l.id desc limit ${page.limit}`,
    end: sql`select at, id from (${looked}) order by at desc, id desc limit 1 offset ${MAX_LOOKED_AT - 1}`,
  };
}

/** Where to look: the first ids with their times, newest first, and what of all that is asked for they have. */
interface Source {
  find: (limit: number) => SQL;
  has: readonly string[];
}

/**
 * The conditions on a row `g`, by the names of what is asked for. The `+` keeps SQLite from an index by which it would read
 * others' grants.
 */
function wantedOf(app: App, filter: GrantFilter): Map<string, SQL> {
  const same = (column: string, value: string | undefined): [string, SQL | undefined] => [
    column,
    value === undefined ? undefined : sql`${sql.raw(`+g.${column}`)} = ${value}`,
  ];
  const { createdAfter, createdBefore } = filter;
  const all: [string, SQL | undefined][] = [
    same('customer_id', filter.customerId),
    ['external', filter.externalId === undefined ? undefined : isOfExternal(app, filter.externalId)],
    same('member_id', filter.memberId),
    same('benefit_id', filter.benefitId),
    same('benefit_type', filter.type),
    same('product_id', filter.productId),
    same('state', filter.state),
    same('fulfilment', filter.fulfilment),
    // What is over is nobody's work any more.
    ['is_work', filter.fulfilment === 'pending' ? sql`g.is_revoked = 0` : undefined],
    ['since', createdAfter === undefined ? undefined : sql`+g.created_at >= ${createdAfter}`],
    ['until', createdBefore === undefined ? undefined : sql`+g.created_at < ${createdBefore}`],
  ];
  return new Map(all.flatMap(([name, condition]) => (condition === undefined ? [] : [[name, condition]])));
}

function sourceOf(
  { id: appId, mode }: App,
  filter: GrantFilter,
  wanted: ReadonlyMap<string, SQL>,
  after: Cursor | undefined,
): Source {
  const { customerId, externalId, memberId, fulfilment, benefitId, productId } = filter;
  const part = { since: filter.createdAfter, until: filter.createdBefore, after };
  const onPage = isInPart(sql`g.created_at`, sql`g.id`, part);
  const first = (from: SQL, limit: number) =>
    sql`select id, at from (${from}) order by at desc, id desc limit ${limit}`;
  // All of a customer are read, so they have whatever is asked for.
  if (customerId !== undefined || externalId !== undefined) {
    const own =
      customerId === undefined
        ? sql`g.mode = ${mode} and +g.app_id = ${appId}`
        : sql`g.app_id = ${appId} and g.customer_id = ${customerId}`;
    const conditions = [...wanted]
      .filter(([name]) => name !== 'customer_id')
      .map(([, condition]) => condition);
    const behind = after && sql`(+g.created_at, g.id) < (${after.at}, ${after.id})`;
    const from = sql`select g.id, g.created_at as at from ${grants} as g where ${and(own, ...conditions, behind)}`;
    return { find: (limit) => first(from, limit), has: [...wanted.keys()] };
  }
  const by = (column: string, value: string): Source => ({
    find: (limit) =>
      sql`select g.id, g.created_at as at from ${grants} as g where g.app_id = ${appId} and ${sql.raw(`g.${column}`)} = ${value}
        and ${onPage} order by g.created_at desc, g.id desc limit ${limit}`,
    has: [column, 'since', 'until'],
  });
  if (memberId !== undefined) return by('member_id', memberId);
  if (fulfilment !== undefined) return by('fulfilment', fulfilment);
  if (benefitId !== undefined) return by('benefit_id', benefitId);
  if (productId !== undefined) return by('product_id', productId);
  return byTypeAndState(appId, filter, onPage);
}

/** An index has them in this order for each type and state: the first of each are put together. */
function byTypeAndState(appId: string, { type, state }: GrantFilter, onPage: SQL): Source {
  const states = JSON.stringify(state === undefined ? GRANT_STATES : [state]);
  const firstOfEach = (limit: number) => sql`
    select g.id, g.created_at as at from ${grants} as g where g.app_id = ${appId} and g.benefit_type is types.type
      and g.state = states.value and ${onPage} order by g.created_at desc, g.id desc limit ${limit}`;
  return {
    find: (limit) => sql`select own.value ->> '$[0]' as id, own.value ->> '$[1]' as at
      from (${type === undefined ? typesOf(appId) : sql`select ${type} as type`}) as types
      cross join json_each(${states}) as states
      cross join json_each((select json_group_array(json_array(id, at)) from (${firstOfEach(limit)}))) as own
      order by at desc, id desc limit ${limit}`,
    has: ['benefit_type', 'state', 'since', 'until'],
  };
}

/**
 * The types of benefits that an app has grants of, each found by one look at the index; and null, for those that a release
 * before has stored.
 */
function typesOf(appId: string): SQL {
  const next = (behind: SQL) =>
    sql`(select min(benefit_type) from ${grants} where app_id = ${appId} and ${behind})`;
  return sql`with recursive known(type) as (select ${next(sql`benefit_type >= ''`)}
    union all select ${next(sql`benefit_type > known.type`)} from known where known.type is not null)
    select type from known`;
}

/**
 * Of purchases that were begun with an external id, and of customers that the app vouched for. This is for the app's own
 * list; access is decided elsewhere.
 */
function isOfExternal({ id: appId, mode }: App, externalId: string): SQL {
  const begun = (column: string) => sql`select f.id from ${payments} as p cross join ${grants} as f
    on f.mode = ${mode} and ${sql.raw(`f.${column} = p.${column}`)} where p.app_id = ${appId} and p.external_customer_id = ${externalId}`;
  return sql`g.id in (${begun('order_id')} union all ${begun('subscription_id')} union all
    select f.id from ${appCustomers} as a cross join ${grants} as f on f.app_id = a.app_id and f.customer_id = a.customer_id
    where a.app_id = ${appId} and a.external_id = ${externalId})`;
}
