import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeRefund } from './describe-refund.ts';

/** Prints one refund. */
export async function showRefund(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const refund = await call('GET /v1/refunds/{id}', { params: { id } });
  context.out.details(refund, describeRefund(refund));
}
