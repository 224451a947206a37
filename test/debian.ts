import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/* Programs that some tests drive, and Debian has. */

/** Where administrators' programs are, which others may not have on their PATH. */
const MORE = ['/usr/sbin', '/usr/local/sbin'];

/** The first of these programs that is there. */
export function findProgram(names: readonly string[]): string | undefined {
  return names.map(onPath).find((file) => file !== undefined);
}

/** Installs a package where that is possible; whether it did. @throws when apt-get fails */
export function installPackage(name: string): boolean {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return false;
  console.log(`${name} is missing; installing it …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-q'], { env, stdio: 'inherit' });
    execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', name], {
      env,
      stdio: 'inherit',
    });
  } catch (cause) {
    throw new Error(`${name} is missing, and apt-get could not install it.`, { cause });
  }
  return true;
}

function onPath(name: string): string | undefined {
  for (const directory of [...(process.env['PATH'] ?? '').split(path.delimiter), ...MORE]) {
    const file = path.join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here; the next directory may have it.
    }
  }
  return undefined;
}
