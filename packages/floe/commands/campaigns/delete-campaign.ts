import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { findCampaign } from './describe-campaign.ts';

/** Deletes a campaign, after a yes. */
export async function deleteCampaign(context: Context, named: string, { app }: AppOptions): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asApp(app);
  const { id, code, name } = await findCampaign(call, named);
  await out.confirm(`Delete ${code} (${name})? The code stands for nothing any more. Its discounts stay.`);
  await call('DELETE /v1/campaigns/{id}', { params: { id } });
  out.result({ id, deleted: true }, `${code} is deleted.`);
}
