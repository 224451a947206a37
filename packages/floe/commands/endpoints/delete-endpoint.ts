import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';

/** Deletes an endpoint, after a yes that has seen its address. */
export async function deleteEndpoint(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const { url } = await call('GET /v1/webhook-endpoints/{id}', { params: { id } });
  await context.out.confirm(`Delete ${url}? What waits for it is not sent any more.`);
  await call('DELETE /v1/webhook-endpoints/{id}', { params: { id } });
  context.out.result({ id, url, deleted: true }, `${id} is deleted.`);
}
