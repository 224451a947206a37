import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { type Answer, openGateway } from '../../gateway/client.ts';
import { timeOf } from '../../gateway/filters.ts';
import { given } from '../../words/given.rules.ts';
import { count } from '../../words/names.rules.ts';
import type { PolarEvent } from './list-polar-events.ts';
import { describePolarEvent } from './show-polar-event.ts';

type BulkReapply = Answer<'POST /admin/reapply'>;

interface Options {
  mode?: PolarEvent['mode'] | undefined;
  status?: 'failed' | 'unrouted' | undefined;
  type?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  dryRun?: true | undefined;
}

/** Applies one Polar event again, or all of a mode that failed or fit no app. */
export async function reapplyPolarEvents(
  context: Context,
  id: string | undefined,
  { mode, ...options }: Options,
): Promise<void> {
  if ((id === undefined) === (mode === undefined))
    throw new CliError(EXIT.usage, 'Give one Polar event, or all of a --mode.');
  if (mode !== undefined) return reapplyInBulk(context, { mode, ...options });
  if (id === undefined) return;
  const call = (await openGateway(context)).asOperator();
  const event = await call('POST /admin/polar-events/{id}/reapply', { params: { id } });
  context.out.details(event, describePolarEvent(event));
  context.out.note(`It is about to be applied. floe polar-events show ${id} says what became of it.`);
}

/** Counts what matches; then asks, and has it all applied again, call by call. */
async function reapplyInBulk(
  context: Context,
  { mode, status = 'failed', dryRun, ...options }: Options & { mode: PolarEvent['mode'] },
): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asOperator();
  const filter = {
    mode,
    status,
    ...given({
      type: options.type,
      since: timeOf(context, '--since', options.since),
      until: timeOf(context, '--until', options.until),
    }),
  };
  const send = (more: { dry_run: boolean; cursor?: string }) =>
    call('POST /admin/reapply', { body: { ...filter, ...more } });
  if (dryRun || !context.options.yes) {
    const counted = await send({ dry_run: true });
    const { matched, limit } = counted;
    if (dryRun) {
      out.result(
        counted,
        `${count(matched, 'Polar event')} would be applied again. This hour allows ${limit.left.toLocaleString('en')} more.`,
      );
      return;
    }
    if (matched === 0) return out.result(counted, `No ${status} Polar event of ${mode} is like that.`);
    await out.confirm(`Apply ${count(matched, `${status} Polar event`)} of ${mode} again?`);
  }
  const sent = await sendAll(context, (cursor) =>
    send({ dry_run: false, ...(cursor === null ? {} : { cursor }) }),
  );
  out.result(
    sent,
    `${count(sent.reapplied, 'Polar event is', 'Polar events are')} about to be applied again.`,
  );
  out.note(`What fails or fits no app once more is listed by floe polar-events list --status ${status}.`);
  if (sent.next_cursor !== null)
    throw new CliError(
      EXIT.unavailable,
      `This hour allows no more, and ${count(sent.remaining, 'Polar event is', 'Polar events are')} left.`,
      {
        hint: 'Type the same again in an hour.',
      },
    );
}

/** Calls until nothing is left, or the hour allows no more. */
async function sendAll(
  { out, signal }: Context,
  send: (cursor: string | null) => Promise<BulkReapply>,
): Promise<BulkReapply> {
  let all: BulkReapply | undefined;
  for (;;) {
    signal.throwIfAborted();
    const one = await send(all?.next_cursor ?? null);
    all = { ...one, matched: all?.matched ?? one.matched, reapplied: (all?.reapplied ?? 0) + one.reapplied };
    if (one.next_cursor === null || one.limit.left === 0) return all;
    out.note(`${all.reapplied.toLocaleString('en')} so far, ${one.remaining.toLocaleString('en')} left …`);
  }
}
