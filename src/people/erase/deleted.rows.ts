import type { Mode } from '../../base/mode.rules.ts';
import { query } from '../../base/db/sql.rows.ts';

const CUSTOMER = query<{ mode: Mode; id: string }, { id: string }>(
  'select id from customers where mode = :mode and id = :id',
);

/** A customer of any app. */
export function customerStatement(mode: Mode, id: string) {
  return CUSTOMER({ mode, id });
}
