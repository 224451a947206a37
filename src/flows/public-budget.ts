import type { SQL } from 'drizzle-orm';
import { type BudgetKind, BUDGET_RETRY_SECONDS } from '../domain/polar-budget.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';
import { claimStatements, isAdmitted, isUnheard, sells } from '../storage/polar-budgets.ts';
import { runBatch, type Statement } from '../storage/database.ts';
import type { AppRow } from '../storage/schema.ts';

/** What a checkout that anybody may open asks of Polar, and whether there is room. */
export interface CheckoutBudget {
  /** Takes room for what the product needs. For the batch that reads the product. */
  statements: readonly Statement[];
  /** Reads the results of `statements`. */
  read(results: readonly unknown[]): { toOpen: boolean; toLearn: boolean };
}

/** Room to open a checkout of a product that the app sells, or to ask about one that nobody has heard of. */
export function checkoutBudget(
  services: Services,
  app: AppRow,
  checkout: { productId: string; discountCode?: string | undefined },
): CheckoutBudget {
  const { database } = services;
  const { mode, id: appId } = app;
  const claim = (kind: BudgetKind, cost: number, when: SQL) =>
    claimStatements(database, {
      kind,
      mode,
      appId,
      cost,
      when,
      token: crypto.randomUUID(),
      now: services.now(),
    });
  // A discount code is applied by a request of its own.
  const cost = checkout.discountCode === undefined ? 1 : 2;
  const open = claim('checkout', cost, sells(mode, appId, checkout.productId));
  const learn = claim('learn', 1, isUnheard(mode, checkout.productId));
  return {
    statements: [...open, ...learn],
    read: (results) => ({
      toOpen: isAdmitted(results.slice(0, open.length)),
      toLearn: isAdmitted(results.slice(open.length, open.length + learn.length)),
    }),
  };
}

/** Takes room to ask about what nobody has heard of, for somebody who sends a publishable key. */
export async function hasRoomToLearn(services: Services, { id: appId, mode }: AppRow): Promise<boolean> {
  const claim = {
    kind: 'learn',
    mode,
    appId,
    cost: 1,
    token: crypto.randomUUID(),
    now: services.now(),
  } as const;
  return isAdmitted(await runBatch(services.database, claimStatements(services.database, claim)));
}

/** Everybody's share for now is used up. */
export function noRoom(): Problem {
  return new Problem('rate_limited', {
    detail: 'Too many checkouts were started. Try again in a few seconds.',
    retryAfter: BUDGET_RETRY_SECONDS,
  });
}
