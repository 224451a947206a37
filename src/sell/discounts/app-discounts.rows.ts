import type { Statement } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { command, query } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { DiscountCount } from './app-discount.rules.ts';
import { MAX_PRODUCTS } from './limits.rules.ts';

const SOLD = query<{ appId: string; limit: number }, { id: string }>(
  `select id from products where app_id = :appId and is_archived = 0 limit :limit`,
);

/** What an app sells now: one more than a discount may have, to know that there are too many. */
export function soldProductsStatement(appId: string): Statement<{ id: string }[]> {
  return SOLD({ appId, limit: MAX_PRODUCTS + 1 });
}

const OWN = query<{ mode: Mode; appId: string; ids: string }, { id: string }>(`
  select p.id from json_each(:ids) as j cross join products as p on p.mode = :mode and p.id = j.value and +p.app_id = :appId`);

/** Of these products, those that are the app's. */
export function ownProductsStatement(
  { id: appId, mode }: Pick<AppRow, 'id' | 'mode'>,
  ids: readonly string[],
): Statement<{ id: string }[]> {
  return OWN({ mode, appId, ids: JSON.stringify(ids) });
}

/** How often a discount was redeemed, when Polar was asked last. */
export type KeptCount = DiscountCount & { readAt: number };

const COUNT = query<{ mode: Mode; id: string; appId: string }, KeptCount>(`
  select max_redemptions as maxRedemptions, redemptions, starts_at as startsAt, ends_at as endsAt, read_at as readAt
  from discount_counts where mode = :mode and id = :id and app_id = :appId`);

export function countStatement({ id: appId, mode }: Pick<AppRow, 'id' | 'mode'>, id: string) {
  return COUNT({ mode, id, appId });
}

type NewCount = { [Name in keyof KeptCount]: KeptCount[Name] } & { mode: Mode; id: string; appId: string };

const KEEP_COUNT = command<NewCount>(`
  insert into discount_counts (mode, id, app_id, max_redemptions, redemptions, starts_at, ends_at, read_at)
  values (:mode, :id, :appId, :maxRedemptions, :redemptions, :startsAt, :endsAt, :readAt)
  on conflict (mode, id) do update set app_id = excluded.app_id, max_redemptions = excluded.max_redemptions,
    redemptions = excluded.redemptions, starts_at = excluded.starts_at, ends_at = excluded.ends_at, read_at = excluded.read_at
  where excluded.read_at >= discount_counts.read_at`);

const DELETE_OLD = command<{ before: number; limit: number }>(`
  delete from discount_counts where (mode, id) in (
    select mode, id from discount_counts where read_at < :before limit :limit)`);

/** For how long what nobody has asked for is kept. */
const KEPT_MS = 30 * 24 * 60 * 60_000;

/** Keeps what Polar said of some discounts; an older answer changes nothing. What is old by now makes room, so that no row stays for ever. */
export function keepCounts(
  app: Pick<AppRow, 'id' | 'mode'>,
  counts: ReadonlyMap<string, KeptCount>,
): Statement<number>[] {
  const kept = [...counts].map(([id, count]) => KEEP_COUNT({ mode: app.mode, appId: app.id, id, ...count }));
  const now = Math.max(0, ...[...counts.values()].map(({ readAt }) => readAt));
  return [...kept, DELETE_OLD({ before: now - KEPT_MS, limit: 2 * counts.size })];
}

const FORGET_COUNT = command<{ mode: Mode; id: string }>(
  `delete from discount_counts where mode = :mode and id = :id`,
);

export function forgetCount(mode: Mode, id: string): Statement {
  return FORGET_COUNT({ mode, id });
}
