import type { Database } from '../../base/db/database.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { query } from '../../base/db/sql.rows.ts';
import type { CustomerSort } from './customer-sorts.rules.ts';
import { type CustomerRow, foldCase, type Part, type Place } from './customer-pages.rules.ts';

/* An app's customers in the order of a list, each read by one index. */

/** Which customers are looked at. Times are milliseconds since 1970. */
export interface Look {
  app: string;
  sort: CustomerSort;
  search: string | undefined;
  /** Inclusive and exclusive. */
  since: number;
  until: number;
  after: Place | undefined;
  /** How many the page has at most. */
  page: number;
}

/** So many customers of a part are looked at for a range that its index does not have: a page may be short. */
const MAX_LOOKED_AT = 500;

/** Behind every text: no character sorts after it. */
const LAST = '\u{10ffff}';

/** A customer has few; of one with more these are shown. */
const MAX_EXTERNAL_IDS = 100;

/**
 * The columns of a customer `k`. Whatever is looked at and not wanted costs no more than its entry: SQLite makes of `case` only what
 * is taken.
 */
const shown = (key: string, isWanted = 'true') => `
  k.customer_id as id, k.created_at as createdAt, ${key} as key, ${isWanted} as isWanted,
  case when ${isWanted} then k.email end as email, case when ${isWanted} then k.name end as name,
  case when ${isWanted} then (select d.deleted_at from customers as d where d.mode = k.mode and d.id = k.customer_id) end as deletedAt,
  case when ${isWanted} then (select json_group_array(external_id) from (
    select c.external_id from customer_external_ids as c where c.customer_id = k.customer_id and c.app_id = k.app_id
    order by c.external_id limit ${MAX_EXTERNAL_IDS})) end as externalIds`;

type ByTime = { app: string; at: number; id: string; bound: number; limit: number };
/* One bound at the end where the page begins, as in base/db/pages.rows.ts. */
const NEWEST = query<ByTime, CustomerRow>(`
  select ${shown('k.created_at')} from known_customers as k
  where k.app_id = :app and (k.created_at, k.customer_id) < (:at, :id) and k.created_at >= :bound
  order by k.created_at desc, k.customer_id desc limit :limit`);
const OLDEST = query<ByTime, CustomerRow>(`
  select ${shown('k.created_at')} from known_customers as k
  where k.app_id = :app and (k.created_at, k.customer_id) > (:at, :id) and k.created_at < :bound
  order by k.created_at, k.customer_id limit :limit`);

const IN_RANGE = '(k.created_at >= :since and k.created_at < :until)';
/* Whether a customer stands in an earlier part of a search already, or earlier in the last one by another external id. */
const begins = (column: string) =>
  `coalesce(lower(k.${column}) >= :folded and lower(k.${column}) < :folded || '${LAST}', false)`;
const IS_NOT_EARLIER = `not exists (select 1 from customer_external_ids as b where b.customer_id = k.customer_id and b.app_id = k.app_id
    and b.external_id >= :search and b.external_id < c.external_id)`;

/* SQLite uses an index on an expression for a plain bound, not for one of a pair: that one leaves out what stood on the page before. */
type ByText = {
  app: string;
  key: string;
  id: string;
  end: string;
  since: number;
  until: number;
  limit: number;
};
const byText = (column: 'email' | 'name', isWanted: string) =>
  `select ${shown(`lower(k.${column})`, isWanted)} from known_customers as k
  where k.app_id = :app and k.${column} is not null and lower(k.${column}) >= :key and lower(k.${column}) < :end
    and (lower(k.${column}), k.customer_id) > (:key, :id)
  order by lower(k.${column}), k.customer_id limit :limit`;
const BY_EMAIL = query<ByText, CustomerRow>(byText('email', IN_RANGE));
const BY_EMAIL_DOWN = query<Omit<ByText, 'end'>, CustomerRow>(`
  select ${shown('lower(k.email)', IN_RANGE)} from known_customers as k
  where k.app_id = :app and k.email is not null and lower(k.email) <= :key and (lower(k.email), k.customer_id) < (:key, :id)
  order by lower(k.email) desc, k.customer_id desc limit :limit`);
const BY_NAME = query<ByText & { folded: string }, CustomerRow>(
  byText('name', `(${IN_RANGE} and not ${begins('email')})`),
);
const BY_EXTERNAL_ID = query<ByText & { folded: string; search: string }, CustomerRow>(`
  select ${shown('c.external_id', `(${IN_RANGE} and not ${begins('email')} and not ${begins('name')} and ${IS_NOT_EARLIER})`)} from customer_external_ids as c
  cross join known_customers as k on k.app_id = c.app_id and k.customer_id = c.customer_id
  where c.app_id = :app and (c.external_id, c.customer_id) > (:key, :id) and c.external_id < :end
  order by c.external_id, c.customer_id limit :limit`);

/** What is looked at for a page, by parts. One D1 round trip. */
export async function lookAtCustomers(database: Database, look: Look): Promise<Part[]> {
  const { parts } = await runBatch(database, { parts: statementsOf(look) });
  const first = look.search === undefined ? 0 : (look.after?.part ?? 0);
  return parts.map((rows, index) => ({
    part: first + index,
    rows,
    isCut: rows.length === limitOf(look, first + index),
  }));
}

/** The statements of a page, for each part from the one on where it begins. */
function statementsOf(look: Look) {
  const { app, search, since, until } = look;
  if (search === undefined) return [inOrder(look)];
  const { part, key, id } = look.after ?? { part: 0, key: '', id: '' };
  const folded = foldCase(search);
  const behind = (nth: number, begin: string) => ({
    app,
    ...(look.after && nth === part ? { key: String(key), id } : { key: begin, id: '' }),
    end: begin + LAST,
    since,
    until,
    limit: limitOf(look, nth),
  });
  return [
    BY_EMAIL(behind(0, folded)),
    BY_NAME({ ...behind(1, folded), folded }),
    BY_EXTERNAL_ID({ ...behind(2, search), folded, search }),
  ].slice(part);
}

/** How many of a part are looked at: no more than are shown where its index has all that is asked for. */
function limitOf(look: Look, part: number): number {
  const { search, sort, page } = look;
  const isByTime = search === undefined && sort.endsWith('created_at');
  if (isInRange(look) && !isByTime) return MAX_LOOKED_AT;
  // Some of the later parts stand in an earlier one already.
  return part === 0 ? page + 1 : 2 * (page + 1);
}

/** Whether only some are wanted by their time. */
function isInRange({ since, until }: Pick<Look, 'since' | 'until'>): boolean {
  return since > 0 || until < Number.MAX_SAFE_INTEGER;
}

function inOrder(look: Look) {
  const { app, sort, since, until, after } = look;
  const limit = limitOf(look, 0);
  const key = String(after?.key ?? '');
  const id = after?.id ?? '';
  const at = Number(after?.key ?? 0);
  switch (sort) {
    case '-created_at':
      return NEWEST({
        app,
        ...(after && at < until ? { at, id } : { at: until, id: '' }),
        bound: since,
        limit,
      });
    case 'created_at':
      return OLDEST({
        app,
        ...(after && at >= since ? { at, id } : { at: since, id: '' }),
        bound: until,
        limit,
      });
    case 'email':
      return BY_EMAIL({ app, key, id, end: LAST, since, until, limit });
    case '-email':
      return BY_EMAIL_DOWN({ app, key: after ? key : LAST, id, since, until, limit });
  }
}
