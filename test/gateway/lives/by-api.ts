import { expect } from 'vitest';
import type { SubscriptionAction } from './targets.ts';
import type { Place } from './living.ts';

/*
 * What an app does by its key. The gateway may not have heard of a purchase yet, or not of its latest news: then it refuses, and
 * the same is done at Polar.
 */

/** What the gateway answers as long as it has not heard of a payment, or of a refund that failed. */
const NOT_HEARD = ['not_found', 'not_paid', 'amount_too_large', 'already_refunded', 'payment_disputed'];

interface Asked {
  amount: number;
  revokes: boolean;
  slow: boolean;
}

/** Whether the gateway refunded it; its answer must say so. */
export async function refundByApi(
  { gateway, app }: Place,
  order: string,
  { amount, revokes, slow }: Asked,
): Promise<boolean> {
  const key = app.secretKey;
  const { body: found } = await gateway.call<{ data: { id: string }[] }>(
    'GET',
    `/v1/payments?order_id=${order}`,
    { key },
  );
  const payment = found.data[0]?.id;
  if (payment === undefined) return false;
  const { status, body, text } = await gateway.call<{ code?: string; status?: string; amount?: number }>(
    'POST',
    `/v1/payments/${payment}/refunds`,
    { key, body: { amount, revoke_benefits: revokes, metadata: slow ? { simulate: 'pending' } : {} } },
  );
  if (NOT_HEARD.includes(body.code ?? '')) return false;
  expect([status, body.status, body.amount], text).toEqual([201, slow ? 'pending' : 'succeeded', amount]);
  return true;
}

/** Whether the gateway changed it. `body`: what the route of the action takes. */
export async function changeByApi(
  { gateway, app }: Place,
  subscription: string,
  action: SubscriptionAction,
  body: object,
): Promise<boolean> {
  const isDeleted = action.do === 'revoke';
  const { status, text } = await gateway.call(
    isDeleted ? 'DELETE' : 'POST',
    `/v1/subscriptions/${subscription}${isDeleted ? '' : `/${action.do}`}`,
    { key: app.secretKey, ...(isDeleted ? {} : { body }) },
  );
  if (status === 404) return false;
  expect(status, `${action.do}: ${text}`).toBe(200);
  return true;
}
