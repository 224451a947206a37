import { access } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import { readConfigValue } from '../source/config.rules.ts';
import type { ConfigInput } from '../source/define-config.ts';
import { CONFIG_NAMES } from '../source/find-config.ts';
import { plainIssues } from '../source/issues.rules.ts';

/** What a new configuration is called. */
export const CONFIG_FILE = 'floe.config.yaml';

/** Given back as it is when it can be read. @throws {CliError} with every field that is wrong */
export function checkConfig(config: ConfigInput): ConfigInput {
  const read = readConfigValue(config);
  if (read.success) return config;
  const errors = plainIssues(read.error.issues).map(({ path: field, message }) => ({
    path: field.join('.'),
    message,
  }));
  throw new CliError(EXIT.usage, 'The configuration would be wrong, and is not written.', { errors });
}

/** @throws {CliError} when the folder has a configuration */
export async function refuseConfig(folder: string): Promise<void> {
  for (const name of CONFIG_NAMES) {
    const isThere = await access(path.join(folder, name)).then(
      () => true,
      () => false,
    );
    if (isThere)
      throw new CliError(EXIT.failed, `${name} is there already, and is not overwritten.`, {
        hint: 'floe catalog plan says what a push of it would change.',
      });
  }
}
