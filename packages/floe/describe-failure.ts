import { FloeError } from '../kit/problem.ts';
import { CliError, Interrupted } from './cli-error.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

const TOO_MANY = 429;

/** Any failure as it is told. `isInterrupted`: somebody pressed Ctrl-C meanwhile, whatever failed because of that. */
export function describeFailure(error: unknown, isInterrupted: boolean): CliError {
  // It says more than that.
  if (error instanceof CliError && error.exitCode === EXIT.interrupted) return error;
  if (isInterrupted || error instanceof Interrupted) return new CliError(EXIT.interrupted, 'Interrupted.');
  if (error instanceof CliError) return error;
  if (error instanceof FloeError) return describeProblem(error);
  const ofFile = describeFileError(error);
  if (ofFile) return ofFile;
  const said = error instanceof Error ? error.message : String(error);
  return new CliError(EXIT.failed, said, {
    hint: 'This is a fault of floe. FLOE_DEBUG=1 shows where it happened.',
    cause: error,
  });
}

const OF_FILES: Readonly<Record<string, string>> = {
  EACCES: 'you may not read or write it',
  EPERM: 'you may not change it',
  EROFS: 'it cannot be written to',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your part of the disk is full',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
};

/** A file that cannot be read or written is no fault of this program. */
function describeFileError(error: unknown): CliError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined;
  const why = OF_FILES[String(error.code)];
  return why === undefined
    ? undefined
    : new CliError(EXIT.failed, `${String(error.path)}: ${why}.`, { code: String(error.code), cause: error });
}

/** A refusal of the gateway's (RFC 9457), or no answer. */
function describeProblem(problem: FloeError): CliError {
  return new CliError(exitCodeOf(problem), problem.message, {
    code: problem.code,
    errors: problem.errors,
    requestId: problem.requestId,
    hint: hintOf(problem),
    cause: problem,
  });
}

function exitCodeOf({ status }: FloeError): ExitCode {
  if (status === 401 || status === 403) return EXIT.refused;
  if (status === 404) return EXIT.notFound;
  return status === 0 || status === TOO_MANY || status >= 500 ? EXIT.unavailable : EXIT.failed;
}

function hintOf({ status, code, retryAfter }: FloeError): string | undefined {
  if (code === 'unreachable')
    return 'floe doctor looks for the reason. floe profiles list shows which gateway is in use.';
  if (status === 401) return 'floe profiles list shows which tokens are used.';
  if (retryAfter !== undefined) return `Try again in ${retryAfter} s.`;
  return undefined;
}
