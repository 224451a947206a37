import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { isUnmet, runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { isId, newId } from '../../base/ids.rules.ts';
import { refreshMessages } from '../../base/messages.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { leaseFirstAttempts, sendTold } from '../../tell/deliveries/first-attempts.ts';
import { tellStatements } from '../../tell/events/events.rows.ts';
import { sendFirst } from '../refunds/pursue-refund.ts';
import { auditRequest } from '../refunds/refund-audit.rows.ts';
import { insertRequest } from '../refunds/refund-requests.rows.ts';
import type { CanceledGiftView } from './gifts.answers.ts';
import { cancelStatements, type Gift, giftStatement } from './gifts.rows.ts';
import { presentGift } from './present-gift.ts';
import { giftEvent } from './tell-gift.ts';

/**
 * Takes a gift back that nobody has claimed: its link is dead, and with `refund` the money goes back. The refund's
 * request is written in the same batch, so a crash after it loses nothing (ADR 74). Without it the purchase counts for
 * its buyer again. A gift that was canceled before is answered as it is.
 * @throws {Problem} `not_found`, `gift_claimed`; `payment_disputed` when a refund is asked for; and what Polar refuses the refund for: the gift has ended all the same
 */
export async function cancelGift(
  services: Services,
  app: AppRow,
  { id, refund, by }: { id: string; refund: boolean; by: Doer },
): Promise<CanceledGiftView> {
  const { database } = services;
  const gift = await requireOwnGift(services, app, id);
  if (gift.canceledAt !== null) return { ...presentGift(gift, services.now()), refund_id: null };
  if (refund && gift.isDisputed === 1) throw new Problem('payment_disputed');
  const now = services.now();
  const refundId = newId('ref');
  const first = leaseFirstAttempts(services);
  const wish = {
    id: refundId,
    appId: app.id,
    paymentId: gift.paymentId,
    amount: null,
    reason: 'customer_request',
    comment: null,
    revokesBenefits: true,
    cancelSubscription: null,
    metadata: '{}',
    now,
  };
  let asked;
  try {
    const done = await runBatch(database, {
      canceled: cancelStatements(app.id, id, now),
      asked: refund ? [insertRequest(wish)] : [],
      audits: [
        ...(refund ? [auditRequest(database, { id: refundId, paymentId: gift.paymentId, now, by })] : []),
        audit(database, by, now, {
          action: 'gift.canceled',
          appId: app.id,
          target: id,
          detail: { payment: gift.paymentId, refund },
        }),
      ],
      ...tellStatements([giftEvent(app, gift, 'gift.canceled', now)], {
        origin: 'api',
        polarEventId: null,
        now,
        first,
      }),
    });
    const customerIds = gift.giverId === null ? [] : [gift.giverId];
    services.wake([
      ...sendTold(services, done.deliveries.flat(), first),
      ...refreshMessages({ appId: app.id, customerIds, paymentIds: [gift.paymentId] }),
    ]);
    [asked] = done.asked.flat();
  } catch (error) {
    if (!isUnmet(error)) throw error;
    const faster = await requireOwnGift(services, app, id);
    return { ...presentGift(faster, services.now()), refund_id: null };
  }
  const outcome = asked && (await sendFirst(services, asked));
  if (typeof outcome === 'object') throw outcome.refused;
  const after = await requireOwnGift(services, app, id);
  return { ...presentGift(after, services.now()), refund_id: asked?.id ?? null };
}

/** @throws {Problem} `not_found`, for another app's too; `gift_claimed` */
async function requireOwnGift(services: Services, app: AppRow, id: string): Promise<Gift> {
  const gift = await findOwnGift(services, app, id);
  if (gift.claimedAt !== null)
    throw new Problem('gift_claimed', {
      detail:
        'This gift has been accepted: it is the recipient’s now. A refund of its payment takes it away from them.',
    });
  return gift;
}

/** A gift of the app. @throws {Problem} `not_found`, for another app's too */
export async function findOwnGift(services: Services, app: AppRow, id: string): Promise<Gift> {
  const { found } = await runBatch(services.database, {
    found: isId('gft', id) ? [giftStatement(app.id, id)] : [],
  });
  const [gift] = found.flat();
  if (!gift) throw new Problem('not_found', { detail: 'This app has no such gift.' });
  return gift;
}
