import { sql } from 'drizzle-orm';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import {
  codes,
  idempotencyKeys,
  licenseChecks,
  licensedMachines,
  licenseGuesses,
  licenseRequests,
  polarEvents,
  publishedKeys,
  sessions,
  signInAttempts,
} from '../base/db/schema.rows.ts';
import { type Walk, walkTo } from './walks.rows.ts';

/** Rows older than these times are deleted; milliseconds since 1970. */
export interface Before {
  /** For rows that have a time at which they expire. */
  expired: number;
  /** For sessions, which are kept for a while after they ran out. */
  sessions: number;
  signIns: number;
}

/** Deletes what has expired, `limit` rows of each table at most. */
export function deleteExpired(database: Database, before: Before, limit: number): Statement[] {
  return [
    orm(database).run(sql`
      delete from ${sessions} where id in (
        select id from ${sessions} where expires_at <= ${before.sessions} limit ${limit})`),
    orm(database).run(sql`
      delete from ${signInAttempts} where id in (
        select id from ${signInAttempts} where created_at <= ${before.signIns} limit ${limit})`),
    orm(database).run(sql`
      delete from ${idempotencyKeys} where rowid in (
        select rowid from ${idempotencyKeys} where expires_at <= ${before.expired} limit ${limit})`),
    orm(database).run(sql`
      delete from ${codes} where hash in (
        select hash from ${codes} where expires_at <= ${before.expired} limit ${limit})`),
    orm(database).run(sql`
      delete from ${licenseChecks} where rowid in (
        select rowid from ${licenseChecks} where expires_at <= ${before.expired} limit ${limit})`),
    orm(database).run(sql`
      delete from ${licenseGuesses} where part in (
        select part from ${licenseGuesses} where window_ends_at <= ${before.expired} limit ${limit})`),
    orm(database).run(sql`
      delete from ${licenseRequests} where rowid in (
        select rowid from ${licenseRequests} where expires_at <= ${before.expired} limit ${limit})`),
    orm(database).run(sql`
      delete from ${licensedMachines} where rowid in (
        select rowid from ${licensedMachines} where expires_at <= ${before.expired} limit ${limit})`),
    orm(database).run(sql`
      delete from ${publishedKeys} where rowid in (
        select rowid from ${publishedKeys} where needed_until <= ${before.expired} limit ${limit})`),
  ];
}

/** Polar events that were received by `before`. */
export function bodiesWalk(before: number): Walk {
  return walkTo('bodies of Polar events', polarEvents, 'pev', before);
}

/** Deletes the bodies of Polar events. One that waits to be applied keeps it until its row goes. */
export function emptyPolarEvents(database: Database, seen: readonly { id: string }[]): Statement[] {
  if (seen.length === 0) return [];
  const ids = JSON.stringify(seen.map(({ id }) => id));
  return [
    orm(database).run(sql`
      update ${polarEvents} set sealed_body = null
      where id in (select value from json_each(${ids})) and sealed_body is not null and +status <> 'pending'`),
  ];
}
