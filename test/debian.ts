import { execFileSync } from 'node:child_process';
import { accessSync, constants, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/* Programs that some tests drive, and Debian has. */

/** Where administrators' programs are, which others may not have on their PATH. */
const MORE = ['/usr/sbin', '/usr/local/sbin'];

/** Asked by Debian's packages before they start a service: 101 is no (policy-rc.d(8)). */
const POLICY = '/usr/sbin/policy-rc.d';

/** The first of these programs that is there. */
export function findProgram(names: readonly string[]): string | undefined {
  return names.map(onPath).find((file) => file !== undefined);
}

/**
 * Installs a package where that is possible, without the service that it brings: what the tests need is the program.
 * @returns whether it did
 * @throws when apt-get fails
 */
export function installPackage(name: string): boolean {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return false;
  console.log(`${name} is missing; installing it …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const isOurs = refuseServices();
  try {
    execFileSync('apt-get', ['update', '-q'], { env, stdio: 'inherit' });
    execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', name], {
      env,
      stdio: 'inherit',
    });
  } catch (cause) {
    throw new Error(`${name} is missing, and apt-get could not install it.`, { cause });
  } finally {
    if (isOurs) rmSync(POLICY);
  }
  return true;
}

/** Whether it was this that wrote the policy: a machine's own stays. */
function refuseServices(): boolean {
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 });
    return true;
  } catch {
    return false;
  }
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
