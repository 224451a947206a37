import type { Context } from '../../context.ts';
import { actOnce, type OnceOptions } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { given } from '../../words/given.rules.ts';
import { count } from '../../words/names.rules.ts';
import { DELIVERY_COLUMNS } from '../deliveries/list-deliveries.ts';

interface Options extends OnceOptions, AppOptions {
  endpoint?: string | undefined;
}

/** Sends an event again, to the endpoints that had it or to one, and shows its deliveries. */
export async function replayEvent(context: Context, id: string, options: Options): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asApp(options.app);
  const replay = await actOnce(context, options, (idempotencyKey) =>
    call('POST /v1/events/{id}/replay', {
      params: { id },
      body: given({ endpoint_id: options.endpoint }),
      idempotencyKey,
    }),
  );
  if (out.isJson) return out.result(replay, '');
  out.table(replay.deliveries, DELIVERY_COLUMNS, { empty: 'No endpoint wants it: floe endpoints list' });
  out.note(`${count(replay.replayed, 'delivery is', 'deliveries are')} on the way again.`);
}
