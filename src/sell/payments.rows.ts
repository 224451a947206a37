import { and, desc, eq, gte, inArray, lt, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Cursor } from '../base/db/cursor.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { appCustomers, type PaymentRow, payments, products } from '../base/db/schema.rows.ts';

/** The row of a product, for a batch of reads. */
export function productStatement(database: Database, mode: Mode, productId: string) {
  return database
    .select({ appId: products.appId, isArchived: products.isArchived })
    .from(products)
    .where(and(eq(products.mode, mode), eq(products.id, productId)))
    .limit(1);
}

/**
 * The customers that the app has proven an external id to be; at most two, which is enough to see that there is not
 * exactly one.
 */
export function provenCustomersStatement(database: Database, appId: string, externalId: string) {
  return database
    .select({ customerId: appCustomers.customerId })
    .from(appCustomers)
    .where(and(eq(appCustomers.appId, appId), eq(appCustomers.externalId, externalId)))
    .limit(2);
}

export function insertPayment(database: Database, row: PaymentRow): Statement {
  return database.insert(payments).values(row);
}

/** One payment of an app; undefined for another app's too (invariant 5). */
export async function findPayment(
  database: Database,
  appId: string,
  id: string,
): Promise<PaymentRow | undefined> {
  const [row] = await database
    .select()
    .from(payments)
    .where(and(eq(payments.id, id), eq(payments.appId, appId)))
    .limit(1);
  return row;
}

/** A payment of any app, for a buyer who comes back with its nonce; and when the gateway learned of its success. */
export async function findReturningPayment(
  database: Database,
  id: string,
): Promise<{ payment: PaymentRow; heardAt: number | null } | undefined> {
  const [row] = await database
    .select({
      payment: payments,
      heardAt: sql<number | null>`(select min(created_at) from events where payment_id = payments.id
        and type = 'payment.succeeded')`,
    })
    .from(payments)
    .where(eq(payments.id, id))
    .limit(1);
  return row;
}

export interface PaymentFilter {
  status?: PaymentRow['status'] | undefined;
  customerId?: string | undefined;
  externalId?: string | undefined;
  productId?: string | undefined;
  /** Milliseconds, inclusive. */
  createdAfter?: number | undefined;
  /** Milliseconds, exclusive. */
  createdBefore?: number | undefined;
  cursor?: Cursor | undefined;
  limit: number;
}

/** An app's payments, newest first. */
export function selectPayments(
  database: Database,
  appId: string,
  filter: PaymentFilter,
): Promise<PaymentRow[]> {
  const { cursor, externalId } = filter;
  return database
    .select()
    .from(payments)
    .where(
      and(
        externalId === undefined
          ? eq(payments.appId, appId)
          : inArray(payments.id, idsOfExternal(database, appId, externalId)),
        filter.status === undefined ? undefined : eq(payments.status, filter.status),
        filter.customerId === undefined ? undefined : eq(payments.customerId, filter.customerId),
        filter.productId === undefined ? undefined : eq(payments.productId, filter.productId),
        filter.createdAfter === undefined ? undefined : gte(payments.createdAt, filter.createdAfter),
        filter.createdBefore === undefined ? undefined : lt(payments.createdAt, filter.createdBefore),
        cursor === undefined
          ? undefined
          : sql`(${payments.createdAt}, ${payments.id}) < (${cursor.at}, ${cursor.id})`,
      ),
    )
    .orderBy(desc(payments.createdAt), desc(payments.id))
    .limit(filter.limit);
}

/**
 * Payments created with the external id, or of customers that the app vouched for: two index searches, both within the
 * app. This is for the app's own list; access is decided elsewhere.
 */
function idsOfExternal(database: Database, appId: string, externalId: string) {
  const named = database
    .select({ id: payments.id })
    .from(payments)
    .where(and(eq(payments.appId, appId), eq(payments.externalCustomerId, externalId)));
  const customers = database
    .select({ id: appCustomers.customerId })
    .from(appCustomers)
    .where(and(eq(appCustomers.appId, appId), eq(appCustomers.externalId, externalId)));
  const vouchedFor = database
    .select({ id: payments.id })
    .from(payments)
    .where(and(eq(payments.appId, appId), inArray(payments.customerId, customers)));
  return named.union(vouchedFor);
}
