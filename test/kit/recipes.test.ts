import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FakeGateway, openFakeGateway } from './fake-gateway.ts';

/* The programs of docs/recipes.md and docs/browser.md, compiled as a site would and run. */

const ROOT = path.join(import.meta.dirname, '..', '..');
const ARTICLE = 'content:premium/article';
const run = promisify(execFile);

let site: string;
beforeAll(async () => {
  site = await mkdtemp(path.join(tmpdir(), 'floe-recipes-'));
  const tsc = (...args: string[]) =>
    run(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), ...args], { cwd: ROOT }).catch(
      (error: { stdout?: string }) => {
        throw new Error(error.stdout ?? 'tsc failed', { cause: error });
      },
    );
  const modules = path.join(site, 'node_modules');
  await tsc('-p', 'packages/kit', '--outDir', path.join(modules, '@floe', 'kit', 'dist'));
  await cp(
    path.join(ROOT, 'packages', 'kit', 'package.json'),
    path.join(modules, '@floe', 'kit', 'package.json'),
  );
  await mkdir(path.join(modules, '@types'));
  for (const name of ['@types/node', '@types/react', 'csstype', 'react', 'react-dom'])
    await symlink(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  await writeFile(path.join(site, 'package.json'), '{"type":"module"}');
  const texts = ['recipes.md', 'browser.md'].map((name) => readFile(path.join(ROOT, 'docs', name), 'utf8'));
  const text = (await Promise.all(texts)).join('\n');
  const printed = /```tsx?\n\/\/ (src\/[\w./-]+\.tsx?)\n([\s\S]*?)```/g;
  for (const [, name = '', code = ''] of text.matchAll(printed)) {
    await mkdir(path.dirname(path.join(site, name)), { recursive: true });
    await writeFile(path.join(site, name), code);
  }
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    module: 'ESNext',
    moduleResolution: 'Bundler',
    target: 'ES2022',
    lib: ['ES2022', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    typeRoots: [path.join(modules, '@types')],
    preserveSymlinks: true,
    jsx: 'react-jsx',
    skipLibCheck: true,
    rootDir: 'src',
    outDir: 'out',
  };
  await writeFile(path.join(site, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  await tsc('-p', site);
}, 300_000);
afterAll(() => rm(site, { recursive: true, force: true }));

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await openFakeGateway();
  gateway.clock.now = Date.now();
  vi.resetModules();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const load = (name: string) =>
  import(
    /* @vite-ignore */ `${pathToFileURL(path.join(site, 'out', name)).href}?${crypto.randomUUID()}`
  ) as Promise<Record<string, (...given: unknown[]) => Promise<Response>>>;
const SHOP = 'https://shop.example.com';

describe('what they promise', () => {
  test('a protected file is for who has bought it: not without a token, not with another’s', async () => {
    vi.stubGlobal('fetch', gateway.fetch);
    const { serveProtected } = await load('protected.js');
    const ask = (token?: string) =>
      serveProtected?.(
        new Request(
          `${SHOP}/protected`,
          token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
        ),
        '<p>secret</p>',
      );
    const good = await gateway.sign(gateway.claims({ ent: [ARTICLE] }));
    expect(await (await ask(good))?.text()).toBe('<p>secret</p>');
    const bad = [
      undefined,
      `${good.slice(0, -4)}AAAA`,
      await gateway.sign(gateway.claims({ ent: ['content:x'] })),
      await gateway.sign(gateway.claims({ ent: [ARTICLE], aud: 'atlas-live' })),
    ];
    for (const token of bad) {
      const response = await ask(token);
      expect([response?.status, await response?.text()]).toEqual([403, '']);
    }
  });

  test('React: a page is rendered on a server with nothing known, and asks nothing', async () => {
    vi.stubGlobal('fetch', () => expect.fail('a request from a server'));
    const { App } = (await load('article.js')) as unknown as { App: () => ReactNode };
    expect(renderToString(createElement(App))).toContain('One moment');
  });

  test('elements: a program that defines them does nothing on a server', async () => {
    await load('elements.js');
    expect('customElements' in globalThis).toBe(false);
  });
});
