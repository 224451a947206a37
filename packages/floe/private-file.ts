import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from './cli-error.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';

const OTHERS = 0o077;
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/**
 * Reads a file that only this user may read; undefined when there is none. `holds`: what is in it, for messages.
 * @throws {CliError} when others can read it
 */
export async function readPrivateFile(
  { platform }: Pick<Context, 'platform'>,
  file: string,
  holds = 'a secret',
): Promise<string | undefined> {
  const [text, mode] = await Promise.all([
    readFile(file, 'utf8'),
    stat(file).then((found) => found.mode),
  ]).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [undefined, 0] as const;
    throw error;
  });
  // Windows keeps who may read a file elsewhere.
  if (platform !== 'win32' && (mode & OTHERS) !== 0)
    throw new CliError(EXIT.failed, `Others on this machine can read ${file}, which has ${holds}.`, {
      hint: `chmod 600 ${quote(file)}`,
    });
  return text;
}

/** Makes a folder that only this user may look into, if it is not there. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
}

/** Writes beside the file and then over it, on the disk: whatever ends this, or the machine, leaves the old text or the new one. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const folder = path.dirname(file);
  await makePrivateFolder(folder);
  const draft = `${file}.${crypto.randomUUID()}.new`;
  const handle = await open(draft, 'wx', PRIVATE_FILE);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

const quote = (file: string) =>
  /^[\w./~+-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`;
