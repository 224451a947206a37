import type { Context } from '../../context.ts';
import { openGateway } from '../../gateway/client.ts';
import { describeKey, findKey } from './find-key.ts';
import { readEnd } from './read-end.ts';

/** Gives a key an end, or a nearer one, after a yes that has seen which one it is. */
export async function endKey(context: Context, app: string, id: string, when: string): Promise<void> {
  const end = readEnd(context, when, when);
  const call = (await openGateway(context)).asOperator();
  const key = await findKey(call, app, id);
  await context.out.confirm(`Let ${describeKey(app, key)}, end ${end}? An end is never put off.`);
  const ended = await call('PATCH /admin/apps/{app}/keys/{key}', {
    params: { app, key: id },
    body: { expires_at: end },
  });
  context.out.result(ended, `${id} ends ${ended.expires_at}.`);
}
