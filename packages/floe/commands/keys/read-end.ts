import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { parseMoment } from '../../durations.rules.ts';
import { EXIT } from '../../exit-codes.ts';

/** When a key is to end, as it is typed. `typed`: `--expires 90d`. @throws {CliError} when it is no moment */
export function readEnd(context: Context, when: string, typed: string): string {
  const end = parseMoment(when, context.now());
  if (end !== undefined) return end;
  throw new CliError(EXIT.usage, `${typed} is no end.`, {
    hint: 'A duration such as 90d, a day such as 2027-12-31, or a time such as 2027-12-31T12:00:00Z.',
  });
}
