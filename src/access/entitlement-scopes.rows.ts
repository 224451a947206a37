import type { Subject } from '../base/subject.rules.ts';

/*
 * Which rows belong to a subject, as SQL conditions of constant text. The parameters are `:app` and `:mode`, and what
 * names the subject: `:customer`, `:member`, `:payment`, `:external`; and the time `:recent`.
 *
 * Each side of an OR names all the first columns of one index, since SQLite uses indexes for an OR only when each side
 * has one. A `+` keeps SQLite from an index on the app or the mode alone, by which it would read all rows of that app or
 * mode.
 */

type Kind = Subject['kind'];

/** Conditions by the table that they are about. */
export interface Scope {
  /** The app has some row about the subject. */
  known: string;
  /** Grants that the subject holds: a buyer those that name no member, or the owner of the team. */
  grants: string;
  /** Purchases that the subject made, and not only holds a grant of; undefined: a member makes none. */
  ownOrders: string | undefined;
  ownSubscriptions: string | undefined;
  /**
   * What the app has given to the subject by itself (ADR 100): to a customer, and to the external ids that the app has said are
   * the customer; not to a team's members, nor to a single purchase.
   */
  ownGrants: string;
  /** Payments that may be under way; only the buyer is told that a team's is. */
  payments: string;
}

/** A member's role now; the grant itself says what it was when it was granted. */
const MEMBER_ROLE = `coalesce(
  (select m.data ->> '$.role' from snapshots as m
    where m.mode = grants.mode and m.kind = 'member' and m.id = grants.member_id and json_type(m.data, '$.role') = 'text'),
  grants.member_role)`;

/** The customers that a subject stands for, as an SQL list; undefined for a single purchase. */
const CUSTOMERS: Record<Kind, string | undefined> = {
  customer: '(:customer)',
  member: '(:customer)',
  external: '(select customer_id from app_customers where app_id = :app and external_id = :external)',
  purchase: undefined,
};

/**
 * Grants of the app's own that name the subject, or whom it stands for. By their ids: with an OR SQLite would read all of the
 * app, although each side has its index.
 */
const OWN_GRANTS: Record<Kind, string> = {
  customer: `own_grants.id in (
    select o.id from own_grants as o where o.app_id = :app and o.customer_id = :customer
    union all
    select o.id from app_customers as c cross join own_grants as o on o.app_id = :app and o.external_id = c.external_id
    where c.customer_id = :customer and +c.app_id = :app)`,
  member: "own_grants.id = ''",
  external: `own_grants.id in (
    select o.id from own_grants as o where o.app_id = :app and o.external_id = :external
    union all
    select o.id from app_customers as c cross join own_grants as o on o.app_id = :app and o.customer_id = c.customer_id
    where c.app_id = :app and c.external_id = :external)`,
  purchase: "own_grants.id = ''",
};

/**
 * The payments that belong to a subject by themselves. An external id that was claimed at a checkout gives that
 * purchase only (trust rule 2).
 */
const PAYMENTS: Record<Kind, string | undefined> = {
  customer: undefined,
  member: undefined,
  external: '(select id from payments where app_id = :app and external_customer_id = :external)',
  purchase: '(select id from payments where id = :payment and app_id = :app)',
};

/**
 * The payments of gifts that a subject has claimed (ADR 103). A claim by the link is that of the purchase's session, which
 * the giver has none of.
 */
const RECEIVED: Record<Kind, string | undefined> = {
  customer: '(select payment_id from gifts where app_id = :app and claimed_customer_id in (:customer))',
  member: undefined,
  external: `(select payment_id from gifts where app_id = :app and claimed_external_id = :external
      union select payment_id from gifts where app_id = :app and claimed_customer_id in (
        select customer_id from app_customers where app_id = :app and external_id = :external))`,
  purchase: `(select payment_id from gifts where payment_id = :payment and canceled_at is null and app_id = :app and claimed_by = 'link')`,
};

/** A payment is no gift: what is one counts for its recipient, and before it is claimed for nobody. */
const isKept = (payment: string) =>
  `not exists (select 1 from gifts as gift where gift.payment_id = ${payment} and gift.canceled_at is null)`;
const IS_KEPT = {
  orders: isKept('orders.payment_id'),
  payments: isKept('payments.id'),
  // By the order: only what is bought once can be given.
  grants: `not exists (select 1 from orders as o join gifts as gift on gift.payment_id = o.payment_id and gift.canceled_at is null
      where o.mode = grants.mode and o.id = grants.order_id)`,
};

/** Before `:recent` a payment under way does not count any more. */
const IS_RECENT = 'payments.created_at > :recent';

export function scopeOf(kind: Kind): Scope {
  const customers = CUSTOMERS[kind];
  const payments = PAYMENTS[kind];
  const received = RECEIVED[kind];
  const ofCustomer = (table: string) =>
    customers && `${table}.app_id = :app and ${table}.customer_id in ${customers}`;
  const startedBy = `select subscription_id from payments where id in ${payments}`;
  const isMember = kind === 'member';
  return {
    known: knows(kind, customers, payments),
    grants: `(${any(
      and(ofCustomer('grants'), IS_KEPT.grants),
      received &&
        `+grants.app_id = :app and grants.mode = :mode
          and grants.order_id in (select id from orders where payment_id in ${received})`,
      payments &&
        `${IS_KEPT.grants} and +grants.app_id = :app and grants.mode = :mode
          and grants.order_id in (select id from orders where payment_id in ${payments})`,
      payments &&
        `+grants.app_id = :app and grants.mode = :mode
          and grants.subscription_id in (select id from subscriptions where payment_id in ${payments} union ${startedBy})`,
      payments &&
        `${IS_KEPT.grants} and grants.app_id = :app and grants.payment_id in ${payments}
          and grants.customer_id in (select customer_id from payments where id in ${payments})`,
    )}) and ${isMember ? 'grants.member_id = :member' : IS_OF_BUYER}`,
    ownOrders: isMember
      ? undefined
      : any(
          and(ofCustomer('orders'), IS_KEPT.orders),
          received && `orders.payment_id in ${received} and +orders.app_id = :app`,
          payments && `orders.payment_id in ${payments} and +orders.app_id = :app and ${IS_KEPT.orders}`,
        ),
    ownSubscriptions: isMember
      ? undefined
      : any(
          ofCustomer('subscriptions'),
          payments && `subscriptions.payment_id in ${payments} and +subscriptions.app_id = :app`,
          payments &&
            `+subscriptions.app_id = :app and subscriptions.mode = :mode and subscriptions.id in (${startedBy})`,
        ),
    ownGrants: OWN_GRANTS[kind],
    payments: isMember
      ? "payments.id = ''"
      : any(
          customers && `${ofCustomer('payments')} and ${IS_RECENT} and ${IS_KEPT.payments}`,
          // The payment may have no customer yet while its checkout has one.
          customers &&
            `+payments.app_id = :app and payments.mode = :mode and ${IS_RECENT} and ${IS_KEPT.payments} and payments.checkout_id in (
              select id from snapshots where mode = :mode and customer_id in ${customers} and kind = 'checkout')`,
          payments &&
            `payments.id in ${payments} and ${IS_KEPT.payments}${kind === 'purchase' ? '' : ` and ${IS_RECENT}`}`,
        ),
  };
}

const IS_OF_BUYER = `(grants.member_id is null or ${MEMBER_ROLE} = 'owner')`;

function knows(kind: Kind, customers: string | undefined, payments: string | undefined): string {
  const customerKnown = any(
    ...['grants', 'orders', 'subscriptions', 'payments', 'app_customers', 'own_grants'].map(
      (table) =>
        customers && `exists (select 1 from ${table} where app_id = :app and customer_id in ${customers})`,
    ),
  );
  const received = RECEIVED[kind];
  switch (kind) {
    case 'customer':
      return any(customerKnown, received && `exists ${received}`);
    case 'member':
      return `(${customerKnown}) and (
        exists (select 1 from grants where app_id = :app and customer_id in ${customers} and member_id = :member)
        or exists (select 1 from snapshots where mode = :mode and kind = 'member' and id = :member and customer_id in ${customers})
        or exists (select 1 from snapshots where mode = :mode and customer_id in ${customers} and kind = 'seat'
          and data ->> '$.member_id' = :member))`;
    case 'external':
    case 'purchase':
      return any(
        customers && `exists ${customers}`,
        payments && `exists ${payments}`,
        kind === 'external'
          ? 'exists (select 1 from own_grants where app_id = :app and external_id = :external)'
          : undefined,
        received && `exists ${received}`,
      );
  }
}

/** Whether both hold, of which a kind of subject may not have the first. */
function and(condition: string | undefined, more: string): string | undefined {
  return condition && `${condition} and ${more}`;
}

/** Whether one of the conditions holds that a kind of subject has. */
export function any(...conditions: (string | undefined)[]): string {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.map((condition) => `(${condition})`).join(' or ');
}
