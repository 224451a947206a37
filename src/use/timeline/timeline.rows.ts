import { scopeOf } from '../../access/entitlement-scopes.rows.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { query, runOne } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { Subject } from '../../base/subject.rules.ts';
import { activationsOfCustomer, downloadsOfCustomer, giftsGiven, giftsReceived } from './used.rows.ts';
import type { EventRow, PaymentRow, SessionRow, Sources } from './entries.rules.ts';
import type { Place } from './places.rules.ts';

/*
 * The rows that a timeline is made of, newest first, from a place on: all by the customer's payments, which no index of the app's
 * has by time of the event, and what has no payment by itself. Only the app's own. Each number here bounds what a page reads.
 */

/** An external id stands for so many customers. */
const MAX_CUSTOMERS = 10;
/** The newest of each customer, of those that named an external id, and of all together. */
const MAX_PAYMENTS = 200;
/** The newest; older ones are not shown. */
const MAX_SESSIONS = 300;
/** Grants of the app's own, with the events of each. */
const MAX_OWN_GRANTS = 500;
/** A customer's newest events, at any app of the mode, among which are those without a payment. */
const MAX_LOOSE = 1_000;

type Holder = Extract<Subject, { kind: 'customer' | 'external' }>;

/** Whom a timeline is about. */
export interface Whom {
  known: boolean;
  customerIds: string[];
  externalId: string | null;
  /** Their payments, and those whose checkouts named the external id. */
  paymentIds: string[];
}

type Asked = { app: string; mode: Mode; customer: string | null; external: string | null };
const isKnown = {
  customer: query<Asked, { known: number }>(`select (${scopeOf('customer').known}) as known`),
  external: query<Asked, { known: number }>(`select (${scopeOf('external').known}) as known`),
};
const CUSTOMERS = {
  customer: '(select :customer as id)',
  external: `(
    select customer_id as id from app_customers where app_id = :app and external_id = :external limit ${MAX_CUSTOMERS})`,
};
const customersOf = query<Asked, { id: string }>(`select id from ${CUSTOMERS.external}`);
const paymentsOf = { customer: paymentsOfCustomers('customer'), external: paymentsOfCustomers('external') };

function paymentsOfCustomers(kind: Holder['kind']) {
  return query<Asked, { id: string }>(`
    select p.value as id from ${CUSTOMERS[kind]} as c cross join json_each((
      select json_group_array(id) from (
        select id from payments where app_id = :app and customer_id = c.id order by created_at desc, id desc limit ${MAX_PAYMENTS}))) as p`);
}

const paymentsNaming = query<Asked, { id: string }>(`
  select id from payments where app_id = :app and external_customer_id = :external order by rowid desc limit ${MAX_PAYMENTS}`);

/** Who is behind a customer's id, or an id of the app's. */
export async function findWhom(
  database: Database,
  { appId, mode }: { appId: string; mode: Mode },
  holder: Holder,
): Promise<Whom> {
  const customer = holder.kind === 'customer' ? holder.customerId : null;
  const external = holder.kind === 'external' ? holder.externalId : null;
  const asked = { app: appId, mode, customer, external };
  const { known, customers, payments } = await runBatch(database, {
    known: isKnown[holder.kind](asked),
    customers: external === null ? [] : [customersOf(asked)],
    payments: [paymentsOf[holder.kind](asked), ...(external === null ? [] : [paymentsNaming(asked)])],
  });
  // Their ids sort by time.
  const ids = new Set(payments.flat().map(({ id }) => id));
  return {
    known: known[0]?.known === 1,
    customerIds: customer === null ? customers.flat().map(({ id }) => id) : [customer],
    externalId: external,
    paymentIds: [...ids].toSorted().toReversed().slice(0, MAX_PAYMENTS),
  };
}

/** From where on, and how many of each source. */
interface Part {
  app: string;
  mode: Mode;
  before: Place;
  since: number;
  limit: number;
}
type At = { app: string; at: number; id: string; since: number; limit: number };

/** Of an event `e`: JSON of its deliveries. */
const DELIVERIES = `(
    select json_group_array(json_array(d.id, d.endpoint_id, d.status, d.attempts, d.finished_at, d.last_status))
    from deliveries as d where d.event_id = e.id)`;
const EVENT = `e.id, e.key, e.type, e.payment_id as paymentId, e.occurred_at as occurredAt, e.created_at as createdAt,
  (select p.kind from payments as p where p.id = e.payment_id) as paymentKind, ${DELIVERIES} as deliveries`;
const IN_PART = (of: string) =>
  `(${of}.created_at, ${of}.id) < (:at, :id) and ${of}.created_at >= :since order by ${of}.created_at desc, ${of}.id desc limit :limit`;

const eventsOfPayments = query<At & { ids: string }, EventRow>(`
  select ${EVENT} from json_each(:ids) as n cross join events as e on e.payment_id = n.value and +e.app_id = :app
  where ${IN_PART('e')}`);
/** By their keys: an event has no column for an external id, and its customer's index ends with its body. */
const eventsOfOwnGrants = {
  customer: eventsOfGrantsOf('g.customer_id = :holder'),
  external: eventsOfGrantsOf('g.external_id = :holder'),
};
function eventsOfGrantsOf(holds: string) {
  return query<At & { holder: string }, EventRow>(`
    select ${EVENT} from (
        select g.id from own_grants as g where g.app_id = :app and ${holds} order by g.created_at desc limit ${MAX_OWN_GRANTS}) as given
      cross join (select 'grant.created:' as type union all select 'grant.revoked:') as t
      cross join events as e on e.app_id = :app and e.key = t.type || given.id
    where ${IN_PART('e')}`);
}
const looseEvents = query<At & { mode: Mode; customer: string }, EventRow>(`
  select ${EVENT} from (
      select id from events where mode = :mode and customer_id = :customer and body <> '{}' order by id desc limit ${MAX_LOOSE}) as n
    cross join events as e on e.id = n.id and +e.app_id = :app and +e.payment_id is null
  where ${IN_PART('e')}`);

const paymentsById = query<At & { ids: string }, PaymentRow>(`
  select p.id, p.created_at as createdAt, p.method, p.product_name as productName, e.id as eventId,
    iif(e.id is null, '[]', ${DELIVERIES}) as deliveries
  from json_each(:ids) as n cross join payments as p on p.id = n.value and +p.app_id = :app
  left join events as e on e.app_id = p.app_id and e.key = 'payment.pending:' || p.id
  where +p.kind = 'checkout' and ${IN_PART('p')}`);

const SESSION = `s.id, s.proof, s.label, s.payment_id as paymentId, s.created_at as createdAt, s.expires_at as expiresAt,
  s.revoked_at as revokedAt`;
const sessionsOfCustomer = query<{ app: string; customer: string }, SessionRow>(`
  select ${SESSION} from sessions as s where s.app_id = :app and s.customer_id = :customer order by s.rowid desc limit ${MAX_SESSIONS}`);
const sessionsOfExternal = query<{ app: string; external: string }, SessionRow>(`
  select ${SESSION} from sessions as s where s.app_id = :app and s.external_id = :external order by s.rowid desc limit ${MAX_SESSIONS}`);
/** Those of somebody who came back from a checkout, and has proven nothing since; of a gift they are its recipient's. */
const sessionsOfPayments = query<{ app: string; ids: string }, SessionRow>(`
  select ${SESSION} from json_each(:ids) as n cross join sessions as s
    on s.app_id = :app and s.payment_id = n.value and +s.customer_id is null
  where not exists (select 1 from gifts as g
    where g.payment_id = n.value and g.canceled_at is null and g.created_at <= s.created_at)
  order by s.created_at desc limit ${MAX_SESSIONS}`);

/** What is there of somebody in a part of the timeline. */
export async function selectSources(database: Database, whom: Whom, part: Part): Promise<Sources> {
  const { app, mode, limit, since } = part;
  const at: At = { app, at: part.before.at, id: part.before.id, since, limit };
  const { customerIds, externalId: external } = whom;
  const ids = JSON.stringify(whom.paymentIds);
  const read = await runBatch(database, {
    events: [
      eventsOfPayments({ ...at, ids }),
      ...customerIds.flatMap((customer) => [
        eventsOfOwnGrants.customer({ ...at, holder: customer }),
        looseEvents({ ...at, mode, customer }),
      ]),
      ...(external === null ? [] : [eventsOfOwnGrants.external({ ...at, holder: external })]),
    ],
    payments: [paymentsById({ ...at, ids })],
    downloads: customerIds.map((customer) => downloadsOfCustomer({ ...at, customer })),
    activations: customerIds.map((customer) => activationsOfCustomer({ ...at, customer })),
    gifts: [
      giftsGiven({ app, ids }),
      ...customerIds.map((holder) => giftsReceived.customer({ app, holder })),
      ...(external === null ? [] : [giftsReceived.external({ app, holder: external })]),
    ],
    sessions: [
      ...customerIds.map((customer) => sessionsOfCustomer({ app, customer })),
      sessionsOfPayments({ app, ids }),
      ...(external === null ? [] : [sessionsOfExternal({ app, external })]),
    ],
  });
  const looked = <Row>(rows: Row[]) => ({ rows, isCut: rows.length === limit });
  return {
    events: read.events.map(looked),
    payments: read.payments.map(looked),
    downloads: read.downloads.map(looked),
    activations: read.activations.map(looked),
    sessions: read.sessions.flat(),
    gifts: read.gifts.flat(),
  };
}

/** What an event says beyond its row. Null where its body was deleted because of its age, or does not say it. */
export interface EventFacts {
  id: string;
  amount: number | null;
  currency: string | null;
  productName: string | null;
  /** Of Polar's object. */
  polarAmount: number | null;
  polarCurrency: string | null;
  benefit: string | null;
  /** Why a grant of the app's own ended. */
  why: string | null;
  /** JSON. */
  resources: string | null;
  reason: string | null;
}

const FACTS = query<{ app: string; ids: string }, EventFacts>(`
  select e.id, p.amount, p.currency, p.product_name as productName,
    e.body ->> '$.data.polar.data.amount' as polarAmount, e.body ->> '$.data.polar.data.currency' as polarCurrency,
    e.body ->> '$.data.polar.data.benefit.description' as benefit, e.body ->> '$.data.reason' as why,
    e.body -> '$.data.grant.resources' as resources, e.body ->> '$.data.grant.reason' as reason
  from json_each(:ids) as n cross join events as e on e.id = n.value and +e.app_id = :app
  left join payments as p on p.id = e.payment_id`);

/** What the events of a page say. Bodies are read of these only. */
export function selectFacts(
  database: Database,
  appId: string,
  ids: readonly string[],
): Promise<EventFacts[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return runOne(database, FACTS({ app: appId, ids: JSON.stringify(ids) }));
}
