import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the browser that these tests drive. */
    chromium: string;
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Finds Chromium once for all files, or installs Debian's where that is possible. */
export default function setup(project: TestProject): void {
  const found = findChromium() ?? installChromium();
  if (!found) {
    throw new Error(
      `The browser tests need Chromium: none of ${NAMES.join(', ')} is on the PATH. Install it (Debian: apt-get install chromium), or run the other tests with: npx vitest run --project node --project worker`,
    );
  }
  project.provide('chromium', found);
}

function findChromium(): string | undefined {
  return NAMES.map(onPath).find((file) => file !== undefined);
}

function onPath(name: string): string | undefined {
  for (const directory of (process.env['PATH'] ?? '').split(path.delimiter)) {
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

function installChromium(): string | undefined {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return undefined;
  console.log('Chromium is missing; installing it …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-q'], { env, stdio: 'inherit' });
    execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], {
      env,
      stdio: 'inherit',
    });
  } catch (cause) {
    throw new Error('Chromium is missing, and apt-get could not install it.', { cause });
  }
  return findChromium();
}
