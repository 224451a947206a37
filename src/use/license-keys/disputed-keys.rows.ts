import type { Database } from '../../base/db/database.rows.ts';
import { query, runOne } from '../../base/db/sql.rows.ts';

/* Keys whose purchase is disputed, for apps that do not count it meanwhile (ADR 115). */

/** Of a subscription so many of the newest payments are looked at, as for access. */
const PAYMENTS_LOOKED_AT = 12;

const hasOpenDispute = (
  order: string,
) => `exists (select 1 from snapshots as d where d.mode = g.mode and d.kind = 'dispute'
  and d.data ->> '$.order_id' = +${order} and coalesce(d.status, '') not in ('won', 'lost', 'prevented'))`;

/** Whether a payment of the purchase that grant `g` came by is disputed, and nobody has decided yet. */
const IS_DISPUTED = `(g.order_id is not null and ${hasOpenDispute('g.order_id')}
  or g.subscription_id is not null and exists (
    select 1 from (select o.id from orders as o where o.mode = g.mode and o.subscription_id = g.subscription_id and o.paid_at > 0
      order by o.paid_at desc limit ${PAYMENTS_LOOKED_AT}) as paid where ${hasOpenDispute('paid.id')}))`;

const FIND = query<{ appId: string; licenseKeyId: string }, { id: string }>(`
  select g.id from grants as g where g.app_id = :appId and g.license_key_id = :licenseKeyId and ${IS_DISPUTED} limit 1`);

/** Whether the purchase that gave a key is disputed. */
export async function isDisputed(
  database: Database,
  asked: { appId: string; licenseKeyId: string },
): Promise<boolean> {
  return (await runOne(database, FIND(asked))).length > 0;
}

/** Whether a grant `g` does not count because of a dispute, of an app that has set it so. */
export const IS_SUSPENDED = `exists (select 1 from apps as a where a.id = g.app_id and a.dispute_access = 'suspend') and ${IS_DISPUTED}`;
