/** How many products a discount may be bound to. */
export const MAX_PRODUCTS = 100;
