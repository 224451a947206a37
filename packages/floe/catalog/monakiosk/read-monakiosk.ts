import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import { describeFault, faultsOf, parseYaml } from '../source/yaml-text.rules.ts';
import {
  type AstroSettings,
  astroModel,
  type MonaKiosk,
  monaKioskModel,
  type State,
  stateModel,
} from './monakiosk.rules.ts';

const CONFIGS = [
  'astro.config.mjs',
  'astro.config.ts',
  'astro.config.mts',
  'astro.config.js',
  'astro.config.cjs',
];
const STATE = 'mona-kiosk/state.json';

/** Stands for the package while Astro's configuration is read: it says what it was given, and does nothing. */
const STAND_IN = {
  'mona-kiosk': { monaKiosk: (options: unknown) => ({ name: 'mona-kiosk', options, hooks: {} }) },
};

export interface Found {
  /** Of Astro's configuration, as it is shown. */
  file: string;
  astro: AstroSettings;
  mona: MonaKiosk;
}

/** What a site's configuration of Astro gives to MonaKiosk. It is run, as a build runs it; MonaKiosk is not. @throws {CliError} when it gives nothing */
export async function readMonaKiosk(folder: string): Promise<Found> {
  const file = await findConfig(folder);
  // What compiles TypeScript is as large as all else of this program.
  const { loadProgram } = await import('../source/load-program.ts');
  const value = await loadProgram(path.join(folder, file), file, STAND_IN).catch((error: unknown) => {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(error.exitCode, error.message, {
      hint: 'It is read as a build reads it: install the site’s packages first.',
      cause: error,
    });
  });
  const integrations = z.looseObject({ integrations: z.array(z.unknown()) }).safeParse(value);
  const found = integrations.data?.integrations.flat(Infinity).find(isStandIn);
  if (found === undefined)
    throw new CliError(EXIT.notFound, `${file} has no monaKiosk() among its integrations.`, {
      hint: 'floe catalog init begins without one.',
    });
  return {
    file,
    astro: read(astroModel, value, file),
    mona: read(monaKioskModel, found.options, `${file}: monaKiosk()`),
  };
}

const isStandIn = (each: unknown): each is { options: unknown } =>
  typeof each === 'object' &&
  each !== null &&
  'options' in each &&
  'name' in each &&
  each.name === 'mona-kiosk';

async function findConfig(folder: string): Promise<string> {
  for (const name of CONFIGS)
    if (
      await access(path.join(folder, name)).then(
        () => true,
        () => false,
      )
    )
      return name;
  throw new CliError(EXIT.notFound, 'There is no astro.config.mjs or astro.config.ts in this folder.');
}

/** Which files MonaKiosk has uploaded; nothing where it has uploaded none. @throws {CliError} when the file cannot be read */
export async function readState(folder: string): Promise<State> {
  const text = await readFile(path.join(folder, STATE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  // JSON is YAML, whose reader knows the lines.
  const parsed = parseYaml(text, STATE);
  if ('faults' in parsed)
    throw new CliError(
      EXIT.failed,
      describeFault(parsed.faults[0] ?? { file: STATE, line: undefined, field: '', message: 'is not JSON' }),
    );
  return read(stateModel, parsed.value ?? {}, STATE);
}

function read<Model extends z.ZodType>(model: Model, value: unknown, shown: string): z.output<Model> {
  const result = model.safeParse(value);
  if (result.success) return result.data;
  const [first] = faultsOf(result.error, shown, () => undefined);
  throw new CliError(EXIT.failed, first ? describeFault(first) : `${shown} cannot be read.`);
}
