import { callbackIdentity, withParameters } from '../http/callback-urls.rules.ts';
import { isId } from '../base/ids.rules.ts';
import { wasPaid } from '../base/payment-states.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import { BUDGET_RETRY_SECONDS, RETURN_COST } from '../polar/public-budget.rules.ts';
import type { PaymentRow } from '../base/db/schema.rows.ts';
import { checkoutObject, grantObject, orderObject } from '../polar/objects.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { issueCodeStatements } from '../people/codes.rows.ts';
import { runBatch } from '../base/db/database.rows.ts';
import { bringMailForward } from './gifts/gift-mails.rows.ts';
import { findReturningPayment } from './payments.rows.ts';
import { equalSecrets, hashSecret, randomSecret } from '../base/secrets.ts';
import { log } from '../base/log.ts';
import { requestRereads } from '../record/rereads.rows.ts';
import { isContentError } from '../record/apply-observation.ts';
import { applyReads, applyWhatFits, type Read } from '../record/apply-reads.ts';
import { isWithinLimit } from '../http/rate-limit.ts';
import { forAnybody, hasRoom } from '../polar/public-budget.ts';

/** How long the return link still gives a code after the gateway has learned that the payment succeeded (ADR 5). */
const NONCE_MS = 30 * 60_000;
/** The time from the redirect to the site's exchange, which is one page load. */
export const CODE_MS = 2 * 60_000;
const RETRY_SECONDS = 3;
const UNCONFIRMED = 'Your payment cannot be confirmed right now. This page tries again by itself.';

/**
 * Gives the address to which a buyer who comes back from Polar is redirected: the app's, with a one-time code once the
 * payment is under way. The nonce is checked before Polar is asked, and used up only when a code is issued; after a
 * reload or the back button the buyer goes on without a code. Polar is not needed when the payment is known to have
 * succeeded.
 * @throws {Problem} `invalid_return`; `polar_unavailable`, and the nonce can be used again.
 */
export async function finishReturn(
  services: Services,
  link: { paymentId: string; nonce: string },
): Promise<string> {
  const { payment, heardAt, gift } = await provePayment(services, link);
  if (payment.nonceUsedAt !== null) return leadOn(payment);
  if (wasPaid(payment)) {
    if (gift !== null) await mailItsGift(services, payment.id);
    const isLate = services.now() - (heardAt ?? payment.succeededAt ?? 0) > NONCE_MS;
    return isLate ? leadOn(payment) : leadOnWithCode(services, payment);
  }
  const checkoutStatus = await learnPurchase(services, payment);
  const heard = (await findReturningPayment(services.database, payment.id))?.payment ?? payment;
  if (wasPaid(heard) && gift !== null) await mailItsGift(services, heard.id);
  if (wasPaid(heard) || checkoutStatus === 'succeeded' || checkoutStatus === 'confirmed')
    return leadOnWithCode(services, heard);
  return leadBack(heard);
}

/** Known and unknown payments cause the same work: one read, one comparison. */
async function provePayment(
  services: Services,
  { paymentId, nonce }: { paymentId: string; nonce: string },
): Promise<{ payment: PaymentRow; heardAt: number | null; gift: string | null }> {
  const found = isId('pay', paymentId) ? await findReturningPayment(services.database, paymentId) : undefined;
  const isProven = await equalSecrets(await hashSecret(nonce), found?.payment.nonceHash ?? '');
  if (!found || !isProven) {
    throw new Problem('invalid_return', {
      detail: 'This return link is not valid. If you have paid, go back to the shop: it knows.',
    });
  }
  return found;
}

/** Reads the checkout and the purchase from Polar and applies them like webhooks. Gives the checkout's status. */
async function learnPurchase(services: Services, payment: PaymentRow): Promise<string> {
  if (!(await isWithinLimit(services, 'LIMIT_IP', `return:${payment.id}`)))
    throw new Problem('rate_limited', { retryAfter: RETRY_SECONDS });
  try {
    const { checkout, status, asking } = await fetchCheckout(services, payment);
    const { purchase, grants, owners } =
      status === 'succeeded' ? await fetchPurchase(asking, payment) : NOTHING_BOUGHT;
    const reads: Read[] = checkout ? [...purchase, { kind: 'checkout', read: checkout }] : [];
    await applyReads(asking, payment.mode, reads, 'return').catch((error: unknown) => {
      if (!isContentError(error)) throw error;
      // All other objects have been applied, and the buyer goes on. The webhook with the odd object is stored as failed.
      log('error', 'a purchase could not be read whole', { paymentId: payment.id, error });
    });
    const { left, odd } = await applyWhatFits(asking, payment.mode, grants, 'return');
    for (const { error } of odd) log('error', 'a grant was not understood', { paymentId: payment.id, error });
    const behind = left.map(({ read }) => grantObject().parse(read.data).customer_id);
    await rereadGrants(services, payment.mode, new Set([...behind, ...owners]));
    return status;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem('polar_unavailable', {
      detail: UNCONFIRMED,
      retryAfter: error.init.retryAfter ?? RETRY_SECONDS,
      cause: error,
    });
  }
}

/**
 * Takes room in the app's budget for returns (ADR 56): whoever opened a checkout has its nonce, and can come back as
 * often as they like. A purchase is read only when there is room for all of its requests.
 */
async function takeRoom(services: Services, payment: PaymentRow, cost: number): Promise<Services> {
  const app = { id: payment.appId, mode: payment.mode };
  if (await hasRoom(services, app, 'return', cost)) return forAnybody(services, app, 'return', cost);
  throw new Problem('polar_unavailable', { retryAfter: BUDGET_RETRY_SECONDS });
}

/** `asking`: the services to ask on with, when more is to be read. */
async function fetchCheckout(services: Services, payment: PaymentRow) {
  const asking = await takeRoom(services, payment, RETURN_COST.checkout);
  const checkout = await asking.polar(payment.mode).fetchObject('checkout', payment.checkoutId ?? '');
  const status = checkout ? checkoutObject().parse(checkout.data).status : 'unknown';
  const isBought = status === 'succeeded';
  return {
    checkout,
    status,
    asking: isBought ? await takeRoom(services, payment, RETURN_COST.purchase) : asking,
  };
}

/** A team can have hundreds of grants, and the buyer waits; the queue reads the rest. */
async function rereadGrants(services: Services, mode: Mode, customerIds: ReadonlySet<string>): Promise<void> {
  const now = services.now();
  const why = { kind: 'grants', reason: 'more than a return reads' } as const;
  const asked = [...customerIds].map((id) => ({ id, at: now, ...why }));
  await runBatch(services.database, requestRereads(mode, now, asked));
  services.wake([...customerIds].map((id) => ({ type: 'reread', mode, kind: 'grants', id })));
}

interface Purchase {
  /** Its order and its subscription. */
  purchase: Read[];
  grants: Read[];
  /** Customers with more grants than were read. */
  owners: string[];
}

const NOTHING_BOUGHT: Purchase = { purchase: [], grants: [], owners: [] };

async function fetchPurchase(services: Services, payment: PaymentRow): Promise<Purchase> {
  const polar = services.polar(payment.mode);
  const found: Purchase = { purchase: [], grants: [], owners: [] };
  for (const orderRead of await polar.fetchOrdersOfCheckout(payment.checkoutId ?? '')) {
    const { data: order } = orderObject().safeParse(orderRead.data);
    found.purchase.push({ kind: 'order', read: orderRead });
    if (!order) continue;
    const [subscription, grants] = await Promise.all([
      order.subscription_id ? polar.fetchObject('subscription', order.subscription_id) : undefined,
      // The newest are enough for the answer; the others are read behind it.
      polar.fetchGrants(order.customer_id, 1),
    ]);
    if (subscription) found.purchase.push({ kind: 'subscription', read: subscription });
    for (const data of grants.items) {
      const { data: grant } = grantObject().safeParse(data);
      if (!grant) continue;
      const isOfOrder = grant.order_id === order.id;
      const isOfSubscription =
        Boolean(order.subscription_id) && grant.subscription_id === order.subscription_id;
      if (isOfOrder || isOfSubscription)
        found.grants.push({ kind: 'grant', read: { data, requestedAt: grants.requestedAt } });
    }
    if (grants.maxPage > 1) found.owners.push(order.customer_id);
  }
  return found;
}

/** A gift's mail goes as soon as its giver is back. */
async function mailItsGift(services: Services, paymentId: string): Promise<void> {
  const now = services.now();
  const gift = await bringMailForward(services.database, paymentId, now);
  if (gift && gift.mailAt <= now) services.wake([{ type: 'gift', giftId: gift.id }]);
}

async function leadOnWithCode(services: Services, payment: PaymentRow): Promise<string> {
  const code = randomSecret();
  const now = services.now();
  const { used } = await runBatch(
    services.database,
    issueCodeStatements(services.database, {
      paymentId: payment.id,
      hash: await hashSecret(code),
      callbackUrl: callbackIdentity(payment.successUrl ?? '') ?? '',
      now,
      expiresAt: now + CODE_MS,
    }),
  );
  return leadOn(payment, used.length === 1 ? { code } : {});
}

function leadOn(payment: PaymentRow, extra: { code?: string } = {}): string {
  return withParameters(payment.successUrl ?? '', { ...extra, ...describe(payment) });
}

/** The address for a buyer who has not paid: after a declined card, the back button or an expired checkout. */
function leadBack(payment: PaymentRow): string {
  return withParameters(payment.returnUrl ?? payment.successUrl ?? '', describe(payment));
}

function describe(payment: PaymentRow): { payment_id: string; status: string } {
  return { payment_id: payment.id, status: payment.status };
}
