import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeGrant, describeOwnGrant, historyLines } from './describe-grant.ts';

/** Prints a grant, and what happened to it. */
export async function showGrant(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const grant = await call('GET /v1/grants/{id}', { params: { id } });
  context.out.details(grant, [
    ...(grant.source === 'app' ? describeOwnGrant(grant) : describeGrant(grant)),
    ['history', historyLines(grant)],
  ]);
}
