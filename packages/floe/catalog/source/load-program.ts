import { createJiti } from 'jiti/static';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import { defineConfig } from './define-config.ts';

/** What a configuration imports of floe, also in a folder in which it is not installed (`npx floe`). */
const OWN = { 'floe/config': { defineConfig } };

/** `modules`: what else it finds when it imports them by these names, installed or not. */
type Modules = Readonly<Record<string, Record<string, unknown>>>;

/** What a configuration in TypeScript or JavaScript exports by default. The same loader under every Node: 20 runs no TypeScript. @throws {CliError} */
export async function loadProgram(whole: string, shown: string, modules: Modules = {}): Promise<unknown> {
  const jiti = createJiti(whole, {
    virtualModules: { ...OWN, ...modules },
    fsCache: false,
    moduleCache: false,
  });
  try {
    return await jiti.import(whole, { default: true });
  } catch (cause) {
    throw new CliError(EXIT.failed, `${shown}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
