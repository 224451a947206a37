import type { Entry, GiftSource } from './entries.rules.ts';
import { BEHIND } from './places.rules.ts';

/*
 * What a timeline says of gifts. That one was accepted or taken back is an event of its payment, so it stands with who paid;
 * with the recipient it is `gift.received`, since nothing was told of them. Times are milliseconds since 1970.
 */

export interface GiftRow {
  id: string;
  /** Whose timeline it is. */
  side: 'giver' | 'recipient';
  paymentId: string;
  productName: string | null;
  fromName: string | null;
  createdAt: number;
  /** When the gateway learned that it was paid; null: it was not. */
  paidAt: number | null;
  /** Of its last link. */
  mailedAt: number | null;
  claimedAt: number | null;
  canceledAt: number | null;
  /** Nothing is left of what was paid. */
  isRefunded: 0 | 1;
  /** JSON of `RefundRow`s. */
  refunds: string;
}

type RefundRow = [eventId: string, createdAt: number, occurredAt: number];

export function entriesOfGift(gift: GiftRow): Entry[] {
  const { id, side, createdAt, paidAt, mailedAt, claimedAt } = gift;
  const entry = (what: GiftSource['what'], at: number, name = `${id}${BEHIND}${what}`) => ({
    id: name,
    at,
    type: `gift.${what}`,
    of: { kind: 'gift', gift, what } as const,
  });
  return [
    ...(side === 'giver' && paidAt !== null ? [entry('bought', Math.max(createdAt, paidAt), id)] : []),
    ...(side === 'giver' && mailedAt !== null ? [entry('mailed', mailedAt)] : []),
    ...(side === 'recipient' && claimedAt !== null ? [entry('received', claimedAt)] : []),
    // Of the giver and of the recipient, who may be one customer, it is one entry.
    ...refundsOf(gift).map(([eventId, at, occurredAt]) => {
      const refunded = entry('refunded', at, `${eventId}${BEHIND}${id}`);
      return { ...refunded, of: { ...refunded.of, refund: { eventId, occurredAt } } };
    }),
  ];
}

/** What was given back after it had become a gift. One that was taken back is a gift no more. */
function refundsOf({ createdAt, canceledAt, refunds }: GiftRow): RefundRow[] {
  if (canceledAt !== null) return [];
  return (JSON.parse(refunds) as RefundRow[]).filter(([, at]) => at >= createdAt);
}

/** What happened, in plain words. */
export function sayGift({ gift, what }: GiftSource): string {
  const { productName, fromName, createdAt, paidAt, isRefunded } = gift;
  const product = productName ?? 'something';
  switch (what) {
    case 'bought':
      return paidAt !== null && paidAt < createdAt
        ? `Gave ${product} away as a gift.`
        : `Bought ${product} as a gift.`;
    case 'mailed':
      return `The link of the gift was mailed: ${product}.`;
    case 'received':
      return `Accepted a gift: ${product}${fromName === null ? '' : ` from ${fromName}`}.`;
    case 'refunded':
      return isRefunded === 1
        ? `The gift was refunded: ${product}.`
        : `A part of what the gift cost was refunded: ${product}.`;
  }
}
