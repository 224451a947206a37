import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { isUnmet, runBatch } from '../../base/db/database.rows.ts';
import type { AppRow, GiftRow } from '../../base/db/schema.rows.ts';
import { isId, newId } from '../../base/ids.rules.ts';
import { refreshMessages } from '../../base/messages.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { checkCallbackUrl } from '../../http/callback-urls.rules.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { normalizeAddress } from '../../people/sign-in.rules.ts';
import { requireMailer } from '../../people/start-sign-in.ts';
import { type PaymentInput, startPayment } from '../start-payment.ts';
import type { SellableProduct } from '../sold-product.ts';
import { addressOfLink, type GiftLink, makeLink } from './gift-links.ts';
import {
  type Gift,
  type Giftable,
  giftableStatement,
  insertGift,
  requireGiftable,
  takeFromBuyer,
} from './gifts.rows.ts';
import type { NewGiftView } from './gifts.answers.ts';
import { PERSONAL_BENEFITS } from './gifts.rules.ts';
import { presentGift } from './present-gift.ts';

export interface GiftInput {
  toEmail?: string | undefined;
  fromName?: string | undefined;
  message?: string | undefined;
  redirectUrl?: string | undefined;
  /** Milliseconds since 1970. */
  sendAt?: number | undefined;
  linkDays: number;
}

interface Asked {
  key: string | undefined;
  rawBody: string;
  by: Doer;
}

const ROUTE = 'POST /v1/gifts';

/**
 * Opens a checkout of a purchase for somebody else. The gift's row is written with the payment's, so that at no moment
 * the purchase counts for who pays (ADR 103).
 * @throws {Problem} `not_giftable`, `mail_not_configured`, and what `startPayment` throws
 */
export function sellGift(
  services: Services,
  app: AppRow,
  { gift: input, checkout }: { gift: GiftInput; checkout: PaymentInput },
  { key, rawBody, by }: Asked,
): Promise<{ status: number; body: unknown }> {
  const redirectUrl = readRedirect(services, app, input);
  const id = newId('gft');
  let link: GiftLink | undefined;
  let row: GiftRow | undefined;
  return startPayment(services, app, checkout, {
    route: ROUTE,
    key,
    fingerprint: () => fingerprintOf('POST', '/v1/gifts', rawBody),
    fields: { where: 'body', email: 'customer.email', product: 'product_id' },
    along: {
      refuse: refuseUngiftable,
      prepare: async (payment) => {
        link = await makeLink(services.config, { id, link: 1 });
        row = newRow(app, { ...input, id, redirectUrl, paymentId: payment.id, now: payment.createdAt }, link);
        return { gift: insertGift(row), audit: [auditCreated(services, app, row, by)] };
      },
    },
    present: (payment, checkoutUrl) => {
      if (!row || !link) throw new Error('a gift is prepared before it is presented');
      const gift: Gift = {
        ...row,
        paymentStatus: payment.status,
        isDisputed: 0,
        isBeingRefunded: 0,
        isTakenBack: 0,
        productId: payment.productId,
        productName: payment.productName,
        succeededAt: payment.succeededAt,
        giverId: payment.customerId,
      };
      return presentNew(services, app, { gift, link, checkoutUrl });
    },
  });
}

/**
 * Makes a paid purchase a gift. From that moment it does not count for the buyer any more, and what opened it to whoever
 * came back from the checkout has ended.
 * @throws {Problem} `not_found`, `not_paid`, `already_refunded`, `payment_disputed`, `not_giftable`, `conflict`,
 * `mail_not_configured`, `disallowed_url`, `idempotency_…`
 */
export async function giveAway(
  services: Services,
  app: AppRow,
  { gift: input, paymentId }: { gift: GiftInput; paymentId: string },
  { key, rawBody, by }: Asked,
): Promise<{ status: number; body: unknown }> {
  const redirectUrl = readRedirect(services, app, input);
  if (!isId('pay', paymentId)) throw unknownPayment();
  const request = {
    appId: app.id,
    route: ROUTE,
    key,
    fingerprint: () => fingerprintOf('POST', '/v1/gifts', rawBody),
    prefetch: { payment: giftableStatement(app.id, paymentId) },
  };
  try {
    return await withIdempotency(services, request, async ({ payment: [payment] }) => {
      requireGift(payment);
      const id = newId('gft');
      const now = services.now();
      const link = await makeLink(services.config, { id, link: 1 });
      const row = newRow(app, { ...input, id, redirectUrl, paymentId, now }, link);
      const gift: Gift = {
        ...row,
        ...payment,
        paymentStatus: payment.status,
        isBeingRefunded: 0,
        isTakenBack: 0,
      };
      return {
        status: 201,
        body: presentNew(services, app, { gift, link, checkoutUrl: null }),
        commit: [
          requireGiftable(app.id, paymentId),
          insertGift(row),
          ...takeFromBuyer(app.id, paymentId, now),
          auditCreated(services, app, row, by),
        ],
        committed: () => {
          const customerIds = payment.giverId === null ? [] : [payment.giverId];
          services.wake(refreshMessages({ appId: app.id, customerIds, paymentIds: [paymentId] }));
          if (row.mailAt !== null && row.mailAt <= now) services.wake([{ type: 'gift', giftId: id }]);
        },
      };
    });
  } catch (error) {
    if (!isUnmet(error)) throw error;
    // Something came in between: a refund, or the same wish.
    const { payment } = await runBatch(services.database, {
      payment: giftableStatement(app.id, paymentId),
    });
    requireGift(payment[0]);
    throw new Problem('unavailable', { retryAfter: 1, cause: error });
  }
}

function requireGift(payment: Giftable | undefined): asserts payment is Giftable {
  if (!payment) throw unknownPayment();
  if (payment.isGiftable === 1) return;
  if (payment.isGift === 1)
    throw new Problem('conflict', { detail: 'body.payment: This payment is a gift already.' });
  if (payment.subscriptionId !== null) throw notGiftable('body.payment', SUBSCRIPTION);
  if (payment.isDisputed === 1) throw new Problem('payment_disputed');
  switch (payment.status) {
    case 'pending':
    case 'failed':
    case 'expired':
      throw new Problem('not_paid', { detail: 'body.payment: This payment has not been paid.' });
    case 'refunded':
    case 'partially_refunded':
      throw new Problem('already_refunded', { detail: 'body.payment: Money of this payment went back.' });
    case 'succeeded':
      if (payment.isBeingRefunded === 1)
        throw new Problem('already_refunded', { detail: 'body.payment: It is being refunded.' });
      throw notGiftable('body.payment', payment.isPersonal === 1 ? PERSONAL : SEATS);
  }
}

const SUBSCRIPTION =
  'A subscription cannot be given away: whoever bought it would go on paying for it. Give a one-time product.';
const SEATS = 'A product that is sold by the seat cannot be given away: assign its seats instead.';
const PERSONAL =
  'It gives something that Polar hands to whoever pays: a licence key, or a place at GitHub, Discord or Slack. Sell it, and let the buyer pass it on.';

function refuseUngiftable(product: SellableProduct): void {
  if (product.isRecurring) throw notGiftable('body.product_id', SUBSCRIPTION);
  if (product.isSeatBased) throw notGiftable('body.product_id', SEATS);
  if (product.gives.some((type) => PERSONAL_BENEFITS.includes(type)))
    throw notGiftable('body.product_id', PERSONAL);
}

function notGiftable(path: string, message: string): Problem {
  return new Problem('not_giftable', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

function unknownPayment(): Problem {
  return new Problem('not_found', { detail: 'This app has no such payment.' });
}

/** @throws {Problem} `mail_not_configured`, `disallowed_url` */
function readRedirect(services: Services, app: AppRow, { redirectUrl, toEmail }: GiftInput): string {
  if (toEmail !== undefined) requireMailer(services);
  const { development } = services.config;
  const wanted = redirectUrl ?? app.callbackUrls[0];
  const checked =
    wanted === undefined
      ? undefined
      : checkCallbackUrl(wanted, app.callbackUrls, { slug: app.slug, development });
  if (checked?.ok) return checked.value;
  const path = 'body.redirect_url';
  const message = checked?.error ?? 'The app has no callback URL: register one.';
  throw new Problem('disallowed_url', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

function newRow(
  app: AppRow,
  gift: GiftInput & { id: string; redirectUrl: string; paymentId: string; now: number },
  { linkHash, linkKey }: GiftLink,
): GiftRow {
  const { now, toEmail, sendAt } = gift;
  return {
    id: gift.id,
    appId: app.id,
    mode: app.mode,
    paymentId: gift.paymentId,
    toEmail: toEmail === undefined ? null : normalizeAddress(toEmail),
    fromName: gift.fromName ?? null,
    message: gift.message ?? null,
    redirectUrl: gift.redirectUrl,
    sendAt: sendAt ?? null,
    linkDays: gift.linkDays,
    link: 1,
    linkHash,
    linkKey,
    linkAt: now,
    mailAt: toEmail === undefined ? null : Math.max(now, sendAt ?? 0),
    mailAttempts: 0,
    mailedAt: null,
    mailError: null,
    claimedAt: null,
    claimedBy: null,
    claimedCustomerId: null,
    claimedExternalId: null,
    claimedEmail: null,
    claimKey: null,
    attachedAt: null,
    canceledAt: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** The link is in the answer only when nobody is mailed it: a mailed one is proof that the mail was read. */
function presentNew(
  services: Services,
  app: AppRow,
  { gift, link, checkoutUrl }: { gift: Gift; link: GiftLink; checkoutUrl: string | null },
): NewGiftView {
  return {
    ...presentGift(gift, gift.createdAt),
    claim_url: gift.toEmail === null ? addressOfLink(services.config, app, link.code) : null,
    checkout_url: checkoutUrl,
  };
}

function auditCreated(services: Services, app: AppRow, row: GiftRow, by: Doer) {
  return audit(services.database, by, row.createdAt, {
    action: 'gift.created',
    appId: app.id,
    target: row.id,
    detail: { payment: row.paymentId, mailed: row.toEmail !== null },
  });
}
