import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { StandIn } from './stand-in.ts';

/* The command line as it is started by whoever types it, at the stand-in. */

const BIN = path.join(import.meta.dirname, '..', '..', 'packages', 'floe', 'bin.mjs');

interface Ran {
  /** null when it was killed. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  /** Kills it and all that it has started, as if the machine had lost its power. */
  kill(): void;
  ended: Promise<Ran>;
}

export interface FloeOptions {
  env?: Record<string, string>;
  stdin?: string;
  cwd?: string;
  /** The program, when it is not the clone's. */
  bin?: string;
}

/** Starts `floe` in a process group of its own. `home`: where it keeps what it knows. */
export function startFloe(
  cloudflare: StandIn,
  home: string,
  args: readonly string[],
  options: FloeOptions = {},
): Started {
  const child: ChildProcess = spawn(process.execPath, [options.bin ?? BIN, ...args], {
    cwd: options.cwd ?? home,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HOME: home,
      VITEST: undefined,
      NO_COLOR: '1',
      FLOE_CONFIG_DIR: path.join(home, 'floe'),
      ...cloudflare.env,
      ...options.env,
    },
  });
  const ran: Ran = { code: null, stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (ran.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (ran.stderr += chunk.toString()));
  child.stdin?.end(options.stdin ?? '');
  return {
    kill() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    },
    ended: once(child, 'close').then(([code]) => ({ ...ran, code: code as number | null })),
  };
}
