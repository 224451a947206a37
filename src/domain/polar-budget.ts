import type { Mode } from './mode.ts';

/*
 * What people whom nobody knows may have the gateway ask of Polar: one limit for a mode's organization, 500 requests a
 * minute live and 100 in the sandbox, is everybody's. See ADR 56.
 */

/** Opening checkouts, asking about a product that was never heard of, and confirming payments of buyers who come back. */
export type BudgetKind = 'checkout' | 'learn' | 'return';

/** Requests a minute, all apps of the mode together. The rest is for comparing with Polar and for servers. */
export const PUBLIC_REQUESTS_PER_MINUTE: Record<Mode, Record<BudgetKind, number>> = {
  live: { checkout: 160, learn: 20, return: 120 },
  sandbox: { checkout: 32, learn: 8, return: 32 },
};

/** What a return reads of Polar: the checkout, and of one that is paid its order, subscription and grants. Requests. */
export const RETURN_COST = { checkout: 1, purchase: 3 } as const;

/**
 * An app's share lets so many come at once however many apps there are: a checkout with a discount code, a product, a
 * whole return. With what is common that stays below the whole, so that an app under attack leaves room for another's.
 */
export const LEAST_AT_ONCE: Record<BudgetKind, number> = {
  checkout: 2,
  learn: 1,
  return: RETURN_COST.checkout + RETURN_COST.purchase,
};

/** When asking again makes sense: by then the share of an app has room again, if nobody else asks. Seconds. */
export const BUDGET_RETRY_SECONDS = 10;

/**
 * How long one request occupies a part with room for so many a minute, milliseconds. Of each part, half may come at once
 * and half in the course of a minute, so that no minute, however it is laid, has more.
 */
export function occupiedMs(perMinute: number): number {
  return Math.ceil(60_000 / (perMinute / 2));
}
