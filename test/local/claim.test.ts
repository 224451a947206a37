import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claim, ClaimedError } from '../../packages/polar-simulator/claim.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-claim-'));
  file = path.join(folder, 'owner.json');
});
afterEach(() => rm(folder, { recursive: true }));

test('a folder has one owner at a time, and is free again afterwards', async () => {
  const release = await claim(file, [8787]);
  await expect(claim(file, [])).rejects.toMatchObject({ owner: { pid: process.pid, ports: [8787] } });
  await release();
  await (
    await claim(file, [])
  )();
  expect(await readdir(folder)).toEqual([]);
});

const LEFT: [string, () => Promise<number | null>][] = [
  ['a process that is gone', deadPid],
  ['nobody: it was cut off', async () => null],
];
// Elsewhere the system does not say when a process began.
if (process.platform === 'linux')
  LEFT.push(['an earlier process of the same number', async () => process.pid]);

test.each(LEFT)('of many at once exactly one takes over the claim of %s', async (_, left) => {
  const pid = await left();
  await writeFile(
    file,
    pid === null ? '{"pid":' : JSON.stringify({ pid, born: 'another boot 1', ports: [] }),
  );
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => claim(file, [])));
  const refused = results.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  expect(refused).toHaveLength(19);
  expect(refused.every((each) => each instanceof ClaimedError)).toBe(true);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid });
  expect(await readdir(folder)).toEqual(['owner.json']);
});

test('whoever was replaced does not give away what is another’s now', async () => {
  const release = await claim(file, []);
  const other = JSON.stringify({ pid: 1, born: null, ports: [] });
  await writeFile(file, other);
  await release();
  expect(await readFile(file, 'utf8')).toBe(other);
});

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('of many who try again and again one at a time has it', async () => {
  let owners = 0;
  let most = 0;
  const hold = async (): Promise<void> => {
    try {
      const release = await claim(file, []);
      most = Math.max(most, ++owners);
      await setTimeout(1);
      owners--;
      await release();
    } catch (error) {
      if (!(error instanceof ClaimedError)) throw error;
      await setTimeout(1);
      await hold();
    }
  };
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      for (let i = 0; i < 40; i++) await hold();
    }),
  );
  expect(most).toBe(1);
});
