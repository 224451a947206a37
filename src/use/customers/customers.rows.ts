import { scopeOf } from '../../access/entitlement-scopes.rows.ts';
import { type Database, runBatch } from '../../base/db/database.rows.ts';
import { query } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { Subject } from '../../base/subject.rules.ts';
import { type PreparedCustomer, preparedCustomerStatement } from '../../sell/prepared-customers.rows.ts';
import type { SpentView } from './customers.answers.ts';

/* Who a customer is to one app: its own rows only (invariant 5). */

export type Holder = Extract<Subject, { kind: 'customer' | 'external' }>;

/** An external id stands for so many customers, and a customer has so many external ids, of which more are not shown. */
const MAX_NAMES = 100;

/** As one of an app's purchases came with it. Times are milliseconds since 1970. */
interface KnownRow {
  id: string;
  email: string | null;
  name: string | null;
  createdAt: number;
  deletedAt: number | null;
}

/** What is known of a customer beside lists of its own. */
export interface Found {
  isKnown: boolean;
  customerIds: string[];
  /** Beside the customer: said of it, or named by a checkout that was paid. */
  externalIds: string[];
  /** Only those that were said: the users that the customer is. */
  userIds: string[];
  known: KnownRow[];
  prepared: PreparedCustomer | undefined;
  /** When the first row about it was written that is no purchase's; null: there is none. */
  otherSince: number | null;
  spent: SpentView[];
}

type Asked = { app: string; mode: Mode; customer: string | null; external: string | null };

const CUSTOMERS = {
  customer: '(select :customer as id)',
  external: `(
    select customer_id as id from app_customers where app_id = :app and external_id = :external order by created_at, customer_id limit ${MAX_NAMES})`,
};
/** Those whose checkout named the external id are the app's user's as well, as in its lists. */
const PAYMENTS = {
  customer: 'select id from payments where app_id = :app and customer_id = :customer',
  external: `select id from payments where app_id = :app and external_customer_id = :external
    union select p.id from ${CUSTOMERS.external} as c cross join payments as p on p.app_id = :app and p.customer_id = c.id`,
};

const statements = { customer: statementsFor('customer'), external: statementsFor('external') };

function statementsFor(kind: Holder['kind']) {
  return {
    isKnown: query<Asked, { known: number; since: number | null }>(`
      select (${scopeOf(kind).known}) as known, (select min(o.created_at) from own_grants as o where o.app_id = :app
        and o.${kind === 'customer' ? 'customer_id = :customer' : 'external_id = :external'}) as since`),
    customers: query<Asked, { id: string }>(`select id from ${CUSTOMERS[kind]}`),
    names: query<Asked, { id: string }>(`
      select distinct a.external_id as id from ${CUSTOMERS[kind]} as c
      cross join customer_external_ids as a on a.customer_id = c.id and a.app_id = :app order by a.external_id limit ${MAX_NAMES}`),
    users: query<Asked, { id: string }>(`
      select distinct a.external_id as id from ${CUSTOMERS[kind]} as c
      cross join app_customers as a on a.customer_id = c.id and +a.app_id = :app order by a.external_id limit ${MAX_NAMES}`),
    known: query<Asked, KnownRow>(`
      select k.customer_id as id, k.email, k.name, k.created_at as createdAt,
        (select d.deleted_at from customers as d where d.mode = k.mode and d.id = k.customer_id) as deletedAt
      from ${CUSTOMERS[kind]} as c cross join known_customers as k on k.app_id = :app and k.customer_id = c.id
      order by k.seen_at desc, k.customer_id`),
    spent: query<Asked, SpentView>(`
      select p.currency, count(*) as payments, sum(p.amount) as amount, sum(p.net_amount) as net_amount,
        sum(p.tax_amount) as tax_amount, sum(p.refunded_amount) as refunded_amount,
        sum(p.refunded_tax_amount) as refunded_tax_amount
      from (${PAYMENTS[kind]}) as n cross join payments as p on p.id = n.id
      where p.succeeded_at is not null and p.currency is not null and p.amount is not null
      group by p.currency order by p.currency`),
  };
}

/** Everything about a customer that is no list of its own. One D1 round trip. */
export async function findCustomer(
  database: Database,
  { appId: app, mode }: { appId: string; mode: Mode },
  holder: Holder,
): Promise<Found> {
  const customer = holder.kind === 'customer' ? holder.customerId : null;
  const external = holder.kind === 'external' ? holder.externalId : null;
  const asked: Asked = { app, mode, customer, external };
  const { isKnown, customers, names, users, known, spent } = statements[holder.kind];
  const read = await runBatch(database, {
    isKnown: isKnown(asked),
    customers: customers(asked),
    names: names(asked),
    users: users(asked),
    known: known(asked),
    spent: spent(asked),
    prepared: external === null ? [] : [preparedCustomerStatement(app, external)],
  });
  const [prepared] = read.prepared.flat();
  const withAsked = (rows: readonly { id: string }[]) => [
    ...new Set([...(external === null ? [] : [external]), ...rows.map(({ id }) => id)]),
  ];
  return {
    isKnown: read.isKnown[0]?.known === 1 || prepared !== undefined,
    customerIds: read.customers.map(({ id }) => id),
    externalIds: withAsked(read.names),
    userIds: withAsked(read.users),
    known: read.known,
    prepared,
    otherSince: read.isKnown[0]?.since ?? null,
    spent: read.spent,
  };
}
