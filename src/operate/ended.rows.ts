import { command } from '../base/db/sql.rows.ts';

/* What was ended by somebody, and stays for a while so that a list or the audit log can still say what it was (ADR 112). */

// What an endpoint was sent is deleted before it, and refers to it.
const DELETE_ENDPOINTS = command<{ before: number; limit: number }>(`
  delete from endpoints where id in (
    select e.id from endpoints as e where e.deleted_at is not null and e.deleted_at <= :before
      and not exists (select 1 from deliveries as d where d.endpoint_id = e.id)
    order by e.deleted_at limit :limit)`);

/** Deletes endpoints that their apps deleted by `before`, once nothing that they were sent is kept. */
export function deleteOldEndpoints(before: number, limit: number) {
  return DELETE_ENDPOINTS({ before, limit });
}

// As the index `api_keys_ended` has it.
const ENDED_AT = 'case when revoked_at is null then expires_at else revoked_at end';
const DELETE_KEYS = command<{ before: number; limit: number }>(`
  delete from api_keys where id in (
    select id from api_keys where ${ENDED_AT} is not null and ${ENDED_AT} <= :before limit :limit)`);

/** Deletes keys that were revoked or had run out by `before`. */
export function deleteEndedKeys(before: number, limit: number) {
  return DELETE_KEYS({ before, limit });
}
