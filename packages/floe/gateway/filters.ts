import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { parseMoment } from '../durations.rules.ts';
import { EXIT } from '../exit-codes.ts';
import { given } from '../words/given.rules.ts';

/* Options that many commands have, for `.addOption`. */

export const createdAfterOption = () =>
  new Option('--created-after <time>', 'from then on: 2h or 3d ago, 2026-11-01, 2026-11-01T10:00:00Z');
export const createdBeforeOption = () => new Option('--created-before <time>', 'before then');

/** `--metadata plan=team --metadata campaign=spring` */
export const metadataOption = (does: string) =>
  new Option('--metadata <key=value>', does).argParser(
    (typed: string, before: Record<string, string> | undefined): Record<string, string> => {
      const at = typed.indexOf('=');
      if (at < 1) throw new InvalidArgumentError('It is written key=value.');
      return { ...before, [typed.slice(0, at)]: typed.slice(at + 1) };
    },
  );

/** A time that an option gives. @throws {CliError} which says how it is written */
export function timeOf(
  context: Context,
  option: string,
  typed: string | undefined,
  direction: 'ago' | 'ahead' = 'ago',
): string | undefined {
  if (typed === undefined) return undefined;
  const time = parseMoment(typed, context.now(), direction);
  if (time !== undefined) return time;
  throw new CliError(EXIT.usage, `${option}: ${typed} is no time.`, {
    hint: `2h, 3d (${direction === 'ago' ? 'ago' : 'from now'}), 2026-11-01, or 2026-11-01T10:00:00Z`,
  });
}

/** What `--created-after` and `--created-before` are in a query. */
export function createdRange(
  context: Context,
  { createdAfter, createdBefore }: { createdAfter?: string | undefined; createdBefore?: string | undefined },
) {
  return given({
    created_after: timeOf(context, '--created-after', createdAfter),
    created_before: timeOf(context, '--created-before', createdBefore),
  });
}

/** What a list that is empty says: how the first one comes, or which filters there are. */
export function whenEmpty(filters: object, things: string, first: string): string {
  return Object.keys(filters).length === 0
    ? `There are no ${things} yet. ${first}`
    : `No ${things} are like that.`;
}
