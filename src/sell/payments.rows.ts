import { and, eq, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Database } from '../base/db/database.rows.ts';
import { command, query } from '../base/db/sql.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { type PaymentRow, payments } from '../base/db/schema.rows.ts';

interface SoldProduct {
  appId: string | null;
  isArchived: 0 | 1;
  isRecurring: 0 | 1;
  /** Polar's prices as JSON; null where nothing depends on them, or while only a part of the product was seen. */
  prices: string | null;
  /** Polar's benefits, in the same way. */
  benefits: string | null;
}

const productById = query<{ mode: Mode; productId: string; wantsParts: boolean }, SoldProduct>(`
  select app_id as appId, is_archived as isArchived, is_recurring as isRecurring,
    iif(:wantsParts, data -> '$.prices', null) as prices, iif(:wantsParts, data -> '$.benefits', null) as benefits
  from products where mode = :mode and id = :productId`);

/** The row of a product, for a batch of reads. `wantsParts`: with its prices and benefits, on which something depends. */
export function productStatement(mode: Mode, productId: string, wantsParts = false) {
  return productById({ mode, productId, wantsParts });
}

type PaymentColumns = Omit<PaymentRow, 'metadata'> & { metadata: string };

const insertRow = command<PaymentColumns>(`
  insert into payments (id, mode, app_id, method, status, kind, product_id, product_name, product_plan, amount, net_amount,
    tax_amount, discount_amount, refunded_amount, refunded_tax_amount, refundable_amount, disputed, billing_reason,
    discount_id, discount_code, discount_name, invoice_number, failure_reason, currency, customer_id,
    external_customer_id, customer_email, customer_proven, checkout_id, checkout_url, order_id, subscription_id, success_url,
    return_url, code_challenge, nonce_hash, nonce_used_at, metadata, created_at, updated_at, succeeded_at, expires_at)
  values (:id, :mode, :appId, :method, :status, :kind, :productId, :productName, :productPlan, :amount, :netAmount,
    :taxAmount, :discountAmount, :refundedAmount, :refundedTaxAmount, :refundableAmount, :disputed, :billingReason,
    :discountId, :discountCode, :discountName, :invoiceNumber, :failureReason, :currency, :customerId,
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
