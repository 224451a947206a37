import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { actOnce, type OnceOptions } from '../../gateway/act-once.ts';
import type { Answer } from '../../gateway/client.ts';
import { count } from '../../words/names.rules.ts';

type BulkReplay = Answer<'POST /v1/replays'>;

interface Replaying {
  /** `failed deliveries` */
  what: string;
  /** One call of the gateway, which sends 1,000 at most. */
  send: (isDryRun: boolean, idempotencyKey: string) => Promise<BulkReplay>;
}

/** Counts what matches; then asks, and sends it all again, call by call. With `dryRun` it ends with the count. */
export async function replayInBulk(
  context: Context,
  options: OnceOptions & { dryRun?: true | undefined },
  { what, send }: Replaying,
): Promise<void> {
  const { out } = context;
  if (options.dryRun || !context.options.yes) {
    const counted = await send(true, crypto.randomUUID());
    const { matched, limit } = counted;
    if (options.dryRun) {
      out.result(
        counted,
        `${count(matched, 'delivery', 'deliveries')} would be sent again. This hour allows ${limit.left.toLocaleString('en')} more.`,
      );
      return;
    }
    if (matched === 0) return out.result(counted, `There are no ${what} like that.`);
    await out.confirm(`Send ${matched.toLocaleString('en')} ${what} again?`);
  }
  const sent = await actOnce(context, options, (key) =>
    sendAll(context, (call) => send(false, `${key}-${call}`)),
  );
  out.result(sent, `${count(sent.replayed, 'delivery is', 'deliveries are')} on the way again.`);
  if (sent.remaining > 0)
    throw new CliError(
      EXIT.unavailable,
      `This hour allows no more, and ${count(sent.remaining, 'delivery is', 'deliveries are')} left.`,
      {
        hint: 'Type the same again in an hour: it goes on with those.',
      },
    );
}

/** Calls until nothing is left, or the hour allows no more. The calls are numbered, so that a repetition answers them alike. */
async function sendAll(
  { out, signal }: Context,
  send: (call: number) => Promise<BulkReplay>,
): Promise<BulkReplay> {
  let all: BulkReplay | undefined;
  for (let call = 1; ; call++) {
    signal.throwIfAborted();
    const one = await send(call);
    all = { ...one, matched: all?.matched ?? one.matched, replayed: (all?.replayed ?? 0) + one.replayed };
    if (one.remaining === 0 || one.replayed === 0 || one.limit.left === 0) return all;
    out.note(`${all.replayed.toLocaleString('en')} sent, ${one.remaining.toLocaleString('en')} left …`);
  }
}
