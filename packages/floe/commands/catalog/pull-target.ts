import { mkdir, open, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../../cli-error.ts';
import type { Config } from '../../catalog/source/config.rules.ts';
import { readConfig } from '../../catalog/source/read-config.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';

/* The file that a pulled configuration is written into. */

interface Target {
  /** Undefined: it is what Polar has alone. */
  product: string | undefined;
  /** As it is shown. */
  file: string;
  whole: string;
  folder: string;
  /** What stands there already of this product: its settings stay. */
  config: Config | undefined;
}

interface Asked {
  config?: string | undefined;
  force: boolean;
  dryRun: boolean;
}

const DEFAULT = 'floe.config.yaml';
const PROGRAMS = ['floe.config.ts', 'floe.config.mjs'] as const;

/** @throws {CliError} when something is there that would be lost, or would be read instead */
export async function findTarget(
  context: Context,
  slug: string | undefined,
  { config: given, force, dryRun }: Asked,
): Promise<Target> {
  const file = given ?? DEFAULT;
  const whole = path.resolve(context.cwd, file);
  const folder = path.dirname(whole);
  if (!/\.ya?ml$/.test(file))
    throw new CliError(EXIT.usage, `${file}: what is pulled is YAML.`, { hint: '--config floe.config.yaml' });
  const isThere = await exists(whole);
  if (isThere && !force && !dryRun)
    throw new CliError(EXIT.failed, `${file} is there already, and stays as it is.`, {
      hint: '--dry-run prints what Polar has, --config <file> writes it elsewhere, --force writes over it.',
    });
  for (const program of PROGRAMS)
    if (given === undefined && !dryRun && (await exists(path.join(folder, program))))
      throw new CliError(EXIT.failed, `${program} is there, and would be read instead of ${file}.`, {
        hint: '--dry-run prints what Polar has, --config <file> writes it elsewhere.',
      });
  const config = isThere ? (await readConfig(context, file)).config : undefined;
  if (config && slug !== undefined && config.product !== slug && !dryRun)
    throw new CliError(EXIT.failed, `${file} is of ${config.product}, and not of ${slug}.`, {
      hint: '--config <file> writes it elsewhere.',
    });
  return {
    product: slug ?? config?.product,
    file,
    whole,
    folder,
    config: config?.product === (slug ?? config?.product) ? config : undefined,
  };
}

const exists = async (file: string) => (await stat(file).catch(() => undefined)) !== undefined;

/** Writes the text as a whole or not at all. `force`: over what is there. @throws {CliError} when somebody has written it meanwhile */
export async function writeTarget(
  { file, whole, folder }: Target,
  text: string,
  force: boolean,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (force) {
    const draft = `${whole}.${crypto.randomUUID()}.new`;
    await writeFile(draft, text, { flag: 'wx' });
    return rename(draft, whole);
  }
  const handle = await open(whole, 'wx').catch((cause: unknown) => {
    throw new CliError(EXIT.failed, `${file} cannot be written: ${String(cause)}`, { cause });
  });
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

/** The slug that names of products begin with. @throws {CliError} when they are of several */
export function theOnlyProduct(names: readonly string[]): string | undefined {
  const slugs = [...new Set(names.map((each) => each.split(':')[0] ?? ''))];
  if (slugs.length > 1)
    throw new CliError(
      EXIT.usage,
      `It is done for one product at a time, and these are ${slugs.join(', ')}.`,
      {
        hint: 'Name one of them, as in quay or quay:*.',
      },
    );
  return slugs[0];
}
