import { command, query } from '../base/db/sql.rows.ts';
import type { Mode } from '../base/mode.rules.ts';

/* Public keys that offline licences still need, whatever the settings have. Times are milliseconds since 1970. */

export interface PublishedKey {
  mode: Mode;
  kid: string;
  x: string;
  neededUntil: number;
  /** Null: it has not leaked. */
  withdrawnAt: number | null;
}

/** Keys by which a licence counts at `now`, and withdrawn ones. */
export const selectPublishedKeys = query<{ now: number }, PublishedKey>(`
  select mode, kid, x, needed_until as neededUntil, withdrawn_at as withdrawnAt
  from published_keys where needed_until > :now order by mode, kid`);

/** Notes that a licence by this key counts until `until`. It writes nothing while a later time is noted. */
export const noteNeededKey = command<{ mode: string; kid: string; x: string; until: number }>(`
  insert into published_keys (mode, kid, x, needed_until) values (:mode, :kid, :x, :until)
  on conflict (mode, kid) do update set needed_until = excluded.needed_until
  where excluded.needed_until > published_keys.needed_until`);

/** Withdraws a key, and remembers that until `until`. The first time stays. */
export const withdrawKey = command<{ mode: string; kid: string; x: string; now: number; until: number }>(`
  insert into published_keys (mode, kid, x, needed_until, withdrawn_at) values (:mode, :kid, :x, :until, :now)
  on conflict (mode, kid) do update set
    needed_until = max(published_keys.needed_until, excluded.needed_until),
    withdrawn_at = coalesce(published_keys.withdrawn_at, excluded.withdrawn_at)`);
