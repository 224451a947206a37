import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import type { Processes } from './context.ts';

/** What comes behind the name of a process in its `stat`: its state first, and as the 20th when it began, in ticks since the boot (man 5 proc). */
const STATE = 0;
const BEGAN = 19;
/** It has ended, and nobody has asked how. */
const ENDED = ['Z', 'X'];

/** Linux tells when a process began, and which processes see each other: a container has numbers of its own. `pid`: of this one. */
export function createProcesses(pid: number, proc = '/proc'): Processes {
  const machine = async () => {
    const [boot, numbers] = await Promise.all([
      readFile(`${proc}/sys/kernel/random/boot_id`, 'utf8'),
      readlink(`${proc}/self/ns/pid`),
    ]);
    return createHash('sha256').update(`${boot.trim()} ${numbers}`).digest('hex').slice(0, 32);
  };
  const look = async (number: string) => {
    const text = await readFile(`${proc}/${number}/stat`, 'utf8');
    // The name, in parentheses, may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[STATE] ?? '', began: fields[BEGAN] ?? '' };
  };
  return {
    async own() {
      try {
        const { began } = await look(String(pid));
        return { machine: await machine(), process: `${pid} ${began}` };
      } catch {
        return undefined;
      }
    },
    async hasEnded(named) {
      const [number = '', began] = named.process.split(' ');
      if (!/^\d+$/.test(number) || named.machine !== (await machine().catch(() => undefined))) return false;
      try {
        const found = await look(number);
        return found.began !== began || ENDED.includes(found.state);
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === 'ENOENT';
      }
    },
  };
}
