import type { TestProject } from 'vitest/node';
import { findProgram, installPackage } from '../debian.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the browser that these tests drive. */
    chromium: string;
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Finds Chromium once for all files, or installs Debian's where that is possible. */
export default function setup(project: TestProject): void {
  const found = findProgram(NAMES) ?? (installPackage('chromium') ? findProgram(NAMES) : undefined);
  if (!found) {
    throw new Error(
      `The browser tests need Chromium: none of ${NAMES.join(', ')} is on the PATH. Install it (Debian: apt-get install chromium), or run the other tests with: npx vitest run --project node --project simulator --project worker`,
    );
  }
  project.provide('chromium', found);
}
