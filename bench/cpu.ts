import { readdir, readFile } from 'node:fs/promises';
import { bundleGateway } from './bundle.ts';
import { CALLS_PER_SLICE, prepareCases } from './cases.ts';
import { openClient } from './load.ts';
import { startPolar } from './polar.ts';
import { startRuntime } from './runtime.ts';

/*
 * `npm run bench:cpu`: how much processor time one request of each kind takes, for docs/limits.md. Read from the operating
 * system, for the whole local runtime: D1 and KV run in the same process, so this is more than Cloudflare would count. Linux.
 */

const SLICES = 6;
/** `getconf CLK_TCK`, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Processor time of a process so far, milliseconds: user and system. */
async function spentBy(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

async function findRuntime(): Promise<number> {
  for (const entry of await readdir('/proc')) {
    const stat = /^\d+$/.test(entry) ? await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '') : '';
    if (stat.includes('(workerd) ') && stat.split(') ')[1]?.split(' ')[1] === String(process.pid))
      return Number(entry);
  }
  throw new Error('no workerd was started');
}

const polar = await startPolar();
const runtime = await startRuntime((await bundleGateway()).script, polar, {
  direct: true,
  consumers: 'none',
});
try {
  const cases = await prepareCases(runtime, polar, SLICES);
  const pid = await findRuntime();
  for (const { name, gateway } of cases) {
    const count = (CALLS_PER_SLICE as Record<string, number>)[name] ?? 0;
    const client = await openClient(gateway.target, 1);
    await client.run(gateway.take(count)); // Warms up.
    const before = await spentBy(pid);
    for (let slice = 2; slice < SLICES; slice++) await client.run(gateway.take(count));
    const each = ((await spentBy(pid)) - before) / (count * (SLICES - 2));
    console.log(`${name}: ${each.toFixed(2)} ms`);
    client.close();
  }
} finally {
  await runtime.close();
  polar.close();
}
