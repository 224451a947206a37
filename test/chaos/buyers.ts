import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { callJson } from '../../cli/local/http.ts';
import { type Call, createApi, expectStatus } from './calls.ts';
import type { PurchasePlan } from './plan.ts';
import { keyOf, type Shop } from './shop.ts';

/* Buyers and sellers. The plan says what they do; whether it succeeds depends on the gateway. */

const POLL_MS = 200;
/** A renewal’s charge and what follows from it. */
const RENEWAL_MS = 900;

const startedPayment = z.object({ id: z.string(), status: z.string(), checkout_url: z.string() });
const confirmedCheckout = z.object({ success_url: z.string() });
const checkoutState = z.object({ id: z.string(), status: z.string(), success_url: z.string() });
const soldOrder = z.object({
  id: z.string(),
  net_amount: z.number(),
  subscription_id: z.nullable(z.string()),
});
const orderList = z.object({ items: z.array(soldOrder) });

export interface Bought {
  plan: PurchasePlan;
  paymentId: string;
  /** Where `/return` sent the buyer: with a code, without, or nobody came back. */
  returned: 'with_code' | 'without_code' | 'never';
}

/** One story from the shop’s button to what comes after the sale. `giveUp` ends it wherever it is. */
export async function buy(shop: Shop, plan: PurchasePlan, giveUp: AbortSignal): Promise<Bought> {
  const polar = createApi(shop.polar.url, giveUp);
  const payment = await startPayment(shop, plan);
  const secret = new URL(payment.checkout_url).pathname.split('/').pop() ?? '';
  const checkoutPath = `/v1/checkouts/client/${secret}`;
  const bought: Bought = { plan, paymentId: payment.id, returned: 'never' };

  for (const card of plan.badCards) {
    await confirm(`tok_${card}`, card === 'rejected' ? 400 : 200);
    await waitForCheckout('open');
  }
  if (plan.abandons) return bought;
  const { success_url } = confirmedCheckout.parse(await confirm('tok_visa', 200));
  if (plan.returns === 'at_once') bought.returned = await comeBack(success_url);
  const checkout = await waitForCheckout('succeeded');
  if (plan.returns === 'later') bought.returned = await comeBack(checkout.success_url);
  if (plan.afterwards !== 'nothing') {
    await sleep(plan.afterMs, undefined, { signal: giveUp });
    await goOn(shop, plan, checkout.id, giveUp);
  }
  return bought;

  async function confirm(token: string, status: number): Promise<unknown> {
    const call: Call = {
      method: 'POST',
      path: `${checkoutPath}/confirm`,
      body: {
        customer_email: plan.email,
        confirmation_token_id: token,
        customer_billing_address: { country: 'CH' },
      },
    };
    return expectStatus(call, await polar.ask(call), status);
  }

  async function waitForCheckout(status: string): Promise<z.output<typeof checkoutState>> {
    const call: Call = { method: 'GET', path: checkoutPath };
    for (;;) {
      const state = checkoutState.parse(expectStatus(call, await polar.ask(call), 200));
      if (state.status === status) return state;
      await sleep(POLL_MS, undefined, { signal: giveUp });
    }
  }

  async function comeBack(link: string): Promise<'with_code' | 'without_code'> {
    const { origin, pathname, search } = new URL(link);
    if (origin !== shop.gateway.url) throw new Error(`Polar would send the buyer to ${origin}.`);
    const call: Call = { method: 'GET', path: pathname + search };
    const answer = await shop.gateway.ask(call);
    expectStatus(call, answer, 302, 303);
    return new URL(answer.headers.get('location') ?? '').searchParams.has('code')
      ? 'with_code'
      : 'without_code';
  }
}

async function startPayment(shop: Shop, plan: PurchasePlan) {
  const call: Call = {
    method: 'POST',
    path: '/v1/payments',
    token: keyOf(shop, plan.product),
    headers: { 'idempotency-key': `purchase-${plan.number}` },
    body: {
      method: 'polar',
      product_id: shop.productIds[plan.product],
      metadata: { purchase: plan.number },
    },
  };
  return startedPayment.parse(expectStatus(call, await shop.gateway.ask(call), 201));
}

/** What happens to the sale later, at Polar: the gateway only hears of it. */
async function goOn(shop: Shop, plan: PurchasePlan, checkoutId: string, giveUp: AbortSignal): Promise<void> {
  const { url, accessToken } = shop.polar;
  const polar = (method: string, path: string, body?: unknown) =>
    callJson(method, url + path, accessToken, body);
  const order = orderList.parse(await polar('GET', `/v1/orders/?checkout_id=${checkoutId}`)).items[0];
  if (!order) throw new Error(`Polar has no order of the checkout ${checkoutId}.`);
  const subscription = `/v1/subscriptions/${order.subscription_id}`;
  const control = `/_sim/subscriptions/${order.subscription_id}`;
  const refund = (share: number, revoke: boolean) =>
    polar('POST', '/v1/refunds/', {
      order_id: order.id,
      amount: Math.ceil(order.net_amount * share),
      reason: 'customer_request',
      revoke_benefits: revoke,
    });
  const renew = async (fails: boolean) => {
    if (fails) await polar('POST', `${control}/fail-next-payment`);
    await polar('POST', `${control}/renew`);
    await sleep(RENEWAL_MS, undefined, { signal: giveUp });
  };
  switch (plan.afterwards) {
    case 'nothing':
      return;
    case 'refund_all_and_revoke':
      return void (await refund(1, true));
    case 'refund_all':
      return void (await refund(1, false));
    case 'refund_part':
      return void (await refund(0.4, false));
    case 'refund_part_and_revoke':
      return void (await refund(0.4, true));
    case 'cancel':
      return void (await polar('PATCH', subscription, { cancel_at_period_end: true }));
    case 'cancel_and_return':
      await polar('PATCH', subscription, { cancel_at_period_end: true });
      await sleep(RENEWAL_MS, undefined, { signal: giveUp });
      return void (await polar('PATCH', subscription, { cancel_at_period_end: false }));
    case 'revoke':
      return void (await polar('DELETE', subscription));
    case 'renew':
      return renew(false);
    case 'renew_twice':
      await renew(false);
      return renew(false);
    case 'renewal_fails':
      return renew(true);
    case 'renewal_fails_then_paid': {
      await renew(true);
      const orders = await polar('GET', `/v1/orders/?subscription_id=${order.subscription_id}`);
      const owed = orderList.parse(orders).items.find(({ id }) => id !== order.id);
      if (!owed) throw new Error(`The subscription ${order.subscription_id} has no second order.`);
      return void (await polar('POST', `/_sim/orders/${owed.id}/retry`));
    }
  }
}
