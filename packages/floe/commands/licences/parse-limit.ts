import { InvalidArgumentError } from '@commander-js/extra-typings';
import { parseCount } from '../../options.ts';

/** A limit as it is typed: a whole number from 1, or `none`. */
export type TypedLimit = number | 'none';

/** For `.argParser`, whose results may not be null. */
export function parseLimit(text: string): TypedLimit {
  if (text === 'none') return text;
  try {
    return parseCount(text);
  } catch {
    throw new InvalidArgumentError('It must be a whole number from 1, or none.');
  }
}
