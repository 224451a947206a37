import type { Answer } from '../../gateway/client.ts';

type Event = Answer<'GET /v1/events'>['data'][number];
type Payment = Answer<'GET /v1/payments/{id}'>;

/** What has been bought, by what its events mention. */
export interface Purchase {
  payment: Payment;
  ids: Set<string>;
}

/** A purchase that has just begun. `email`: whose it is. */
export function beginPurchase(payment: Payment, email: string): Purchase {
  // A customer is told of before the payment says which one it is.
  const purchase = { payment, ids: new Set([email]) };
  learn(purchase, payment);
  return purchase;
}

/** Whether an event is about a purchase. Ids that it tells of are then known too. */
export function isAbout(purchase: Purchase, event: Event): boolean {
  const { payment, polar } = event.body.data;
  const data = asRecord(polar?.data);
  const mentioned = [
    event.payment_id,
    payment?.id,
    payment?.subscription_id,
    payment?.order_id,
    ...['id', 'checkout_id', 'order_id', 'subscription_id', 'customer_id', 'email'].map((name) => data[name]),
  ];
  if (!mentioned.some((id) => typeof id === 'string' && purchase.ids.has(id))) return false;
  if (payment) learn(purchase, payment);
  return true;
}

function learn({ ids }: Purchase, { id, checkout_id, order_id, subscription_id, customer }: Payment): void {
  for (const each of [id, checkout_id, order_id, subscription_id, customer.id])
    if (each !== null) ids.add(each);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
