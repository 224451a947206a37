import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';

/** Deletes a checkout link, after a yes. */
export async function deleteLink(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asApp(app);
  const { label, url } = await call('GET /v1/checkout-links/{id}', { params: { id } });
  const named = label === null ? url : `${label} (${url})`;
  await out.confirm(`Delete ${named}? Whoever follows it finds nothing. Payments that it began go on.`);
  await call('DELETE /v1/checkout-links/{id}', { params: { id } });
  out.result({ id, deleted: true }, `${id} is deleted.`);
}
