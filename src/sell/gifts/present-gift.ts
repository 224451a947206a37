import type { GiftView } from './gifts.answers.ts';
import { endOfLink, type GiftStatus, statusOf } from './gifts.rules.ts';
import { factsOf, type Gift } from './gifts.rows.ts';

/** How a gift is at `now`. */
export function statusOfGift(row: Gift, now: number): GiftStatus {
  return statusOf(factsOf(row), now);
}

/** A gift as its app sees it, at `now`. */
export function presentGift(row: Gift, now: number): GiftView {
  const facts = factsOf(row);
  return {
    id: row.id,
    status: statusOfGift(row, now),
    payment_id: row.paymentId,
    product_id: row.productId,
    product_name: row.productName,
    to_email: row.toEmail,
    from_name: row.fromName,
    message: row.message,
    redirect_url: row.redirectUrl,
    send_at: toIso(row.sendAt),
    expires_at: toIso(endOfLink(facts)),
    mail: row.toEmail === null ? null : presentMail(row, statusOfGift(row, now)),
    claimed_by: row.claimedBy,
    recipient:
      row.claimedAt === null
        ? null
        : {
            customer_id: row.claimedCustomerId,
            external_id: row.claimedExternalId,
            email: row.claimedEmail,
          },
    claimed_at: toIso(row.claimedAt),
    canceled_at: toIso(row.canceledAt),
    created_at: new Date(row.createdAt).toISOString(),
  };
}

function presentMail(row: Gift, status: GiftStatus): NonNullable<GiftView['mail']> {
  const { mailAt, mailedAt, mailError, mailAttempts } = row;
  // Of a refunded gift it waits only in case that the refund comes undone.
  const isOver = mailAt === null || status === 'refunded';
  return {
    status: mailedAt !== null ? 'sent' : !isOver ? 'waiting' : mailError === null ? 'stopped' : 'failed',
    attempts: mailAttempts,
    sent_at: toIso(mailedAt),
    next_attempt_at: isOver ? null : toIso(mailAt),
    error: mailError,
  };
}

function toIso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
