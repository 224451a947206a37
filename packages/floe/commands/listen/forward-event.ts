import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { paint, paintAs } from '../../terminal/colours.ts';
import { decideNext, type Verdict } from './attempts.rules.ts';
import { type Sent, sendSigned } from './send-signed.ts';
import type { ToldEvent } from './told-event.ts';

export interface Receiver {
  url: URL;
  secret: string;
  /** Leaves an event out that was not taken after some attempts. */
  skipFailed: boolean;
}

const SEQUENCE_WIDTH = 7;
const TYPE_WIDTH = 28;
const STATUS_WIDTH = 7;

/**
 * Forwards one event until it is taken, or left out, and prints each attempt.
 * @throws {CliError} when the server answers 410; the reason of `signal` when it is interrupted between two attempts
 */
export async function forwardEvent(context: Context, event: ToldEvent, receiver: Receiver): Promise<void> {
  const { url, secret, skipFailed } = receiver;
  for (let attempt = 1; ; attempt++) {
    const sent = await sendSigned(context, url, { event, secret });
    const verdict = decideNext(sent.status, attempt, skipFailed);
    printAttempt(context, event, { sent, attempt, verdict });
    if (verdict.kind === 'delivered' || verdict.kind === 'skipped') return;
    if (verdict.kind === 'gone')
      throw new CliError(EXIT.failed, `${url} answered 410 Gone, by which a deployed endpoint is disabled.`, {
        hint: `Listening ends. The next start goes on with event ${event.sequence}.`,
      });
    await context.sleep(verdict.waitMs);
    context.signal.throwIfAborted();
  }
}

interface Attempt {
  sent: Sent;
  attempt: number;
  verdict: Verdict;
}

function printAttempt({ out }: Context, event: ToldEvent, { sent, attempt, verdict }: Attempt): void {
  const { status, error, durationMs } = sent;
  const colour = verdict.kind === 'delivered' ? 'green' : 'red';
  const columns = [
    paint.dim(`#${event.sequence}`.padEnd(SEQUENCE_WIDTH)),
    event.type.padEnd(TYPE_WIDTH),
    paintAs(colour, String(status ?? error).padEnd(STATUS_WIDTH)),
    ` ${durationMs} ms`,
    describeNext(verdict, attempt),
  ];
  out.item(
    {
      event: event.id,
      type: event.type,
      sequence: event.sequence,
      result: verdict.kind === 'again' ? 'failed' : verdict.kind,
      status,
      error,
      duration_ms: durationMs,
      attempt,
      next_attempt_in_ms: verdict.kind === 'again' ? verdict.waitMs : null,
    },
    columns.join(''),
  );
}

function describeNext(verdict: Verdict, attempt: number): string {
  if (verdict.kind === 'skipped') return `, left out after ${attempt} attempts`;
  return verdict.kind === 'again' ? `, attempt ${attempt}; again in ${verdict.waitMs / 1000} s` : '';
}
