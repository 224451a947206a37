import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { second } from '../../words/times.rules.ts';
import { describeCampaign, findCampaign } from './describe-campaign.ts';

/** Prints one campaign. */
export async function showCampaign(context: Context, named: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const campaign = await findCampaign(call, named);
  context.out.details(campaign, describeCampaign(campaign));
}

/** Prints how much is left of one, in all and of each of its discounts. */
export async function showRemaining(context: Context, named: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const { id } = await findCampaign(call, named);
  const left = await call('GET /v1/campaigns/{id}/remaining', { params: { id } });
  const times = (remaining: number | null) => (remaining === null ? 'without end' : `${remaining}`);
  context.out.details(left, [
    ['code', left.code],
    ['left', times(left.remaining)],
    [
      'of each',
      left.rules.map(
        ({ discount_id, status, remaining }) => `${discount_id}  ${status}, ${times(remaining)}`,
      ),
    ],
    ['as of', second(left.as_of)],
  ]);
}
