import { link, mkdir, mkdtemp, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';

/*
 * One owner per state folder. Two that share a database and a file of keys would point the apps at each other's ports, and
 * each would overwrite what the other keeps.
 */
const ownerShape = z.object({
  pid: z.number(),
  /** What tells this process from a later one with the same number; null where the system does not say. */
  born: z.nullable(z.string()),
  ports: z.array(z.number()),
});
export type Owner = z.infer<typeof ownerShape>;

/** Somebody else who is alive has it. */
export class ClaimedError extends Error {
  override readonly name = 'ClaimedError';
  readonly owner: Owner;

  constructor(file: string, owner: Owner) {
    super(`${file} belongs to process ${owner.pid}.`);
    this.owner = owner;
  }
}

/** A claim is taken over within milliseconds; one that takes longer was interrupted. */
const TAKE_OVER_MS = 5_000;

/**
 * Makes this process the owner that `file` names, until the returned function is called. The owner's file appears whole or not at
 * all, and that of a process which is gone (`kill -9`, a crash, a reboot) is replaced. @throws {ClaimedError}
 */
export async function claim(file: string, ports: readonly number[]): Promise<() => Promise<void>> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  const own = JSON.stringify({ pid: process.pid, born: await birthOf(process.pid), ports });
  const draft = await mkdtemp(path.join(folder, '.claim-'));
  try {
    const written = path.join(draft, 'owner.json');
    await writeFile(written, own, { mode: 0o600 });
    while (!(await isLinked(written, file))) {
      const owner = await livingOwner(file);
      if (owner) throw new ClaimedError(file, owner);
      await removeStale(file);
    }
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return async () => {
    if ((await readFile(file, 'utf8').catch(() => '')) === own) await rm(file, { force: true });
  };
}

/** The owner that a file names when it is alive. */
export async function livingOwner(file: string): Promise<Owner | undefined> {
  return readLiving(await readFile(file, 'utf8').catch(() => ''));
}

async function readLiving(text: string): Promise<Owner | undefined> {
  const parsed = ownerShape.safeParse(parseJson(text));
  return parsed.success && (await isAlive(parsed.data)) ? parsed.data : undefined;
}

/** The ports of an owner that was killed, as its file says; empty when there is none, or it is alive. */
export async function portsOfDeadOwner(file: string): Promise<readonly number[]> {
  const parsed = ownerShape.safeParse(parseJson(await readFile(file, 'utf8').catch(() => '')));
  return parsed.success && !(await isAlive(parsed.data)) ? parsed.data.ports : [];
}

/** One at a time: of two that find the same stale claim, the later must not remove the new claim of the earlier. */
async function removeStale(file: string): Promise<void> {
  const turn = `${file}.stale`;
  try {
    await mkdir(turn);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    const { mtimeMs } = await stat(turn).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > TAKE_OVER_MS) await rmdir(turn).catch(() => undefined);
    await sleep(20);
    return;
  }
  try {
    // What is gone was released, and whoever claims it meanwhile is alive. Only a dead owner's file stays until it is removed here.
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined && !(await readLiving(text))) await rm(file, { force: true });
  } finally {
    await rmdir(turn).catch(() => undefined);
  }
}

async function isLinked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function isAlive({ pid, born }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // It is there, and somebody else's.
    if (!hasCode(error, 'EPERM')) return false;
  }
  const now = await birthOf(pid);
  return born === null || now === null || born === now;
}

/** Boot and start time of a process, where Linux tells; after a reboot its number may be another's. */
async function birthOf(pid: number): Promise<string | null> {
  try {
    const [boot, status] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The name in parentheses may hold anything; the start time is the 20th field after it.
    return `${boot.trim()} ${status.slice(status.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
