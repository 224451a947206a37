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
  sandbox: { checkout: 40, learn: 8, return: 24 },
};

/** What one return costs: a checkout that is not paid is one read, one that is brings its order and what came of it. */
export const RETURN_COST = 2;

/** When asking again makes sense: by then the share of an app has room again, if nobody else asks. Seconds. */
export const BUDGET_RETRY_SECONDS = 10;

/**
 * How long one request occupies a part of a budget, milliseconds: half of each budget is divided among the apps, half is
 * for whoever comes. Of each part, half may come at once and half in the course of a minute, so that no minute, however
 * it is laid, has more than the budget.
 */
export function occupiedMs(perMinute: number): number {
  const half = perMinute / 2;
  return Math.ceil(60_000 / (half / 2));
}
