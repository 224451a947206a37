import type { Mode } from '../base/mode.rules.ts';

/*
 * Budgets for what strangers can have the gateway ask of Polar, which allows an organization 500 requests a minute live
 * and 100 in the sandbox for everything (ADR 56).
 */

/**
 * Opening checkouts, asking about an unknown product, confirming payments of buyers who come back, visitors' downloads, and checking
 * licence keys.
 */
type AskedKind = 'checkout' | 'learn' | 'return' | 'download' | 'license';

/** What strangers leave in the database: an attempt to sign in, and a checkout. */
type StoredKind = 'sign-in' | 'stored-checkout';

/** Tries to claim a gift, at its page and by a secret key: counted so that nobody guesses links (trust rule 10). */
type GuessKind = 'gift' | 'gift-claim';
export type BudgetKind = AskedKind | StoredKind | GuessKind;

/**
 * Requests a minute, all apps of the mode together. The rest is for comparing with Polar and for servers. In the sandbox, where
 * no money is at stake, all of them at once would leave no rest: then Polar’s own limit refuses some for a while.
 */
export const PUBLIC_REQUESTS_PER_MINUTE: Record<Mode, Record<AskedKind, number>> = {
  live: { checkout: 160, learn: 20, return: 120, download: 100, license: 60 },
  sandbox: { checkout: 32, learn: 8, return: 32, download: 28, license: 24 },
};

/**
 * Attempts to sign in a minute without a secret key. Each leaves up to 1.6 KB for a day. A flood that goes on gets half
 * of this each minute, which is 280 MB live and 70 MB in the sandbox.
 */
export const PUBLIC_SIGN_INS_PER_MINUTE: Record<Mode, number> = { live: 240, sandbox: 60 };

/**
 * Checkouts a day that strangers may begin, besides the limit a minute: each takes up to 22 KB until a day after it
 * ended (ADR 59). Half may come at once, for a launch.
 */
export const PUBLIC_CHECKOUTS_PER_DAY: Record<Mode, number> = { live: 43_200, sandbox: 4_320 };

/** Tries to claim gifts a minute, of each kind, all apps of the mode together. */
const GIFT_CLAIMS_PER_MINUTE: Record<Mode, number> = { live: 240, sandbox: 60 };

interface Budget {
  /** The most in any window of that length. */
  most: number;
  windowMs: number;
}

/** The budget of a kind, all apps of the mode together. */
export function budgetOf(mode: Mode, kind: BudgetKind): Budget {
  switch (kind) {
    case 'stored-checkout':
      return { most: PUBLIC_CHECKOUTS_PER_DAY[mode], windowMs: 24 * 60 * 60_000 };
    case 'sign-in':
      return { most: PUBLIC_SIGN_INS_PER_MINUTE[mode], windowMs: 60_000 };
    case 'gift':
    case 'gift-claim':
      return { most: GIFT_CLAIMS_PER_MINUTE[mode], windowMs: 60_000 };
    case 'checkout':
    case 'learn':
    case 'return':
    case 'download':
    case 'license':
      return { most: PUBLIC_REQUESTS_PER_MINUTE[mode][kind], windowMs: 60_000 };
  }
}

/** What a return reads of Polar: the checkout, and of one that is paid its order, subscription and grants. Requests. */
export const RETURN_COST = { checkout: 1, purchase: 3 } as const;

/**
 * How many requests an app's share allows at once, however many apps there are: enough for a checkout with a discount
 * code, a product, a whole return. Together with the common half it stays below the whole, so that an app under attack
 * leaves room for others.
 */
export const LEAST_AT_ONCE: Record<BudgetKind, number> = {
  checkout: 2,
  learn: 1,
  return: RETURN_COST.checkout + RETURN_COST.purchase,
  // A page with the list, opened a few times, and some of its files.
  download: 12,
  // An activation, whose answer is read again where it is lost.
  license: 3,
  'sign-in': 2,
  'stored-checkout': 2,
  gift: 2,
  'gift-claim': 2,
};

/** When asking again makes sense: by then the share of an app has room again, if nobody else asks. Seconds. */
export const BUDGET_RETRY_SECONDS = 10;

/**
 * How long one request occupies a part of a budget, milliseconds. Of each part, half may come at once and half in the
 * course of a window, so that no window of that length has more than the budget.
 */
export function occupiedMs({ most, windowMs }: Budget, parts = 1): number {
  return Math.ceil(windowMs / (most / parts / 2));
}
