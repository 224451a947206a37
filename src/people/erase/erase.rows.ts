import { auditRead } from '../../base/audit.rows.ts';
import type { Doer } from '../../base/audit-actions.rules.ts';
import type { Database, Statement } from '../../base/db/database.rows.ts';
import { command, query } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { sql } from 'drizzle-orm';
import type { KeptAnswer } from '../forgotten.rows.ts';
import { hideErased, knowsCustomer } from './hidden.rows.ts';
import { eraseOwnWords } from './own-words.rows.ts';
import { noteUsers } from './users.rows.ts';

/* Customers whom an app erases (ADR 105). What is left to do is a row; people/forget-customers.ts does it. */

/** A customer, or the app's own id for one. */
export interface Erased {
  app: string;
  mode: Mode;
  customer: string | null;
  external: string | null;
}

/** Whom it concerns. An external id that stands for more is erased in several requests. */
const MAX_CUSTOMERS = 100;

/**
 * Who has bought by checkouts that named the id, and is nothing else to the app. Anybody can type a stranger's address at such a
 * checkout (trust rule 2), so whoever is more stays as it is: of them only these purchases are emptied, see users.rows.ts.
 */
const ONLY_AS_USER = `select p.customer_id from payments as p
  where p.app_id = :app and p.external_customer_id = :external and p.external_customer_id is not null and p.customer_id is not null
    and not exists (select 1 from payments as o
      where o.app_id = :app and o.customer_id = p.customer_id and o.external_customer_id is not :external)
    and not exists (select 1 from app_customers as o where o.customer_id = p.customer_id and +o.app_id = :app and o.external_id <> :external)
    and not exists (select 1 from sessions as o where o.app_id = :app and o.customer_id = p.customer_id and o.proof <> 'purchase')
    and not exists (select 1 from own_grants as o where o.app_id = :app and o.customer_id = p.customer_id)
    and not exists (select 1 from gifts as o where o.app_id = :app and o.claimed_customer_id = p.customer_id)`;
const CUSTOMERS = `(
  select :customer as id where :customer is not null
  union select customer_id from (
    select customer_id from app_customers where app_id = :app and external_id = :external limit ${MAX_CUSTOMERS})
  union select customer_id from (${ONLY_AS_USER} limit ${MAX_CUSTOMERS}))`;

/** The app's own ids for the customers, and the one that was asked for. */
const externalsOf = (customers: string, id: string) => `(
  select :external as id where :external is not null union select a.external_id from ${customers} as c
    cross join app_customers as a on a.customer_id = c.${id} and +a.app_id = :app)`;

/** Nothing that is paid for again and again: it would bring the person back. */
const LIVE = "s.ended_at is null and +s.status in ('active', 'trialing', 'past_due', 'unpaid', 'paused')";

const FIND = query<Omit<Erased, 'mode'>, { id: string; known: number; live: number }>(`
  select c.id, ${knowsCustomer(':app', 'c.id')} as known,
    exists (select 1 from subscriptions as s where s.app_id = :app and s.customer_id = c.id and ${LIVE}) as live
  from ${CUSTOMERS} as c`);
const IS_NAMED = query<{ app: string; external: string }, { known: number }>(`
  select exists (select 1 from prepared_customers where app_id = :app and external_id = :external)
    or exists (select 1 from payments where app_id = :app and external_customer_id = :external)
    or exists (select 1 from own_grants where app_id = :app and external_id = :external and external_id is not null) as known`);

/* Answers to requests that said something of the app's user. Those that show a payment are found by it later. */
const MAX_ANSWERS = 100;
const ANSWERS = query<Omit<Erased, 'mode'>, KeptAnswer>(`
  select k.app_id as appId, k.route, k.key, k.sealed_body as sealedBody from ${externalsOf(CUSTOMERS, 'id')} as w
  cross join idempotency_keys as k on k.payment_id = 'external:' || w.id and k.payment_id is not null
  where +k.app_id = :app and k.sealed_body is not null limit ${MAX_ANSWERS}`);

/** The customers that are meant, whether the app knows them, whether they have a subscription that goes on, and what was answered. */
export function whoIsErased({ app, customer, external }: Erased) {
  return {
    customers: FIND({ app, customer, external }),
    named: external === null ? [] : [IS_NAMED({ app, external })],
    answers: ANSWERS({ app, customer, external }),
  };
}

type Of = { app: string; customers: string };
const NOTE = command<Of & { mode: Mode; now: number }>(`
  insert into erased_customers (app_id, mode, id, erased_at, address, revision, is_due, after)
  select :app, :mode, c.value, :now,
    (select lower(k.email) from known_customers as k where k.app_id = :app and k.customer_id = c.value), 1, 1, ''
  from json_each(:customers) as c where true
  on conflict (id, app_id) do update set erased_at = excluded.erased_at, revision = revision + 1, is_due = 1, after = '',
    address = coalesce(excluded.address, erased_customers.address)`);

/* Their holders are signed out, and what described them goes with it. */
const END = 'revoked_at = coalesce(revoked_at, :now), email = null, label = null';
const END_SESSIONS = [
  `customer_id in (select value from json_each(:customers))`,
  `payment_id in (select p.id from json_each(:customers) as c cross join payments as p on p.app_id = :app and p.customer_id = c.value)
    and payment_id is not null`,
  `external_id in (select :external union select a.external_id from json_each(:customers) as c
    cross join app_customers as a on a.customer_id = c.value and +a.app_id = :app) and external_id is not null`,
].map((which) =>
  command<Of & { external: string | null; now: number }>(
    `update sessions set ${END} where app_id = :app and ${which}`,
  ),
);

const EXTERNALS = externalsOf('json_each(:customers)', 'value');
type OfUsers = Of & { external: string | null };

const FORGET_PREPARED = command<OfUsers>(`
  delete from prepared_customers where app_id = :app and external_id in ${EXTERNALS}`);

/* Whoever has bought for the user may have the user's name in lists: what is said of others stays. */
const FORGET_NAMES = command<OfUsers>(`
  update known_customers set name = (
    select q.name from customer_external_ids as a cross join prepared_customers as q on q.app_id = :app and q.external_id = a.external_id
    where a.customer_id = known_customers.customer_id and a.app_id = :app and q.name is not null order by q.updated_at desc limit 1)
  where app_id = :app and name is not null and customer_id in (
    select a.customer_id from ${EXTERNALS} as w cross join customer_external_ids as a on a.app_id = :app and a.external_id = w.id)`);

/* What was given to the app's user says why, in its own words. */
const GIVEN = `${EXTERNALS} as w cross join own_grants as g on g.app_id = :app and g.external_id = w.id and g.external_id is not null`;
const TOLD = `${GIVEN} cross join json_each('["grant.created:","grant.revoked:"]') as k
  cross join events as e on e.app_id = :app and e.key = k.value || g.id`;
const FORGET_REASONS = [
  `update delivery_attempts set response = null where response is not null and delivery_id in (
    select d.id from ${TOLD} cross join deliveries as d on d.event_id = e.id)`,
  `update events set body = json_set(body, '$.data.grant.reason', '')
    where id in (select e.id from ${TOLD}) and body ->> '$.data.grant.reason' <> ''`,
  `update own_grants set reason = '' where id in (select g.id from ${GIVEN}) and reason <> ''`,
].map((text) => command<OfUsers>(text));

/** Everything that is to be so at once. */
export function eraseStatements(
  database: Database,
  { app, mode, external }: Erased,
  { customerIds, now, by }: { customerIds: readonly string[]; now: number; by: Doer },
): Statement[] {
  const of: Of = { app, customers: JSON.stringify(customerIds) };
  return [
    NOTE({ ...of, mode, now }),
    ...END_SESSIONS.map((end) => end({ ...of, external, now })),
    ...eraseOwnWords({ ...of, until: now }),
    FORGET_PREPARED({ ...of, external }),
    FORGET_NAMES({ ...of, external }),
    ...FORGET_REASONS.map((forget) => forget({ ...of, external })),
    ...customerIds.flatMap((id) => hideErased(mode, id)),
    noteUsers({ app, mode, external, customers: of.customers, now }),
    ...customerIds.map((target) =>
      auditRead(database, by, now, { action: 'customer.erased', appId: app, target }, sql`from (select 1)`),
    ),
    // An app's own id for its user may be an address.
    ...(customerIds.length === 0
      ? [
          auditRead(
            database,
            by,
            now,
            { action: 'customer.erased', appId: app, target: null },
            sql`from (select 1)`,
          ),
        ]
      : []),
  ];
}
