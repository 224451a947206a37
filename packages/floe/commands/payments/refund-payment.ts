import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { actOnce, type OnceOptions, PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { given } from '../../words/given.rules.ts';
import { readMoney } from '../../words/money.rules.ts';
import { describeRefund } from '../refunds/describe-refund.ts';
import { refuseRefund } from './refuse-refund.rules.ts';
import { askForRefund } from './ask-for-refund.rules.ts';

interface Options extends OnceOptions, AppOptions {
  amount?: string | undefined;
  reason?: RefundReason | undefined;
  comment?: string | undefined;
  /** Of `--revoke-benefits` and `--keep-benefits`; undefined: when all is given back. */
  benefits?: 'revoke' | 'keep' | undefined;
  cancelSubscription?: 'now' | 'period_end' | undefined;
  metadata?: Record<string, string> | undefined;
}

export const REFUND_REASONS = [
  'customer_request',
  'duplicate',
  'fraudulent',
  'service_disruption',
  'satisfaction_guarantee',
  'other',
] as const;
type RefundReason = (typeof REFUND_REASONS)[number];

/** Gives back all that is left of a payment, or a part, after a question. */
export async function refundPayment(context: Context, id: string, options: Options): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const payment = await call('GET /v1/payments/{id}', { params: { id } });
  const amount = readAmount(options.amount, payment.currency);
  const revokes = options.benefits === undefined ? undefined : options.benefits === 'revoke';
  // With the key of an earlier try the gateway answers what became of that one.
  const refused = options.idempotencyKey === undefined ? refuseRefund(payment, amount) : undefined;
  if (refused) throw new CliError(EXIT.failed, refused.message, { code: refused.code });
  await out.confirm(
    askForRefund(payment, { amount, revokes, cancelSubscription: options.cancelSubscription }),
  );
  const body = given({
    amount,
    reason: options.reason,
    comment: options.comment,
    revoke_benefits: revokes,
    cancel_subscription: options.cancelSubscription,
    metadata: options.metadata,
  });
  const refund = await actOnce(context, options, (idempotencyKey) =>
    call('POST /v1/payments/{id}/refunds', { params: { id }, body, idempotencyKey }),
  );
  out.details(refund, describeRefund(refund));
  if (refund.status === 'pending')
    out.note(`What becomes of it is not known yet. floe refunds show ${refund.id} says it.`);
  if (refund.status === 'failed')
    throw new CliError(EXIT.failed, 'No money went back.', { code: refund.failure_reason ?? undefined });
}

function readAmount(typed: string | undefined, currency: string | null): number | undefined {
  if (typed === undefined) return undefined;
  if (currency === null)
    throw new CliError(EXIT.failed, 'Nothing was charged yet, so there is no currency to refund in.');
  const read = readMoney(typed, currency);
  if ('amount' in read) return read.amount;
  throw new CliError(EXIT.usage, `--amount: ${typed} is no amount. ${read.instead}`);
}
