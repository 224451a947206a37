import { query } from '../../base/db/sql.rows.ts';

/* What offline licences are made of, and which machine an activation's are for. Times are milliseconds since 1970. */

/** The grants that gave a key, the newest first. An app's own alone. */
export const selectKeyGrants = query<
  { app: string; id: string },
  {
    customerId: string;
    memberId: string | null;
    orderId: string | null;
    subscriptionId: string | null;
  }
>(`
  select customer_id as customerId, member_id as memberId, order_id as orderId, subscription_id as subscriptionId
  from grants where app_id = :app and license_key_id = :id order by created_at desc limit 1`);

/**
 * Takes an activation for a machine until `until`. Gives a row, unless a licence for another machine still counts; of two that come at
 * once, one. The end is never put back, since an older licence counts on.
 */
export const takeActivation = query<
  { app: string; activation: string; fingerprint: string; until: number; now: number },
  { fingerprint: string }
>(`
  insert into licensed_machines (app_id, activation_id, fingerprint, expires_at)
  values (:app, :activation, :fingerprint, :until)
  on conflict (app_id, activation_id) do update set
    fingerprint = excluded.fingerprint, expires_at = max(licensed_machines.expires_at, excluded.expires_at)
  where licensed_machines.fingerprint = excluded.fingerprint or licensed_machines.expires_at <= :now
  returning fingerprint`);
