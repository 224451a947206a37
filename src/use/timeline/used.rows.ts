import { query } from '../../base/db/sql.rows.ts';
import type { ActivationRow, DownloadRow } from './entries.rules.ts';
import type { GiftRow } from './gift-entries.rules.ts';

/* Of a timeline: what a customer used, and the gifts that were given and received. Only the app's own. */

/** The newest; older ones are not shown. */
const MAX_GIFTS = 300;

type Page = { app: string; customer: string; at: number; id: string; since: number; limit: number };
const IN_PART = (of: string) =>
  `(${of}.created_at, ${of}.id) < (:at, :id) and ${of}.created_at >= :since order by ${of}.created_at desc, ${of}.id desc limit :limit`;

export const downloadsOfCustomer = query<Page, DownloadRow>(`
  select d.id, d.file_id as fileId, f.name, d.created_at as createdAt
  from downloads as d left join downloaded_files as f on f.app_id = d.app_id and f.id = d.file_id
  where d.app_id = :app and d.customer_id = :customer and ${IN_PART('d')}`);

export const activationsOfCustomer = query<Page, ActivationRow>(`
  select a.id, a.license_key_id as licenseKeyId, a.display_key as displayKey, a.what, a.created_at as createdAt
  from license_activations as a where a.app_id = :app and a.customer_id = :customer and ${IN_PART('a')}`);

const gift = (side: GiftRow['side']) => `g.id, '${side}' as side, g.payment_id as paymentId,
  p.product_name as productName, g.from_name as fromName, g.created_at as createdAt, g.mailed_at as mailedAt,
  g.claimed_at as claimedAt, g.canceled_at as canceledAt, p.status = 'refunded' as isRefunded,
  coalesce((select e.created_at from events as e where e.app_id = g.app_id and e.key = 'payment.succeeded:' || p.id),
    p.succeeded_at) as paidAt,
  (select json_group_array(json_array(e.id, e.created_at, e.occurred_at)) from events as e
    where e.payment_id = g.payment_id and +e.app_id = g.app_id and e.type = 'refund.succeeded') as refunds`;

/** Of these payments, what was given away. */
export const giftsGiven = query<{ app: string; ids: string }, GiftRow>(`
  select ${gift('giver')} from json_each(:ids) as n
    cross join gifts as g on g.payment_id = n.value and +g.app_id = :app cross join payments as p on p.id = g.payment_id
  order by g.created_at desc limit ${MAX_GIFTS}`);

/** What a customer, or an id of the app's, has accepted. */
export const giftsReceived = {
  customer: received('claimed_customer_id'),
  external: received('claimed_external_id'),
};
function received(column: 'claimed_customer_id' | 'claimed_external_id') {
  return query<{ app: string; holder: string }, GiftRow>(`
    select ${gift('recipient')} from gifts as g cross join payments as p on p.id = g.payment_id
    where g.app_id = :app and g.${column} = :holder and g.${column} is not null order by g.rowid desc limit ${MAX_GIFTS}`);
}
