import type { SQL } from 'drizzle-orm';
import { type BudgetKind, BUDGET_RETRY_SECONDS } from './public-budget.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import { NotDone } from './not-done.ts';
import type { Services } from '../base/services.ts';
import {
  type BudgetClaim,
  claimStatements,
  hasTaken,
  isAdmitted,
  isUnheard,
  sells,
} from './public-budget.rows.ts';
import { runBatch } from '../base/db/database.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';

/** The room that a stranger's checkout needs for its requests to Polar. */
export interface CheckoutBudget {
  /** Services that ask Polar within the budget, to open the checkout and to learn of the product. */
  opening: Services;
  learning: Services;
  /** Takes room for what the product needs. For the batch that reads the product; see `isAdmitted`. */
  statements: { open: Claimed; store: Claimed; learn: Claimed };
}

type Claimed = ReturnType<typeof claimStatements>;

/** Room to open a checkout of a product that the app sells, or to ask about one that nobody has heard of. */
export function checkoutBudget(
  services: Services,
  app: AppRow,
  checkout: {
    productId: string;
    discountCode?: string | undefined;
    allowDiscountCodes?: boolean | undefined;
  },
): CheckoutBudget {
  const { database } = services;
  const { mode, id: appId } = app;
  const claim = (kind: BudgetKind, cost: number, when: SQL): BudgetClaim => ({
    kind,
    mode,
    appId,
    cost,
    when,
    token: crypto.randomUUID(),
    now: services.now(),
  });
  // Discounts are looked through by a request of their own, the first page of them at least.
  const looksThrough =
    checkout.discountCode !== undefined || (checkout.allowDiscountCodes === true && !app.allowsForeignCodes);
  const cost = looksThrough ? 2 : 1;
  const asked = claim('checkout', cost, sells(mode, appId, checkout.productId));
  const open = claimStatements(database, asked);
  // The day's limit is for the database; Polar could take far more in a day.
  const store = claimStatements(database, claim('stored-checkout', 1, hasTaken(asked)));
  const learn = claimStatements(database, claim('learn', 1, isUnheard(mode, checkout.productId)));
  return {
    opening: forAnybody(services, app, 'checkout', cost),
    learning: forAnybody(services, app, 'learn', 1),
    statements: { open, store, learn },
  };
}

/** Takes room for `cost` requests, if there is room. Resolves to whether there was. */
export async function hasRoom(
  services: Services,
  app: { mode: Mode; id: string },
  kind: BudgetKind,
  cost: number,
): Promise<boolean> {
  const claim = {
    kind,
    mode: app.mode,
    appId: app.id,
    cost,
    token: crypto.randomUUID(),
    now: services.now(),
  };
  return isAdmitted(await runBatch(services.database, claimStatements(services.database, claim)));
}

/**
 * The services for a stranger's request, for which room for `taken` requests was taken. Every further request to Polar,
 * a second try or another page, takes room of its own first, and throws `polar_unavailable` when there is none.
 */
export function forAnybody(
  services: Services,
  app: { mode: Mode; id: string },
  kind: BudgetKind,
  taken: number,
): Services {
  let left = taken;
  const count = async (): Promise<void> => {
    left -= 1;
    if (left >= 0 || (await hasRoom(services, app, kind, 1))) return;
    const cause = new NotDone('Strangers have used up what they may ask of Polar.');
    throw new Problem('polar_unavailable', { retryAfter: BUDGET_RETRY_SECONDS, cause });
  };
  return { ...services, polar: (mode) => services.polar(mode, count) };
}

/** The refusal when the budget is used up. */
export function noRoom(detail = 'Too many checkouts were started. Try again in a few seconds.'): Problem {
  return new Problem('rate_limited', {
    detail,
    retryAfter: BUDGET_RETRY_SECONDS,
  });
}
