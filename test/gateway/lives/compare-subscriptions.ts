import { expect } from 'vitest';
import type { Living, Place } from './living.ts';
import { ordersOf, type State } from './model.ts';
import type { Shop } from './shop.ts';

/* The subscriptions and refunds of a life, beside what the model says of them. */

interface View {
  id: string;
  [field: string]: unknown;
}

interface Payment {
  id: string;
  order_id: string | null;
}

/** `payments`: those of the life, as the gateway shows them; `ends`: when the present period of each subscription ends. */
export async function compareSubscriptions(
  { gateway, app, shop }: Place,
  { customerId }: Living,
  state: State,
  { payments, ends }: { payments: readonly Payment[]; ends: ReadonlyMap<string, number> },
): Promise<void> {
  if (customerId === null) return;
  const path = `/v1/subscriptions?limit=100&customer=${customerId}`;
  const { body } = await gateway.call<{ data: View[] }>('GET', path, { key: app.secretKey });
  const paymentOf = (order: string | undefined) => payments.find(({ order_id }) => order_id === order)?.id;
  const expected = state.subscriptions.map((subscription) => {
    const { id, product, status, seats, isCanceled, ended, orders, pause, pending } = subscription;
    return {
      id,
      status,
      product: { id: shop.products[product], name: `quay:${product}`, plan: product },
      seats,
      cancel_at_period_end: isCanceled,
      has_ended: ended !== null,
      first_payment_id: paymentOf(orders[0]?.facts?.id),
      latest_payment_id: paymentOf(orders.at(-1)?.facts?.id),
      current_period_end: ends.get(id),
      ...(ended === null
        ? { pause_at_period_end: pause !== null, pending_update: pendingUpdate(shop, pending) }
        : {}),
    };
  });
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  const shown = body.data.map((view) => ({
    ...view,
    has_ended: view['ended_at'] !== null,
    current_period_end: Date.parse(String(view['current_period_end'])),
    pending_update: readUpdate(view['pending_update']),
  }));
  expect(shown.toSorted(byId), 'subscriptions').toMatchObject(expected.toSorted(byId));
  expect(shown.length, 'how many subscriptions').toBe(expected.length);
}

function pendingUpdate(shop: Shop, pending: State['subscriptions'][number]['pending']): object | null {
  if (pending === null) return null;
  return 'product' in pending
    ? { product_id: shop.products[pending.product], seats: null }
    : { product_id: null, seats: pending.seats };
}

function readUpdate(update: unknown): unknown {
  if (typeof update !== 'object' || update === null) return update;
  const { product_id, seats } = update as Record<string, unknown>;
  return { product_id, seats };
}

/** Refunds of each payment, whoever made them. */
export async function compareRefunds(
  { gateway, app }: Place,
  state: State,
  payments: readonly Payment[],
): Promise<void> {
  for (const { refunds, facts } of ordersOf(state)) {
    if (refunds.length === 0) continue;
    const payment = payments.find(({ order_id }) => order_id === facts?.id);
    const path = `/v1/payments/${payment?.id}/refunds?limit=100`;
    const { body } = await gateway.call<{ data: View[] }>('GET', path, { key: app.secretKey });
    const shown = body.data.map(({ status, amount, tax_amount }) => ({ status, amount, tax: tax_amount }));
    const expected = refunds.map(({ status, amount, tax }) => ({ status, amount, tax }));
    const byContent = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    expect(shown.toSorted(byContent), 'refunds').toEqual(expected.toSorted(byContent));
  }
}
