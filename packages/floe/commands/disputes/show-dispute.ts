import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeDispute } from './describe-dispute.ts';

/** Prints one dispute. */
export async function showDispute(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const dispute = await call('GET /v1/disputes/{id}', { params: { id } });
  context.out.details(dispute, describeDispute(dispute));
}
