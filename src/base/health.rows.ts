import { inArray, lte, sql } from 'drizzle-orm';
import journal from '../../migrations/meta/_journal.json' with { type: 'json' };
import type { Database, Statement } from './db/database.rows.ts';
import { healthChecks } from './db/schema.rows.ts';

/** What is looked at, one row each. `round`: the last time that somebody looked. `ping`: the oldest that was not answered. */
export type HealthPart =
  | 'round'
  | 'kv'
  | 'polar.live'
  | 'polar.sandbox'
  | 'ping'
  | 'queue'
  | 'schedule'
  | 'mail';

export interface HealthCheck {
  checkedAt: number;
  error: string | null;
}

/** The files of `migrations/` that this release needs, as wrangler names them in D1. */
const NEEDED = journal.entries.map(({ tag }) => `${tag}.sql`);

/** Which of this release's migrations D1 has not seen. @throws when D1 cannot be asked */
export async function findMissingMigrations(database: Database): Promise<string[]> {
  try {
    const applied = await database.all<{ name: string }>(
      sql`select name from d1_migrations where name in (select value from json_each(${JSON.stringify(NEEDED)}))`,
    );
    const known = new Set(applied.map(({ name }) => name));
    return NEEDED.filter((name) => !known.has(name));
  } catch (error) {
    for (let cause = error; cause instanceof Error; cause = cause.cause)
      if (cause.message.includes('no such table: d1_migrations')) return NEEDED;
    throw error;
  }
}

/** Takes the round of checks, at most one every `everyMs` anywhere. Undefined: somebody had it. */
export async function claimHealthRound(
  database: Database,
  { now, everyMs }: { now: number; everyMs: number },
): Promise<boolean> {
  const claimed = await database
    .insert(healthChecks)
    .values({ part: 'round', checkedAt: now, error: null })
    .onConflictDoUpdate({
      target: healthChecks.part,
      set: { checkedAt: now },
      setWhere: lte(healthChecks.checkedAt, now - everyMs),
    })
    .returning({ part: healthChecks.part });
  return claimed.length > 0;
}

/** What was seen last, by part. */
export async function selectHealthChecks(database: Database): Promise<Map<HealthPart, HealthCheck>> {
  const parts: HealthPart[] = [
    'round',
    'kv',
    'polar.live',
    'polar.sandbox',
    'ping',
    'queue',
    'schedule',
    'mail',
  ];
  const rows = await database.select().from(healthChecks).where(inArray(healthChecks.part, parts));
  return new Map(rows.map(({ part, ...check }) => [part as HealthPart, check]));
}

/** Notes what was seen of a part. */
export function noteHealth(database: Database, part: HealthPart, check: HealthCheck): Statement {
  return database
    .insert(healthChecks)
    .values({ part, ...check })
    .onConflictDoUpdate({ target: healthChecks.part, set: { ...check } });
}

/** Notes that the queue was asked to answer, unless an older ping still waits for its answer. */
export function notePing(database: Database, now: number): Statement {
  return database
    .insert(healthChecks)
    .values({ part: 'ping', checkedAt: now, error: null })
    .onConflictDoUpdate({
      target: healthChecks.part,
      set: { checkedAt: now, error: null },
      setWhere: sql`exists (select 1 from ${healthChecks} as heard where heard.part = 'queue' and heard.checked_at >= ${healthChecks}.checked_at)`,
    });
}
