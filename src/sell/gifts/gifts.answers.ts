import * as z from 'zod/mini';
import { list } from '../../http/shapes.ts';
import { GIFT_STATUSES } from './gifts.rules.ts';

const time = z.nullable(z.iso.datetime());

/** What has become of the mail with the link. */
export const giftMail = z.object({
  status: z.enum(['waiting', 'sent', 'failed', 'stopped']),
  attempts: z.int(),
  sent_at: time,
  next_attempt_at: time,
  error: z.nullable(z.string()),
});

/** Whose the gift is since it was claimed. */
export const giftRecipient = z.object({
  customer_id: z.nullable(z.string()),
  external_id: z.nullable(z.string()),
  email: z.nullable(z.string()),
});

/** A gift as its app sees it. */
export const gift = z.object({
  id: z.string(),
  status: z.enum(GIFT_STATUSES),
  payment_id: z.string(),
  product_id: z.nullable(z.string()),
  product_name: z.nullable(z.string()),
  to_email: z.nullable(z.string()),
  from_name: z.nullable(z.string()),
  message: z.nullable(z.string()),
  redirect_url: z.string(),
  send_at: time,
  expires_at: time,
  mail: z.nullable(giftMail),
  claimed_by: z.nullable(z.enum(['link', 'app'])),
  recipient: z.nullable(giftRecipient),
  claimed_at: time,
  canceled_at: time,
  created_at: z.iso.datetime(),
});
export type GiftView = z.output<typeof gift>;
export const giftList = list(gift);

const claimUrl = z.nullable(z.string());
export const newGift = z.extend(gift, { claim_url: claimUrl, checkout_url: z.nullable(z.string()) });
export type NewGiftView = z.output<typeof newGift>;
export const resentGift = z.extend(gift, { claim_url: claimUrl });
export type ResentGiftView = z.output<typeof resentGift>;
export const canceledGift = z.extend(gift, { refund_id: z.nullable(z.string()) });
export type CanceledGiftView = z.output<typeof canceledGift>;
