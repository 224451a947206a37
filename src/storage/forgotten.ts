import { type SQL, sql } from 'drizzle-orm';
import type { Mode } from '../domain/mode.ts';
import type { Named } from '../domain/named-in.ts';
import type { Snapshot } from '../domain/snapshots.ts';
import type { Database, Statement } from './database.ts';
import {
  apps,
  customers,
  deliveries,
  deliveryAttempts,
  events,
  facts,
  forgottenCustomers,
  payments,
  sessions,
  signInAttempts,
  snapshots,
} from './schema.ts';

/* Customers whom Polar has anonymized, and the rows that still describe them. See flows/forget-customers.ts. */

export type ForgottenRow = typeof forgottenCustomers.$inferSelect;
type CustomerRow = (Snapshot & { kind: 'customer' })['row'];

const appsOf = (mode: Mode) => sql`(select id from ${apps} where mode = ${mode})`;

/**
 * Notes that a customer is to be forgotten. Polar's object does not say that it was anonymized: the sign is that the
 * customer is deleted and has another address than it was known with, in whichever order the two were seen. Whatever is
 * seen later of somebody who is forgotten has the rows gone through again. Belongs before what `seen` changes.
 */
export function noteForgotten(
  database: Database,
  mode: Mode,
  customerId: string,
  seen: CustomerRow | undefined,
): Statement {
  const isKnown = sql`exists (select 1 from ${forgottenCustomers} as f where f.mode = ${mode} and f.id = ${customerId})`;
  return database.run(sql`
    insert into ${forgottenCustomers} (mode, id, address, revision, is_due, after)
    select ${mode}, ${customerId}, ${addressBefore(mode, seen)}, 1, 1, ''
    where ${isKnown} or ${addressBefore(mode, seen)} is not null
    on conflict (mode, id) do update set revision = revision + 1, is_due = 1, after = '',
      address = coalesce(excluded.address, ${forgottenCustomers.address})`);
}

/** The address that an anonymized customer had, in lower case; null: nothing says that it was anonymized. */
function addressBefore(mode: Mode, seen: CustomerRow | undefined): SQL {
  if (!seen) return sql`null`;
  const { id, email, deletedAt } = seen;
  const stored = sql`from ${customers} as c where c.mode = ${mode} and c.id = ${id} and lower(c.email) is not lower(${email})`;
  return deletedAt === null
    ? sql`(select lower(${email}) ${stored} and c.deleted_at is not null)`
    : sql`(select lower(c.email) ${stored})`;
}

/** Customers of whom something is left, the first `limit`. */
export function selectForgotten(database: Database, limit: number): Promise<ForgottenRow[]> {
  return database.all<ForgottenRow>(sql`
    select mode, id, address, revision, is_due as isDue, after from ${forgottenCustomers} where is_due = 1 limit ${limit}`);
}

/** Ties to a customer what is known to be of it only by the address, or by the payment. */
export function claimStatements(database: Database, { mode, id, address }: ForgottenRow): Statement[] {
  return [
    database.run(sql`
      update ${payments} set customer_id = ${id}
      where mode = ${mode} and lower(customer_email) = ${address} and customer_id is null`),
    database.run(sql`
      update ${facts} set customer_id = ${id} where +customer_id is null and payment_id in (
        select p.id from ${payments} as p where p.app_id in ${appsOf(mode)} and p.customer_id = ${id})`),
  ];
}

/** A page of what was told about a customer, after the fact `after`. */
export function selectFactsOf(
  database: Database,
  { mode, id }: ForgottenRow,
  { after, limit }: { after: string; limit: number },
): Promise<{ id: string; body: string }[]> {
  return database.all<{ id: string; body: string }>(sql`
    select id, body from ${facts} where mode = ${mode} and customer_id = ${id} and id > ${after} and body <> '{}'
    order by id limit ${limit}`);
}

/** Notes how far what was told has been gone through, unless something was seen meanwhile. */
export function noteProgress(
  database: Database,
  { mode, id, revision }: ForgottenRow,
  after: string,
): Statement {
  return database.run(sql`
    update ${forgottenCustomers} set after = ${after} where mode = ${mode} and id = ${id} and revision = ${revision}`);
}

/** Puts other bodies in place, and lets go of what receivers answered to the old ones: they may have echoed them. */
export function rewriteFacts(
  database: Database,
  rewritten: readonly { id: string; body: string }[],
): Statement[] {
  const json = JSON.stringify(rewritten);
  return [
    ...rewritten.map(({ id, body }) =>
      database.run(sql`update ${facts} set body = ${body} where id = ${id} and body <> '{}'`),
    ),
    database.run(sql`
      update ${deliveryAttempts} set response = null where response is not null and delivery_id in (
        select d.id from json_each(${json}) as f join ${deliveries} as d on d.fact_id = f.value ->> 'id')`),
  ];
}

/**
 * Empties what else describes a customer. It is done once nothing of Polar's waits to be applied (then it is gone through
 * again) and nothing was seen of the customer since `revision`.
 */
export function forgetStatements(
  database: Database,
  { mode, id, address, revision }: ForgottenRow,
): Statement[] {
  const checkouts = sql`(
    select p.checkout_id from ${payments} as p where p.app_id in ${appsOf(mode)} and p.customer_id = ${id} and p.checkout_id is not null
    union select s.id from ${snapshots} as s where s.mode = ${mode} and s.customer_id = ${id} and s.kind = 'checkout')`;
  const kept = sql`sealed_body is not null and +status <> 'pending'`;
  const left = (which: SQL) =>
    sql`exists (select 1 from ${events} as e where e.mode = ${mode} and ${which} and e.sealed_body is not null)`;
  return [
    database.run(sql`
      update ${events} set sealed_body = null where mode = ${mode} and customer_id = ${id} and ${kept}`),
    database.run(sql`
      update ${events} set sealed_body = null where mode = ${mode} and checkout_id in ${checkouts} and ${kept}`),
    database.run(sql`
      update ${snapshots} set data = json_remove(data, '$.email', '$.customer_email') where mode = ${mode} and customer_id = ${id}`),
    database.run(sql`
      update ${sessions} set email = null where app_id in ${appsOf(mode)} and customer_id = ${id}`),
    database.run(sql`delete from ${signInAttempts} where mode = ${mode} and email = ${address}`),
    database.run(sql`
      update ${forgottenCustomers} set is_due = 0, address = null
      where mode = ${mode} and id = ${id} and revision = ${revision}
        and not ${left(sql`e.customer_id = ${id}`)} and not ${left(sql`e.customer_id is null`)}`),
    database.run(sql`
      update ${payments} set customer_email = null where app_id in ${appsOf(mode)} and customer_id = ${id}`),
  ];
}

/** Events of the release before, of which is not noted yet whom they name. */
export function selectUnnamed(database: Database, limit: number) {
  return database.all<{ id: string; sealedBody: string }>(sql`
    select id, sealed_body as sealedBody from ${events}
    where mode in ('live', 'sandbox') and customer_id is null and sealed_body is not null limit ${limit}`);
}

/** Notes whom events name. */
export function nameEvents(database: Database, named: readonly ({ id: string } & Named)[]) {
  return database.run(sql`
    update ${events} set customer_id = n.value ->> 'customerId', checkout_id = n.value ->> 'checkoutId'
    from json_each(${JSON.stringify(named)}) as n where ${events}.id = n.value ->> 'id'`);
}
