import { execFileSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { findProgram, installPackage } from '../debian.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the nginx that these tests run. */
    nginx: string;
  }
}

const NAMES = ['nginx'];
const OTHERS = 'or run the other tests with: npx vitest run --project node --project worker';

/** Finds nginx once for all files, or installs Debian's where that is possible. */
export default function setup(project: TestProject): void {
  const found = findProgram(NAMES) ?? (installPackage('nginx') ? findProgram(NAMES) : undefined);
  if (!found)
    throw new Error(
      `The proxy tests need nginx, which is not on the PATH. Install it (Debian: apt-get install nginx), ${OTHERS}`,
    );
  const isAble = execFileSync('sh', ['-c', '"$0" -V 2>&1', found], { encoding: 'utf8' }).includes(
    'auth_request',
  );
  if (!isAble) throw new Error(`${found} has no ngx_http_auth_request_module. Install Debian's, ${OTHERS}`);
  project.provide('nginx', found);
}
