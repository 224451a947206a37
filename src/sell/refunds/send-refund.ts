import { parseJson } from '../../base/json.rules.ts';
import { log } from '../../base/log.ts';
import type { PolarRead } from '../../base/polar-gateway.ts';
import { describeErrors, Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { wasNotDone } from '../../polar/problems.ts';
import { REQUEST_METADATA_KEY } from '../../polar/parse-purchases.rules.ts';
import { isContentError } from '../../record/apply-observation.ts';
import { applyReads, type Read } from '../../record/apply-reads.ts';
import type { RefundInput } from '../../base/polar-gateway.ts';
import { readRefundRefusal } from './refunds.rules.ts';
import type { RefundRequest } from './refund-requests.rows.ts';

/** What came of sending a refund to Polar. `unknown`: Polar may have made it, or still be at it. */
export type Sending = 'accepted' | 'unknown' | { refused: Problem };

/**
 * Sends a refund to Polar, once, and applies what Polar answers. The request must say that it is sent before this is
 * called. @throws when D1 does: Polar has the refund then, and whoever works on the request next finds it there.
 */
export async function sendRefund(services: Services, request: RefundRequest): Promise<Sending> {
  let answer;
  try {
    answer = await services.polar(request.mode).createRefund(refundInput(request));
  } catch (error) {
    // The token may not do it, or Polar's rate limit is reached: that was said before anything was done. Who asks now is told; what
    // is carried on by itself waits.
    const isOfToken = error instanceof Problem && error.code === 'polar_scope_missing';
    if (error instanceof Problem && wasNotDone(error) && (request.attempts === 1 || isOfToken))
      return { refused: error };
    log('warn', 'a refund was sent, and it is not known what became of it', { requestId: request.id, error });
    return 'unknown';
  }
  if (answer.ok) return acceptRefund(services, request, answer.value);
  const { errors, cause } = answer.error;
  const code = readRefundRefusal(answer.error);
  const fields =
    code === 'polar_rejected' && errors.length > 0 ? { errors, detail: describeErrors(errors) } : {};
  await learnOrder(services, request);
  return { refused: new Problem(code, { ...fields, cause }) };
}

/**
 * Applies a refund that Polar has made for the request. That it is this request's is known, whatever Polar's object lacks:
 * else it would be sent once more. `unknown`: it is not what Polar documents. @throws when D1 does
 */
export async function acceptRefund(
  services: Services,
  request: RefundRequest,
  { data, requestedAt }: PolarRead,
): Promise<'accepted' | 'unknown'> {
  const { metadata, ...refund }: { metadata?: unknown } = Object(data);
  const named = { ...refund, metadata: { ...Object(metadata), [REQUEST_METADATA_KEY]: request.id } };
  try {
    await applyRefund(services, request, { data: named, requestedAt });
    return 'accepted';
  } catch (error) {
    if (!isContentError(error)) throw error;
    log('warn', 'what Polar says of a refund is not what it documents', { requestId: request.id, error });
    return 'unknown';
  }
}

/** Applies a refund, then its order, whose totals follow from it. */
async function applyRefund(
  services: Services,
  { mode, orderId }: RefundRequest,
  refund: PolarRead,
): Promise<void> {
  const order = await fetchOrder(services, { mode, orderId });
  await applyReads(services, mode, [{ kind: 'refund', read: refund }, ...order], 'api');
}

/** Polar knows more of the order than the gateway: what it refused shows that. Without it the refusal stands all the same. */
async function learnOrder(services: Services, request: RefundRequest): Promise<void> {
  await applyReads(services, request.mode, await fetchOrder(services, request), 'api');
}

/** None when Polar does not answer: the refund asks for its order to be read later. */
async function fetchOrder(
  services: Services,
  { mode, orderId }: Pick<RefundRequest, 'mode' | 'orderId'>,
): Promise<Read[]> {
  try {
    const read = await services.polar(mode).fetchObject('order', orderId);
    return read ? [{ kind: 'order', read }] : [];
  } catch (error) {
    log('warn', 'the order of a refund could not be read', { orderId, error });
    return [];
  }
}

function refundInput(request: RefundRequest): RefundInput {
  const own = parseJson(request.metadata) as RefundInput['metadata'];
  return {
    order_id: request.orderId,
    amount: request.amount,
    reason: request.reason as RefundInput['reason'],
    comment: request.comment,
    revoke_benefits: request.revokesBenefits === 1,
    metadata: { ...own, [REQUEST_METADATA_KEY]: request.id },
  };
}
