import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { parseDuration } from './durations.rules.ts';

/* What the options of several commands have in common. */

/** An option that may be given several times: all of its values. */
export const repeatable = <Flags extends string>(flags: Flags, description: string) =>
  new Option(flags, `${description}; again for more`).argParser(
    (value: string, before: string[] | undefined): string[] => [...(before ?? []), value],
  );

/** A whole number from 0, for `.argParser`. */
export function parseNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** A whole number from 1, for `.argParser`. */
export function parseCount(text: string): number {
  const count = parseNumber(text);
  if (count < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return count;
}

/** An object as JSON, for `.argParser`. `example`: how it may be written. */
export const parseObject =
  (example: string) =>
  (text: string): Record<string, unknown> => {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return value as Record<string, unknown>;
    } catch {
      // falls through to the one refusal below
    }
    throw new InvalidArgumentError(`It must be an object as JSON, such as ${example}.`);
  };

/** Seconds of a duration, for `.argParser`. */
export function parseSeconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new InvalidArgumentError('It must be a duration, such as 15m, 24h or 7d.');
  return seconds;
}

/** For commands about one mode: `chooseMode` finds the one that is not typed. */
export const whichModeOption = () => modeOption('in which mode; the gateway’s only one unless given');

export const modeOption = (description = 'of this mode only') =>
  new Option('--mode <mode>', description).choices(['live', 'sandbox'] as const);
