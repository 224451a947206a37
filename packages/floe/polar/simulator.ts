import type { Context } from '../context.ts';
import { callPolar, locateCheckout, textIn } from './polar-checkout.ts';

/** A simulator whose clock is moved does all that became due before it answers. */
const CONTROL_TIMEOUT_MS = 120_000;

/** What a simulated Polar lets anybody do: pay like a buyer, and have time pass. */
export interface Simulator {
  /** Pays a checkout with a card that pays. */
  pay(checkoutUrl: string, email: string): Promise<void>;
  /** Ends a subscription's period now, whoever's clock: it renews, pauses or ends. */
  endPeriod(subscriptionId: string): Promise<void>;
  /** The next charge of a subscription is refused. */
  failNextPayment(subscriptionId: string): Promise<void>;
  /** Moves the clock of everything at that Polar. */
  advanceClock(ms: number): Promise<void>;
}

/** The simulator that made a checkout; undefined when it is Polar's own. */
export async function findSimulator(context: Context, checkoutUrl: string): Promise<Simulator | undefined> {
  const { api, site } = locateCheckout(checkoutUrl);
  if (/(?:^|\.)polar\.sh$/.test(site)) return undefined;
  const health = await callPolar(context, 'GET', `${api}/_sim/health`);
  if (textIn(health, 'status') !== 'ok') return undefined;
  const control = async (path: string, body: object = {}) => {
    await callPolar(context, 'POST', `${api}/_sim/${path}`, body, CONTROL_TIMEOUT_MS);
  };
  return {
    async pay(url, email) {
      const { clientSecret } = locateCheckout(url);
      await callPolar(context, 'POST', `${api}/v1/checkouts/client/${clientSecret}/confirm`, {
        customer_email: email,
        customer_billing_address: { country: 'DE' },
        confirmation_token_id: 'ctoken_pays',
      });
    },
    endPeriod: (id) => control(`subscriptions/${id}/renew`),
    failNextPayment: (id) => control(`subscriptions/${id}/fail-next-payment`),
    advanceClock: (ms) => control('clock', { advance_ms: ms }),
  };
}
