import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { command } from '../base/db/sql.rows.ts';

/** A type, since an interface may get further members, which are no parameters. */
type Link = {
  requestId: string;
  appId: string;
  orderId: string;
  refundId: string;
};

const LINK = command<Link & { mode: Mode; now: number }>(`
  update refund_requests set status = 'accepted', polar_refund_id = :refundId, error = null, updated_at = :now,
    next_attempt_at = iif(cancel_subscription is not null and is_canceled = 0, :now, null)
  where id = :requestId and mode = :mode and app_id = :appId and order_id = :orderId and polar_refund_id is null`);

/**
 * Ties a refund of Polar's to the request that its metadata names, if there is one of the same app and order; of two
 * refunds the first. What Polar shows counts, even when the request was given up before. What is left to do then is to
 * cancel the subscription, if that was asked for; who works on the request has it until the lease ends.
 */
export function linkRequest(
  { mode, now }: { mode: Mode; now: number },
  { requestId, appId, orderId, refundId }: Link,
): Statement {
  return LINK({ mode, now, requestId, appId, orderId, refundId });
}
