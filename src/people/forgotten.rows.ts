import { type SQL, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Named } from './named-in.rules.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { keepBefore } from '../base/db/row-history.rows.ts';
import { HAS_RETURNED, hideErased, isHidden } from './erase/hidden.rows.ts';
import { eraseOwnWords } from './erase/own-words.rows.ts';
import {
  appCustomers,
  apps,
  deliveries,
  deliveryAttempts,
  polarEvents,
  customers,
  erasedCustomers,
  events,
  forgottenCustomers,
  gifts,
  idempotencyKeys,
  knownCustomers,
  ownGrants,
  payments,
  preparedCustomers,
  sessions,
  signInAttempts,
  snapshots,
  subscriptions,
  grantFulfilments,
  grants,
} from '../base/db/schema.rows.ts';

/*
 * Customers whom Polar has deleted or an app has erased, and the rows that still describe them. See people/forget-customers.ts. Some
 * conditions only repeat those of a partial index, since SQLite uses it only then.
 */

/** Somebody to be forgotten: by all apps of the mode, or by one that has erased its customer (ADR 105). */
export type ForgottenRow = typeof forgottenCustomers.$inferSelect & {
  appId: string | null;
  /** What began later stays; of those whom Polar has deleted nothing does. */
  erasedAt: number | null;
  /** The same, once the app has sold to the customer again. */
  until: number | null;
  /** No other app knows the customer, so what is of no app goes as well. */
  isAlone: number;
};

const appsOf = ({ mode, appId }: ForgottenRow) =>
  appId === null ? sql`(select id from ${apps} where mode = ${mode})` : sql`(${appId})`;
/** A condition for rows that more apps than one have, on the column of the app. */
function onlyOf({ appId, isAlone }: ForgottenRow, column: string) {
  if (appId === null) return sql``;
  const its = sql`${sql.raw(`+${column}`)} = ${appId}`;
  return isAlone === 1 ? sql` and (${its} or ${sql.raw(`+${column}`)} is null)` : sql` and ${its}`;
}
const notAfter = (time: number | null, column: string) =>
  time === null ? sql`` : sql` and ${sql.raw(`+${column}`)} <= ${time}`;
const untilErased = ({ erasedAt }: ForgottenRow, column: string) => notAfter(erasedAt, column);
const untilReturned = ({ until }: ForgottenRow, column: string) => notAfter(until, column);

/** Where it is noted what is left to do. */
const noteOf = ({ mode, id, appId }: ForgottenRow) =>
  appId === null
    ? { table: sql`${forgottenCustomers}`, which: sql`mode = ${mode} and id = ${id}` }
    : { table: sql`${erasedCustomers}`, which: sql`app_id = ${appId} and id = ${id}` };

/** Customers whose rows still have to be gone through, `limit` of those that have waited longest. */
export function selectForgotten(database: Database, limit: number): Statement<ForgottenRow[]> {
  return orm(database).all<ForgottenRow>(sql`
    select mode, id, null as appId, null as erasedAt, null as until, 1 as isAlone, address, revision, is_due as isDue, after, tried_at as triedAt
    from ${forgottenCustomers} where is_due = 1 order by tried_at limit ${limit}`);
}

/** Those whom an app has erased. */
export function selectErased(database: Database, limit: number): Statement<ForgottenRow[]> {
  return orm(database).all<ForgottenRow>(sql`
    select d.mode, d.id, d.app_id as appId, d.erased_at as erasedAt, d.address, d.revision, d.is_due as isDue, d.after, d.tried_at as triedAt,
      (select x.erased_at from ${erasedCustomers} as x where x.id = d.id and x.app_id = d.app_id and ${sql.raw(HAS_RETURNED)}) as until,
      ${sql.raw(isHidden('d.mode', 'd.id'))} as isAlone
    from (select * from ${erasedCustomers} where is_due = 1 order by tried_at limit ${limit}) as d`);
}

/** Puts a customer behind the others that wait, whatever comes of this try. */
export function noteTried(database: Database, customer: ForgottenRow, now: number): Statement {
  const { table, which } = noteOf(customer);
  return orm(database).run(sql`update ${table} set tried_at = ${now} where ${which}`);
}

const KEEP_UNCLAIMED = keepBefore<{ mode: Mode; address: string | null; appId: string | null }>('payment', {
  from: 'payments',
  where: `payments.mode = :mode and lower(payments.customer_email) = :address
    and payments.customer_id is null and payments.customer_email is not null and (:appId is null or payments.app_id = :appId)`,
});

/** Writes the customer's id into rows that belong to it only by its address or a payment. */
export function claimStatements(database: Database, customer: ForgottenRow, now: number): Statement[] {
  const { mode, id, address, appId } = customer;
  return [
    KEEP_UNCLAIMED({ mode, address, appId, now }),
    orm(database).run(sql`
      update ${payments} set customer_id = ${id}
      where mode = ${mode} and lower(customer_email) = ${address} and customer_id is null and customer_email is not null${onlyOf(customer, 'app_id')}${untilErased(customer, 'created_at')}`),
    orm(database).run(sql`
      update ${events} set customer_id = ${id} where +customer_id is null and payment_id in (
        select p.id from ${payments} as p where p.app_id in ${appsOf(customer)} and p.customer_id = ${id})`),
  ];
}

/**
 * Where ids of events begin. Those of the first release are older and sort behind: so they are gone through first, and
 * what is told meanwhile comes behind whatever was gone through (ADR 66).
 */
export const OLD_EVENTS = 'fct_';
export const NEW_EVENTS = 'evt_';

/**
 * A page of the events about a customer, after the event `after` and of its kind of ids: `maxChars` of bodies at most, but at least one event.
 */
export function selectEventsOf(
  database: Database,
  customer: ForgottenRow,
  { after, limit, maxChars }: { after: string; limit: number; maxChars: number },
): Promise<{ id: string; body: string }[]> {
  const { mode, id } = customer;
  return orm(database).all<{ id: string; body: string }>(sql`
    with page as (
      select id, body from ${events} where mode = ${mode} and customer_id = ${id} and id > ${after} and id < ${after < OLD_EVENTS ? OLD_EVENTS : `${OLD_EVENTS}~`} and body <> '{}'${onlyOf(customer, 'app_id')}${untilReturned(customer, 'created_at')}
      order by id limit ${limit})
    select id, body from (select id, body, sum(length(body)) over (order by id) as chars, row_number() over (order by id) as nth from page)
    where chars <= ${maxChars} or nth = 1 order by id`);
}

/** Notes how far the customer's events have been gone through, unless Polar showed the customer again meanwhile. */
export function noteProgress(database: Database, customer: ForgottenRow, after: string): Statement {
  const { table, which } = noteOf(customer);
  return orm(database).run(sql`
    update ${table} set after = ${after} where ${which} and revision = ${customer.revision}`);
}

/** Replaces bodies of events, and deletes receivers' answers to the old ones, which may repeat their text. */
export function rewriteEvents(
  database: Database,
  rewritten: readonly { id: string; body: string }[],
): Statement[] {
  // Only ids go into this value: the bodies together may be more than D1 takes as one.
  const ids = JSON.stringify(rewritten.map(({ id }) => id));
  return [
    ...rewritten.map(({ id, body }) =>
      orm(database).run(sql`update ${events} set body = ${body} where id = ${id} and body <> '{}'`),
    ),
    orm(database).run(sql`
      update ${deliveryAttempts} set response = null where response is not null and delivery_id in (
        select d.id from json_each(${ids}) as f join ${deliveries} as d on d.event_id = f.value)`),
  ];
}

/** The + keeps SQLite from going through all checkouts, only because a union sorts by id. */
const checkoutsOf = (customer: ForgottenRow) => sql`(
  select p.checkout_id from ${payments} as p where p.app_id in ${appsOf(customer)} and p.customer_id = ${customer.id} and p.checkout_id is not null
  union select s.id from ${snapshots} as s where s.mode = ${customer.mode} and s.customer_id = ${customer.id} and +s.kind = 'checkout'${onlyOf(customer, 's.app_id')})`;

/** Polar events `e` that name the customer. */
const namesCustomer = (customer: ForgottenRow) =>
  sql`e.customer_id = ${customer.id} and e.customer_id is not ''${onlyOf(customer, 'e.app_id')}${untilReturned(customer, 'e.received_at')}`;
/** Those of the customer's checkouts: one that nobody confirmed names no customer, all other types do. */
const isOfCheckout = (customer: ForgottenRow) =>
  sql`e.checkout_id in ${checkoutsOf(customer)} and e.checkout_id is not null and e.type >= 'checkout.' and e.type < 'checkout/'${untilReturned(customer, 'e.received_at')}`;

export interface KeptPolarEvent {
  id: string;
  sealedBody: string;
}

/** Polar events of a customer that could not be applied, or belong to no app yet: they may be applied later. */
export function selectUnapplied(
  database: Database,
  customer: ForgottenRow,
  limit: number,
): Promise<KeptPolarEvent[]> {
  const { mode } = customer;
  const waiting = (which: SQL) => sql`select e.id, e.sealed_body as sealedBody from ${polarEvents} as e
    where e.mode = ${mode} and ${which} and e.sealed_body is not null and +e.status in ('failed', 'unrouted')`;
  return orm(database).all<KeptPolarEvent>(sql`
    ${waiting(namesCustomer(customer))} union
    ${waiting(isOfCheckout(customer))} limit ${limit}`);
}

/** Replaces bodies by those without personal data, if the Polar event has not changed since it was read. */
export function replacePolarEvents(
  database: Database,
  replaced: readonly { before: KeptPolarEvent; sealedBody: string }[],
): Statement[] {
  return replaced.map(({ before, sealedBody }) =>
    orm(database).run(sql`
      update ${polarEvents} set sealed_body = ${sealedBody}, customer_id = '', checkout_id = null
      where id = ${before.id} and sealed_body = ${before.sealedBody}`),
  );
}

/** By what answers are found that show the customer or a payment of it, see http/idempotency.ts. */
const shownOf = (customer: ForgottenRow) => sql`(
  select p.id from ${payments} as p where p.app_id in ${appsOf(customer)} and p.customer_id = ${customer.id}
  union select 'customer:' || ${customer.id}${
    customer.appId === null
      ? sql` union select 'external:' || a.external_id from ${appCustomers} as a where a.customer_id = ${customer.id} and +a.app_id in ${appsOf(customer)}`
      : sql``
  })`;

export interface KeptAnswer {
  appId: string;
  route: string;
  key: string;
  sealedBody: string;
}

/** Answers kept for an `Idempotency-Key` that show a payment of the customer. */
export function selectAnswers(
  database: Database,
  customer: ForgottenRow,
  limit: number,
): Promise<KeptAnswer[]> {
  return orm(database).all<KeptAnswer>(sql`
    select k.app_id as appId, k.route, k.key, k.sealed_body as sealedBody from ${idempotencyKeys} as k
    where k.payment_id in ${shownOf(customer)} and +k.app_id in ${appsOf(customer)}
      and k.payment_id is not null and k.sealed_body is not null${untilReturned(customer, 'k.created_at')} limit ${limit}`);
}

/** Replaces kept answers by those without personal data. */
export function replaceAnswers(
  database: Database,
  replaced: readonly { before: KeptAnswer; sealedBody: string }[],
): Statement[] {
  return replaced.map(({ before: { appId, route, key, sealedBody: old }, sealedBody }) =>
    orm(database).run(sql`
      update ${idempotencyKeys} set sealed_body = ${sealedBody}, payment_id = null
      where app_id = ${appId} and route = ${route} and key = ${key} and sealed_body = ${old}`),
  );
}

/**
 * Empties all other columns that describe a customer. The customer counts as done unless a Polar event waits to be
 * applied (then its rows are gone through again), or Polar showed the customer again since `revision`.
 */
export function forgetStatements(database: Database, customer: ForgottenRow): Statement[] {
  const { mode, id, address, revision, appId, isAlone } = customer;
  const { table, which: isNoted } = noteOf(customer);
  const kept = sql`sealed_body is not null and +status = 'applied'`;
  const left = (which: SQL) =>
    sql`exists (select 1 from ${polarEvents} as e where e.mode = ${mode} and ${which} and e.sealed_body is not null)`;
  return [
    orm(database).run(sql`
      update ${polarEvents} as e set sealed_body = null where e.mode = ${mode} and ${namesCustomer(customer)} and ${kept}`),
    orm(database).run(sql`
      update ${polarEvents} as e set sealed_body = null where e.mode = ${mode} and ${isOfCheckout(customer)} and ${kept}`),
    orm(database).run(sql`
      update ${snapshots} set data = json_remove(data, '$.email', '$.customer_email') where mode = ${mode} and customer_id = ${id}${onlyOf(customer, 'app_id')}`),
    // Each by the index of an app's customers; the + keeps SQLite from going through the mode.
    ...[sql`app_id in ${appsOf(customer)}`, ...(isAlone === 1 ? [sql`app_id is null`] : [])].map((ofApp) =>
      orm(database).run(sql`
        update ${subscriptions} set cancellation_comment = null
        where ${ofApp} and customer_id = ${id} and +mode = ${mode} and cancellation_comment is not null${untilReturned(customer, 'created_at')}`),
    ),
    // Why an app gave something is its own text.
    orm(database).run(sql`
      update ${ownGrants} set reason = '' where app_id in ${appsOf(customer)} and customer_id = ${id} and reason <> ''${untilReturned(customer, 'created_at')}`),
    // What people say of their work is their own text.
    orm(database).run(sql`
      update ${grantFulfilments} set comment = null where mode = ${mode} and comment is not null${untilReturned(customer, 'created_at')}
        and grant_id in (select g.id from ${grants} as g where g.mode = ${mode} and g.customer_id = ${id}${onlyOf(customer, 'g.app_id')})`),
    orm(database).run(sql`
      update ${sessions} set email = null where app_id in ${appsOf(customer)} and customer_id = ${id}${untilReturned(customer, 'created_at')}`),
    // What the giver wrote, and where it went.
    orm(database).run(sql`
      update ${gifts} set from_name = null, message = null, to_email = iif(mail_at is null, null, to_email)
      where payment_id in (select p.id from ${payments} as p where p.app_id in ${appsOf(customer)} and p.customer_id = ${id})${untilReturned(customer, 'created_at')}`),
    orm(database).run(sql`
      update ${gifts} set to_email = null, mail_at = null
      where app_id in ${appsOf(customer)} and to_email = ${address} and to_email is not null${untilErased(customer, 'created_at')}`),
    orm(database).run(sql`
      update ${gifts} set claimed_email = null
      where app_id in ${appsOf(customer)} and claimed_email = ${address} and claimed_email is not null${untilErased(customer, 'created_at')}`),
    orm(database).run(
      sql`delete from ${signInAttempts} where mode = ${mode} and email = ${address}${onlyOf(customer, 'app_id')}${untilErased(customer, 'created_at')}`,
    ),
    orm(database).run(sql`
      update ${table} set is_due = 0, address = null
      where ${isNoted} and revision = ${revision}
        and not ${left(namesCustomer(customer))} and not ${left(sql`e.customer_id is null and e.customer_id is not ''`)}
        and not exists (select 1 from ${idempotencyKeys} as k where k.payment_id is not null and k.sealed_body is not null
          and k.payment_id in ${shownOf(customer)} and +k.app_id in ${appsOf(customer)}${untilReturned(customer, 'k.created_at')})`),
    ...(appId === null
      ? forgetAddresses(database, customer)
      : [
          ...eraseOwnWords({ app: appId, customers: JSON.stringify([id]), until: customer.erasedAt ?? 0 }),
          ...hideErased(mode, id),
        ]),
  ];
}

/** Polar keeps the address and the name of a customer who is deleted and not anonymized; the gateway does not. */
function forgetAddresses(database: Database, customer: ForgottenRow): Statement[] {
  const { mode, id } = customer;
  return [
    orm(database).run(sql`
      update ${payments} set customer_email = null where app_id in ${appsOf(customer)} and customer_id = ${id}`),
    orm(database).run(sql`
      update ${knownCustomers} set email = null, name = null where app_id in ${appsOf(customer)} and customer_id = ${id}`),
    // What an app has said of its user, if no other customer is the user, and nothing was said since.
    orm(database).run(sql`
      delete from ${preparedCustomers} where (app_id, external_id) in (
        select a.app_id, a.external_id from ${appCustomers} as a where a.customer_id = ${id} and +a.app_id in ${appsOf(customer)}
          and not exists (select 1 from ${appCustomers} as o where o.app_id = a.app_id and o.external_id = a.external_id
            and not exists (select 1 from ${customers} as d where d.mode = ${mode} and d.id = o.customer_id and d.deleted_at is not null)))
        and +updated_at <= (select d.deleted_at from ${customers} as d where d.mode = ${mode} and d.id = ${id})`),
    orm(database).run(sql`
      update ${customers} set email = null, name = null where mode = ${mode} and id = ${id} and deleted_at is not null`),
  ];
}

/** Polar events of the release before whose row does not name their customer yet. */
export function selectUnnamed(
  database: Database,
  { limit, maxChars }: { limit: number; maxChars: number },
): Promise<{ id: string; sealedBody: string }[]> {
  return orm(database).all<{ id: string; sealedBody: string }>(sql`
    with page as (
      select id, length(sealed_body) as chars from ${polarEvents}
      where mode in ('live', 'sandbox') and customer_id is null and customer_id is not '' and sealed_body is not null limit ${limit})
    select e.id, e.sealed_body as sealedBody
    from (select id, sum(chars) over (order by id) as chars, row_number() over (order by id) as nth from page) as p
    join ${polarEvents} as e on e.id = p.id
    where p.chars <= ${maxChars} or p.nth = 1`);
}

/** Writes into the rows of Polar events whom they name. */
export function namePolarEvents(database: Database, named: readonly ({ id: string } & Named)[]) {
  return orm(database).run(sql`
    update ${polarEvents} set customer_id = n.value ->> 'customerId', checkout_id = n.value ->> 'checkoutId'
    from json_each(${JSON.stringify(named)}) as n where ${polarEvents}.id = n.value ->> 'id'`);
}
