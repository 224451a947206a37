import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { money } from '../../words/money.rules.ts';
import { describeDispute } from './describe-dispute.ts';

/** Accepts a dispute, which loses it, after a question. */
export async function acceptDispute(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context, PATIENCE)).asApp(app);
  const before = await call('GET /v1/disputes/{id}', { params: { id } });
  if (!before.open)
    throw new CliError(EXIT.failed, `This dispute is decided: ${before.status}.`, { code: 'conflict' });
  const amount = money(before.amount, before.currency);
  await out.confirm(
    `Accept dispute ${id}? It is lost at once: the buyer keeps ${amount ?? 'the money'}, and Polar takes away what was bought, a whole subscription too. This cannot be undone.`,
  );
  const dispute = await call('POST /v1/disputes/{id}/accept', { params: { id } });
  out.details(dispute, describeDispute(dispute));
}
