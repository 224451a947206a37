import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AstroUserConfig } from 'astro';
import type { createViteServer } from 'vitest/node';
import floe, { type FloeOptions } from '../../../packages/floe/integration/vite.ts';

/* A small site, and the Vite that builds it: the one that is here for Astro and for tests. */

const KIT = path.join(import.meta.dirname, '..', '..', '..', 'packages', 'kit');

const CONFIG = `product: quay
siteUrl: https://quay.example
locales: [en, de]
content:
  - src/content/blog/**/*.md
  - { include: 'src/content/courses/**/*.md', group: { index: toc } }
plans:
  member: { price: 500, every: month, benefits: [notes] }
benefits:
  notes: { description: All notes, content_id: 'notes/*' }
`;
const TEXT = 'Twice a day the sea comes in.';
export const page = (fields: string, text = TEXT) => `---\n${fields}\n---\n\n${text}\n`;

/** What a site may not send to anybody, besides those who have paid. */
export const UNSOLD = TEXT;

export const FILES: Readonly<Record<string, string>> = {
  'package.json': '{"type":"module"}',
  'floe.config.yaml': CONFIG,
  'src/content/blog/tides.md': page('title: High and low water\nprice: 700'),
  'src/content/blog/de/tides.md': page('title: Ebbe und Flut\nprice: 700'),
  'src/content/blog/about.md': page('title: Who we are', 'For everybody.'),
  'src/content/blog/2026/High water.md': page('slug: springs\nprice: 800'),
  'src/content/courses/git/toc.md': page('title: Git, slowly\nprice: 2900'),
  'src/content/courses/git/trees.md': page('title: Trees'),
  'src/content/courses/git/intro.md': page('title: Before you begin\nfree: true', 'For everybody.'),
  'src/server.js': "export * from 'virtual:floe/catalog';\n",
  'src/browser.js': "document.title = 'Quay';\n",
};

interface ViteApi {
  build(config: object): Promise<unknown>;
  createServer(config: object): ReturnType<typeof createViteServer>;
}
const { resolve } = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'));
const vite = (await import(pathToFileURL(resolve('vite')).href)) as ViteApi;

/** What Vite, as Astro has it, takes for plugins. */
export type VitePlugins = NonNullable<NonNullable<AstroUserConfig['vite']>['plugins']>;

/** A folder with a site. */
export async function openSite(files: Readonly<Record<string, string>> = FILES) {
  const root = await mkdtemp(path.join(tmpdir(), 'floe-site-'));
  const write = async (all: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(all)) {
      await mkdir(path.dirname(path.join(root, name)), { recursive: true });
      await writeFile(path.join(root, name), text);
    }
  };
  await write(files);
  const configOf = (options?: FloeOptions) => ({
    root,
    configFile: false,
    logLevel: 'silent',
    envFile: false,
    plugins: [floe(options)],
    resolve: { alias: [{ find: '@floe/kit/catalog', replacement: path.join(KIT, 'catalog.ts') }] },
    ssr: { noExternal: true },
  });
  return {
    root,
    write,
    remove: (name: string) => rm(path.join(root, name), { recursive: true, force: true }),
    close: () => rm(root, { recursive: true, force: true }),
    /** Builds a file; for a server unless it is for browsers. @returns where the build is */
    async build(options?: FloeOptions, { entry = 'src/server.js', isClient = false, base = '/' } = {}) {
      const outDir = path.join(root, `dist-${crypto.randomUUID()}`);
      const input = isClient ? { rollupOptions: { input: path.join(root, entry) } } : { ssr: entry };
      await vite.build({ ...configOf(options), base, build: { outDir, minify: false, ...input } });
      return outDir;
    },
    /** Builds again whenever a file changes. */
    async watch(outDir: string): Promise<{ close(): Promise<void> }> {
      const build = { outDir, minify: false, ssr: 'src/server.js', watch: {} };
      return (await vite.build({ ...configOf(), build })) as { close(): Promise<void> };
    },
    /** Why a build fails, in its words. */
    async failure(options?: FloeOptions): Promise<string> {
      return this.build(options).then(
        () => 'It is built.',
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
    },
    /** A server that is developed on, without a port for pages. */
    develop: (options?: FloeOptions) =>
      vite.createServer({
        ...configOf(options),
        server: { middlewareMode: true, hmr: { port: 0 } },
        optimizeDeps: { noDiscovery: true },
      }),
  };
}

/** All files of a build as one text. */
export async function readBuild(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((each) => each.isFile())
    .map((each) => readFile(path.join(each.parentPath, each.name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}
