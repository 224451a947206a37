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
  /** Has loaded all it needs and waits for its order: loading takes longer than starting. */
  let standby: ChildProcess | undefined;

  async function spawn(): Promise<ChildProcess> {
    const log = await open(logFile, 'a');
    try {
      return fork(path.join(import.meta.dirname, 'gateway-process.ts'), {
        // A group of its own: one signal ends it and its workerd together.
        detached: true,
        stdio: ['ignore', log.fd, log.fd, 'ipc'],
        env: { ...process.env, NO_COLOR: '1' },
      });
    } finally {
      await log.close();
    }
  }

  async function startOnce(): Promise<void> {
    const starting = standby ?? (await spawn());
    standby = undefined;
    child = starting;
    const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
    const ended = once(starting, 'exit', { signal: timeout }).then(([code, signal]: unknown[]) => {
      throw new Error(`The gateway’s process ended while starting (${String(code ?? signal)}).`);
    });
    starting.send(order);
    await Promise.race([once(starting, 'message', { signal: timeout }), ended]);
    ended.catch(() => undefined);
    standby = await spawn();
  }

  async function killGroup(leader: ChildProcess | undefined): Promise<number> {
    const pid = leader?.pid;
    if (pid === undefined) return 0;
    const members = await groupMembers(pid);
    const exited = leader?.exitCode === null && leader.signalCode === null ? once(leader, 'exit') : undefined;
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
          await killGroup(child);
          if (tries === START_TRIES) throw error;
          await sleep(200);
        }
      }
    },
    kill: () => killGroup(child),
    async stop() {
      await killGroup(standby);
      if (child?.connected) {
        const exited = once(child, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
        child.disconnect();
        await exited.catch(() => undefined);
      }
      await killGroup(child);
    },
  };
}

/** The running processes of the group. A zombie does not count, since it only waits for its parent. */
async function groupMembers(group: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,pgid=,stat=']);
  return stdout.split('\n').flatMap((line) => {
    const [pid, pgid, stat = 'Z'] = line.trim().split(/\s+/);
    return Number(pgid) === group && !stat.startsWith('Z') ? [Number(pid)] : [];
  });
}
