import { type SQL, sql } from 'drizzle-orm';
import { METADATA_ROWS } from '../record/payment-metadata.rows.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { keepBefore, ofCustomer, ofExternal } from '../base/db/row-history.rows.ts';
import { command } from '../base/db/sql.rows.ts';
import {
  apps,
  dailyCounts,
  deliveries,
  deliveryAttempts,
  polarEvents,
  events,
  gifts,
  paymentMetadata,
  payments,
  snapshots,
} from '../base/db/schema.rows.ts';
import { type Walk, walkTo } from './walks.rows.ts';

/*
 * Deletes what belongs to checkouts that nobody paid. Each statement checks that itself, since an order may come in
 * between (ADR 59).
 */

/** The body of an event that was pruned. The row stays, so that the event is not told twice. */
export const PRUNED_BODY = '{}';

/** It is not bound as a parameter: D1 binds numbers as floats, and the quotient must be whole. */
const DAY_MS = sql.raw(String(24 * 60 * 60_000));

/** Payment `p` has no order, no subscription and no session. */
const IS_UNPAID = `p.order_id is null and p.subscription_id is null and p.succeeded_at is null
  and not exists (select 1 from orders as o where o.payment_id = p.id)
  and not exists (select 1 from subscriptions as s where s.payment_id = p.id)
  and not exists (select 1 from sessions as s where s.app_id = p.app_id and s.payment_id = p.id)`;
const isUnpaid = sql.raw(IS_UNPAID);

/** Somebody without a secret key began payment `p`, by the origin of its first event. */
const isPublic = sql`exists (select 1 from ${events} as f
  where f.payment_id = p.id and f.type = 'payment.pending' and f.origin = 'public')`;

/**
 * Payments that ended unpaid and were begun by `before` (by `publicBefore` if somebody without a secret key began
 * them), and those that are still pending and were begun by `pendingBefore`.
 */
export function selectUnpaid(
  database: Database,
  { before, publicBefore, pendingBefore }: { before: number; publicBefore: number; pendingBefore: number },
  limit: number,
): Statement<{ id: string }[]> {
  const ended = (status: SQL, by: number, only = sql`true`) => sql`
    select p.id from ${payments} as p
    where p.app_id in (select id from ${apps} where mode in ('live', 'sandbox')) and p.kind = 'checkout' and p.status in (${status})
      and p.created_at <= ${by} and ${isUnpaid} and ${only}`;
  return orm(database).all<{ id: string }>(sql`
    ${ended(sql`'expired', 'failed'`, before)} union ${ended(sql`'expired', 'failed'`, publicBefore, isPublic)}
    union ${ended(sql`'pending'`, pendingBefore)} limit ${limit}`);
}

/** Counts payments that nobody paid, and deletes them with their events and deliveries that have ended. */
export function deleteUnpaid(
  database: Database,
  unpaid: readonly { id: string }[],
  now: number,
): Statement[] {
  if (unpaid.length === 0) return [];
  const ids = JSON.stringify(unpaid.map(({ id }) => id));
  const chosen = sql`(select p.id from ${payments} as p
    where p.id in (select value from json_each(${ids})) and ${isUnpaid})`;
  const told = sql`(select d.id from ${events} as f join ${deliveries} as d on d.event_id = f.id
    where f.payment_id in ${chosen} and d.status <> 'pending')`;
  const isDelivered = sql`not exists (select 1 from ${deliveries} as d where d.event_id = ${events}.id)`;
  return [
    ...KEEP_UNPAID.map((keep) => keep({ ids, now })),
    DROP_NOBODYS({ ids }),
    orm(database).run(sql`
      insert into ${dailyCounts} (app_id, day, name, count)
      select p.app_id, p.created_at / ${DAY_MS} * ${DAY_MS}, 'payments_unpaid', count(*) from ${payments} as p
      where p.id in ${chosen} group by 1, 2
      on conflict do update set count = count + excluded.count`),
    orm(database).run(sql`delete from ${deliveryAttempts} where delivery_id in ${told}`),
    orm(database).run(sql`delete from ${deliveries} where id in ${told}`),
    // These rows can go too: their keys name a payment that is deleted, so nothing tells them again. The app's last
    // event stays, so that its number is not used twice.
    orm(database).run(sql`
      delete from ${events} where payment_id in ${chosen} and ${isDelivered}
        and sequence < (select max(sequence) from ${events} as f where f.app_id = ${events}.app_id)`),
    orm(database).run(sql`
      update ${events} set body = ${PRUNED_BODY} where payment_id in ${chosen} and ${isDelivered}`),
    orm(database).run(sql`
      delete from ${polarEvents} where sealed_body is not null and checkout_id is not null and +status = 'applied' and type >= 'checkout.' and type < 'checkout/'
        and (mode, checkout_id) in (select p.mode, p.checkout_id from ${payments} as p where p.id in ${chosen} and p.checkout_id is not null)`),
    orm(database).run(sql`
      delete from ${snapshots} where kind = 'checkout'
        and (mode, id) in (select p.mode, p.checkout_id from ${payments} as p where p.id in ${chosen})`),
    orm(database).run(sql`
      delete from ${paymentMetadata} where (app_id, key, value, created_at, payment_id) in (
        ${sql.raw(METADATA_ROWS)} where p.id in ${chosen})`),
    orm(database).run(sql`delete from ${gifts} where payment_id in ${chosen}`),
    orm(database).run(sql`delete from ${payments} where id in ${chosen}`),
  ];
}

/**
 * Payments and confirmed checkouts that are deleted: for some time they were the reason of a “no”. A payment of nobody was
 * none, and most of those that strangers begin are nobody’s.
 */
const CHOSEN = `(select p.id from payments as p where p.id in (select value from json_each(:ids)) and ${IS_UNPAID})`;
const keepUnpaid = (named: string, formerOwner: string) =>
  keepBefore<{ ids: string }>('payment', {
    from: 'payments',
    where: `payments.id in ${CHOSEN} and payments.${named} is not null`,
    formerOwner,
    mode: 'payments.mode',
  });
const IS_CONFIRMED = `snapshots.kind = 'checkout' and snapshots.status in ('confirmed', 'succeeded')`;
const KEEP_UNPAID = [
  keepUnpaid('customer_id', ofCustomer('payments')),
  keepUnpaid('external_customer_id', ofExternal('payments')),
  keepBefore<{ ids: string }>('checkout', {
    from: 'snapshots',
    where: `${IS_CONFIRMED} and (snapshots.mode, snapshots.id) in (
      select p.mode, p.checkout_id from payments as p where p.id in ${CHOSEN})`,
    mode: 'snapshots.mode',
  }),
];

/** What was kept of those that were nobody’s, which no question can find any more. */
const DROP_NOBODYS = command<{ ids: string }>(`
  delete from row_history where (mode, kind, id) in (
    select p.mode, 'payment', p.id from payments as p
    where p.id in ${CHOSEN} and p.customer_id is null and p.external_customer_id is null)`);

// SQLite uses this partial index only if the condition is a literal.
const OLD_CHECKOUTS = `select s.rowid from snapshots as s where s.kind = 'checkout' and s.version <= :before
  and not exists (select 1 from payments as p where p.mode = s.mode and p.checkout_id = s.id and p.order_id is null)
  limit :limit`;
const DELETE_CHECKOUTS = command<{ before: number; limit: number }>(
  `delete from snapshots where rowid in (${OLD_CHECKOUTS})`,
);
const KEEP_CHECKOUTS = keepBefore<{ before: number; limit: number }>('checkout', {
  from: 'snapshots',
  where: `snapshots.rowid in (${OLD_CHECKOUTS}) and ${IS_CONFIRMED}`,
  mode: 'snapshots.mode',
});

/** Checkouts that no payment waits for any more; the second statement deletes them. `before`, `now`: milliseconds. */
export function deleteOldCheckouts(before: number, limit: number, now: number) {
  const old = { before: before * 1000, limit };
  return [KEEP_CHECKOUTS({ ...old, now }), DELETE_CHECKOUTS(old)] as const;
}

/** Polar events that were received by `before`, of which those of checkouts are deleted. */
export function checkoutEventsWalk(before: number): Walk {
  return walkTo('Polar events of checkouts', polarEvents, 'pev', before);
}

/** Deletes Polar events of checkouts that were applied. The others go by their age. */
export function deleteCheckoutEvents(database: Database, seen: readonly { id: string }[]): Statement[] {
  if (seen.length === 0) return [];
  return [
    orm(database).run(sql`
      delete from ${polarEvents} where id in (select value from json_each(${JSON.stringify(seen.map(({ id }) => id))}))
        and type >= 'checkout.' and type < 'checkout/' and +status = 'applied'`),
  ];
}
