import { command, query } from '../../base/db/sql.rows.ts';
import type { GuessPart } from './guesses.rules.ts';

/* Guesses are counted before Polar is asked, so that of many at once only so many are asked about, and taken back for a yes. */

const PARTS = `select value ->> '$.part' as part, value ->> '$.cap' as cap from json_each(:parts)`;

/** Parts that may not be counted any more in this window. */
export const FULL = `select 1 from (${PARTS}) as p join license_guesses as g on g.part = p.part
    where g.window_ends_at > :now and g.count >= p.cap`;

type Reserved = { parts: string; endsAt: number; now: number; token: string; leased: boolean };

const reserve = query<Reserved & { appId: string; keyHash: string }, { part: string }>(`
  insert into license_guesses (part, window_ends_at, count, token)
  select part, :endsAt, 1, :token from (${PARTS}) where not exists (${FULL})
    and (:leased = 0 or exists (select 1 from license_checks
      where app_id = :appId and key_hash = :keyHash and lease_token = :token))
  on conflict (part) do update set count = iif(window_ends_at > :now, count + 1, 1),
    window_ends_at = excluded.window_ends_at, token = excluded.token
  returning part`);

const findFull = query<{ parts: string; now: number }, { part: string }>(`${FULL} limit 1`);

const giveBack = command<{ parts: string; endsAt: number }>(`
  update license_guesses set count = count - 1
  where part in (select value ->> '$.part' from json_each(:parts)) and window_ends_at = :endsAt and count > 0`);

export interface GuessClaim {
  parts: readonly GuessPart[];
  /** When the window ends, milliseconds. */
  endsAt: number;
  /** Random. */
  token: string;
}

/**
 * Two statements for one batch: the first counts a guess in every part, or in none if one of them is full, and gives a row for each
 * that was counted; the second gives a row if one is full. `leased`: counts only for who has the lease of the key's check by this
 * token. `now`: milliseconds.
 */
export function reserveGuess(
  { parts, endsAt, token }: GuessClaim,
  now: number,
  slot: { appId: string; keyHash: string },
  leased: boolean,
) {
  const given = JSON.stringify(parts);
  const { appId, keyHash } = slot;
  return {
    full: findFull({ parts: given, now }),
    counted: reserve({ parts: given, endsAt, token, now, leased, appId, keyHash }),
  };
}

export function giveBackGuess(parts: readonly GuessPart[], endsAt: number) {
  return giveBack({ parts: JSON.stringify(parts), endsAt });
}
