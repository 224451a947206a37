import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { openGateway } from '../../gateway/client.ts';

/** Revokes a key, after a yes that has seen which one it is. */
export async function revokeKey(context: Context, app: string, id: string): Promise<void> {
  const call = (await openGateway(context)).asOperator();
  const { data } = await call('GET /admin/apps/{app}/keys', { params: { app } });
  const key = data.find((each) => each.id === id);
  if (!key) throw new CliError(EXIT.notFound, `${app} has no key ${id}.`, { hint: `floe keys list ${app}` });
  const used = key.last_used_at === null ? 'never used' : `last used ${key.last_used_at}`;
  await context.out.confirm(`Revoke the ${key.kind} key “${key.name}” (…${key.hint}) of ${app}, ${used}?`);
  await call('DELETE /admin/apps/{app}/keys/{key}', { params: { app, key: id } });
  context.out.result({ id, app, revoked: true }, `${id} is revoked.`);
}
