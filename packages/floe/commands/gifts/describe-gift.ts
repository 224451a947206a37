import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type Gift = Answer<'GET /v1/gifts/{id}'>;

/** What it is, in a question. */
export const giftName = ({ id, product_name, product_id }: Gift): string =>
  `the gift of ${product_name ?? product_id ?? 'an unknown product'} (${id})`;

/** The lines of a gift: those that say something. */
export function describeGift(gift: Gift): Field[] {
  const { mail, recipient } = gift;
  return saying([
    ['gift', gift.id],
    ['status', gift.status],
    ['product', [gift.product_name, gift.product_id].filter((each) => each !== null)],
    ['payment', gift.payment_id],
    ['from', gift.from_name],
    ['message', gift.message],
    ['mailed to', gift.to_email],
    ['not before', second(gift.send_at)],
    ['mail', mail && mailLines(mail)],
    ['link works until', second(gift.expires_at)],
    ['afterwards', gift.redirect_url],
    [
      'accepted by',
      recipient &&
        [
          recipient.email,
          recipient.external_id === null ? null : `external:${recipient.external_id}`,
          recipient.customer_id,
        ].filter((each) => each !== null),
    ],
    ['accepted', second(gift.claimed_at)],
    ['taken back', second(gift.canceled_at)],
    ['created', second(gift.created_at)],
  ]);
}

function mailLines({ status, sent_at, next_attempt_at, error }: NonNullable<Gift['mail']>): string[] {
  const when = status === 'sent' ? sent_at : status === 'waiting' ? next_attempt_at : null;
  return [when === null ? status : `${status}, ${second(when)}`, ...(error === null ? [] : [error])];
}
