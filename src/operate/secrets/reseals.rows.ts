import { sql } from 'drizzle-orm';
import type { Database, Statement } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { reseals } from '../../base/db/schema.rows.ts';
import type { PlaceName } from './sealed-places.rows.ts';

export type Pass = typeof reseals.$inferSelect & { place: PlaceName };

/** The passes through all places for a key. */
export function selectPasses(database: Database, keyId: string): Statement<Pass[]> {
  return orm(database).all(sql`
    select key_id as keyId, place, after, began_at as beganAt, finished_at as finishedAt, resealed, unreadable
    from ${reseals} where key_id = ${keyId}`);
}

/** Begins a pass at the first row; again when one has ended. */
export function beginPass(database: Database, keyId: string, place: PlaceName, now: number): Statement {
  return orm(database).run(sql`
    insert into ${reseals} (key_id, place, after, began_at, finished_at, resealed, unreadable)
    values (${keyId}, ${place}, '', ${now}, null, 0, 0)
    on conflict (key_id, place) do update set after = '', began_at = excluded.began_at, finished_at = null, unreadable = 0
    where finished_at is not null`);
}

/** Notes how far a pass came, unless another invocation has gone on from there too. */
export function noteProgress(
  database: Database,
  { keyId, place, after, beganAt }: Pass,
  done: { after: string; finishedAt: number | null; resealed: number; unreadable: number },
): Statement {
  return orm(database).run(sql`
    update ${reseals} set after = ${done.after}, finished_at = ${done.finishedAt},
      resealed = resealed + ${done.resealed}, unreadable = unreadable + ${done.unreadable}
    where key_id = ${keyId} and place = ${place} and after = ${after} and began_at = ${beganAt} and finished_at is null`);
}
