import { Option } from '@commander-js/extra-typings';
import { FloeError } from '../../kit/problem.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { describeFailure } from '../describe-failure.ts';

export interface OnceOptions {
  idempotencyKey?: string | undefined;
}

/** For how long an attempt is waited for that goes on to Polar, milliseconds. */
export const PATIENCE = { timeoutMs: 30_000 };

export const idempotencyKeyOption = () =>
  new Option('--idempotency-key <key>', 'of an earlier try that nobody knows the end of: it is done once');

/**
 * Does what is to happen once (ADR 94). When nobody knows whether it did, the failure says with which key the same command finds out.
 * @param work gets the key that it sends
 * @param moment what was sent for a time that counts from now. Typed again it would be another one, which the key is not for.
 * @throws what `work` throws
 */
export async function actOnce<Result>(
  { signal }: Context,
  { idempotencyKey = crypto.randomUUID() }: OnceOptions,
  work: (idempotencyKey: string) => Promise<Result>,
  moment?: string,
): Promise<Result> {
  try {
    return await work(idempotencyKey);
  } catch (error) {
    if (!signal.aborted && !isUnknown(error)) throw error;
    const { exitCode, message, details } = describeFailure(error, signal.aborted);
    throw new CliError(exitCode, message, {
      ...details,
      hint: `Whether it was done is not known. Type the same command with\n--idempotency-key ${idempotencyKey}\n${moment === undefined ? '' : `with the time ${moment}, `}and it is done, if it is not yet.`,
      cause: error,
    });
  }
}

/** No answer, or one of a gateway that could not hear how it ended. */
function isUnknown(error: unknown): boolean {
  return (
    error instanceof FloeError &&
    (error.status === 0 || error.status >= 500 || error.code === 'idempotency_in_progress')
  );
}
