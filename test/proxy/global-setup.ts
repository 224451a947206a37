import { execFileSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { findProgram, installPackage } from '../debian.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the programs are that these tests run. */
    nginx: string;
    caddy: string;
    openssl: string;
  }
}

const OTHERS =
  'or run the other tests with: npx vitest run --project node --project simulator --project worker';

/** Finds the proxies once for all files, or installs Debian's where that is possible. */
export default function setup(project: TestProject): void {
  const nginx = findOrInstall('nginx');
  const isAble = execFileSync('sh', ['-c', '"$0" -V 2>&1', nginx], { encoding: 'utf8' }).includes(
    'auth_request',
  );
  if (!isAble) throw new Error(`${nginx} has no ngx_http_auth_request_module. Install Debian's, ${OTHERS}`);
  project.provide('nginx', nginx);
  project.provide('caddy', findOrInstall('caddy'));
  project.provide('openssl', findOrInstall('openssl'));
}

function findOrInstall(name: string): string {
  const found = findProgram([name]) ?? (installPackage(name) ? findProgram([name]) : undefined);
  if (found) return found;
  throw new Error(
    `The proxy tests need ${name}, which is not on the PATH. Install it (Debian: apt-get install ${name}), ${OTHERS}`,
  );
}
