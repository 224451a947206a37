import type { Database } from '../base/db/database.rows.ts';
import { query, runOne } from '../base/db/sql.rows.ts';
import type { Mode } from '../base/mode.rules.ts';

/** What is known of a mode's organization at Polar. */
export interface KnownOrganization {
  /**
   * Whether a customer may have several subscriptions at once. Null: Polar did not say, or it was stored before this was
   * kept.
   */
  allowsMultipleSubscriptions: boolean | null;
  /** Milliseconds. */
  seenAt: number;
}

const FIND = query<{ mode: Mode; id: string }, { allows: 0 | 1 | null; seenAt: number }>(`
  select data ->> '$.subscription_settings.allow_multiple_subscriptions' as allows, seen_version / 1000 as seenAt
  from snapshots where mode = :mode and kind = 'organization' and id = :id`);

/** The organization as it was heard of or read last; undefined when it never was. */
export async function findOrganization(
  database: Database,
  mode: Mode,
  id: string,
): Promise<KnownOrganization | undefined> {
  const [row] = await runOne(database, FIND({ mode, id }));
  if (!row) return undefined;
  return { allowsMultipleSubscriptions: row.allows === null ? null : row.allows === 1, seenAt: row.seenAt };
}
