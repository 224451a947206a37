import type { Context } from '../../context.ts';
import type { OnceOptions } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { timeOf } from '../../gateway/filters.ts';
import { replayInBulk } from '../deliveries/replay-in-bulk.ts';

interface Options extends OnceOptions, AppOptions {
  since: string;
  dryRun?: true | undefined;
}

/** Sends an endpoint again all that has failed since a time. */
export async function recoverEndpoint(context: Context, id: string, options: Options): Promise<void> {
  const since = timeOf(context, '--since', options.since) ?? options.since;
  const call = (await openGateway(context)).asApp(options.app);
  await replayInBulk(context, options, {
    what: `failed deliveries to ${id}`,
    send: (dry_run, idempotencyKey) =>
      call('POST /v1/webhook-endpoints/{id}/recover', {
        params: { id },
        body: { since, dry_run },
        idempotencyKey,
      }),
  });
}
