import { sql } from 'drizzle-orm';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { auditRead } from '../../base/audit.rows.ts';
import type { Database, Statement } from '../../base/db/database.rows.ts';
import { refundRequests } from '../../base/db/schema.rows.ts';

/** A line of the audit log for a refund that is asked for in the same batch; none when it was not. */
export function auditRequest(
  database: Database,
  { id, paymentId, now, by }: { id: string; paymentId: string; now: number; by: Doer },
): Statement {
  const detail = sql`json_object('refund', id, 'amount', amount, 'currency', currency, 'reason', reason,
    'revoke_benefits', json(iif(revokes_benefits, 'true', 'false')), 'cancel_subscription', cancel_subscription)`;
  return auditRead(
    database,
    by,
    now,
    { action: 'refund.requested', appId: sql`app_id`, target: paymentId, detail },
    sql`from ${refundRequests} where id = ${id} and created_at = ${now}`,
  );
}
