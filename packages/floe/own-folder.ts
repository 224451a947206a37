import { userInfo } from 'node:os';
import path from 'node:path';
import envPaths from 'env-paths';

/** The user's configuration folder, of floe alone. With an empty HOME it would be in the folder that the command is typed in, which others may read, or commit. */
export function ownFolder({ FLOE_CONFIG_DIR: given }: Readonly<Record<string, string | undefined>>): string {
  if (given) return given;
  const { config } = envPaths('floe', { suffix: '' });
  return path.isAbsolute(config) ? config : path.join(userInfo().homedir, '.config', 'floe');
}
