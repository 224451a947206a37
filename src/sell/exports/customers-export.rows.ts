import type { Database } from '../../base/db/database.rows.ts';
import { query, runOne } from '../../base/db/sql.rows.ts';

/** A customer as an app's export has it: what follows from this app's own purchases and mappings, nothing of Polar's customer (rule 7). */
export interface ExportedCustomer {
  id: string;
  /** Since when the app has it, milliseconds. */
  createdAt: number;
  externalIds: string[];
  /** Of the newest purchase that has one. */
  email: string | null;
  /** Those that were paid. */
  payments: number;
  lastPaidAt: number | null;
  activeSubscriptions: number;
  /** What was charged and not given back, in minor units by currency. */
  spent: Record<string, number>;
}

type Row = Omit<ExportedCustomer, 'externalIds' | 'spent'> & { externalIds: string; spent: string };

/** No id of Polar's is behind it. */
const BEHIND_ALL = '~';
/** How many external ids of one customer are shown. */
const MAX_EXTERNAL_IDS = 20;

const first = (table: string, after: string) =>
  `ifnull((select min(customer_id) from ${table} where app_id = :appId and customer_id > ${after}), '${BEHIND_ALL}')`;

/** The app's first customer behind an id: three index searches. */
const next = (after: string) =>
  `nullif(min(${['orders', 'subscriptions', 'app_customers'].map((table) => first(table, after)).join(', ')}), '${BEHIND_ALL}')`;

const since = (table: string) =>
  `ifnull((select min(created_at) from ${table} as t where t.app_id = :appId and t.customer_id = c.id), ${Number.MAX_SAFE_INTEGER})`;

const PAID = `payments as p where p.app_id = :appId and p.customer_id = c.id and p.succeeded_at is not null`;

const SELECT = query<{ appId: string; after: string; limit: number }, Row>(`
  with recursive c(id) as (
    select ${next(':after')}
    union all select ${next('c.id')} from c where c.id is not null limit :limit)
  select c.id, min(${since('orders')}, ${since('subscriptions')}, ${since('app_customers')}) as createdAt,
    (select json_group_array(external_id) from (select external_id from app_customers as m
      where m.customer_id = c.id and m.app_id = :appId order by m.created_at, m.external_id limit ${MAX_EXTERNAL_IDS})) as externalIds,
    (select p.customer_email from payments as p where p.app_id = :appId and p.customer_id = c.id and p.customer_email is not null
      order by p.created_at desc, p.id desc limit 1) as email,
    (select count(*) from ${PAID}) as payments,
    (select max(p.succeeded_at) from ${PAID}) as lastPaidAt,
    (select count(*) from subscriptions as s where s.app_id = :appId and s.customer_id = c.id
      and s.status in ('active', 'trialing')) as activeSubscriptions,
    (select json_group_object(currency, spent) from (
      select p.currency, sum(p.amount - p.refunded_amount - p.refunded_tax_amount) as spent from ${PAID}
        and p.currency is not null and p.amount is not null group by p.currency)) as spent
  from c where c.id is not null order by c.id`);

/**
 * An app's customers in the order of their ids, behind `after`; `''`: from the first on. It reads what these have bought, however many
 * customers the app has.
 */
export async function selectExportedCustomers(
  database: Database,
  page: { appId: string; after: string; limit: number },
): Promise<ExportedCustomer[]> {
  const rows = await runOne(database, SELECT(page));
  return rows.map((row) => ({
    ...row,
    externalIds: JSON.parse(row.externalIds) as string[],
    spent: JSON.parse(row.spent) as Record<string, number>,
  }));
}

const IS_CUSTOMER = query<{ appId: string; id: string }, { one: 1 }>(`
  select 1 as one where exists (select 1 from orders where app_id = :appId and customer_id = :id)
    or exists (select 1 from subscriptions where app_id = :appId and customer_id = :id)
    or exists (select 1 from app_customers where app_id = :appId and customer_id = :id)`);

/** Whether a customer has a purchase or a mapping in the app. */
export async function isCustomerOf(database: Database, appId: string, id: string): Promise<boolean> {
  return (await runOne(database, IS_CUSTOMER({ appId, id }))).length > 0;
}
