import { sql } from 'drizzle-orm';
import type { Database, Statement } from '../base/db/database.rows.ts';
import {
  codes,
  deliveryAttempts,
  polarEvents,
  idempotencyKeys,
  sessions,
  signInAttempts,
} from '../base/db/schema.rows.ts';

/** Rows older than these times are deleted; milliseconds since 1970. */
export interface Before {
  /** For rows that have a time at which they expire. */
  expired: number;
  signIns: number;
  attempts: number;
  polarEvents: number;
}

/** Deletes what has expired, `limit` rows of each table at most. */
export function deleteExpired(database: Database, before: Before, limit: number): Statement[] {
  return [
    database.run(sql`
      delete from ${deliveryAttempts} where id in (
        select id from ${deliveryAttempts} where at <= ${before.attempts} limit ${limit})`),
    database.run(sql`
      delete from ${sessions} where id in (
        select id from ${sessions} where expires_at <= ${before.expired} limit ${limit})`),
    database.run(sql`
      delete from ${signInAttempts} where id in (
        select id from ${signInAttempts} where created_at <= ${before.signIns} limit ${limit})`),
    database.run(sql`
      delete from ${idempotencyKeys} where rowid in (
        select rowid from ${idempotencyKeys} where expires_at <= ${before.expired} limit ${limit})`),
    database.run(sql`
      delete from ${codes} where hash in (
        select hash from ${codes} where expires_at <= ${before.expired} limit ${limit})`),
    database.run(sql`
      update ${polarEvents} set sealed_body = null where id in (
        select id from ${polarEvents} where received_at <= ${before.polarEvents} and sealed_body is not null
          and +status <> 'pending' limit ${limit})`),
  ];
}
