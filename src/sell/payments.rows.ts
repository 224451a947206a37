import { and, eq, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Database } from '../base/db/database.rows.ts';
import { command, query } from '../base/db/sql.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { type PaymentRow, payments } from '../base/db/schema.rows.ts';

export interface SoldProduct {
  id: string;
  appId: string | null;
  isArchived: 0 | 1;
  isRecurring: 0 | 1;
  /** Polar's prices as JSON; null where nothing depends on them, or while only a part of the product was seen. */
  prices: string | null;
  /** Polar's benefits, in the same way. */
  benefits: string | null;
  /** Its custom fields, in the same way. */
  questions: string | null;
}

/** What of a product is to be compared with a request. */
type Details = {
  prices: boolean;
  benefits: boolean;
  questions: boolean;
};

const COLUMNS = `p.id, p.app_id as appId, p.is_archived as isArchived, p.is_recurring as isRecurring,
    iif(:prices, p.data -> '$.prices', null) as prices, iif(:benefits, p.data -> '$.benefits', null) as benefits,
    iif(:questions, p.data -> '$.attached_custom_fields', null) as questions`;

const productById = query<{ mode: Mode; productId: string } & Details, SoldProduct>(
  `select ${COLUMNS} from products as p where p.mode = :mode and p.id = :productId`,
);

/** The row of a product, for a batch of reads. */
export function productStatement(mode: Mode, productId: string, details: Details) {
  return productById({ mode, productId, ...details });
}

const productsByIds = query<{ mode: Mode; ids: string } & Details, SoldProduct>(`
  select ${COLUMNS} from json_each(:ids) as n cross join products as p on p.mode = :mode and p.id = n.value`);

/** The rows of several products, in any order. */
export function otherProductsStatement(mode: Mode, ids: readonly string[], details: Details) {
  return productsByIds({ mode, ids: JSON.stringify(ids), ...details });
}

type PaymentColumns = Omit<PaymentRow, 'metadata'> & { metadata: string };

const insertRow = command<PaymentColumns>(`
  insert into payments (id, mode, app_id, method, status, kind, product_id, product_name, product_plan, amount, net_amount,
    tax_amount, discount_amount, refunded_amount, refunded_tax_amount, refundable_amount, disputed, billing_reason,
    discount_id, discount_code, discount_name, invoice_number, country, failure_reason, currency, customer_id,
    external_customer_id, customer_email, customer_proven, checkout_id, checkout_url, order_id, subscription_id, success_url,
    return_url, code_challenge, nonce_hash, nonce_used_at, metadata, created_at, updated_at, succeeded_at, expires_at)
  values (:id, :mode, :appId, :method, :status, :kind, :productId, :productName, :productPlan, :amount, :netAmount,
    :taxAmount, :discountAmount, :refundedAmount, :refundedTaxAmount, :refundableAmount, :disputed, :billingReason,
    :discountId, :discountCode, :discountName, :invoiceNumber, :country, :failureReason, :currency, :customerId,
    :externalCustomerId, :customerEmail, :customerProven, :checkoutId, :sealedCheckoutUrl, :orderId, :subscriptionId, :successUrl,
    :returnUrl, :codeChallenge, :nonceHash, :nonceUsedAt, :metadata, :createdAt, :updatedAt, :succeededAt, :expiresAt)`);

export function insertPayment(row: PaymentRow) {
  return insertRow({ ...row, metadata: JSON.stringify(row.metadata) });
}

/** One payment of an app; undefined for another app's too (invariant 5). */
export async function findPayment(
  database: Database,
  appId: string,
  id: string,
): Promise<PaymentRow | undefined> {
  const [row] = await orm(database)
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
): Promise<{ payment: PaymentRow; heardAt: number | null; gift: string | null } | undefined> {
  const [row] = await orm(database)
    .select({
      payment: payments,
      heardAt: sql<number | null>`(select min(created_at) from events where payment_id = payments.id
        and type = 'payment.succeeded')`,
      gift: sql<
        string | null
      >`(select g.id from gifts as g where g.payment_id = payments.id and g.canceled_at is null)`,
    })
    .from(payments)
    .where(eq(payments.id, id))
    .limit(1);
  return row;
}
