import { inArray, lte, sql } from 'drizzle-orm';
import journal from '../../migrations/meta/_journal.json' with { type: 'json' };
import type { Database, Statement } from './db/database.rows.ts';
import { orm } from './db/orm.rows.ts';
import { healthChecks } from './db/schema.rows.ts';
import type { Mode } from './mode.rules.ts';

/**
 * The parts that are checked, one row each. `round`: the last round of checks. `ping`: the oldest queue message that
 * has not arrived.
 */
export type HealthPart =
  | 'round'
  | 'kv'
  | 'polar.live'
  | 'polar.sandbox'
  | 'ping'
  | 'queue'
  | 'schedule'
  | 'mail'
  | Registering;

/** The last time that a webhook endpoint was registered at Polar. */
type Registering = `registering.${Mode}`;

export interface HealthCheck {
  checkedAt: number;
  error: string | null;
}

/** The files of `migrations/`, as wrangler names them in D1. */
const ALL = journal.entries.map(({ tag }) => `${tag}.sql`);
/** Those that this release needs. One that contracts is applied when the release has been seen to work (ADR 92). */
const NEEDED = ALL.filter((name) => !/^\d+_contract_/.test(name));

/** Which of this release's migrations D1 has not seen. @throws when D1 cannot be asked */
export async function findMissingMigrations(database: Database): Promise<string[]> {
  try {
    const applied = await orm(database).all<{ name: string }>(
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

const MAX_NEWER = 10;

/** Migrations of D1 that a newer release than this one has brought. @throws when D1 cannot be asked, or has none at all */
export async function findNewerMigrations(database: Database): Promise<string[]> {
  const newest = ALL.at(-1) ?? '';
  const newer = await orm(database).all<{ name: string }>(
    sql`select name from d1_migrations where name > ${newest} order by name limit ${MAX_NEWER}`,
  );
  return newer.map(({ name }) => name);
}

/**
 * Claims a round of checks, of which there is one every `everyMs` at most. False: another invocation has made it.
 */
export function claimHealthRound(database: Database, when: When): Promise<boolean> {
  return claim(database, 'round', when);
}

/**
 * Claims the registering of a webhook endpoint at Polar, which Polar takes as often as it is asked. False: somebody else has tried
 * it within `everyMs`.
 */
export function claimRegistering(database: Database, mode: Mode, when: When): Promise<boolean> {
  return claim(database, `registering.${mode}`, when);
}

/** Milliseconds. */
interface When {
  now: number;
  everyMs: number;
}

async function claim(
  database: Database,
  part: 'round' | Registering,
  { now, everyMs }: When,
): Promise<boolean> {
  const claimed = await orm(database)
    .insert(healthChecks)
    .values({ part, checkedAt: now, error: null })
    .onConflictDoUpdate({
      target: healthChecks.part,
      set: { checkedAt: now },
      setWhere: lte(healthChecks.checkedAt, now - everyMs),
    })
    .returning({ part: healthChecks.part });
  return claimed.length > 0;
}

/** The last check of each part. */
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
  const rows = await orm(database).select().from(healthChecks).where(inArray(healthChecks.part, parts));
  return new Map(rows.map(({ part, ...check }) => [part as HealthPart, check]));
}

/** Stores a check of a part. */
export function noteHealth(database: Database, part: HealthPart, check: HealthCheck): Statement {
  return orm(database)
    .insert(healthChecks)
    .values({ part, ...check })
    .onConflictDoUpdate({ target: healthChecks.part, set: { ...check } });
}

/** Notes that a ping was sent to the queue, unless an older one has not arrived yet. */
export function notePing(database: Database, now: number): Statement {
  return orm(database)
    .insert(healthChecks)
    .values({ part: 'ping', checkedAt: now, error: null })
    .onConflictDoUpdate({
      target: healthChecks.part,
      set: { checkedAt: now, error: null },
      setWhere: sql`exists (select 1 from ${healthChecks} as heard where heard.part = 'queue' and heard.checked_at >= ${healthChecks}.checked_at)`,
    });
}
