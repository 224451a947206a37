import { readdir, readFile } from 'node:fs/promises';

/** `getconf CLK_TCK`, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Processor time of the local runtime so far, milliseconds: user and system, from the operating system (Linux). D1, KV and
 * the queues run in the same process, so this is more than Cloudflare counts for a Worker. One runtime must be running.
 */
export async function startClock(): Promise<() => Promise<number>> {
  const pid = await findRuntime();
  return async () => {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
  };
}

async function findRuntime(): Promise<string> {
  const found: string[] = [];
  for (const entry of await readdir('/proc')) {
    const stat = /^\d+$/.test(entry) ? await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '') : '';
    const [state, parent] = stat.split(') ')[1]?.split(' ') ?? [];
    if (stat.includes('(workerd) ') && state !== 'Z' && parent === String(process.pid)) found.push(entry);
  }
  const [pid] = found;
  if (pid === undefined || found.length > 1) throw new Error(`${found.length} runtimes are running, not one`);
  return pid;
}
