import type { Mode } from '../mode.rules.ts';
import { type Bound, command } from './sql.rows.ts';

/* Of the history of rows that decisions about access read (ADR 102): which customers an external id stood for, and until when. */

type Mapping = { app: string; mode: Mode; customer: string; external: string; now: number };

/** It is found by either side, and a row has one `former_owner`, so there is a row for each. */
const keptFor = (side: 'external' | 'customer') =>
  command<Mapping>(`
  insert into row_history (mode, kind, id, nth, until, row, former_owner)
  select :mode, 'app_customer', k.id, 1 + coalesce(
      (select max(h.nth) from row_history as h where h.mode = :mode and h.kind = 'app_customer' and h.id = k.id), 0),
    :now, json_object('app_id', k.app_id, 'external_id', k.external_id, 'customer_id', k.customer_id, 'created_at', k.created_at),
    '${side}:' || k.app_id || ':' || k.${side}_id
  from (select c.*, '${side}:' || c.app_id || ':' || c.customer_id || ':' || c.external_id as id from app_customers as c
    where c.app_id = :app and c.external_id = :external and c.customer_id = :customer) as k`);

const KEEP = [keptFor('external'), keptFor('customer')];

/** Keeps that an external id stood for a customer, before that ends in the same batch. */
export function keepMapping(mapping: Mapping): Bound<number>[] {
  return KEEP.map((keep) => keep(mapping));
}
