import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { AstroIntegration } from 'astro';
import { afterAll, beforeAll, expect, expectTypeOf, test, vi } from 'vitest';
import { buildFloe, buildKit } from '../../../cli/build-packages.ts';
import floe from '../../../packages/floe/integration/astro.ts';
import { endChild } from '../../end-child.ts';
import { FILES, page, UNSOLD } from './vite-site.ts';

/* A site with `floe/astro`, whose packages are built as they are published, built and served by the real Astro. */

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
const run = promisify(execFile);
const ENV = {
  FLOE_GATEWAY: 'https://floe.example.com',
  FLOE_APP: 'quay-live',
  FLOE_SECRET_KEY: `floe_sk_live_${'k'.repeat(43)}`,
};
const { FLOE_SECRET_KEY: _, POLAR_SANDBOX_ACCESS_TOKEN: _token, ...own } = process.env;
const env = {
  ...own,
  ASTRO_TELEMETRY_DISABLED: '1',
  NODE_ENV: 'production',
  VITEST: undefined,
  NO_COLOR: '1',
};

const SITE: Record<string, string> = {
  ...FILES,
  'astro.config.mjs': `
import node from '@astrojs/node';
import { defineConfig } from 'astro/config';
import floe from 'floe/astro';

export default defineConfig({
  output: 'server',
  base: '/shop',
  adapter: node({ mode: 'standalone' }),
  i18n: { locales: ['en', { path: 'deutsch', codes: ['de'] }], defaultLocale: 'en' },
  integrations: [floe()],
});
`,
  'src/content.config.ts': `
import { glob } from 'astro/loaders';
import { defineCollection } from 'astro:content';

const collect = (name: string) =>
  defineCollection({ loader: glob({ pattern: '**/*.md', base: './src/content/' + name }) });
export const collections = { blog: collect('blog'), courses: collect('courses') };
`,
  'src/middleware.ts': `
import { gateFromEnv } from '@floe/kit';
import { gateAstro } from '@floe/kit/astro';
import { getSecret } from 'astro:env/server';
import { resourceOf } from 'virtual:floe/catalog';

export const onRequest = gateAstro(gateFromEnv(getSecret, { resource: resourceOf }));
`,
  // A route for every address, also for those that Astro looks up when something has gone wrong.
  'src/pages/[...path].astro': `---
import { getEntry, render } from 'astro:content';
import { pageOf } from 'virtual:floe/catalog';

const [, section = '', id = ''] = /^(?:deutsch\\/)?(\\w+)\\/(.+?)(?:\\.html)?$/.exec(Astro.params.path ?? '') ?? [];
const entry = section === '' ? undefined : await getEntry(section as 'blog', id);
const { Content } = entry ? await render(entry) : { Content: undefined };
---
<h1>{entry ? (pageOf(entry)?.resource ?? 'unknown') : 'Quay'}</h1>
{Content && <Content />}
`,
  'src/pages/blog/[id]/print.astro': `---
import { getEntry, render } from 'astro:content';

const entry = await getEntry('blog', Astro.params.id ?? '');
const { Content } = entry ? await render(entry) : { Content: undefined };
---
{Content && <Content />}
`,
  // Astro reads frontmatter behind empty lines, too.
  'src/content/blog/neaps.md': `\n${page('title: Neaps\nprice: 700')}`,
};

let site: string;
const write = async (files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(site, name)), { recursive: true });
    await writeFile(path.join(site, name), text);
  }
};
const astro = (...args: string[]) =>
  run(process.execPath, [path.join(ROOT, 'node_modules', 'astro', 'bin', 'astro.mjs'), ...args], {
    cwd: site,
    env,
  });

beforeAll(async () => {
  site = await mkdtemp(path.join(tmpdir(), 'floe-astro-'));
  const modules = path.join(site, 'node_modules');
  for (const [name, build, to] of [
    ['kit', buildKit, '@floe/kit'],
    ['floe', buildFloe, 'floe'],
  ] as const) {
    await build(path.join(modules, to, 'dist'));
    await cp(path.join(ROOT, 'packages', name, 'package.json'), path.join(modules, to, 'package.json'));
  }
  await mkdir(path.join(modules, '@astrojs'));
  for (const name of ['astro', '@astrojs/node'])
    await symlink(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  await write(SITE);
  await astro('build');
}, 300_000);
afterAll(() => rm(site, { recursive: true, force: true }));

test('Astro takes it for an integration', () => {
  expectTypeOf(floe()).toExtend<AstroIntegration>();
});

async function serve(settings: Record<string, string>, work: (visit: Visit) => Promise<void>): Promise<void> {
  const port = String(22_000 + (process.pid % 8_000));
  const server = spawn(process.execPath, [path.join(site, 'dist', 'server', 'entry.mjs')], {
    cwd: site,
    env: { ...env, ...settings, HOST: '127.0.0.1', PORT: port },
  });
  try {
    const visit: Visit = async (where) => {
      const response = await fetch(`http://127.0.0.1:${port}${where}`, { redirect: 'manual' });
      return { status: response.status, text: await response.text() };
    };
    await vi.waitFor(() => visit('/shop/'), { timeout: 30_000, interval: 100 });
    await work(visit);
  } finally {
    await endChild(server);
  }
}
type Visit = (where: string) => Promise<{ status: number; text: string }>;

test('what the catalogue sells is gated by every address that Astro has for it, and nothing else is', () =>
  serve(ENV, async (visit) => {
    for (const where of ['/shop/', '/shop/blog/about', '/shop/courses/git/intro', '/shop/deutsch/blog/about'])
      expect(await visit(where), where).toMatchObject({ status: 200 });
    expect((await visit('/shop/courses/git/intro')).text).toContain('content:courses/git/intro');
    const gated = [
      '/shop/blog/tides',
      '/shop/blog/tides/',
      '/blog/tides',
      '/shop/deutsch/blog/tides',
      '/shop/blog/de/tides',
      '/shop/blog/tides.html',
      '/shop/blog/tides/index.html',
      '/shop/Blog/Tides',
      '/shop/blog/springs',
      '/shop/blog/neaps',
      '/shop/blog/tides/print',
      '/shop/courses/git/toc',
      '/shop/courses/git/trees',
      '/shop/notes/next-year',
    ];
    for (const where of gated) {
      const { status, text } = await visit(where);
      expect([where, status]).toEqual([where, 401]);
      expect(text).not.toContain(UNSOLD);
    }
    expect(await visit('/shop/blog/about/print')).toMatchObject({ status: 200 });
    expect(await visit('/shop/blog/%74ides')).toMatchObject({ status: 308 });
  }));

test('attack: a site that lacks a setting shows nothing that is sold', () =>
  serve({}, async (visit) => {
    for (const where of ['/shop/blog/tides', '/shop/courses/git/trees', '/shop/blog/about']) {
      const { status, text } = await visit(where);
      expect([where, status]).toEqual([where, 503]);
      expect(text).not.toContain(UNSOLD);
    }
  }));

test('browsers get nothing of the catalogue', async () => {
  const client = path.join(site, 'dist', 'client');
  const files = await readdir(client, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const each of files.filter((one) => one.isFile()))
    expect(await readFile(path.join(each.parentPath, each.name), 'utf8')).not.toMatch(/blog\/tides|quay:/);
});

test('an editor knows the module', { timeout: 120_000 }, async () => {
  const compile = async (program: string) => {
    await write({
      'src/use.ts': `import { pageOf, pages, resourceOf } from 'virtual:floe/catalog';\n${program}\n`,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          strict: true,
          module: 'ESNext',
          moduleResolution: 'Bundler',
          target: 'ES2022',
          lib: ['ES2022', 'DOM'],
          types: [],
          noEmit: true,
        },
        files: ['.astro/integrations/floe/catalog.d.ts', 'src/use.ts'],
      }),
    });
    return run(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', site]).then(
      ({ stdout }) => stdout,
      (error: { stdout?: string }) => error.stdout ?? 'tsc failed',
    );
  };
  const right = `
    export const asked: string | null = resourceOf(new Request('https://quay.example'));
    export const price: number | null | undefined = pageOf({ filePath: 'a.md' })?.price;
    export const names: string[] = pages.map(({ contentId }) => contentId);`;
  expect(await compile(right)).toBe('');
  expect(await compile(right.replace('?.price', '?.prise'))).toContain("'prise'");
});

/** What a build prints that does not succeed. */
const failure = () =>
  astro('build').then(
    () => 'It is built.',
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  );

test('`price: cheap` stops a build, with its file, line and field', async () => {
  await write({ 'src/content/blog/tides.md': page('title: Tides\nprice: cheap') });
  expect(await failure()).toContain(
    'src/content/blog/tides.md:3: price: must be a whole number of minor units',
  );
});

test('a page that was not pushed stops a build that checks the lock file', async () => {
  await write({
    'src/content/blog/tides.md': page('title: Tides\nprice: 700'),
    'astro.config.mjs': (SITE['astro.config.mjs'] ?? '').replace('floe()', "floe({ check: 'lock' })"),
  });
  expect(await failure()).toContain('quay:blog-tides: has no id of sandbox');
});
