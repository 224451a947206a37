import { query } from '../base/db/sql.rows.ts';
import type { Mode } from '../base/mode.rules.ts';
import { scopeOf } from './entitlement-scopes.rows.ts';

/** Whether an app has sold anything to a customer who still exists, or been told of such a one. */
export const isKnownCustomer = query<{ app: string; mode: Mode; customer: string }, { known: number }>(`
  select (${scopeOf('customer').known}) and not exists (
    select 1 from customers as c where c.mode = :mode and c.id = :customer and c.deleted_at is not null) as known`);
