import type { Mode } from '../base/mode.rules.ts';
import { command } from '../base/db/sql.rows.ts';
import type { Statement } from '../base/db/database.rows.ts';
import type { GrantCause, GrantChange } from './grant-history.rules.ts';

/*
 * What happened to grants, and what may have taken them away (ADR 98). Each row follows from one snapshot, and is written
 * once, so the order of webhooks does not matter.
 */

const NOTE_CHANGE = command<GrantChange & { mode: Mode; now: number }>(`
  insert into grant_changes (mode, grant_id, version, what, state, granted_at, revoked_at, seen_at)
  select :mode, :grantId, :version, :what, :state, :grantedAt, :revokedAt, :now
  where :what <> 'read' or not exists (
    select 1 from grant_changes as c where c.mode = :mode and c.grant_id = :grantId and c.version = :version)
  on conflict do nothing`);

/** Notes a snapshot of a grant. One that was read adds nothing to what an event of the same version said. */
export function noteGrantChange(mode: Mode, now: number, change: GrantChange): Statement {
  return NOTE_CHANGE({ ...change, mode, now });
}

/*
 * What is renewed every week for years says the same all the time. Of rows that are older than a time, those go that say what the
 * row before and the row behind them say, so what has changed stays (ADR 112). It is done where a row is added, one purchase at a time.
 */
const thinned = (table: string, said: string, order: string, of: string) => `
  delete from ${table} where ${of} and (${order}) in (
    select ${order} from (
      select ${order}, ${said} as said, lag(${said}) over life as former, lead(${said}) over life as next
      from ${table} where ${of} window life as (order by ${order}))
    where said = former and said = next)`;

const THIN_CHANGES = command<{ mode: Mode; grantId: string; before: number }>(
  thinned(
    'grant_changes',
    'state',
    'version, what',
    'mode = :mode and grant_id = :grantId and version < :before * 1000',
  ),
);

/** Thins the history of a grant before a time, milliseconds. */
export function thinGrantChanges(mode: Mode, grantId: string, before: number): Statement {
  return THIN_CHANGES({ mode, grantId, before });
}

const THIN_PRODUCTS = command<{ mode: Mode; purchase: string; before: number }>(
  thinned(
    'grant_causes',
    'what',
    'at, what',
    "mode = :mode and purchase = :purchase and at < :before and what >= 'product:' and what < 'product;'",
  ),
);

/** Thins with which products a subscription was seen before a time, milliseconds. */
export function thinProducts(mode: Mode, subscriptionId: string, before: number): Statement {
  return THIN_PRODUCTS({ mode, purchase: `subscription:${subscriptionId}`, before });
}

const NOTE_CAUSE = command<GrantCause & { mode: Mode }>(`
  insert into grant_causes (mode, purchase, at, what) values (:mode, :purchase, :at, :what) on conflict do nothing`);

/** Notes what may have taken the grants of a purchase away. */
export function noteGrantCause(mode: Mode, cause: GrantCause): Statement {
  return NOTE_CAUSE({ ...cause, mode });
}

type SeenProduct = { mode: Mode; subscriptionId: string; productId: string; at: number };

const NOTE_PRODUCTS = command<SeenProduct>(`
  insert into grant_causes (mode, purchase, at, what)
  select s.mode, 'subscription:' || s.id, s.version / 1000, 'product:' || s.product_id
    from subscriptions as s where s.mode = :mode and s.id = :subscriptionId and s.product_id <> :productId
  union all
  select s.mode, 'subscription:' || s.id, abs(s.product_since), 'product:' || s.product_id
    from subscriptions as s where s.mode = :mode and s.id = :subscriptionId and s.product_id <> :productId
      and s.product_since is not null
  union all
  select s.mode, 'subscription:' || s.id, :at, 'product:' || :productId
    from subscriptions as s where s.mode = :mode and s.id = :subscriptionId
      and (s.product_id <> :productId or s.product_since > 0)
  on conflict do nothing`);

const FOLLOW_PRODUCT = command<{ mode: Mode; subscriptionId: string }>(`
  update grants set product_id = (select s.product_id from subscriptions as s where s.mode = :mode and s.id = :subscriptionId)
  where mode = :mode and subscription_id = :subscriptionId
    and product_id is not (select s.product_id from subscriptions as s where s.mode = :mode and s.id = :subscriptionId)`);

/**
 * Notes with which products a subscription was seen, once it has had two; of the stored one also since when, as what came
 * before the second product is not noted. Must come before the subscription is projected,
 * since it reads the one that is stored.
 */
export function noteProducts(mode: Mode, seen: Omit<SeenProduct, 'mode'>): Statement {
  return NOTE_PRODUCTS({ ...seen, mode });
}

/** Gives the grants of a subscription the product that it has by now. */
export function followProduct(mode: Mode, subscriptionId: string): Statement {
  return FOLLOW_PRODUCT({ mode, subscriptionId });
}
