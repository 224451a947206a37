import type { Statement } from '../base/db/database.rows.ts';
import { command } from '../base/db/sql.rows.ts';

/**
 * The rows by which payments `p` are found by their metadata. A number is the text that JSON writes for it, whatever SQLite
 * would write.
 */
export const METADATA_ROWS = `select p.app_id, m.key,
    coalesce(iif(m.type = 'text', m.value, p.metadata -> m.fullkey), cast(m.value as text)), p.created_at, p.id
  from payments as p cross join json_each(p.metadata) as m`;

const INDEX = command<{ paymentId: string }>(`
  insert into payment_metadata (app_id, key, value, created_at, payment_id)
  ${METADATA_ROWS} where p.id = :paymentId on conflict do nothing`);

/**
 * Has a payment found by its metadata, which never changes. Nothing when it has none. It belongs in the batch that inserts the
 * payment, after it.
 */
export function indexMetadata(payment: { id: string; metadata: object }): Statement[] {
  return Object.keys(payment.metadata).length === 0 ? [] : [INDEX({ paymentId: payment.id })];
}
