import { type Database, runBatch } from '../../base/db/database.rows.ts';
import { query, runOne } from '../../base/db/sql.rows.ts';

/** A customer as an app's export has it: what follows from this app's own purchases and words, nothing of Polar's customer (rule 7). */
export interface ExportedCustomer {
  id: string;
  /** When the first purchase began, milliseconds. */
  createdAt: number;
  externalIds: string[];
  /** Of the newest purchase that has one. */
  email: string | null;
  /** What the app has said. */
  name: string | null;
  /** Payments that succeeded. */
  payments: number;
  lastPaidAt: number | null;
  activeSubscriptions: number;
  /** What was charged and not given back, in minor units by currency. */
  spent: Record<string, number>;
}

/** Which customers are asked for, as the list has it. Times are milliseconds, the first inclusive, the second not. */
export interface CustomerExportFilter {
  /** The beginning of an address, a name or an external id; null: everybody. */
  search: string | null;
  since: number;
  until: number;
}

type Row = Omit<ExportedCustomer, 'externalIds' | 'spent'> & { externalIds: string; spent: string };
type Step = { appId: string; after: string; lookAt: number };
type Asked = Step & {
  limit: number;
  search: string | null;
  since: number;
  until: number;
};

/** How many external ids of one customer are shown. */
const MAX_EXTERNAL_IDS = 20;
/** Behind every text: no character sorts after it. */
const LAST = '\u{10ffff}';

const STEP = `select * from known_customers where app_id = :appId and customer_id > :after order by customer_id limit :lookAt`;
const END = query<Step, { last: string | null; rows: number }>(
  `select max(customer_id) as last, count(*) as rows from (${STEP})`,
);

const begins = (column: string) =>
  `(lower(${column}) >= lower(:search) and lower(${column}) < lower(:search) || '${LAST}')`;
const NAMES = 'customer_external_ids as n where n.customer_id = k.customer_id and n.app_id = k.app_id';
const IS_FOUND = `(:search is null or ${begins('k.email')} or ${begins('k.name')} or exists (
  select 1 from ${NAMES} and n.external_id >= :search and n.external_id < :search || '${LAST}'))`;
const PAID = `payments as p where p.app_id = k.app_id and p.customer_id = k.customer_id and p.succeeded_at is not null`;

const SELECT = query<Asked, Row>(`
  select k.customer_id as id, k.created_at as createdAt, k.email, k.name,
    (select json_group_array(external_id) from (
      select n.external_id from ${NAMES} order by n.external_id limit ${MAX_EXTERNAL_IDS})) as externalIds,
    (select count(*) from ${PAID}) as payments,
    (select max(p.succeeded_at) from ${PAID}) as lastPaidAt,
    (select count(*) from subscriptions as s where s.app_id = k.app_id and s.customer_id = k.customer_id
      and s.status in ('active', 'trialing')) as activeSubscriptions,
    (select json_group_object(currency, spent) from (
      select p.currency, sum(p.amount - p.refunded_amount - p.refunded_tax_amount) as spent from ${PAID}
        and p.currency is not null and p.amount is not null group by p.currency)) as spent
  from (${STEP}) as k where k.created_at >= :since and k.created_at < :until and ${IS_FOUND}
  order by k.customer_id limit :limit`);

/**
 * Of an app's customers behind the id `after` (`''`: from the first on) up to `lookAt` are looked at, until `limit` are found. Those
 * that are asked for, and behind which id to go on; undefined: these were the last. One D1 round trip, which reads what these have bought.
 */
export async function selectExportedCustomers(
  database: Database,
  step: Step,
  { limit, search, since, until }: CustomerExportFilter & { limit: number },
): Promise<{ customers: ExportedCustomer[]; next: string | undefined }> {
  const read = await runBatch(database, {
    end: END(step),
    rows: SELECT({ ...step, limit, search, since, until }),
  });
  const customers = read.rows.map((row) => ({
    ...row,
    externalIds: JSON.parse(row.externalIds) as string[],
    spent: JSON.parse(row.spent) as Record<string, number>,
  }));
  const { last = null, rows = 0 } = read.end[0] ?? {};
  if (customers.length === limit) return { customers, next: customers.at(-1)?.id };
  return { customers, next: last === null || rows < step.lookAt ? undefined : last };
}

const IS_CUSTOMER = query<{ appId: string; id: string }, { one: 1 }>(
  'select 1 as one from known_customers where app_id = :appId and customer_id = :id',
);

/** Whether a customer has bought in the app. */
export async function isCustomerOf(database: Database, appId: string, id: string): Promise<boolean> {
  return (await runOne(database, IS_CUSTOMER({ appId, id }))).length > 0;
}
