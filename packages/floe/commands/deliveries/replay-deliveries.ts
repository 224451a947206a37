import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { actOnce, type OnceOptions } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { timeOf } from '../../gateway/filters.ts';
import { given } from '../../words/given.rules.ts';
import { replayInBulk } from './replay-in-bulk.ts';
import { describeDelivery } from './show-delivery.ts';

interface Options extends OnceOptions, AppOptions {
  endpoint?: string | undefined;
  status?: 'failed' | 'succeeded' | 'pending' | undefined;
  type?: string[] | undefined;
  since?: string | undefined;
  until?: string | undefined;
  dryRun?: true | undefined;
}

/** Sends one delivery again, or all that the options find. */
export async function replayDeliveries(
  context: Context,
  id: string | undefined,
  options: Options,
): Promise<void> {
  const { endpoint, status, type, since, until, dryRun } = options;
  const filter = given({
    endpoint_id: endpoint,
    status,
    types: type,
    since: timeOf(context, '--since', since),
    until: timeOf(context, '--until', until),
  });
  const isFiltered = Object.keys(filter).length > 0;
  if ((id !== undefined && (isFiltered || dryRun)) || (id === undefined && !isFiltered))
    throw new CliError(EXIT.usage, 'Give one delivery, or say which by --since, --endpoint or both.');
  const call = (await openGateway(context)).asApp(options.app);
  if (id === undefined)
    return replayInBulk(context, options, {
      what: `${status ?? 'failed'} deliveries`,
      send: (dry_run, idempotencyKey) =>
        call('POST /v1/replays', { body: { ...filter, dry_run }, idempotencyKey }),
    });
  const delivery = await actOnce(context, options, (idempotencyKey) =>
    call('POST /v1/deliveries/{id}/replay', { params: { id }, idempotencyKey }),
  );
  context.out.details(delivery, describeDelivery(delivery));
  context.out.note(`It is on its way. floe deliveries show ${id} says what is answered.`);
}
