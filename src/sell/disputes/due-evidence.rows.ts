import type { Statement } from '../../base/db/database.rows.ts';
import { query } from '../../base/db/sql.rows.ts';
import type { DueEvidence } from './disputes.rules.ts';

/* Evidence that is due. Every isolate that sweeps loads this, so it is without the tables' definitions. */

/** The order of a dispute `d`, its columns by the names of `DisputeRow`, and its payment. */
const ORDER_ID = `d.data ->> '$.order_id'`;
export const DISPUTE_COLUMNS = `d.id, d.status, ${ORDER_ID} as "orderId",
  d.data ->> '$.amount' as amount, d.data ->> '$.tax_amount' as "taxAmount", d.data ->> '$.currency' as currency,
  d.data ->> '$.reason' as reason, d.data ->> '$.evidence_due_by' as "evidenceDueBy",
  coalesce(d.data ->> '$.created_at', '') as "createdAt", d.version / 1000 as "changedAt"`;
export const PAYMENT_ID = `(select p.id from payments as p where p.mode = d.mode and p.order_id = ${ORDER_ID} and p.app_id = d.app_id)`;

const SELECT_DUE = query<{ now: string; soon: string; limit: number }, DueEvidence>(`
  select ${DISPUTE_COLUMNS}, ${PAYMENT_ID} as paymentId, d.mode, d.app_id as appId, a.slug as appSlug,
    (select o.customer_id from orders as o where o.mode = d.mode and o.id = ${ORDER_ID}) as customerId
  from snapshots as d cross join apps as a on a.id = d.app_id
  where d.kind = 'dispute' and d.status = 'needs_response'
    and d.data ->> '$.evidence_due_by' > :now and d.data ->> '$.evidence_due_by' <= :soon
    and not exists (select 1 from events as e where e.app_id = d.app_id
      and e.key = 'dispute.evidence_due:' || d.id || ':' || (d.data ->> '$.evidence_due_by'))
  order by d.data ->> '$.evidence_due_by' limit :limit`);

/** Disputes whose evidence is due after `now` and until `soon`, as Polar writes times, the nearest first. */
export function dueEvidenceStatement(now: string, soon: string, limit: number): Statement<DueEvidence[]> {
  return SELECT_DUE({ now, soon, limit });
}
