import type { PaymentView } from './payment.answers.ts';

/** The columns of a payment that its view needs. */
export interface PaymentFields {
  id: string;
  status: string;
  kind: string;
  method: string;
  productId: string | null;
  amount: number | null;
  refundedAmount: number;
  currency: string | null;
  customerId: string | null;
  externalCustomerId: string | null;
  customerEmail: string | null;
  checkoutId: string | null;
  orderId: string | null;
  subscriptionId: string | null;
  metadata: Record<string, string | number | boolean>;
  createdAt: number;
  succeededAt: number | null;
  expiresAt: number | null;
}

/**
 * Shows a payment. `checkoutUrl` is given only to the app that asks for the payment, and while it can still be paid;
 * events do not have it, since they are stored and sent to others (ADR 46).
 */
export function presentPayment(row: PaymentFields, checkoutUrl: string | null = null): PaymentView {
  return {
    id: row.id,
    status: row.status,
    kind: row.kind,
    method: row.method,
    product_id: row.productId,
    amount: row.amount,
    refunded_amount: row.refundedAmount,
    currency: row.currency,
    customer: { id: row.customerId, external_id: row.externalCustomerId, email: row.customerEmail },
    checkout_id: row.checkoutId,
    checkout_url: row.status === 'pending' ? checkoutUrl : null,
    order_id: row.orderId,
    subscription_id: row.subscriptionId,
    metadata: row.metadata,
    created_at: new Date(row.createdAt).toISOString(),
    succeeded_at: row.succeededAt === null ? null : new Date(row.succeededAt).toISOString(),
    expires_at: row.expiresAt === null ? null : new Date(row.expiresAt).toISOString(),
  };
}
