import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildSimulator } from '../../cli/build-packages.ts';

/* The simulator as somebody has it who has nothing else of ours: one file in a folder of their own. */

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polar-simulator-'));
  await buildSimulator(folder);
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  program = path.join(folder, 'polar-simulator.js');
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('it is one program with the licences of what is built into it', async () => {
  expect((await readdir(folder)).toSorted()).toEqual(['package.json', 'polar-simulator.js']);
  const text = await readFile(program, 'utf8');
  expect(text.startsWith('#!/usr/bin/env node\n/*!')).toBe(true);
  const licences = text.slice(0, text.indexOf('*/'));
  for (const name of ['hono', '@hono/node-server', 'zod'])
    expect(licences).toMatch(new RegExp(`^${name} \\d[^]*?Permission is hereby granted`, 'm'));
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
