import type { Database } from './db/database.rows.ts';
import { command, query, runOne } from './db/sql.rows.ts';
import { log } from './log.ts';
import type { Mode } from './mode.rules.ts';

/*
 * Polar does not say which scopes a token has; only a request that needs another one is refused. Each refusal is noted
 * among the checks of health, as the part `scope.<mode>.<scope>`.
 */

/** A scope that was refused this lately counts as lacking: nothing says when an operator has added it. */
const LACKING_FOR_MS = 24 * 60 * 60_000;
/** The same refusal is written once in this time. */
const NOTE_EVERY_MS = 60_000;

const NOTE = command<{ part: string; now: number; before: number }>(`
  insert into health_checks (part, checked_at, error) values (:part, :now, null)
  on conflict (part) do update set checked_at = excluded.checked_at where checked_at <= :before`);

const SELECT = query<{ since: number }, { part: string }>(`
  select part from health_checks where part > 'scope.' and part < 'scope/' and checked_at > :since`);

/** Notes that Polar refused a request for want of `scope`. Never throws: the refusal itself is answered anyway. */
export async function noteLackingScope(
  database: Database,
  mode: Mode,
  scope: string,
  now: number,
): Promise<void> {
  try {
    await runOne(database, NOTE({ part: `scope.${mode}.${scope}`, now, before: now - NOTE_EVERY_MS }));
  } catch (error) {
    log('error', 'a missing scope was not noted', { mode, scope, error });
  }
}

/** The scopes that the token of each mode was refused for lately. */
export async function selectLackingScopes(
  database: Database,
  now: number,
): Promise<Record<Mode, ReadonlySet<string>>> {
  const rows = await runOne(database, SELECT({ since: now - LACKING_FOR_MS }));
  const of = (mode: Mode) => {
    const prefix = `scope.${mode}.`;
    return new Set(rows.flatMap(({ part }) => (part.startsWith(prefix) ? [part.slice(prefix.length)] : [])));
  };
  return { live: of('live'), sandbox: of('sandbox') };
}
