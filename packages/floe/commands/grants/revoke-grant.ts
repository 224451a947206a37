import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { whatIsGiven } from './describe-grant.ts';

/** Takes back what the app gave, after a yes that has seen what and from whom. */
export async function revokeGrant(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asApp(app);
  const grant = await call('GET /v1/grants/{id}', { params: { id } });
  if (grant.source === 'polar')
    throw new CliError(EXIT.failed, 'Polar gave this with a purchase, so it is not taken back here.', {
      hint:
        grant.payment_id === null
          ? 'It goes with its purchase.'
          : `It goes with its purchase: floe payments refund ${grant.payment_id}`,
    });
  if (grant.state !== 'granted')
    return out.result({ id, revoked: false, state: grant.state }, `${id} is ${grant.state} already.`);
  await out.confirm(
    `Take ${whatIsGiven(grant)} back from ${grant.customer}${grant.reason === '' ? '' : ` (${grant.reason})`}? It is gone at once where access is asked for anew, unless something else gives it.`,
  );
  await call('DELETE /v1/grants/{id}', { params: { id } });
  out.result({ id, revoked: true, state: 'revoked' }, `${id} is taken back.`);
}
