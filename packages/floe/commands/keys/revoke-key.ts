import type { Context } from '../../context.ts';
import { openGateway } from '../../gateway/client.ts';
import { describeKey, findKey } from './find-key.ts';

/** Revokes a key, after a yes that has seen which one it is. */
export async function revokeKey(context: Context, app: string, id: string): Promise<void> {
  const call = (await openGateway(context)).asOperator();
  const key = await findKey(call, app, id);
  await context.out.confirm(`Revoke ${describeKey(app, key)}?`);
  await call('DELETE /admin/apps/{app}/keys/{key}', { params: { app, key: id } });
  context.out.result({ id, app, revoked: true }, `${id} is revoked.`);
}
