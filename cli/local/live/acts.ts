import { callJson, HttpError, listField, textField } from '../http.ts';
import { type Chains, type Named, type Purchase, textIn } from './chains.ts';

/* The buttons of the live page: what can be done to a purchase at the simulated Polar, and its clock. */

export const ACTS = ['refund', 'renew', 'fail', 'month'] as const;
export type Act = (typeof ACTS)[number];

/** Whether a button can be pressed; if not, `why`. */
interface Choice {
  act: Act;
  enabled: boolean;
  why: string | null;
}

export interface State {
  simulated: boolean;
  /** Polar's clock, ISO 8601; null when it is Polar's own. */
  polar_now: string | null;
  /** The purchase that was asked about. */
  purchase: {
    chain: string;
    product: string | null;
    email: string | null;
    status: string | null;
    /** A sentence beside the buttons. */
    note: string | null;
    /** The page of the shop that it opens. */
    shop_path: string | null;
  } | null;
  acts: Choice[];
}

export interface Acts {
  state(chain: string | null): Promise<State>;
  /** Gives what was done, in a sentence. @throws {Refused} with why not */
  do(act: Act, chain: string | null): Promise<string>;
}

/** What cannot be done, in words for the page. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

interface Options {
  polarUrl: string;
  accessToken: string;
  isSimulated: boolean;
  chains: Chains;
  /** The page of the shop that an app's product opens. */
  shopPathOf: (app: string) => string | undefined;
}

const REAL = 'This is Polar’s own sandbox: do it in its dashboard.';
const NOTHING = 'Buy something first, or choose a purchase.';
const RUNNING = new Set(['active', 'trialing']);

/** What Polar says of a purchase now. */
interface AtPolar {
  order: Named | undefined;
  subscription: Named | undefined;
}

export function createActs(options: Options): Acts {
  const { polarUrl, accessToken, isSimulated, chains, shopPathOf } = options;
  const call = (method: string, path: string, body?: unknown) =>
    callJson(method, polarUrl + path, accessToken, body);
  /** Subscriptions whose next payment was made to fail: Polar does not show it. */
  const failing = new Set<string>();

  const look = async ({ orderId, subscriptionId }: Purchase): Promise<AtPolar> => {
    const subscription =
      subscriptionId === undefined
        ? undefined
        : await ifThere(call('GET', `/v1/subscriptions/${subscriptionId}`));
    const orders =
      subscriptionId === undefined
        ? orderId === undefined
          ? []
          : [await ifThere(call('GET', `/v1/orders/${orderId}`))]
        : listField(
            await call('GET', `/v1/orders/?subscription_id=${subscriptionId}&sorting=-created_at&limit=10`),
            'items',
          );
    return { order: orders.find((each) => each?.['paid'] === true) ?? orders[0], subscription };
  };

  return {
    async state(chain) {
      const purchase = chain === null ? undefined : chains.find(chain);
      const at = purchase && isSimulated ? await look(purchase) : undefined;
      const now = isSimulated ? textField(await call('GET', '/_sim/clock'), 'now') : null;
      const isFailing = failing.has(purchase?.subscriptionId ?? '');
      return {
        simulated: isSimulated,
        polar_now: now,
        purchase: purchase
          ? {
              chain: purchase.chain,
              product: purchase.productName ?? null,
              email: purchase.email ?? null,
              status: textIn(at?.subscription ?? at?.order ?? {}, 'status') ?? null,
              note: noteOf(at, isFailing),
              shop_path: (purchase.app === undefined ? undefined : shopPathOf(purchase.app)) ?? null,
            }
          : null,
        acts: ACTS.map((act) => {
          const why = isSimulated ? whyNot(act, at, isFailing) : REAL;
          return { act, enabled: why === null, why };
        }),
      };
    },

    async do(act, chain) {
      if (!isSimulated) throw new Refused(REAL);
      const purchase = chain === null ? undefined : chains.find(chain);
      const at = purchase ? await look(purchase) : undefined;
      const subscription = purchase?.subscriptionId ?? '';
      const why = whyNot(act, at, failing.has(subscription));
      if (why !== null) throw new Refused(why);
      switch (act) {
        case 'refund':
          await call('POST', '/v1/refunds/', refundOf(at?.order ?? {}));
          return 'All of it was refunded.';
        case 'renew':
          await call('POST', `/_sim/subscriptions/${subscription}/renew`);
          failing.delete(subscription);
          return 'Its period has ended, and Polar charges the next one.';
        case 'fail':
          await call('POST', `/_sim/subscriptions/${subscription}/fail-next-payment`);
          failing.add(subscription);
          return 'The card will be refused at the next renewal.';
        case 'month': {
          const now = new Date(textField(await call('GET', '/_sim/clock'), 'now'));
          await call('POST', '/_sim/clock', { advance_ms: monthLater(now) - now.getTime() });
          failing.clear();
          return 'At Polar it is a month later. The gateway keeps this machine’s time.';
        }
      }
    },
  };
}

function whyNot(act: Act, at: AtPolar | undefined, isFailing: boolean): string | null {
  if (act === 'month') return null;
  if (!at || (!at.order && !at.subscription)) return NOTHING;
  if (act === 'refund') {
    if (at.order?.['paid'] !== true) return 'It is not paid.';
    return refundable(at.order) > 0 ? null : 'All of it is refunded already.';
  }
  if (!at.subscription) return 'It was bought once and for good. Choose a subscription.';
  const status = textIn(at.subscription, 'status') ?? 'unknown';
  if (!RUNNING.has(status)) return `The subscription is ${status.replaceAll('_', ' ')}.`;
  return act === 'fail' && isFailing ? 'The next payment will already fail.' : null;
}

function noteOf(at: AtPolar | undefined, isFailing: boolean): string | null {
  if (isFailing) return 'The card will be refused at the next renewal: renew, or go a month on.';
  if (at?.subscription && at.order && refundable(at.order) === 0)
    return 'The last payment is refunded. The subscription itself goes on, as at Polar, until it is canceled.';
  return null;
}

const refundable = (order: Named): number =>
  numberIn(order, 'net_amount') - numberIn(order, 'refunded_amount');

function numberIn(object: Named, key: string): number {
  const value = object[key];
  return typeof value === 'number' ? value : 0;
}

/** All that is left of an order. Polar takes away what was bought once; what a subscription gives stays. */
function refundOf(order: Named) {
  return {
    order_id: textField(order, 'id'),
    reason: 'customer_request',
    amount: refundable(order),
    revoke_benefits: textIn(order, 'subscription_id') === undefined,
  };
}

/** The same day of the next month, or its last day. */
function monthLater(now: Date): number {
  const next = new Date(now);
  next.setUTCMonth(now.getUTCMonth() + 1);
  if (next.getUTCDate() !== now.getUTCDate()) next.setUTCDate(0);
  return next.getTime();
}

async function ifThere(asking: Promise<Named>): Promise<Named | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return undefined;
    throw error;
  }
}
