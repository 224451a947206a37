import type { OwnerKeys } from '../../packages/kit/product-owners.ts';
import type { Subject } from '../base/subject.rules.ts';
import type { Database } from '../base/db/database.rows.ts';
import { query, runOne } from '../base/db/sql.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { PENDING_PAYMENT_MS, type PendingPayment } from './access.rules.ts';
import { type Holdings, PENDING_BENEFITS_MS } from './entitlements.rules.ts';
import { any, scopeOf } from './entitlement-scopes.rows.ts';
import type { SoldProduct } from './resources.rules.ts';
import { collectParts, type PartRow } from './entitlement-parts.rows.ts';

/** What was read about one subject in one app. */
export interface SubjectRows {
  /** The app has some row about the subject. */
  known: boolean;
  /** With the products behind the subject's own rows, payments under way among them. */
  holdings: Holdings;
  pending: PendingPayment[];
  /** All products of the app; undefined when they were not read. Their benefits are in `holdings`. */
  shelf: SoldProduct[] | undefined;
}

const DAY_MS = 86_400_000;

export interface SubjectQuestion {
  app: Pick<AppRow, 'id' | 'mode' | 'pastDueGraceDays' | 'disputeAccess'>;
  subject: Subject;
  /** Milliseconds since 1970. */
  now: number;
  /** By which keys of metadata products say whose they are; the gateway’s own unless given. */
  ownerKeys?: OwnerKeys | undefined;
  /** Whether all that the app sells is read too; never for a subject that the app does not know. */
  shelf: boolean;
}

/**
 * Reads what a subject's entitlements and the reasons of a "no" follow from: one statement, one round trip to the
 * primary. How many rows it reads depends on what the subject has, not on the size of the app; with `shelf`, on how
 * much the app sells as well.
 */
export async function selectSubjectRows(database: Database, question: SubjectQuestion): Promise<SubjectRows> {
  return readSubject(await runOne(database, subjectStatement(question)), question);
}

/** What the rows of that statement say. */
export function readSubject(
  rows: readonly PartRow[],
  { app, subject, shelf, ownerKeys }: SubjectQuestion,
): SubjectRows {
  const parts = collectParts(rows, { appId: app.id, ownerKeys });
  return {
    known: parts.known,
    holdings: { memberId: subject.kind === 'member' ? subject.memberId : null, ...parts.holdings },
    pending: parts.pending.map((payment) => ({ ...payment, isSubject: subject.kind === 'purchase' })),
    shelf: shelf && parts.known ? parts.shelf : undefined,
  };
}

/** The statement of that read; its text is the same for all subjects of a kind. */
export function subjectStatement(question: SubjectQuestion) {
  return statementOf(question.subject.kind)(subjectParams(question));
}

/** What that statement is asked with. */
export function subjectParams({ app, subject, now, shelf }: SubjectQuestion): SubjectParams {
  return {
    app: app.id,
    mode: app.mode,
    customer: 'customerId' in subject ? subject.customerId : null,
    member: subject.kind === 'member' ? subject.memberId : null,
    payment: subject.kind === 'purchase' ? subject.paymentId : null,
    external: subject.kind === 'external' ? subject.externalId : null,
    awaiting: now - PENDING_BENEFITS_MS,
    recent: now - PENDING_PAYMENT_MS,
    grace: app.pastDueGraceDays * DAY_MS,
    suspends: app.disputeAccess === 'suspend',
    shelf,
  };
}

export type SubjectParams = {
  app: string;
  mode: string;
  customer: string | null;
  member: string | null;
  payment: string | null;
  external: string | null;
  /** What was paid before it waits for no grants any more. */
  awaiting: number;
  /** What was begun before it is no payment under way. */
  recent: number;
  /** How long the app lets a subscription that is past due go on, milliseconds. */
  grace: number;
  /** The app does not count what is disputed (ADR 115). */
  suspends: boolean;
  shelf: boolean;
};

type SubjectStatement = ReturnType<typeof query<SubjectParams, PartRow>>;

const statements = new Map<Subject['kind'], SubjectStatement>();

/** Made when the first subject of its kind is asked about. */
function statementOf(kind: Subject['kind']): SubjectStatement {
  let statement = statements.get(kind);
  if (!statement) {
    statement = query(subjectText(kind));
    statements.set(kind, statement);
  }
  return statement;
}

/** An order without a checkout begins as a draft, and is paid later. */
const ORDER_PAID_AT = `iif(orders.checkout_id is null,
    coalesce(min(orders.paid_at, orders.version / 1000), orders.created_at), orders.created_at)`;
/**
 * When an order of a subscription was paid last, by what Polar says (see `noteOrderPaid`). Those from before `:awaiting`
 * are not read, since a subscription of many years has many.
 */
const LAST_PAID_AT = `(
    select max(min(o.paid_at, o.version / 1000)) from orders as o
    where o.mode = subscriptions.mode and o.subscription_id = subscriptions.id and o.paid_at > :awaiting
      and o.status in ('paid', 'partially_refunded'))`;
/** Whether the app lets a subscription go on although it is past due. Of any other nothing more is read (ADR 76). */
const HAS_GRACE = `:grace > 0 and status = 'past_due' and past_due_at is not null`;
const REFUNDS = 'refunds as r where r.mode = :mode and r.order_id = orders.id';
// Without the `+`, which takes the column's type away, SQLite would not use the index on the expression.
const DISPUTES = `snapshots as d where d.mode = :mode and d.kind = 'dispute' and d.data ->> '$.order_id' = +orders.id`;
/** When the last open dispute of an order was seen as it is, if the app does not count what is disputed. */
const OPEN_DISPUTE = `(select max(d.version / 1000) from ${DISPUTES} and coalesce(d.status, '') not in ('won', 'lost', 'prevented'))`;
/** Of a subscription those of a year's months are looked at: a bank takes some months at most. */
const SUBSCRIPTION_DISPUTE = `(select max(at) from (select ${OPEN_DISPUTE} as at from orders
    where orders.mode = :mode and orders.subscription_id = subscribed.id and orders.paid_at > 0 order by orders.paid_at desc limit 12))`;
const ORDER_GRANTS = 'grants as g where g.mode = :mode and g.order_id = bought.id';
const SUBSCRIPTION_GRANTS = 'grants as g where g.mode = :mode and g.subscription_id = subscribed.id';
/** Whether the order for which a subscription was paid last was taken back. */
const TAKEN_BACK = `coalesce((
    select orders.status = 'refunded' or exists (select 1 from ${REFUNDS} and r.status = 'succeeded' and r.revokes_benefits = 1)
      or exists (select 1 from ${DISPUTES})
    from orders where orders.mode = :mode and orders.subscription_id = subscribed.id and orders.paid_at > 0
      and orders.total_amount > 0 order by orders.paid_at desc limit 1), 0)`;
/** Of those who hold its grants the members who have a seat now. */
const SEATED = `(
    select json_group_array(h.member_id) from held as h where h.subscription_id = subscribed.id and exists (
      select 1 from snapshots as s where s.mode = :mode and s.customer_id = h.customer_id and s.kind = 'seat'
        and s.status = 'claimed' and s.data ->> '$.subscription_id' = subscribed.id
        and s.data ->> '$.member_id' is h.member_id))`;
/** The benefits of a purchase for which there are grants, whoever holds them, and which of these were revoked. */
const HEARD =
  'json_group_array(json_array(g.benefit_id, iif(g.is_revoked, coalesce(g.revoked_at, 0), null)))';
const DELETED_AT = '(select c.deleted_at from customers as c where c.mode = :mode and c.id = customer_id)';
/**
 * One statement for all parts, since D1 takes time for each. Its rows are a part's name and its columns as a JSON array
 * (`entitlement-parts.rows.ts`). `materialized` has SQLite read each table once.
 */
export function subjectText(kind: Subject['kind']): string {
  const { known, grants, ownOrders, ownSubscriptions, ownGrants, payments } = scopeOf(kind);
  return `
with held as materialized (
  select benefit_id, customer_id, member_id, ${kind === 'member' ? 'member_role' : "iif(member_id is null, null, 'owner')"} as role,
    order_id, subscription_id, is_granted, is_revoked, revoked_at
  from grants where ${grants}
),
bought as materialized (
  select id, customer_id, product_id, status, version, ${ownOrders ?? 0} as own, paid_at, paid_at > :awaiting as is_new,
    (select json_group_array(json_array(r.status, r.revokes_benefits, r.version / 1000)) from ${REFUNDS}) as refunds,
    (select json_group_array(json_array(d.status, d.version / 1000)) from ${DISPUTES}) as disputes,
    iif(:suspends, ${OPEN_DISPUTE}, null) as suspended_at
  from (
    select mode, id, app_id, payment_id, customer_id, product_id, status, version, ${ORDER_PAID_AT} as paid_at from orders
    where (${any(
      ownOrders,
      '+orders.app_id = :app and orders.mode = :mode and orders.id in (select order_id from held)',
    )}) and +orders.subscription_id is null
  ) as orders
),
subscribed as materialized (
  select id, customer_id, product_id, status, version, ${ownSubscriptions ?? 0} as own, current_period_end,
    cancel_at_period_end, started_at, created_at, ends_at, ended_at, paid_at, since, past_due_at, seats,
    ${HAS_GRACE} as has_grace, max(coalesce(started_at, created_at), coalesce(since, 0), coalesce(paid_at, 0)) > :awaiting as is_new
  from (
    select *, iif(product_since > 0, product_since, null) as since, ${LAST_PAID_AT} as paid_at from subscriptions
    where ${any(
      ownSubscriptions,
      `+subscriptions.app_id = :app and subscriptions.mode = :mode
        and subscriptions.id in (select subscription_id from held)`,
    )}
  ) as subscriptions
),
waiting as materialized (
  select product_id, created_at, exists (
    select 1 from snapshots as s where s.mode = payments.mode and s.kind = 'checkout' and s.id = payments.checkout_id
      and s.status in ('confirmed', 'succeeded')) as is_confirmed
  from payments where (${payments}) and +payments.status = 'pending'
),
known(known) as materialized (select ${known}),
wares as materialized (
  -- A product that was bought may have been assigned to another app since. Of most the benefits do not matter.
  select 'product' as part, p.id, p.name, p.app_id, p.metadata,
    iif(max(bought.is_new) or p.app_id is not :app, p.data, null) as data
  from (
    select product_id, is_new from bought union all select product_id, is_new or has_grace from subscribed
  ) as bought cross join products as p on p.mode = :mode and p.id = bought.product_id group by p.id
  union all
  select 'product', p.id, p.name, p.app_id, p.metadata, p.data
  from waiting cross join products as p on p.mode = :mode and p.id = waiting.product_id and +p.app_id = :app
  union all
  select 'shelf', p.id, p.name, p.app_id, p.metadata, p.data
  from known cross join products as p where known.known and :shelf and p.app_id = :app
)
-- D1 allows five terms in a union.
select part, row from (
  select 'known' as part, json_array(known) as row from known
  union all
  select 'payment', json_array(product_id, created_at, is_confirmed) from waiting
  union all
  select 'grant', json_array(benefit_id, member_id, role, order_id, subscription_id, is_granted, is_revoked, revoked_at,
    ${DELETED_AT})
  from held
  union all
  select 'order', json_array(id, product_id, status, paid_at, version / 1000, own, ${DELETED_AT}, json(refunds),
    json(disputes),
    -- Only of a purchase that was taken back it matters whether there are grants, and only of a new one which.
    json(iif(refunds = '[]' and disputes = '[]', null,
      (select json_array(max(g.is_granted), max(g.is_revoked)) from ${ORDER_GRANTS}))),
    json(iif(is_new, (select ${HEARD} from ${ORDER_GRANTS}), null)), suspended_at)
  from bought
)
union all
select part, row from (
  select 'subscription' as part, json_array(id, product_id, status, current_period_end, cancel_at_period_end, started_at,
    created_at, ends_at, ended_at, paid_at, since, version / 1000, own, ${DELETED_AT},
    status in ('past_due', 'unpaid') and exists (select 1 from ${SUBSCRIPTION_GRANTS} and g.is_granted = 1),
    json(iif(is_new, (select ${HEARD} from ${SUBSCRIPTION_GRANTS}), null)),
    json(iif(has_grace, json_array(past_due_at, :grace, ${TAKEN_BACK}, json(iif(seats is null, null, ${SEATED}))), null)),
    iif(:suspends, ${SUBSCRIPTION_DISPUTE}, null)) as row
  from subscribed
  union all
  select part, json_array(id, name, app_id, metadata, json(data -> '$.benefits'), json(data -> '$.prices')) from wares
  union all
  select 'own', json_array(json(resources), expires_at, revoked_at, ${DELETED_AT}, id) from own_grants where ${ownGrants}
  union all
  select 'benefit', json_array(id, type, description, metadata) from benefits
  where mode = :mode and id in (
    select benefit_id from held
    union
    select b.value ->> '$.id' from wares, json_each(wares.data, '$.benefits') as b)
)`;
}
