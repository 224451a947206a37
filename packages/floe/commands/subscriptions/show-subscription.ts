import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeSubscription } from './describe-subscription.ts';

/** Prints one subscription. */
export async function showSubscription(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const subscription = await call('GET /v1/subscriptions/{id}', { params: { id } });
  context.out.details(subscription, describeSubscription(subscription));
}
