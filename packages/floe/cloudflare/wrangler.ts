import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { execPath, versions } from 'node:process';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { explainWrangler } from './wrangler-errors.rules.ts';

/** The version that Floe is tested with, and that is fetched where there is none. */
export const WRANGLER_VERSION = '4.155.0';
/** What wrangler needs. */
const OLDEST_NODE = 22;
/** The Node that is fetched with it where this one is older. */
const FETCHED_NODE = '24.x';

/** Cloudflare's command line. */
export interface Wrangler {
  /** What is typed in front of its arguments. */
  command: readonly string[];
  /** @returns standard output. @throws {CliError} with what went wrong and what to do */
  run(args: readonly string[], options?: RunOptions): Promise<string>;
  /** With this terminal, for what a person does in a browser. */
  runInTerminal(args: readonly string[]): Promise<void>;
}

interface RunOptions {
  /** The folder that relative paths are of. */
  cwd?: string;
  /** The account, for commands without settings that name it. */
  accountId?: string;
}

/** The wrangler of this project or clone, when it is new enough; else the one that npm fetches. */
export function findWrangler(context: Context): Wrangler {
  const [program = '', ...first] = commandOf(context);
  const own: Record<string, string | undefined> = { ...context.env, WRANGLER_SEND_METRICS: 'false' };
  // Then it asks nothing, and writes plain lines.
  const quiet: typeof own = { CI: '1', FORCE_COLOR: '0', NO_COLOR: '1' };
  return {
    command: [program, ...first],
    run: (args, { cwd = context.cwd, accountId } = {}) =>
      new Promise((resolve, reject) => {
        const child = spawn(program, typed(program, [...first, ...args]), {
          cwd,
          env: {
            ...own,
            ...quiet,
            ...(accountId === undefined ? {} : { CLOUDFLARE_ACCOUNT_ID: accountId }),
          } as NodeJS.ProcessEnv,
          stdio: ['ignore', 'pipe', 'pipe'],
          signal: context.signal,
          shell: isShellNeeded(program),
        });
        let out = '';
        let all = '';
        child.stdout.on('data', (chunk: Buffer) => {
          out += chunk.toString();
          all += chunk.toString();
        });
        child.stderr.on('data', (chunk: Buffer) => (all += chunk.toString()));
        child.once('error', (cause) => reject(notStarted(cause)));
        child.once('close', (code) => {
          if (code === 0) resolve(out);
          else reject(explainWrangler(args, all));
        });
      }),
    runInTerminal: (args) =>
      new Promise((resolve, reject) => {
        const child = spawn(program, typed(program, [...first, ...args]), {
          cwd: context.cwd,
          env: own as NodeJS.ProcessEnv,
          stdio: 'inherit',
          shell: isShellNeeded(program),
        });
        child.once('error', (cause) => reject(notStarted(cause)));
        child.once('close', (code) => {
          if (code === 0) resolve();
          else reject(new CliError(EXIT.failed, `wrangler ${args.join(' ')} ended with ${code}.`));
        });
      }),
  };
}

function commandOf(context: Context): string[] {
  const found = findInstalled(context.cwd);
  if (found !== undefined && Number.parseInt(versions.node, 10) >= OLDEST_NODE) return [execPath, found];
  const npm = context.platform === 'win32' ? 'npm.cmd' : 'npm';
  const packages = [`--package=node@${FETCHED_NODE}`, `--package=wrangler@${WRANGLER_VERSION}`];
  return [npm, 'exec', '--yes', ...packages, '--', 'wrangler'];
}

/** Its program, in the folder's project or in the clone that this file is in. */
function findInstalled(cwd: string): string | undefined {
  for (const from of [path.join(cwd, 'package.json'), import.meta.url]) {
    try {
      const manifest = createRequire(from).resolve('wrangler/package.json');
      const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
      const bin = path.join(path.dirname(manifest), 'bin', 'wrangler.js');
      if (isNewEnough(version) && existsSync(bin)) return bin;
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

/** The same major version as Floe's, and not an older one. */
function isNewEnough(version: string): boolean {
  const [major, minor = 0] = version.split('.').map(Number);
  const [ourMajor, ourMinor = 0] = WRANGLER_VERSION.split('.').map(Number);
  return major === ourMajor && minor >= ourMinor;
}

/** Windows starts `.cmd` files by a shell only. */
const isShellNeeded = (program: string): boolean => program.endsWith('.cmd');

/** Arguments as they are given to a program. A shell would take them apart at spaces. */
export function typed(program: string, args: readonly string[]): string[] {
  if (!isShellNeeded(program)) return [...args];
  return args.map((arg) => (/^[\w./:=@-]+$/.test(arg) ? arg : `"${arg.replaceAll('"', '""')}"`));
}

function notStarted(cause: Error): CliError {
  return new CliError(EXIT.failed, `wrangler could not be started: ${cause.message}`, {
    hint: `Install it: npm install --save-dev wrangler@${WRANGLER_VERSION}`,
    cause,
  });
}
