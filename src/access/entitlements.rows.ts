import { sql } from 'drizzle-orm';
import * as z from 'zod/mini';
import type { PendingPayment } from './access.rules.ts';
import { type Holdings, PENDING_BENEFITS_MS } from './entitlements.rules.ts';
import type { Database } from '../base/db/database.rows.ts';
import { MEMBER_ROLE, scopesOf, type SubjectScope } from './entitlement-scopes.rows.ts';
import { benefits, grants, orders, payments, products, subscriptions } from '../base/db/schema.rows.ts';

/** Everything about one subject in one app. `products` and `benefits` include all that the app sells. */
export interface SubjectRows {
  /** The app has some row about the subject. */
  known: boolean;
  holdings: Holdings;
  pending: PendingPayment[];
}

export interface SubjectQuestion extends SubjectScope {
  now: number;
}

/**
 * Reads all that a subject's entitlements and the reasons of a "no" follow from, in one round trip to the primary, as
 * one transaction. It includes everything that the app sells, so a cold check costs more for an app with thousands of
 * products.
 */
export async function selectSubjectRows(database: Database, question: SubjectQuestion): Promise<SubjectRows> {
  const [knownRows, grantRows, orderRows, subscriptionRows, productRows, benefitRows, pendingRows] =
    await database.batch(subjectStatements(database, question));
  return {
    known: knownRows[0]?.known === 1,
    holdings: {
      memberId: question.subject.kind === 'member' ? question.subject.memberId : null,
      grants: grantRows,
      orders: orderRows.map((row) => ({
        ...row,
        ...readPurchase(row),
        hasRevokedGrant: row.hasRevokedGrant === 1,
        reversals: [row.refunds, row.disputes].flatMap((json) => reversalRows.parse(JSON.parse(json))),
      })),
      subscriptions: subscriptionRows.map((row) => ({ ...row, ...readPurchase(row) })),
      products: productRows.map((row) => ({
        ...row,
        benefitIds: readIds(row.benefitIds),
        seatBased: row.seatBased === 1,
        isOwn: row.appId === question.app.id,
      })),
      benefits: benefitRows,
    },
    pending: pendingRows.map((row) => ({
      ...row,
      isConfirmed: row.isConfirmed === 1,
      isSubject: question.subject.kind === 'purchase',
    })),
  };
}

/** The statements of that read. Each must use an index. */
export function subjectStatements(database: Database, question: SubjectQuestion) {
  const { app, now } = question;
  const where = scopesOf(question);
  const awaiting = now - PENDING_BENEFITS_MS;
  return [
    database.select({ known: sql<number>`${where.known}` }).from(sql`(select 1)`),
    database
      .select({
        benefitId: grants.benefitId,
        memberId: grants.memberId,
        memberRole: sql<string | null>`${MEMBER_ROLE}`,
        orderId: grants.orderId,
        subscriptionId: grants.subscriptionId,
        isGranted: grants.isGranted,
        isRevoked: grants.isRevoked,
        revokedAt: grants.revokedAt,
        customerDeletedAt: customerDeletedAt('grants'),
      })
      .from(grants)
      .where(where.grants),
    database
      .select({
        id: orders.id,
        productId: orders.productId,
        subscriptionId: orders.subscriptionId,
        status: orders.status,
        paidAt: ORDER_PAID_AT,
        changedAt: sql<number>`version / 1000`,
        own: sql<number>`${where.ownOrders}`,
        customerDeletedAt: customerDeletedAt('orders'),
        hasLiveGrant: sql<number>`exists (
          select 1 from grants as g where g.mode = orders.mode and g.order_id = orders.id and g.is_granted = 1)`,
        hasRevokedGrant: sql<number>`exists (
          select 1 from grants as g where g.mode = orders.mode and g.order_id = orders.id and g.is_revoked = 1)`,
        refunds: sql<string>`(
          select json_group_array(json_object('kind', 'refund', 'status', r.status, 'revokesBenefits', r.revokes_benefits, 'at', r.version / 1000))
          from refunds as r where r.mode = orders.mode and r.order_id = orders.id)`,
        disputes: sql<string>`(
          select json_group_array(json_object('kind', 'dispute', 'status', coalesce(d.status, ''), 'revokesBenefits', null, 'at', d.version / 1000))
          from snapshots as d where d.mode = orders.mode and d.kind = 'dispute' and d.data ->> '$.order_id' = orders.id)`,
        heard: sql<string>`case when ${ORDER_PAID_AT} > ${awaiting} then (
          select ${HEARD} from grants as g where g.mode = orders.mode and g.order_id = orders.id
        ) else '[]' end`,
      })
      .from(orders)
      .where(sql`(${where.orders}) and +orders.subscription_id is null`),
    database
      .select({
        id: subscriptions.id,
        productId: subscriptions.productId,
        status: subscriptions.status,
        currentPeriodEnd: subscriptions.currentPeriodEnd,
        cancelAtPeriodEnd: subscriptions.cancelAtPeriodEnd,
        startedAt: subscriptions.startedAt,
        createdAt: subscriptions.createdAt,
        endsAt: subscriptions.endsAt,
        endedAt: subscriptions.endedAt,
        paidAt: lastPaidAt(awaiting),
        productSince: sql<
          number | null
        >`iif(subscriptions.product_since > 0, subscriptions.product_since, null)`,
        changedAt: sql<number>`version / 1000`,
        own: sql<number>`${where.ownSubscriptions}`,
        customerDeletedAt: customerDeletedAt('subscriptions'),
        hasLiveGrant: sql<number>`subscriptions.status in ('past_due', 'unpaid') and exists (
          select 1 from grants as g
          where g.mode = subscriptions.mode and g.subscription_id = subscriptions.id and g.is_granted = 1)`,
        heard: sql<string>`case when max(coalesce(subscriptions.started_at, subscriptions.created_at), coalesce(subscriptions.product_since, 0), coalesce(${lastPaidAt(awaiting)}, 0)) > ${awaiting} then (
          select ${HEARD} from grants as g
          where g.mode = subscriptions.mode and g.subscription_id = subscriptions.id
        ) else '[]' end`,
      })
      .from(subscriptions)
      .where(where.subscriptions),
    database
      .select({
        id: products.id,
        name: products.name,
        appId: products.appId,
        metadata: products.metadata,
        benefitIds: sql<string>`(select json_group_array(json_extract(b.value, '$.id')) from json_each(products.data, '$.benefits') as b)`,
        seatBased: sql<number>`exists (
          select 1 from json_each(products.data, '$.prices') as p where json_extract(p.value, '$.amount_type') = 'seat_based')`,
      })
      .from(products)
      .where(where.products),
    database
      .select({
        id: benefits.id,
        type: benefits.type,
        description: benefits.description,
        metadata: benefits.metadata,
      })
      .from(benefits)
      .where(
        sql`benefits.mode = ${app.mode} and benefits.id in (
          select benefit_id from grants where ${where.grants}
          union
          select json_extract(b.value, '$.id') from products, json_each(products.data, '$.benefits') as b where ${where.products})`,
      ),
    database
      .select({
        productId: payments.productId,
        createdAt: payments.createdAt,
        isConfirmed: sql<number>`exists (
          select 1 from snapshots as s
          where s.mode = payments.mode and s.kind = 'checkout' and s.id = payments.checkout_id
            and s.status in ('confirmed', 'succeeded'))`,
      })
      .from(payments)
      .where(sql`(${where.payments}) and payments.status = 'pending'`),
  ] as const;
}

/** An order without a checkout begins as a draft, and is paid later. */
const ORDER_PAID_AT = sql<number>`iif(orders.checkout_id is null, coalesce(min(orders.paid_at, orders.version / 1000), orders.created_at), orders.created_at)`;
/**
 * When an order of a subscription was paid last, after `since` (milliseconds), by what Polar says (see
 * `noteOrderPaid`). Older orders are not read, since a subscription of many years has many.
 */
const lastPaidAt = (since: number) => sql<number | null>`(
  select max(min(o.paid_at, o.version / 1000)) from orders as o
  where o.mode = subscriptions.mode and o.subscription_id = subscriptions.id and o.paid_at > ${since}
    and o.status in ('paid', 'partially_refunded'))`;

/** The benefits of a purchase for which there are grants, and which of these were revoked. */
const HEARD = sql`json_group_array(json_object('benefitId', g.benefit_id, 'revokedAt', iif(g.is_revoked, coalesce(g.revoked_at, 0), null)))`;

function customerDeletedAt(table: 'grants' | 'orders' | 'subscriptions') {
  const row = sql.raw(table);
  return sql<
    number | null
  >`(select c.deleted_at from customers as c where c.mode = ${row}.mode and c.id = ${row}.customer_id)`;
}

const heardRows = z.array(z.object({ benefitId: z.string(), revokedAt: z.nullable(z.number()) }));
const reversalRows = z.array(
  z.object({
    kind: z.enum(['refund', 'dispute']),
    status: z.string(),
    revokesBenefits: z.pipe(
      z.nullable(z.number()),
      z.transform((flag) => (flag === null ? null : flag === 1)),
    ),
    at: z.number(),
  }),
);

function readPurchase(row: { own: number; heard: string; hasLiveGrant: number }) {
  return {
    own: row.own === 1,
    hasLiveGrant: row.hasLiveGrant === 1,
    heardGrants: heardRows.parse(JSON.parse(row.heard)),
  };
}

function readIds(json: string): string[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [];
}
