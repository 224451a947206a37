import { type SQL, sql } from 'drizzle-orm';
import { payments } from '../../base/db/schema.rows.ts';

/** ISO 8601 with milliseconds, as `Date` writes it; null stays null. */
const iso = (column: string): SQL =>
  sql.raw(
    `strftime('%Y-%m-%dT%H:%M:%S', p.${column} / 1000, 'unixepoch') || printf('.%03dZ', p.${column} % 1000)`,
  );

/**
 * A payment's row as JSON, in the form of `presentPayment`, or `null`. Events take it from the row in the batch that
 * changes the row, so that they show what `GET /v1/payments/:id` answers from then on (ADR 46). It lacks the address of
 * the checkout, since events are stored and sent to others.
 */
export function paymentJson(paymentId: string | null): SQL {
  if (paymentId === null) return sql`'null'`;
  return sql`coalesce((
    select json_object(
      'id', p.id, 'status', p.status, 'kind', p.kind, 'method', p.method, 'product_id', p.product_id,
      'amount', p.amount, 'refunded_amount', p.refunded_amount, 'currency', p.currency,
      'customer', json_object('id', p.customer_id, 'external_id', p.external_customer_id, 'email', p.customer_email),
      'checkout_id', p.checkout_id, 'checkout_url', null, 'order_id', p.order_id, 'subscription_id', p.subscription_id,
      'metadata', json(p.metadata), 'created_at', ${iso('created_at')}, 'succeeded_at', ${iso('succeeded_at')},
      'expires_at', ${iso('expires_at')})
    from ${payments} as p where p.id = ${paymentId}), 'null')`;
}
