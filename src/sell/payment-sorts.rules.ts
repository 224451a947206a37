/** What lists of payments are sorted by; with `-` the greatest comes first. */
export const PAYMENT_SORTS = ['created_at', '-created_at', 'amount', '-amount'] as const;
export type PaymentSort = (typeof PAYMENT_SORTS)[number];

/** A sort by its parts. */
export function readSort(sort: PaymentSort): { isDescending: boolean; isByAmount: boolean } {
  return { isDescending: sort.startsWith('-'), isByAmount: sort.endsWith('amount') };
}
