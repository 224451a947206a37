import { Problem } from '../base/problem.ts';

/**
 * The cause of a problem that says that Polar did not do what was to be asked, where there is no error of Polar's to say so: it was not
 * asked, or its answer may repeat what was sent, which is a secret and must not get into a log.
 */
export class NotDone extends Error {
  override readonly name = 'NotDone';
}

/** The same failure, of something that came after Polar had said that it did not do what it was asked. */
export function asNotDone(error: unknown): unknown {
  if (!(error instanceof Problem)) return error;
  const cause = new NotDone('Polar had refused before this.', { cause: error });
  return new Problem(error.code, { ...error.init, cause });
}
