import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeGift } from './describe-gift.ts';

/** Prints one gift. */
export async function showGift(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const gift = await call('GET /v1/gifts/{id}', { params: { id } });
  context.out.details(gift, describeGift(gift));
}
