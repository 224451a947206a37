import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { From } from './begin.ts';

/** `--from`, of commands that read an app's events. */
export const fromOption = () =>
  new Option('--from <place>', 'now, start, or the number of an event').argParser(parseFrom);

function parseFrom(text: string): From {
  if (text === 'now' || text === 'start') return text;
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw new InvalidArgumentError('It is now, start, or the number of an event.');
  return Number(text);
}
