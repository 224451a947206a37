import type { AppRow } from '../../base/db/schema.rows.ts';
import type { NewEvent } from '../../tell/events/events.rules.ts';
import type { Gift } from './gifts.rows.ts';

/** What an app is told of a gift: ids, and never an address. Each type once a gift. `now`: milliseconds. */
export function giftEvent(
  app: AppRow,
  gift: Gift,
  type: 'gift.claimed' | 'gift.canceled',
  now: number,
): NewEvent {
  return {
    key: `${type}:${gift.id}`,
    type,
    appId: app.id,
    appSlug: app.slug,
    mode: app.mode,
    paymentId: gift.paymentId,
    customerId: gift.giverId,
    occurredAt: now,
    polar: null,
    gift: {
      id: gift.id,
      payment_id: gift.paymentId,
      product_id: gift.productId,
      claimed_by: gift.claimedBy,
      customer_id: gift.claimedCustomerId,
      external_id: gift.claimedExternalId,
    },
  };
}
