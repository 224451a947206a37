import type { PaymentView } from './payment.answers.ts';
import type { PaymentRow } from './db/schema.rows.ts';

/** How a column is shown: as it is, yes or no, a time in milliseconds as ISO 8601, or stored JSON as JSON. */
type Form = 'plain' | 'flag' | 'time' | 'json';
/**
 * The column that a field shows, and how. With fields in place of a form the field is an object of them, and null while the
 * column is.
 */
type Field = readonly [column: keyof PaymentRow, form: Form | Fields];
/** Fields by name; null for one that no column is shown in. */
export interface Fields {
  readonly [name: string]: Field | Fields | null;
}

/**
 * How a payment is shown: every field of its view by the column behind it. `GET /v1/payments` shows rows by this table,
 * and events take the same fields in SQL (`tell/events/payment-json.rows.ts`), so both always agree (ADR 46).
 */
export const PAYMENT_FIELDS = {
  id: ['id', 'plain'],
  status: ['status', 'plain'],
  kind: ['kind', 'plain'],
  method: ['method', 'plain'],
  disputed: ['disputed', 'flag'],
  product: {
    id: ['productId', 'plain'],
    name: ['productName', 'plain'],
    plan: ['productPlan', 'plain'],
  },
  amount: ['amount', 'plain'],
  net_amount: ['netAmount', 'plain'],
  tax_amount: ['taxAmount', 'plain'],
  discount_amount: ['discountAmount', 'plain'],
  refunded_amount: ['refundedAmount', 'plain'],
  refunded_tax_amount: ['refundedTaxAmount', 'plain'],
  refundable_amount: ['refundableAmount', 'plain'],
  currency: ['currency', 'plain'],
  billing_reason: ['billingReason', 'plain'],
  discount: [
    'discountId',
    {
      id: ['discountId', 'plain'],
      code: ['discountCode', 'plain'],
      name: ['discountName', 'plain'],
    },
  ],
  invoice_number: ['invoiceNumber', 'plain'],
  failure_reason: ['failureReason', 'plain'],
  customer: {
    id: ['customerId', 'plain'],
    external_id: ['externalCustomerId', 'plain'],
    email: ['customerEmail', 'plain'],
  },
  checkout_id: ['checkoutId', 'plain'],
  // The address opens the checkout: only the app that asks for the payment gets it, and no event does.
  checkout_url: null,
  order_id: ['orderId', 'plain'],
  subscription_id: ['subscriptionId', 'plain'],
  metadata: ['metadata', 'json'],
  created_at: ['createdAt', 'time'],
  succeeded_at: ['succeededAt', 'time'],
  expires_at: ['expiresAt', 'time'],
} as const satisfies {
  [Name in keyof PaymentView]: PaymentView[Name] extends { id: unknown }
    ? { [Part in keyof PaymentView[Name]]: Field }
    : Field | null;
};

type ColumnsOf<F> = F extends readonly [infer Column, infer Form]
  ? Column | (Form extends object ? ColumnsOf<Form[keyof Form]> : never)
  : F extends object
    ? ColumnsOf<F[keyof F]>
    : never;
type Column = ColumnsOf<(typeof PAYMENT_FIELDS)[keyof typeof PAYMENT_FIELDS]>;
type Shown = Pick<PaymentRow, Column & keyof PaymentRow>;
type Nullable = { [Name in keyof Shown]: null extends Shown[Name] ? Name : never }[keyof Shown];
/** What of a payment's row is shown; what may be null may be left out. */
export type ShownPayment = Omit<Shown, Nullable> & Partial<Pick<Shown, Nullable>>;

/**
 * Shows a payment. `checkoutUrl` is given only to the app that asks for the payment, and while it can still be paid;
 * events do not have it, since they are stored and sent to others (ADR 46).
 */
export function presentPayment(row: ShownPayment, checkoutUrl: string | null = null): PaymentView {
  const url = row.status === 'pending' ? checkoutUrl : null;
  // The table has every field of the view, by its type; that each has the right form is held by the tests' `call()`.
  return { ...show(PAYMENT_FIELDS, row), checkout_url: url } as PaymentView;
}

function show(fields: Fields, row: Partial<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      if (field === null) return [name, null];
      return [name, isField(field) ? showField(field, row) : show(field, row)];
    }),
  );
}

function showField([column, form]: Field, row: Partial<Record<string, unknown>>): unknown {
  const value = row[column] ?? null;
  if (typeof form === 'object') return value === null ? null : show(form, row);
  return form === 'time' && typeof value === 'number' ? new Date(value).toISOString() : value;
}

/** Whether it shows a column; else it is an object of fields. */
export function isField(field: Field | Fields): field is Field {
  return Array.isArray(field);
}
