import type { Mode } from '../../base/mode.rules.ts';
import { query } from '../../base/db/sql.rows.ts';
import type { NotedChange } from './history.rules.ts';

/* What is known of one grant's life. Other apps' grants have such rows too: the caller has to know that it is the app's. */

/** More than any grant has: one that is renewed every week for four years has two hundred. */
const MAX_CHANGES = 200;
const MAX_CAUSES = 200;
/** The newest orders of a subscription that are looked at for disputes. */
const MAX_ORDERS = 50;

type OfGrant = { mode: Mode; id: string };

/** The newest snapshots of a grant. */
export const selectChanges = query<OfGrant, NotedChange>(`
  select version, what, state, granted_at as grantedAt, revoked_at as revokedAt, seen_at as seenAt
  from grant_changes where mode = :mode and grant_id = :id order by version desc, what desc limit ${MAX_CHANGES}`);

const disputesOf = (orderId: string) =>
  `select s.version / 1000 as at from snapshots as s where s.mode = g.mode and s.kind = 'dispute'
    and s.data ->> '$.order_id' = ${orderId} and s.status in ('won', 'lost', 'prevented')`;

/** What may have taken it away, as JSON of `KnownCauses`. */
export const selectCauses = query<OfGrant, { found: string }>(`
  select json_object(
    'noted', (select json_group_array(json_array(what, at)) from (
      select c.what, c.at from grant_causes as c where c.mode = g.mode
        and c.purchase in ('subscription:' || g.subscription_id, 'order:' || g.order_id)
      order by c.at desc limit ${MAX_CAUSES})),
    'refunds', (select json_group_array(json_array(r.reason, r.created_at)) from refunds as r
      where r.mode = g.mode and r.order_id = g.order_id and r.status = 'succeeded' and r.revokes_benefits is not 0),
    'disputes', (select json_group_array(at) from (${disputesOf('g.order_id')})),
    'disputesOfSubscription', (select json_group_array(of_order.value) from (
        select o.mode, o.id from orders as o where o.mode = g.mode and o.subscription_id = g.subscription_id
          and o.subscription_id is not null order by o.paid_at desc limit ${MAX_ORDERS}) as bought
      cross join json_each((select json_group_array(at) from (${disputesOf('bought.id')}))) as of_order),
    'customerDeletedAt', (select c.deleted_at from customers as c where c.mode = g.mode and c.id = g.customer_id),
    'benefitDeletedAt', (select b.version / 1000 from benefits as b
      where b.mode = g.mode and b.id = g.benefit_id and b.is_deleted = 1),
    'isOfProduct', (select exists (select 1 from json_each(p.data, '$.benefits') as b where b.value ->> '$.id' = g.benefit_id)
      from products as p where p.mode = g.mode and p.id = g.product_id and p.data is not null),
    'isOfMember', g.member_id is not null,
    'type', g.benefit_type
  ) as found from grants as g where g.mode = :mode and g.id = :id`);
