import type { Statement } from '../base/db/database.rows.ts';
import { command, query } from '../base/db/sql.rows.ts';

/* What an app has said of its users before their first purchase (ADR 104). Times are milliseconds since 1970. */

export interface PreparedCustomer {
  email: string | null;
  name: string | null;
  createdAt: number;
}

const FIND = query<{ appId: string; externalId: string }, PreparedCustomer>(`
  select email, name, created_at as createdAt from prepared_customers where app_id = :appId and external_id = :externalId`);

/** What an app has said of its user; no row: nothing. */
export function preparedCustomerStatement(appId: string, externalId: string): Statement<PreparedCustomer[]> {
  return FIND({ appId, externalId });
}

type Said = { appId: string; externalId: string; email: string | null; name: string | null; now: number };

const SAY = command<Said>(`
  insert into prepared_customers (app_id, external_id, email, name, created_at, updated_at)
  values (:appId, :externalId, :email, :name, :now, :now)
  on conflict (app_id, external_id) do update set email = excluded.email, name = excluded.name, updated_at = excluded.updated_at`);

/** Keeps what an app says of its user, in place of what it said before. */
export function sayOfCustomer(said: Said): Statement {
  return SAY(said);
}
