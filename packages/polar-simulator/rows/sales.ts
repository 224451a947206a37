/** Checkouts, orders, subscriptions, payments, refunds and disputes. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { TaxId } from './customers.ts';
export type CheckoutRow = Omit<
  models.Checkout,
  | 'products'
  | 'product'
  | 'product_price'
  | 'prices'
  | 'discount'
  | 'attached_custom_fields'
  | 'url'
  | 'customer_tax_id'
> & {
  customer_tax_id: TaxId | null;
  product_ids: string[];
  ad_hoc_price_ids: Record<string, string[]>;
  /** Given by the seller or made by this checkout, not merely matched by e-mail: only then a session is handed out. */
  customer_is_given: boolean;
  /** The customer is who was typed at the last try, which failed: at its page the next try may name another. */
  customer_is_typed?: boolean;
  order_id: string | null;
  last_error: string | null;
};

export type OrderRow = Omit<
  models.Order,
  | 'customer'
  | 'product'
  | 'discount'
  | 'subscription'
  | 'paid'
  | 'due_amount'
  | 'refundable_amount'
  | 'refundable_tax_amount'
  | 'net_amount'
  | 'total_amount'
> & {
  organization_id: string;
  tax_inclusive: boolean;
  /** Taken from the customer once the order leaves `pending`. */
  dispute_open: boolean;
  /** Polar has stopped refunds of it; absent: it has not. */
  refunds_blocked?: boolean;
  /** The receipt's file is made when it is asked for first. */
  is_receipt_rendered: boolean;
};

export type SubscriptionRow = Omit<
  models.Subscription,
  'customer' | 'product' | 'discount' | 'prices' | 'meters'
> & {
  organization_id: string;
  price_ids: string[];
  anchor_day: number;
  /** Custom (pay what you want) amount agreed at checkout. */
  custom_amount: number | null;
  discount_applied_at: string | null;
  /** Proration items that wait for the next renewal. */
  carried_items: models.OrderItemSchema[];
  /** Counts dunning attempts of the open renewal order. */
  dunning_attempts: number;
  dunning_order_id: string | null;
  /** Set at `/_sim`: the next charge fails. */
  fail_next_payment: boolean;
  /** The meters it bills by. */
  meter_rows: Pick<models.SubscriptionMeter, 'id' | 'created_at' | 'modified_at' | 'meter_id'>[];
  /** Which period end is scheduled: stale jobs see another number and do nothing. */
  cycle_serial: number;
};

export interface RefundRow extends models.Refund {
  comment: string | null;
}

export interface PaymentRow {
  id: string;
  created_at: string;
  modified_at: string | null;
  status: 'pending' | 'succeeded' | 'failed';
  amount: number;
  currency: string;
  trigger: models.CardPayment['trigger'];
  decline_reason: string | null;
  decline_message: string | null;
  organization_id: string;
  customer_id: string | null;
  checkout_id: string | null;
  order_id: string | null;
  card: { brand: string; last4: string };
}

export interface DisputeRow {
  id: string;
  created_at: string;
  modified_at: string | null;
  organization_id: string;
  status: models.DisputeStatus;
  resolved: boolean;
  closed: boolean;
  amount: number;
  tax_amount: number;
  currency: string;
  reason: string | null;
  evidence_due_by: string | null;
  past_due: boolean;
  order_id: string;
  payment_id: string;
  case_id: string | null;
}
