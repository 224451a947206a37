import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { isUnmet } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { normalizeAddress } from '../../people/sign-in.rules.ts';
import { requireMailer } from '../../people/start-sign-in.ts';
import { findOwnGift } from './cancel-gift.ts';
import { addressOfLink, makeLink } from './gift-links.ts';
import type { ResentGiftView } from './gifts.answers.ts';
import { refusalOf } from './gifts.rules.ts';
import { type Gift, giftStatement, renewStatements } from './gifts.rows.ts';
import { presentGift, statusOfGift } from './present-gift.ts';

const ROUTE = 'POST /v1/gifts/:id/resend';
/** A mailbox is spared: an app's button may be clicked again and again. */
const BETWEEN_MAILS_MS = 60_000;
const MAX_LINKS = 50;

/**
 * Replaces a gift's link, whose predecessor is dead from then on: mailed again, also to another address, or handed to
 * the app. An expired gift opens again by it.
 * @throws {Problem} `not_found`, `gift_claimed`, `gift_ended`, `mail_not_configured`, `rate_limited`, `idempotency_…`
 */
export async function resendGift(
  services: Services,
  app: AppRow,
  { id, toEmail, by }: { id: string; toEmail: string | undefined; by: Doer },
  request: { key: string | undefined; rawBody: string },
): Promise<{ body: unknown }> {
  await findOwnGift(services, app, id);
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf('POST', `/v1/gifts/${id}/resend`, request.rawBody),
    prefetch: { found: giftStatement(app.id, id) },
  };
  try {
    return await withIdempotency(services, once, async ({ found: [gift] }) => {
      if (!gift) throw new Problem('not_found');
      const now = services.now();
      refuseUnlessRenewable(gift, now);
      const address = toEmail === undefined ? gift.toEmail : normalizeAddress(toEmail);
      if (address !== null) requireMailer(services);
      const next = { id, link: gift.link + 1 };
      const { code, linkHash, linkKey } = await makeLink(services.config, next);
      const renewal = { ...next, app: app.id, before: gift.link, linkHash, linkKey, toEmail: address, now };
      const renewed: Gift = {
        ...gift,
        ...next,
        linkAt: now,
        toEmail: address,
        sendAt: gift.sendAt === null ? null : Math.min(gift.sendAt, now),
        mailAt: address === null ? null : now,
        mailAttempts: 0,
        mailedAt: null,
        mailError: null,
      };
      const body: ResentGiftView = {
        ...presentGift(renewed, now),
        claim_url: address === null ? addressOfLink(services.config, app, code) : null,
      };
      return {
        status: 200,
        body,
        commit: [
          ...renewStatements(renewal),
          audit(services.database, by, now, {
            action: 'gift.link_renewed',
            appId: app.id,
            target: id,
            detail: { link: next.link, mailed: address !== null, to_another: address !== gift.toEmail },
          }),
        ],
        committed: () => {
          if (address !== null) services.wake([{ type: 'gift', giftId: id }]);
        },
      };
    });
  } catch (error) {
    if (!isUnmet(error)) throw error;
    refuseUnlessRenewable(await findOwnGift(services, app, id), services.now());
    throw new Problem('unavailable', { retryAfter: 1, cause: error });
  }
}

/** @throws {Problem} `gift_claimed`, `gift_ended`, `rate_limited` */
function refuseUnlessRenewable(gift: Gift, now: number): void {
  const status = statusOfGift(gift, now);
  switch (status) {
    case 'open':
    case 'expired':
    case 'awaiting_payment':
      break;
    case 'unpaid':
    case 'claimed':
    case 'refunding':
    case 'refunded':
    case 'disputed':
    case 'canceled': {
      const { code, detail } = refusalOf(status);
      throw new Problem(code, { detail });
    }
  }
  const wait = gift.linkAt + BETWEEN_MAILS_MS - now;
  if (gift.link > 1 && gift.toEmail !== null && wait > 0)
    throw new Problem('rate_limited', {
      detail: 'A new link was mailed a moment ago.',
      retryAfter: Math.ceil(wait / 1000),
    });
  if (gift.link >= MAX_LINKS)
    throw new Problem('rate_limited', {
      detail: `A gift has at most ${MAX_LINKS} links. Cancel it, and make a new one.`,
    });
}
