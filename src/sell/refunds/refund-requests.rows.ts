import { columnOf } from '../../base/db/columns.rules.ts';
import type { Database } from '../../base/db/database.rows.ts';
import type { refundRequests } from '../../base/db/schema.rows.ts';
import { command, query, runOne } from '../../base/db/sql.rows.ts';
import { LEASE_MS, MAX_SENDS } from './pursuit.rules.ts';
import { REFUNDABLE } from './refund-facts.rows.ts';

const FIELDS = [
  'id',
  'mode',
  'appId',
  'paymentId',
  'orderId',
  'amount',
  'reason',
  'comment',
  'cancelSubscription',
  'status',
  'error',
  'attempts',
  'leaseUntil',
  'createdAt',
  'updatedAt',
] as const;

/** A refund that an app asked for, for whoever works on it. */
export interface RefundRequest extends Pick<typeof refundRequests.$inferSelect, (typeof FIELDS)[number]> {
  revokesBenefits: 0 | 1;
  isCanceled: 0 | 1;
  /** JSON. */
  metadata: string;
  /** Of its order. */
  subscriptionId: string | null;
}

const COLUMNS = `${[...FIELDS, 'revokesBenefits', 'isCanceled', 'metadata'].map((field) => `${columnOf(field)} as ${field}`).join(', ')},
  (select o.subscription_id from orders as o where o.mode = refund_requests.mode and o.id = refund_requests.order_id) as subscriptionId`;

/** A type, since an interface may get further members, which are no parameters. */
export type NewRequest = {
  id: string;
  appId: string;
  paymentId: string;
  /** Null: all that is left. */
  amount: number | null;
  reason: string;
  comment: string | null;
  /** Null: when a one-time purchase is refunded whole. */
  revokesBenefits: boolean | null;
  cancelSubscription: 'now' | 'period_end' | null;
  metadata: string;
  now: number;
};

const INSERT = query<NewRequest & { leaseUntil: number }, RefundRequest>(`
  insert into refund_requests (id, mode, app_id, payment_id, order_id, amount, currency, reason, comment, revokes_benefits,
    cancel_subscription, metadata, status, attempts, next_attempt_at, lease_until, created_at, updated_at)
  select :id, f.mode, :appId, f.paymentId, f.orderId, coalesce(:amount, f.remaining), f.currency, :reason, :comment,
    coalesce(:revokesBenefits, f.subscriptionId is null and coalesce(:amount, f.remaining) = f.remaining),
    :cancelSubscription, :metadata, 'asked', 1, :leaseUntil, :leaseUntil, :now, :now
  from (${REFUNDABLE}) as f
  where f.status in ('succeeded', 'partially_refunded', 'refunded') and f.isDisputed = 0 and f.remaining > 0
    and coalesce(:amount, 1) <= f.remaining
  on conflict do nothing
  returning ${COLUMNS}`);

/**
 * Stores a request for the payment's refund, if so much is left of it at this moment: of two at once for the last of it
 * one gets it. It counts as sent, and is its maker's until the lease ends. No row: it cannot be refunded, or not any more.
 */
export function insertRequest(request: NewRequest) {
  return INSERT({ ...request, leaseUntil: request.now + LEASE_MS });
}

const FIND = query<{ id: string; appId: string }, RefundRequest>(
  `select ${COLUMNS} from refund_requests where id = :id and app_id = :appId`,
);

/** A request of the app, for a batch. */
export function requestStatement(appId: string, id: string) {
  return FIND({ id, appId });
}

const CLAIM = query<{ id: string; now: number; leaseUntil: number }, RefundRequest>(`
  update refund_requests set lease_until = :leaseUntil, next_attempt_at = :leaseUntil
  where id = :id and next_attempt_at is not null and lease_until <= :now returning ${COLUMNS}`);

/** Takes a request with which something is left to do, unless somebody works on it. */
export async function claimRequest(
  database: Database,
  id: string,
  now: number,
): Promise<RefundRequest | undefined> {
  const [row] = await runOne(database, CLAIM({ id, now, leaseUntil: now + LEASE_MS }));
  return row;
}

type Held = { id: string; leaseUntil: number };
/** Each lease ends later than the one before, so its end says whose it is. */
const IS_HELD = "id = :id and lease_until = :leaseUntil and status = 'asked'";
const held = ({ id, leaseUntil }: Held) => ({ id, leaseUntil });

const SEND = query<Held & { now: number }, RefundRequest>(`
  update refund_requests set attempts = attempts + 1, updated_at = :now
  where ${IS_HELD} and attempts < ${MAX_SENDS} returning ${COLUMNS}`);

/** Notes that it is sent once more, before it is. Undefined: somebody else has it by now, or Polar's refund has come. */
export async function noteSend(
  database: Database,
  request: Held,
  now: number,
): Promise<RefundRequest | undefined> {
  const [row] = await runOne(database, SEND({ ...held(request), now }));
  return row;
}

const POSTPONE = command<Held & { at: number }>(
  'update refund_requests set lease_until = 0, next_attempt_at = :at where id = :id and lease_until = :leaseUntil and next_attempt_at is not null',
);

/** Gives it back until `at`, milliseconds. */
export async function postponeRequest(database: Database, request: Held, at: number): Promise<void> {
  await runOne(database, POSTPONE({ ...held(request), at }));
}

const REFUSE = command<Held & { error: string }>(
  `update refund_requests set status = 'refused', error = :error, next_attempt_at = null where ${IS_HELD}`,
);

/** It will not be made, for this reason: the code of a problem. */
export async function refuseRequest(database: Database, request: Held, error: string): Promise<void> {
  await runOne(database, REFUSE({ ...held(request), error }));
}

const DELETE = command<Held>(`delete from refund_requests where ${IS_HELD}`);

/** Removes one that Polar refused at its only send: nothing of it is left, and its caller is told. */
export async function deleteRequest(database: Database, request: Held): Promise<void> {
  await runOne(database, DELETE(held(request)));
}

const FINISH = command<{ id: string; isCanceled: boolean; error: string | null }>(`
  update refund_requests set is_canceled = :isCanceled, error = :error, next_attempt_at = null
  where id = :id and status = 'accepted'`);

/** Nothing is left to do: the subscription was canceled as asked, or it cannot be, for the reason `error`. */
export async function finishRequest(database: Database, id: string, error: string | null): Promise<void> {
  await runOne(database, FINISH({ id, isCanceled: error === null, error }));
}

const DUE = query<{ now: number; limit: number }, { id: string }>(`
  select id from refund_requests where next_attempt_at is not null and next_attempt_at <= :now order by next_attempt_at limit :limit`);

/** Requests with which something is to be done now, the longest due first. */
export function dueRequests(now: number, limit: number) {
  return DUE({ now, limit });
}
