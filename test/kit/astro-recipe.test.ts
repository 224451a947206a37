import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { endChild } from '../end-child.ts';
import { readGuide } from '../frameworks/guide.ts';

/* The site of docs/guides/astro.md with a key in `.env`, built and served by the real Astro, whose packages are here. */

const ROOT = path.join(import.meta.dirname, '..', '..');
const KEY = `floe_sk_live_${'k'.repeat(43)}`;
const run = promisify(execFile);

const FILES: Record<string, string> = {
  'package.json': '{"type":"module"}',
  '.env': `FLOE_GATEWAY=https://floe.example.com\nFLOE_APP=quay-live\nFLOE_SECRET_KEY=${KEY}\n`,
  'src/pages/about.astro': '---\nexport const prerender = true;\n---\n<p>for everybody</p>',
};

let site: string;
const { FLOE_SECRET_KEY: _, ...env } = process.env;
Object.assign(env, { ASTRO_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', VITEST: undefined });

beforeAll(async () => {
  site = await mkdtemp(path.join(tmpdir(), 'floe-astro-'));
  const modules = path.join(site, 'node_modules');
  await run(process.execPath, [
    path.join(ROOT, 'node_modules/typescript/bin/tsc'),
    '-p',
    path.join(ROOT, 'packages', 'kit'),
    '--outDir',
    path.join(modules, '@floe', 'kit', 'dist'),
  ]);
  await cp(
    path.join(ROOT, 'packages', 'kit', 'package.json'),
    path.join(modules, '@floe', 'kit', 'package.json'),
  );
  await mkdir(path.join(modules, '@astrojs'));
  for (const name of ['astro', '@astrojs/node'])
    await symlink(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  const { own, gated } = await readGuide('astro');
  for (const [name, text] of [...own, ...gated, ...Object.entries(FILES)]) {
    await mkdir(path.dirname(path.join(site, name)), { recursive: true });
    await writeFile(path.join(site, name), text);
  }
  const astro = path.join(ROOT, 'node_modules', 'astro', 'bin', 'astro.mjs');
  await run(process.execPath, [astro, 'build'], { cwd: site, env });
}, 300_000);
afterAll(() => rm(site, { recursive: true, force: true }));

test('a site with its key in `.env` builds, and the key is in no file of the build', async () => {
  const files = await readdir(path.join(site, 'dist'), { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files
      .filter((each) => each.isFile())
      .map((each) => readFile(path.join(each.parentPath, each.name), 'utf8')),
  );
  expect(await readFile(path.join(site, 'dist', 'client', 'about', 'index.html'), 'utf8')).toContain(
    'for everybody',
  );
  expect(texts.some((text) => text.includes('gateFromEnv'))).toBe(true);
  expect(texts.filter((text) => text.includes(KEY))).toEqual([]);
});

test('started as printed it is served: public pages to everybody, gated ones to nobody unknown', async () => {
  const { run: started } = await readGuide('astro');
  const port = String(20_000 + (process.pid % 10_000));
  const server = spawn(process.execPath, started.split(' ').slice(1), {
    cwd: site,
    env: { ...env, HOST: '127.0.0.1', PORT: port },
  });
  try {
    const visit = (where: string) => fetch(`http://127.0.0.1:${port}${where}`);
    await vi.waitFor(() => visit('/'), { timeout: 30_000, interval: 100 });
    expect(await (await visit('/about')).text()).toContain('for everybody');
    expect(await (await visit('/blog/hello')).text()).toContain('For everybody.');
    const gated = await visit('/blog/premium-article');
    expect([gated.status, gated.headers.get('cache-control')]).toEqual([401, 'private, no-store']);
    expect(await gated.text()).not.toContain('At four');
  } finally {
    await endChild(server);
  }
});

test('while it is developed, `astro dev` finds the key in `.env`', async () => {
  const port = String(30_000 + (process.pid % 2_000));
  const astro = path.join(ROOT, 'node_modules', 'astro', 'bin', 'astro.mjs');
  const args = [astro, 'dev', '--host', '127.0.0.1', '--port', port];
  const server = spawn(process.execPath, args, { cwd: site, env: { ...env, NODE_ENV: 'development' } });
  try {
    const visit = () => fetch(`http://127.0.0.1:${port}/blog/premium-article`);
    const answered = await vi.waitFor(visit, { timeout: 50_000, interval: 200 });
    expect(answered.status).toBe(401);
  } finally {
    await endChild(server);
  }
});
