import { expect } from 'vitest';
import { type Answer, call, type TestApp, type World } from '../harness/harness.ts';
import { SANDBOX_API_URL } from '../harness/bindings.ts';
import { startPayment } from '../harness/story.ts';

/* What tests of refunds share: a payment that was made, the calls, and what Polar itself has. */

export interface RefundView {
  id: string;
  payment_id: string;
  status: string;
  amount: number;
  tax_amount: number | null;
  currency: string;
  reason: string;
  comment: string | null;
  failure_reason: string | null;
  metadata: Record<string, unknown>;
  created_at: string;
}

export interface RefundProblem {
  code: string;
  detail: string;
  errors?: { path: string; message: string }[];
}

interface PaymentView {
  id: string;
  status: string;
  order_id: string;
  subscription_id: string | null;
  amount: number;
  refunded_amount: number;
}

/** A payment of a product, paid and heard of. */
export async function buy(world: World, app: TestApp, productId: string): Promise<PaymentView> {
  const { id, checkoutUrl } = await startPayment(app, productId);
  await world.pay(app.mode, checkoutUrl, { email: `${id}@readers.dev` });
  await world.settle();
  return readPayment(app, id);
}

export async function readPayment(app: TestApp, id: string): Promise<PaymentView> {
  return (await call<PaymentView>('GET', `/v1/payments/${id}`, { key: app.secretKey })).body;
}

/** Asks for a refund; `key`: the `Idempotency-Key`. */
export function refund(
  app: TestApp,
  paymentId: string,
  body: object = {},
  key?: string,
): Promise<Answer<RefundView & RefundProblem>> {
  return call('POST', `/v1/payments/${paymentId}/refunds`, {
    key: app.secretKey,
    body,
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
}

export function get<T>(app: TestApp, path: string): Promise<Answer<T>> {
  return call<T>('GET', path, { key: app.secretKey });
}

export type RefundPage = { data: RefundView[]; next_cursor: string | null };

export interface PolarRefund {
  id: string;
  status: string;
  amount: number;
  revoke_benefits: boolean;
  metadata: Record<string, unknown>;
}

/** The refunds that Polar has, newest first. */
export async function refundsAtPolar(world: World, orderId?: string): Promise<PolarRefund[]> {
  const page = await world.polar<{ items: PolarRefund[] }>(
    'sandbox',
    'GET',
    `/v1/refunds/?limit=100${orderId === undefined ? '' : `&order_id=${orderId}`}`,
  );
  return page.items;
}

/** Turns trouble on at Polar; none turns it off. */
export async function trouble(world: World, faults?: object): Promise<void> {
  const answer = await world.simulator.fetch(
    new Request(`${SANDBOX_API_URL}/_sim/faults`, {
      method: faults ? 'POST' : 'DELETE',
      headers: { 'content-type': 'application/json' },
      ...(faults ? { body: JSON.stringify(faults) } : {}),
    }),
  );
  expect(answer.ok).toBe(true);
}

/** Polar carries refunds out, and nobody hears its answer. */
export const ANSWERS_LOST = {
  connection_reset: 1,
  connection_reset_when: 'after',
  methods: ['POST'],
  path: '/v1/refunds/',
};
