import type { FloeEvent } from '../../../kit/webhook.ts';
import type { Api } from '../../../kit/api.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { type AppOptions, type Call, openGateway } from '../../gateway/client.ts';
import { paint } from '../../terminal/colours.ts';
import type { From } from '../listen/begin.ts';
import { FEED_TIMEOUT_MS, readFeed } from '../listen/read-feed.ts';

interface Options extends AppOptions {
  types?: string | undefined;
  from?: From | undefined;
  after?: number | undefined;
  limit?: number | undefined;
}

const SEQUENCE_WIDTH = 7;
const TYPE_WIDTH = 25;

/** Prints an app's events in order as they are told, until Ctrl-C or `limit`. */
export async function tailEvents(context: Context, options: Options): Promise<void> {
  const { out, signal } = context;
  const { types, from, limit = Infinity } = options;
  const call = (await openGateway(context, { timeoutMs: FEED_TIMEOUT_MS })).asApp(options.app);
  const after = await findAfter(call, options);
  out.note(`Events behind number ${after}. Ctrl-C ends it.`);
  let count = 0;
  try {
    for await (const event of readFeed(context, call, { after, types, from })) {
      out.item(event, describe(event));
      if (++count >= limit) return;
    }
  } catch (error) {
    // Ctrl-C is how it ends.
    if (!signal.aborted) throw error;
  }
}

/** @throws {CliError} for an event that is not there yet */
async function findAfter(call: Call<keyof Api>, { from = 'now', after }: Options): Promise<number> {
  if (after === undefined && from === 'start') return 0;
  const [newest] = (await call('GET /v1/events', { query: { limit: 1 } })).data;
  const last = newest?.sequence ?? 0;
  const wanted = after ?? (typeof from === 'number' ? from - 1 : last);
  if (wanted <= last) return wanted;
  throw new CliError(EXIT.usage, `There is no event ${wanted} yet: the app’s last one is ${last}.`);
}

function describe({ type, timestamp, data }: FloeEvent): string {
  return [
    paint.dim(`#${data.sequence}`.padEnd(SEQUENCE_WIDTH)),
    timestamp.slice(11, 19),
    ` ${type.padEnd(TYPE_WIDTH)}`,
    data.id,
  ].join(' ');
}
