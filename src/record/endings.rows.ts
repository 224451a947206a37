import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { command, query } from '../base/db/sql.rows.ts';

/** A subscription whose end is near and not told of. Times are milliseconds since 1970. */
export interface Ending {
  mode: Mode;
  id: string;
  appId: string;
  appSlug: string;
  paymentId: string | null;
  customerId: string;
  productId: string;
  checkoutId: string | null;
  /** The product is the app's own now. */
  ownsProduct: 0 | 1;
  status: string;
  amount: number | null;
  currency: string | null;
  recurringInterval: string | null;
  recurringIntervalCount: number | null;
  seats: number | null;
  currentPeriodStart: number;
  currentPeriodEnd: number;
  trialStart: number | null;
  trialEnd: number | null;
  cancelAtPeriodEnd: 0 | 1;
  canceledAt: number | null;
  startedAt: number | null;
  pastDueAt: number | null;
  endsAt: number;
  createdAt: number;
  version: number;
  seenVersion: number;
}

const DAY_MS = 86_400_000;

// Of each app so many at most, so that a large one does not keep the others' from being found. An end that has passed is
// not told of, whether or not Polar has said that it came.
const SELECT_ENDINGS = query<{ now: number; limit: number }, Ending>(`
  select s.mode, s.id, s.app_id as appId, a.slug as appSlug, s.payment_id as paymentId, s.customer_id as customerId,
    s.product_id as productId, s.checkout_id as checkoutId,
    exists (select 1 from products as p where p.mode = s.mode and p.id = s.product_id and p.app_id = s.app_id) as ownsProduct,
    s.status, s.amount, s.currency, s.recurring_interval as recurringInterval,
    s.recurring_interval_count as recurringIntervalCount, s.seats, s.current_period_start as currentPeriodStart,
    s.current_period_end as currentPeriodEnd, s.trial_start as trialStart, s.trial_end as trialEnd,
    s.cancel_at_period_end as cancelAtPeriodEnd, s.canceled_at as canceledAt, s.started_at as startedAt,
    s.past_due_at as pastDueAt, s.ends_at as endsAt, s.created_at as createdAt, s.version, s.seen_version as seenVersion
  from apps as a cross join json_each((
    select json_group_array(id) from (
      select id from subscriptions
      where app_id = a.id and ends_at > :now and ends_at <= :now + a.ending_notice_days * ${DAY_MS}
        and ends_at is not null and ended_at is null and ending_told_for is not ends_at
      order by ends_at limit :limit))) as due
  cross join subscriptions as s on s.mode = a.mode and s.id = due.value
  where a.mode in ('live', 'sandbox') and a.ending_notice_days > 0
  order by s.ends_at limit :limit`);

/** Subscriptions whose app is to be told of their end now, the nearest ends first. */
export function endingsStatement(now: number, limit: number): Statement<Ending[]> {
  return SELECT_ENDINGS({ now, limit });
}

const NOTE_TOLD = command<{ told: string }>(`
  update subscriptions set ending_told_for = ends_at from (
    select value ->> '$.mode' as of_mode, value ->> '$.id' as of_id, value ->> '$.endsAt' as told_end,
      value ->> '$.appId' as of_app, value ->> '$.key' as event_key
    from json_each(:told)) as told
  where subscriptions.mode = told.of_mode and subscriptions.id = told.of_id and subscriptions.ends_at = told.told_end
    and exists (select 1 from events as e where e.app_id = told.of_app and e.key = told.event_key)`);

/** Notes of which ends the events are stored; in their batch, after them. */
export function noteEndingsTold(
  told: readonly (Pick<Ending, 'mode' | 'id' | 'endsAt' | 'appId'> & { key: string })[],
): Statement {
  return NOTE_TOLD({
    told: JSON.stringify(told.map(({ mode, id, endsAt, appId, key }) => ({ mode, id, endsAt, appId, key }))),
  });
}
