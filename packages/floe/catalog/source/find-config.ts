import { readdir } from 'node:fs/promises';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';

/** What a configuration is called. */
export const CONFIG_NAMES = [
  'floe.config.ts',
  'floe.config.mjs',
  'floe.config.yaml',
  'floe.config.yml',
] as const;

/** `quay.config.yaml` of a repository that has several products. `astro.config.ts` is somebody else's. */
const NAMED = /^[a-z0-9-]+\.config\.ya?ml$/;

/** Configurations in a folder: those that are read unless another is named, and those that are only read when they are named. */
export async function configsIn(folder: string): Promise<{ own: string[]; named: string[] }> {
  const found = await readdir(folder);
  const own = CONFIG_NAMES.filter((name) => found.includes(name));
  const named = found.filter((name) => NAMED.test(name) && !own.some((each) => each === name));
  return { own, named: named.toSorted() };
}

/** The configuration of a folder. @throws {CliError} when there is none, or more than one: a push must not guess what is sold */
export async function findConfig(folder: string): Promise<string> {
  const { own, named } = await configsIn(folder);
  const [file, ...others] = own;
  if (file !== undefined && others.length === 0) return file;
  if (file !== undefined)
    throw new CliError(EXIT.failed, `This folder has ${own.join(' and ')}.`, {
      code: 'catalog_ambiguous',
      hint: `Take one out, or say which one is meant: --config ${file}`,
    });
  throw new CliError(EXIT.notFound, 'There is no floe.config.yaml or floe.config.ts in this folder.', {
    hint:
      named.length === 0
        ? 'floe catalog init writes one.'
        : `There is ${named.join(', ')}: add --config ${named[0]}`,
  });
}
