/** What lists of customers are sorted by; with `-` the other way round. */
export const CUSTOMER_SORTS = ['created_at', '-created_at', 'email', '-email'] as const;
export type CustomerSort = (typeof CUSTOMER_SORTS)[number];
