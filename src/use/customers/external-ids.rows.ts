import { sql } from 'drizzle-orm';
import type { AuditAction, Doer } from '../../base/audit-actions.rules.ts';
import { auditRead } from '../../base/audit.rows.ts';
import type { Database, Statement } from '../../base/db/database.rows.ts';
import { keepMapping } from '../../base/db/mapping-history.rows.ts';
import { knownCustomers } from '../../base/db/schema.rows.ts';
import { command, query } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';

/* The customers that an external id of an app stands for (trust rule 2): a set, and an id may stand for each of several. */

/** An external id and a customer. */
export interface Mapping {
  appId: string;
  mode: Mode;
  customerId: string;
  externalId: string;
}

/** How many customers one external id stands for at most, and the other way round: access reads all of them. */
export const MAX_MAPPED = 100;

type Of = { app: string; customer: string; external: string };

/** Whether the customer has bought here and still exists, and how many the id stands for, and is of, without this one. */
const BEFORE = query<
  Of & { mode: Mode },
  { known: number; exists: number; customers: number; names: number }
>(`
  select exists (select 1 from known_customers where app_id = :app and customer_id = :customer) as known,
    not exists (select 1 from customers where mode = :mode and id = :customer and deleted_at is not null) as "exists",
    (select count(*) from app_customers where app_id = :app and external_id = :external and customer_id <> :customer) as customers,
    (select count(*) from app_customers where customer_id = :customer and +app_id = :app and external_id <> :external) as names`);

export function beforeNaming({ appId: app, mode, customerId: customer, externalId: external }: Mapping) {
  return BEFORE({ app, mode, customer, external });
}

const INSERT = command<Of & { now: number }>(`
  insert into app_customers (app_id, external_id, customer_id, created_at)
  select app_id, :external, customer_id, :now from known_customers where app_id = :app and customer_id = :customer
  on conflict do nothing`);

/* The same beside the customer in lists. An id that a paid checkout named stays there (record/known-customers.rows.ts). */
const LIST = command<Of>(`
  insert into customer_external_ids (app_id, external_id, customer_id)
  select app_id, :external, customer_id from known_customers where app_id = :app and customer_id = :customer
  on conflict do nothing`);
const UNLIST = command<Of>(`
  delete from customer_external_ids where app_id = :app and external_id = :external and customer_id = :customer
    and not exists (select 1 from payments as p where p.app_id = :app and p.external_customer_id = :external
      and p.customer_id = :customer and (p.succeeded_at is not null or p.subscription_id is not null))`);

const TAKE_NAME = command<{ app: string; external: string }>(`
  update known_customers set name = (
    select q.name from prepared_customers as q where q.app_id = :app and q.external_id = :external)
  where app_id = :app and customer_id in (
      select customer_id from customer_external_ids where app_id = :app and external_id = :external)
    and exists (select 1 from prepared_customers as q where q.app_id = :app and q.external_id = :external and q.name is not null)`);

/** Customers beside whom an external id stands have the name that the app has said: Polar's may have been typed at another app (ADR 45). */
export function takeName(app: string, external: string): Statement {
  return TAKE_NAME({ app, external });
}

/* Of the users beside the customer, what was said last. */
const LEAVE_NAME = command<{ app: string; customer: string }>(`
  update known_customers set name = (
    select q.name from customer_external_ids as a cross join prepared_customers as q on q.app_id = :app and q.external_id = a.external_id
    where a.customer_id = :customer and a.app_id = :app and q.name is not null order by q.updated_at desc limit 1)
  where app_id = :app and customer_id = :customer and name is not null`);

const DELETE = command<Of>(`
  delete from app_customers where app_id = :app and external_id = :external and customer_id = :customer`);

/** Lets an external id stand for a customer, with a line of the audit log unless it did. */
export function insertMapping(database: Database, mapping: Mapping, now: number, by: Doer): Statement[] {
  const { appId: app, customerId: customer, externalId: external } = mapping;
  return [
    auditMapping(database, mapping, { action: 'customer.named', isThere: false }, now, by),
    INSERT({ app, customer, external, now }),
    LIST({ app, customer, external }),
    takeName(app, external),
  ];
}

/** Ends it, if it did. What was so is kept (ADR 102), as `keepBefore` does for other tables. */
export function deleteMapping(database: Database, mapping: Mapping, now: number, by: Doer): Statement[] {
  const { appId: app, mode, customerId: customer, externalId: external } = mapping;
  return [
    auditMapping(database, mapping, { action: 'customer.unnamed', isThere: true }, now, by),
    ...keepMapping({ app, mode, customer, external, now }),
    DELETE({ app, customer, external }),
    UNLIST({ app, customer, external }),
    // It was the name of a user whom the customer is not.
    LEAVE_NAME({ app, customer }),
  ];
}

/** The external id is left out: it is the app's own, and may be an address. */
function auditMapping(
  database: Database,
  { appId, customerId, externalId }: Mapping,
  { action, isThere }: { action: AuditAction; isThere: boolean },
  now: number,
  by: Doer,
): Statement {
  const mapped = sql`exists (select 1 from app_customers as c
    where c.app_id = ${appId} and c.external_id = ${externalId} and c.customer_id = ${customerId})`;
  return auditRead(
    database,
    by,
    now,
    { action, appId, target: customerId },
    sql`from ${knownCustomers} where app_id = ${appId} and customer_id = ${customerId} and ${isThere ? mapped : sql`not ${mapped}`}`,
  );
}
