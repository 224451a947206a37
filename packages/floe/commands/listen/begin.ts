import { FloeError } from '../../../kit/problem.ts';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Call } from '../../gateway/client.ts';
import type { Api } from '../../../kit/api.ts';
import type { Kept, Place } from './kept.ts';

/** `--from`: the number of an event, or where the app's events end or begin. */
export type From = 'now' | 'start' | number;

/** Where forwarding begins, and what the developer is told of it. */
export interface Beginning {
  place: Place;
  words: string;
}

/**
 * Where to begin: where this machine stopped, the first time now; or where `from` says.
 * @throws {CliError} for an event that is not there yet, and when the gateway has forgotten where this machine stopped
 */
export async function findBeginning(
  call: Call<keyof Api>,
  kept: Kept,
  from: From | undefined,
): Promise<Beginning> {
  const [newest] = (await call('GET /v1/events', { query: { limit: 1 } })).data;
  const last = newest?.sequence ?? 0;
  const known = newest ? { id: newest.id, sequence: newest.sequence } : null;
  const at = (sequence: number, words: string): Beginning => ({ place: { sequence, known }, words });

  if (from === 'start') return at(0, 'Begins with the app’s first event.');
  if (typeof from === 'number') {
    if (from > last + 1)
      throw new CliError(EXIT.usage, `There is no event ${from} yet: the app’s last one is ${last}.`);
    return at(from - 1, `Begins with event ${from}.`);
  }
  const before = from === 'now' ? await kept.readPlace().catch(() => undefined) : await kept.readPlace();
  if (from === 'now') return at(last, `Begins with the app’s next event.${describeSkipped(before, last)}`);
  if (!before) {
    if (last === 0) return at(last, 'Begins with the app’s first event.');
    return at(
      last,
      `Begins with the app’s next event; ${describeCount(last)} until now, which --from start forwards.`,
    );
  }
  await checkKnown(call, before, last);
  const waiting = last - before.sequence;
  const words = `Goes on behind event ${before.sequence}, where this machine stopped${waiting === 0 ? '.' : `; ${describeCount(waiting)} since then.`}`;
  return { place: { ...before, known: known ?? before.known }, words };
}

const describeCount = (count: number) => (count === 1 ? 'there was 1 event' : `there were ${count} events`);

function describeSkipped(before: Place | undefined, last: number): string {
  if (!before || before.sequence >= last) return '';
  const first = before.sequence + 1;
  return first === last ? ` Skipped: event ${last}.` : ` Skipped: events ${first} to ${last}.`;
}

/** A gateway that was reset counts anew: going on by number would leave out events. */
async function checkKnown(call: Call<keyof Api>, { sequence, known }: Place, last: number): Promise<void> {
  if (known === null) return;
  const found = await call('GET /v1/events/{id}', { params: { id: known.id } }).catch((error: unknown) => {
    if (error instanceof FloeError && error.status === 404) return undefined;
    throw error;
  });
  if (found?.sequence === known.sequence && sequence <= last) return;
  throw new CliError(
    EXIT.failed,
    `The gateway does not have event ${known.sequence} (${known.id}) any more, which was there when this machine stopped. It was reset, or the event was deleted because of its age.`,
    { hint: 'Say where to begin: --from start for all events that are there, --from now, or --from NUMBER' },
  );
}
