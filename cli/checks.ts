import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

/**
 * The environment as a terminal has it: without what npm tells its scripts, such as that tools are left out here (`omit=dev` in
 * .npmrc), and without the Node that npm has put first on the PATH.
 */
export const TERMINAL: NodeJS.ProcessEnv = {
  ...process.env,
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^npm_/i.test(name) || name === 'NODE_ENV')
      .map((name) => [name, undefined]),
  ),
  PATH: (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => !/node_modules[\\/]\.bin$|node-gyp-bin$/.test(folder))
    .join(path.delimiter),
};

/** Runs a program to its end. `more`: variables of its environment. @throws with what it printed when it fails */
export const exec = (
  file: string,
  args: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
) => promisify(execFile)(file, args, { cwd, env: { ...TERMINAL, ...more }, maxBuffer: 64 * 1024 * 1024 });

export interface Checks {
  /** Runs one check and prints how it went, with what a failed program printed. Gives what it gave. */
  check: <T>(name: string, run: () => Promise<T>) => Promise<T | undefined>;
  /** Prints the line that is counted (`.ci/run`), `packages: 19 checks passed, 0 failed`, and ends the process. */
  finish: () => never;
}

/** A list of checks that goes on after one has failed. */
export function startChecks(what: string): Checks {
  let passed = 0;
  let failed = 0;
  return {
    async check(name, run) {
      try {
        const result = await run();
        passed++;
        console.log(`ok   ${name}`);
        return result;
      } catch (error) {
        failed++;
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
        console.log(
          `FAIL ${name}\n${stdout}${stderr}${error instanceof Error ? error.message : String(error)}`,
        );
        return undefined;
      }
    },
    finish() {
      console.log(`${what}: ${passed} checks passed, ${failed} failed`);
      process.exit(failed === 0 ? 0 : 1);
    },
  };
}
