import { type SQL, sql } from 'drizzle-orm';
import { type BudgetKind, budgetOf, LEAST_AT_ONCE, occupiedMs } from './public-budget.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Database } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { apps, polarBudgets, products } from '../base/db/schema.rows.ts';

/*
 * Counts in D1 what strangers can cause, requests to Polar and rows (ADR 56): each location of Cloudflare's counts its
 * rate limits alone, but Polar and the database get the requests of all.
 */

export interface BudgetClaim {
  kind: BudgetKind;
  mode: Mode;
  appId: string;
  /** Requests. */
  cost: number;
  /** Random: says which claim took a budget last. */
  token: string;
  /** Milliseconds since 1970. */
  now: number;
  /** Room is taken only if this holds. */
  when?: SQL;
}

/**
 * Takes room for `cost` requests: from the app's own share, which nobody else can use up, or else from the common half;
 * in both cases only while the whole has room, so that the shares of many apps together do not exceed it. Three
 * statements for a batch of the caller's; `isAdmitted` reads their results.
 */
export function claimStatements(database: Database, claim: BudgetClaim) {
  const { mode, kind, appId, cost, token, now, when = sql`true` } = claim;
  const budget = budgetOf(mode, kind);
  const [whole, half] = [occupiedMs(budget), occupiedMs(budget, 2)];
  const parts = { share: `${kind}:${appId}`, common: kind, whole: `${kind}:` };
  const took = (part: string) =>
    sql`exists (select 1 from ${polarBudgets} where mode = ${mode} and part = ${part} and token = ${token})`;
  const isFull = sql`exists (select 1 from ${polarBudgets} where mode = ${mode} and part = ${parts.whole}
    and max(occupied_until, ${now}) + ${cost * whole} > ${now + budget.windowMs})`;
  return [
    take(database, claim, {
      part: parts.share,
      each: sql`${half} * (select count(*) from ${apps} where mode = ${mode})`,
      when: sql`${when} and not ${isFull}`,
      atOnce: LEAST_AT_ONCE[kind],
    }),
    take(database, claim, {
      part: parts.common,
      each: sql`${half}`,
      when: sql`${when} and not ${isFull} and not ${took(parts.share)}`,
    }),
    take(database, claim, {
      part: parts.whole,
      each: sql`${whole}`,
      when: sql`${took(parts.share)} or ${took(parts.common)}`,
    }),
  ] as const;
}

/** True, in a batch after a claim's statements, if they have taken room. */
export function hasTaken({ mode, kind, appId, token }: BudgetClaim): SQL {
  return sql`exists (select 1 from ${polarBudgets}
    where mode = ${mode} and part in (${`${kind}:${appId}`}, ${kind}) and token = ${token})`;
}

/** Whether a claim's statements took anything. */
export function isAdmitted(results: readonly (readonly unknown[])[]): boolean {
  return results.some((rows) => rows.length > 0);
}

/**
 * A part is occupied until some time. Each request prolongs that, and is admitted while it stays within the window
 * (GCRA).
 */
function take(
  database: Database,
  { mode, kind, cost, token, now }: BudgetClaim,
  { part, each, when, atOnce = 0 }: { part: string; each: SQL; when: SQL; atOnce?: number },
) {
  const { windowMs } = budgetOf(mode, kind);
  const added = sql`(excluded.occupied_until - ${now})`;
  const occupied = sql`max(polar_budgets.occupied_until, ${now}) + ${added}`;
  return orm(database).all<{ token: string }>(sql`
    insert into ${polarBudgets} (mode, part, occupied_until, token)
    select ${mode}, ${part}, ${now} + ${cost} * ${each}, ${token} where ${when}
    on conflict (mode, part) do update set occupied_until = ${occupied}, token = excluded.token
    where ${occupied} <= ${now} + max(${windowMs}, ${atOnce} * ${added} / ${cost})
    returning token`);
}

/** The app sells the product. */
export const sells = (mode: Mode, appId: string, productId: string): SQL =>
  sql`exists (select 1 from ${products} where mode = ${mode} and id = ${productId} and app_id = ${appId} and is_archived = 0)`;

/** The product is not stored. */
export const isUnheard = (mode: Mode, productId: string): SQL =>
  sql`not exists (select 1 from ${products} where mode = ${mode} and id = ${productId})`;
