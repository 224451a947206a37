import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { knownFields, readConfigValue } from './config.rules.ts';
import { findConfig } from './find-config.ts';
import { describeFault, type Fault, faultsOf, type Parsed, parseYaml } from './yaml-text.rules.ts';

const PROGRAM = /\.[cm]?[jt]s$/;

/** Reads the configuration alone. @throws {CliError} with every mistake, and when there is none */
export async function readConfig(context: Context, given: string | undefined) {
  const file = given ?? (await findConfig(context.cwd));
  const whole = path.resolve(context.cwd, file);
  const text = await readFile(whole, 'utf8');
  // What compiles TypeScript is as large as all else of this program.
  const parsed: Parsed = PROGRAM.test(file)
    ? { value: await (await import('./load-program.ts')).loadProgram(whole, file), lineOf: () => undefined }
    : parseYaml(text, file);
  if ('faults' in parsed) throw refusal(parsed.faults);
  const read = readConfigValue(parsed.value);
  if (!read.success) throw refusal(faultsOf(read.error, file, parsed.lineOf, knownFields));
  return { config: read.data, file, folder: path.dirname(whole), lineOf: parsed.lineOf };
}

/** Mistakes as the failure that names them all. */
export function refusal(faults: readonly Fault[]): CliError {
  const [first] = faults;
  const message =
    faults.length === 1 && first ? describeFault(first) : `The catalogue has ${faults.length} mistakes.`;
  return new CliError(EXIT.failed, message, {
    code: 'catalog_invalid',
    errors: faults.map((fault) => ({
      path: fault.line === undefined ? fault.file : `${fault.file}:${fault.line}`,
      message: [fault.field, fault.message].filter((each) => each !== '').join(': '),
    })),
  });
}
