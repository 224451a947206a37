import { type SQL, sql } from 'drizzle-orm';
import type { Subject } from '../base/subject.rules.ts';
import type { AppRow } from '../base/db/schema.rows.ts';

/* Which rows belong to a subject, as SQL conditions. */

export interface SubjectScope {
  app: Pick<AppRow, 'id' | 'mode'>;
  subject: Subject;
}

/** A member's role now; the grant itself says what it was when it was granted. */
export const MEMBER_ROLE = sql`coalesce(
  (select json_extract(m.data, '$.role') from snapshots as m where m.mode = grants.mode and m.kind = 'member' and m.id = grants.member_id and json_type(m.data, '$.role') = 'text'),
  grants.member_role)`;

/**
 * Conditions for the rows that belong to a subject. Each side of an OR names all the first columns of one index, since
 * SQLite uses indexes for an OR only when each side has one. A `+` keeps SQLite from an index on the app or the mode
 * alone, by which it would read all rows of that app or mode. `entitlements.rules.ts` decides who holds a grant; here
 * the condition only keeps a team's thousand seats out of one buyer's read.
 */
export function scopesOf({ app, subject }: SubjectScope) {
  const customer = customersOf(app, subject);
  const payment = paymentsOf(app, subject);
  const holder =
    subject.kind === 'member'
      ? sql`grants.member_id = ${subject.memberId}`
      : sql`(grants.member_id is null or ${MEMBER_ROLE} = 'owner')`;
  const startedBy = payment && sql`select subscription_id from payments where id in ${payment}`;
  const ofCustomer = (table: 'grants' | 'orders' | 'subscriptions' | 'payments') =>
    customer && sql`${sql.raw(table)}.app_id = ${app.id} and ${sql.raw(table)}.customer_id in ${customer}`;
  const mine = (table: 'grants' | 'orders' | 'subscriptions') =>
    sql`+${sql.raw(table)}.app_id = ${app.id} and ${sql.raw(table)}.mode = ${app.mode}`;

  const grantScope = any(
    ofCustomer('grants'),
    payment &&
      sql`${mine('grants')} and grants.order_id in (select id from orders where payment_id in ${payment})`,
    payment &&
      sql`${mine('grants')} and grants.subscription_id in (select id from subscriptions where payment_id in ${payment} union ${startedBy})`,
    payment &&
      sql`grants.app_id = ${app.id} and grants.payment_id in ${payment}
        and grants.customer_id in (select customer_id from payments where id in ${payment})`,
  );
  const grantsWhere = sql`(${grantScope}) and ${holder}`;
  const ownOrders =
    subject.kind === 'member'
      ? undefined
      : any(
          ofCustomer('orders'),
          payment && sql`orders.payment_id in ${payment} and +orders.app_id = ${app.id}`,
        );
  const ownSubscriptions =
    subject.kind === 'member'
      ? undefined
      : any(
          ofCustomer('subscriptions'),
          payment && sql`subscriptions.payment_id in ${payment} and +subscriptions.app_id = ${app.id}`,
          payment && sql`${mine('subscriptions')} and subscriptions.id in (${startedBy})`,
        );
  const ordersWhere = any(
    ownOrders,
    sql`${mine('orders')} and orders.id in (select order_id from grants where ${grantsWhere})`,
  );
  const subscriptionsWhere = any(
    ownSubscriptions,
    sql`${mine('subscriptions')} and subscriptions.id in (select subscription_id from grants where ${grantsWhere})`,
  );
  // A product that was bought may have been assigned to another app since.
  const productsWhere = any(
    sql`products.app_id = ${app.id}`,
    sql`products.mode = ${app.mode} and products.id in (
      select product_id from orders where ${ordersWhere} union select product_id from subscriptions where ${subscriptionsWhere})`,
  );
  return {
    known: knows({ app, subject, customer, payment }),
    grants: grantsWhere,
    ownOrders: ownOrders ?? NEVER,
    orders: ordersWhere,
    ownSubscriptions: ownSubscriptions ?? NEVER,
    subscriptions: subscriptionsWhere,
    products: productsWhere,
    payments:
      // Only the buyer is told that the team's payment is under way.
      subject.kind === 'member'
        ? sql`payments.id = ''`
        : any(
            ofCustomer('payments'),
            // The payment may have no customer yet while its checkout has one.
            customer &&
              sql`+payments.app_id = ${app.id} and payments.mode = ${app.mode} and payments.checkout_id in (
                select id from snapshots where mode = ${app.mode} and customer_id in ${customer} and kind = 'checkout')`,
            payment && sql`payments.id in ${payment}`,
          ),
  };
}

const NEVER = sql`0 = 1`;

/** The customers that the subject stands for, as an SQL list; undefined for a single purchase. */
function customersOf(app: SubjectScope['app'], subject: Subject): SQL | undefined {
  switch (subject.kind) {
    case 'customer':
    case 'member':
      return sql`(${subject.customerId})`;
    case 'external':
      return sql`(select customer_id from app_customers where app_id = ${app.id} and external_id = ${subject.externalId})`;
    case 'purchase':
      return undefined;
  }
}

/**
 * The payments that belong to the subject by themselves. An external id that was claimed at a checkout gives that
 * purchase only (trust rule 2).
 */
function paymentsOf(app: SubjectScope['app'], subject: Subject): SQL | undefined {
  switch (subject.kind) {
    case 'purchase':
      return sql`(select id from payments where id = ${subject.paymentId} and app_id = ${app.id})`;
    case 'external':
      return sql`(select id from payments where app_id = ${app.id} and external_customer_id = ${subject.externalId})`;
    case 'customer':
    case 'member':
      return undefined;
  }
}

function knows(scope: {
  app: SubjectScope['app'];
  subject: Subject;
  customer: SQL | undefined;
  payment: SQL | undefined;
}): SQL {
  const { app, subject, customer, payment } = scope;
  const customerKnown = any(
    ...['grants', 'orders', 'subscriptions', 'payments', 'app_customers'].map(
      (table) =>
        customer &&
        sql`exists (select 1 from ${sql.raw(table)} where app_id = ${app.id} and customer_id in ${customer})`,
    ),
  );
  switch (subject.kind) {
    case 'customer':
      return customerKnown;
    case 'member':
      return sql`(${customerKnown}) and (
        exists (select 1 from grants where app_id = ${app.id} and customer_id in ${customer} and member_id = ${subject.memberId})
        or exists (select 1 from snapshots where mode = ${app.mode} and kind = 'member' and id = ${subject.memberId} and customer_id in ${customer})
        or exists (select 1 from snapshots where mode = ${app.mode} and customer_id in ${customer} and kind = 'seat'
          and json_extract(data, '$.member_id') = ${subject.memberId}))`;
    case 'external':
    case 'purchase':
      return sql`${any(customer && sql`exists ${customer}`, payment && sql`exists ${payment}`)}`;
  }
}

function any(...conditions: (SQL | undefined)[]): SQL {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 0
    ? NEVER
    : sql.join(
        given.map((condition) => sql`(${condition})`),
        sql` or `,
      );
}
