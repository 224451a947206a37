import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import { placeOf } from '../model/catalog.rules.ts';
import type { Source } from '../source/read-source.ts';
import { describeFault, faultsOf, parseYaml } from '../source/yaml-text.rules.ts';
import type { There } from '../there/there.rules.ts';
import {
  type IdsThere,
  isLocked,
  type Lock,
  lockModel,
  lockNameOf,
  printLock,
  whatIsBehind,
  withIds,
} from './lock.rules.ts';

export interface LockFile {
  /** As it is shown. */
  file: string;
  /** Names of what is at Polar whose id of the mode the file lacks, or has wrong; none where there is no file. What a push makes or renames is not among them. */
  behind(mode: Mode, there: There): string[];
  /** Products of the source without an id of the mode; all of them where there is no file. */
  missing(mode: Mode): string[];
  /** Writes the ids of a mode beside those of the other one. `made`: the ids of what was made, by `placeOf`. @returns whether the file changed */
  keep(mode: Mode, there: There, made?: ReadonlyMap<string, string>): Promise<boolean>;
}

/** The lock file of a source. It is read before anything is done, so that nothing is pushed whose ids could not be kept. @throws {CliError} */
export async function openLock(context: Pick<Context, 'cwd'>, source: Source): Promise<LockFile> {
  const file = lockNameOf(source.file);
  const whole = path.resolve(context.cwd, file);
  const { product } = source.config;
  const lock = await readLock(whole, file, product);
  const ids = (mode: Mode, there: There, made?: ReadonlyMap<string, string>): IdsThere => ({
    product,
    mode,
    wanted: source.catalog,
    idOf: (kind, key) => made?.get(placeOf(kind, key)) ?? there.held.get(placeOf(kind, key))?.id,
  });
  return {
    file,
    behind: (mode, there) =>
      lock
        ? whatIsBehind(lock, withIds(lock, ids(mode, there)), mode, {
            wanted: source.catalog,
            nameThere: (key) => there.held.get(placeOf('products', key))?.name,
          })
        : [],
    missing: (mode) =>
      source.catalog.products
        .map(({ name }) => name)
        .filter((name) => lock === undefined || !isLocked(lock, name, mode)),
    async keep(mode, there, made) {
      // The other mode may have been pushed meanwhile.
      const before = await readLock(whole, file, product);
      const text = printLock(withIds(before, ids(mode, there, made)));
      if (before !== undefined && printLock(before) === text) return false;
      await replaceFile(whole, text);
      return true;
    },
  };
}

async function readLock(whole: string, file: string, product: string): Promise<Lock | undefined> {
  const text = await readFile(whole, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const again = 'Mend it, or delete it and push each mode again: that writes it anew.';
  // JSON is YAML, whose reader knows the lines.
  const parsed = parseYaml(text, file);
  const read = 'faults' in parsed ? undefined : lockModel.safeParse(parsed.value);
  if (!read?.success) {
    const faults = 'faults' in parsed ? parsed.faults : read ? faultsOf(read.error, file, parsed.lineOf) : [];
    const [first] = faults;
    throw new CliError(EXIT.failed, first ? describeFault(first) : `${file} is no lock file.`, {
      code: 'lock_invalid',
      hint: again,
    });
  }
  if (read.data.product !== product)
    throw new CliError(
      EXIT.failed,
      `${file} has the ids of ${read.data.product}, and ${product} is to be sold.`,
      {
        code: 'lock_of_another',
        hint: `${again} Two products in one folder have configurations of different names.`,
      },
    );
  return read.data;
}

/** Beside the file and then over it: who reads it meanwhile reads the old one or the new one. */
async function replaceFile(whole: string, text: string): Promise<void> {
  const draft = `${whole}.${crypto.randomUUID()}.new`;
  try {
    await writeFile(draft, text);
    await rename(draft, whole);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
