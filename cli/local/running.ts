import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as z from 'zod';
import { livingOwner } from '../../packages/polar-simulator/claim.ts';

/*
 * The state folders of this user that have an owner now, so that a busy port can be told to be another Floe's. A note
 * is only a path; the claim in that folder says whether its owner is running.
 */
const NOTES = path.join(tmpdir(), `floe-running-${userInfo().username}`);
const LEFTOVER_TRIES = 40;
const noteShape = z.object({ stateDir: z.string() });

/** The path of a state folder's claim. */
export const claimFile = (stateDir: string): string => path.join(stateDir, 'owner.json');

/** Notes that this process owns a state folder, until the returned function is called. */
export async function noteRunning(stateDir: string): Promise<() => Promise<void>> {
  const file = path.join(NOTES, `${process.pid}-${crypto.randomUUID()}.json`);
  await mkdir(NOTES, { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify({ stateDir: path.resolve(stateDir) }), { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** The Floe that uses a port of this machine, if it is one of this user's. */
export async function ownerOfPort(port: number): Promise<{ pid: number; stateDir: string } | undefined> {
  const names = await readdir(NOTES).catch(() => []);
  for (const name of names) {
    const file = path.join(NOTES, name);
    const { stateDir } = await readNote(file);
    const owner = await livingOwner(claimFile(stateDir));
    // This process has claimed what it is about to find busy.
    if (owner?.pid !== process.pid && owner?.ports.includes(port)) return { pid: owner.pid, stateDir };
    // The process that wrote it was killed.
    if (!owner) await rm(file, { force: true });
  }
  return undefined;
}

/**
 * The gateway that a killed Floe (`kill -9`) has left on one of these ports: its workerd goes on without the process that
 * began it. Undefined where the system's `ps` does not say.
 */
export async function leftoverOn(
  ports: readonly number[],
): Promise<{ pid: number; port: number } | undefined> {
  const listing = await promisify(execFile)('ps', ['-eo', 'pid=,ppid=,args=']).catch(() => ({ stdout: '' }));
  for (const line of listing.stdout.split('\n')) {
    const [, pid, parent, port] =
      /^\s*(\d+)\s+(\d+)\s.*workerd serve .*--socket-addr=entry=127\.0\.0\.1:(\d+)/.exec(line) ?? [];
    // An orphan is given to process 1.
    if (parent === '1' && ports.includes(Number(port))) return { pid: Number(pid), port: Number(port) };
  }
  return undefined;
}

/** Ends what a killed Floe has left on its ports, and waits until it is gone. */
export async function endLeftover(ports: readonly number[]): Promise<void> {
  for (let tries = 0; tries < LEFTOVER_TRIES; tries += 1) {
    const left = await leftoverOn(ports);
    if (!left) return;
    try {
      process.kill(left.pid, tries < LEFTOVER_TRIES / 2 ? 'SIGTERM' : 'SIGKILL');
    } catch {
      // It has ended meanwhile, or belongs to another user; then its port is reported as busy.
    }
    await sleep(100);
  }
}

async function readNote(file: string): Promise<{ stateDir: string }> {
  try {
    return noteShape.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return { stateDir: '' };
  }
}
