import type { ExitCode } from './exit-codes.ts';

interface Details {
  /** What to do about it: a sentence, or the command that mends it. */
  hint?: string | undefined;
  /** A stable code, such as the gateway's. */
  code?: string | undefined;
  errors?: readonly { path: string; message: string }[];
  requestId?: string | undefined;
  cause?: unknown;
}

/** A failure that is told to the person who typed the command: one sentence, and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  readonly details: Details;

  constructor(exitCode: ExitCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.exitCode = exitCode;
    this.details = details;
  }
}

/** Thrown where Ctrl-C ends a question. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
