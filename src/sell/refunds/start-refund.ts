import type { Doer } from '../../base/audit-actions.rules.ts';
import { isId, newId, stableId, timeOfId } from '../../base/ids.rules.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem, type ProblemCode, PROBLEMS } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { getRefund } from './list-refunds.ts';
import { type Outcome, pursueRefund, sendFirst } from './pursue-refund.ts';
import { readRefundable, refundableStatement } from './refund-facts.rows.ts';
import { auditRequest } from './refund-audit.rows.ts';
import { claimRequest, insertRequest, type RefundRequest, requestStatement } from './refund-requests.rows.ts';
import {
  type Refundable,
  refuseRefund,
  type RefundRefusal,
  type RefundWish,
  tooLarge,
} from './refunds.rules.ts';

export interface RefundInput extends RefundWish {
  reason: string;
  comment?: string | undefined;
  metadata: Record<string, string | number | boolean>;
}

const ROUTE = 'POST /v1/payments/:id/refunds';

/**
 * Refunds a payment (ADR 74). The request's row comes first; then Polar is asked, and what it answers is applied before
 * this answers. `202`: it is not known yet what became of it; the same `Idempotency-Key` asks again, and so does reading
 * the refund.
 * @throws {Problem} `not_found`, what `refuseRefund` and Polar refuse it for, `idempotency_…`
 */
export async function startRefund(
  services: Services,
  app: AppRow,
  { paymentId, key, rawBody, by }: { paymentId: string; key: string | undefined; rawBody: string; by: Doer },
  input: RefundInput,
): Promise<{ status: number; body: unknown }> {
  if (!isId('pay', paymentId)) throw unknownPayment();
  const path = `/v1/payments/${paymentId}/refunds`;
  const fingerprint = () => fingerprintOf('POST', path, rawBody);
  // The same key stands for the same refund also when a crash, or the key's end, has lost the answer.
  const id =
    key === undefined
      ? newId('ref')
      : await stableId('ref', JSON.stringify([app.id, key, await fingerprint()]), timeOfId(paymentId));
  const prefetch = {
    payment: refundableStatement(app.id, paymentId),
    earlier: requestStatement(app.id, id),
  };
  return withIdempotency(
    services,
    { appId: app.id, route: ROUTE, key, fingerprint, prefetch },
    async ({ payment: [payment], earlier: [earlier] }) => {
      if (!payment) throw unknownPayment();
      const asked = { app, paymentId, id, input, by };
      const outcome = earlier
        ? await goOnWith(services, earlier)
        : await beginAsWished(services, asked, readRefundable(payment));
      if (typeof outcome === 'object') throw await explain(services, app, paymentId, outcome.refused);
      const body = await getRefund(services, app, id);
      const isOpen = outcome === 'open' && body.status === 'pending';
      return { status: isOpen ? 202 : 201, body, isKept: !isOpen, commit: [] };
    },
  );
}

interface Asked {
  app: AppRow;
  paymentId: string;
  id: string;
  input: RefundInput;
  by: Doer;
}

/** Of whom wants all that is left Polar may have given back more than was known here: then it is the rest, which is known by now. */
async function beginAsWished(services: Services, asked: Asked, payment: Refundable): Promise<Outcome> {
  const { app, paymentId, input } = asked;
  const outcome = await begin(services, asked, refuseRefund(payment, input));
  const isTooLarge = typeof outcome === 'object' && outcome.refused.code === 'amount_too_large';
  if (!isTooLarge || input.amount !== undefined) return outcome;
  const { now } = await runBatch(services.database, { now: refundableStatement(app.id, paymentId) });
  return now[0] ? begin(services, asked, refuseRefund(readRefundable(now[0]), input)) : outcome;
}

async function begin(
  services: Services,
  { app, paymentId, id, input, by }: Asked,
  refusal: RefundRefusal | undefined,
): Promise<Outcome> {
  if (refusal) throw problemOf(refusal);
  const { database } = services;
  const now = services.now();
  const { inserted, payment } = await runBatch(database, {
    inserted: insertRequest({
      id,
      appId: app.id,
      paymentId,
      amount: input.amount ?? null,
      reason: input.reason,
      comment: input.comment ?? null,
      revokesBenefits: input.revokeBenefits ?? null,
      cancelSubscription: input.cancelSubscription ?? null,
      metadata: JSON.stringify(input.metadata),
      now,
    }),
    audit: auditRequest(database, { id, paymentId, now, by }),
    payment: refundableStatement(app.id, paymentId),
  });
  const [request] = inserted;
  if (request) return sendFirst(services, request);
  // Another refund was faster.
  const [left] = payment;
  throw problemOf((left && refuseRefund(readRefundable(left), input)) ?? { code: 'already_refunded' });
}

/** A request of this key is there: a crash, or a call of which the answer never came, has left it. */
async function goOnWith(services: Services, earlier: RefundRequest): Promise<Outcome> {
  if (earlier.status === 'refused') return { refused: new Problem(readCode(earlier.error)) };
  if (earlier.status === 'accepted') return 'accepted';
  const claimed = await claimRequest(services.database, earlier.id, services.now());
  return claimed ? pursueRefund(services, claimed) : 'open';
}

/** Says what is left when Polar knew of less. */
async function explain(
  services: Services,
  app: AppRow,
  paymentId: string,
  refused: Problem,
): Promise<Problem> {
  if (refused.code !== 'amount_too_large') return refused;
  const { payment } = await runBatch(services.database, { payment: refundableStatement(app.id, paymentId) });
  return problemOf(tooLarge(payment[0]?.remaining ?? 0), refused);
}

function problemOf({ code, ...init }: RefundRefusal, cause?: Problem): Problem {
  return new Problem(code, { ...init, ...(cause && { cause }) });
}

function readCode(text: string | null): ProblemCode {
  const isCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);
  return text !== null && isCode(text) ? text : 'polar_rejected';
}

function unknownPayment(): Problem {
  return new Problem('not_found', { detail: 'This app has no such payment.' });
}
