import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { StartOrder } from './gateway-process.ts';

const START_TRIES = 5;
const START_TIMEOUT_MS = 30_000;
const GONE_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 10_000;

/** The gateway as a process that can be killed and started again on what it left behind. */
export interface GatewayHost {
  start(): Promise<void>;
  /** SIGKILL for the process and its workerd at one moment. Gives how many processes that ended. */
  kill(): Promise<number>;
  /** Lets it end by itself; kills what does not. */
  stop(): Promise<void>;
}

/** `logFile` gets what all its lives print. */
export function createGatewayHost(order: StartOrder, logFile: string): GatewayHost {
  let child: ChildProcess | undefined;

  async function startOnce(): Promise<void> {
    const log = await open(logFile, 'a');
    try {
      child = fork(path.join(import.meta.dirname, 'gateway-process.ts'), {
        // A group of its own: one signal ends it and its workerd together.
        detached: true,
        stdio: ['ignore', log.fd, log.fd, 'ipc'],
        env: { ...process.env, NO_COLOR: '1' },
      });
    } finally {
      await log.close();
    }
    const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
    const ended = once(child, 'exit', { signal: timeout }).then(([code, signal]: unknown[]) => {
      throw new Error(`The gateway’s process ended while starting (${String(code ?? signal)}).`);
    });
    child.send(order);
    await Promise.race([once(child, 'message', { signal: timeout }), ended]);
    ended.catch(() => undefined);
  }

  async function killGroup(pid: number): Promise<number> {
    const members = await groupMembers(pid);
    const exited = child?.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
    await exited;
    const deadline = Date.now() + GONE_TIMEOUT_MS;
    while ((await groupMembers(pid)).length > 0) {
      if (Date.now() > deadline) throw new Error(`Processes of the group ${pid} survive SIGKILL.`);
      await sleep(20);
    }
    return members.length;
  }

  return {
    async start() {
      for (let tries = 1; ; tries++) {
        try {
          await startOnce();
          return;
        } catch (error) {
          if (child?.pid !== undefined) await killGroup(child.pid);
          if (tries === START_TRIES) throw error;
          await sleep(200);
        }
      }
    },
    async kill() {
      const pid = child?.pid;
      if (pid === undefined) throw new Error('The gateway is not running.');
      return killGroup(pid);
    },
    async stop() {
      const pid = child?.pid;
      if (pid === undefined) return;
      if (child?.connected) {
        const exited = once(child, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
        child.disconnect();
        await exited.catch(() => undefined);
      }
      await killGroup(pid);
    },
  };
}

/** Who is alive in the process group: a zombie waits for its parent, it does nothing any more. */
async function groupMembers(group: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,pgid=,stat=']);
  return stdout.split('\n').flatMap((line) => {
    const [pid, pgid, stat = 'Z'] = line.trim().split(/\s+/);
    return Number(pgid) === group && !stat.startsWith('Z') ? [Number(pid)] : [];
  });
}
