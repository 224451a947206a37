import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeLink } from './describe-link.ts';

/** Prints one checkout link. */
export async function showLink(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const link = await call('GET /v1/checkout-links/{id}', { params: { id } });
  context.out.details(link, describeLink(link));
}
