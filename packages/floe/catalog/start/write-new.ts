import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';

/** Writes a file that is not there yet. @throws {CliError} when it is, also when somebody else has just written it: nothing is ever overwritten */
export async function writeNew(folder: string, file: string, text: string): Promise<void> {
  const whole = path.join(folder, file);
  await mkdir(path.dirname(whole), { recursive: true });
  await writeFile(whole, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new CliError(EXIT.failed, `${file} is there already, and is not overwritten.`, { cause: error });
  });
}
