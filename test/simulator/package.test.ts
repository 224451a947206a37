import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildSimulator } from '../../cli/build-packages.ts';

/* The simulator as somebody has it who has nothing else of ours: its files in a folder of their own. */

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polar-simulator-'));
  await buildSimulator(folder);
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  program = path.join(folder, 'polar-simulator.js');
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('it is one program and one entry, with the licences of what is built into them', async () => {
  expect((await readdir(folder)).toSorted()).toEqual([
    'entry.d.ts',
    'entry.js',
    'package.json',
    'polar-simulator.js',
    'server.d.ts',
    'shared.js',
    'simulator.d.ts',
  ]);
  expect((await readFile(program, 'utf8')).startsWith('#!/usr/bin/env node\n/*!')).toBe(true);
  for (const file of ['polar-simulator.js', 'entry.js', 'shared.js']) {
    const text = await readFile(path.join(folder, file), 'utf8');
    const licences = text.slice(0, text.indexOf('*/'));
    for (const name of ['hono', '@hono/node-server', 'zod'])
      expect(licences).toMatch(new RegExp(`^${name} \\d[^]*?Permission is hereby granted`, 'm'));
  }
});

test('a program starts it, moves its clock and stops it, with the types that the package brings', async () => {
  const use = path.join(folder, 'use.ts');
  await writeFile(
    use,
    `import { type Seller, startSimulator } from './entry.js';
const { url, simulator, close } = await startSimulator({ port: 0 });
const seller: Seller = await simulator.readySeller();
const before: number = simulator.now();
await simulator.advance(60_000);
const headers = { authorization: 'Bearer ' + seller.accessToken };
const { items } = await (await fetch(url + '/v1/products/', { headers })).json() as { items: unknown[] };
console.log(items.length, simulator.now() - before >= 60_000);
await close();
`,
  );
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace('package.json', 'bin/tsc');
  const options = [
    '--ignoreConfig',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2022,dom',
  ];
  await promisify(execFile)(process.execPath, [tsc, ...options, use], { cwd: folder });
  const { stdout } = await promisify(execFile)(process.execPath, ['use.js'], { cwd: folder });
  expect(stdout).toBe('2 true\n');
});

test('it starts, sells two products and ends cleanly, away from this repository', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, '--help'], { cwd: folder });
  expect(stdout).toContain('Usage: polar-simulator');
  const child = spawn(process.execPath, [program, '--port', '0'], { cwd: folder });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes('Ctrl-C')) break;
  }
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
  const [token = ''] = /polar_oat_\w+/.exec(said) ?? [];
  const response = await fetch(`${url}/v1/products/`, { headers: { authorization: `Bearer ${token}` } });
  expect(await response.json()).toMatchObject({ items: [{}, {}] });
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});
