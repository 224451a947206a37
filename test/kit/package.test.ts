import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { buildKit } from '../../cli/build-packages.ts';
import { createGate, type Gate } from '../../packages/kit/index.ts';
import { APP, GATEWAY, openFakeGateway, RESOURCE, SECRET_KEY } from './fake-gateway.ts';

/* The kit as somebody has it who installed it: built, packed by package.json, beside a site of their own. */

const ROOT = path.join(import.meta.dirname, '..', '..');
const run = promisify(execFile);
const tsc = (cwd: string, ...args: string[]) =>
  run(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), ...args], { cwd }).catch(
    (error: { stdout?: string }) => {
      throw new Error(error.stdout ?? 'tsc failed', { cause: error });
    },
  );

let site: string;
beforeAll(async () => {
  site = await mkdtemp(path.join(tmpdir(), 'floe-kit-'));
  const installed = path.join(site, 'node_modules', '@floe', 'kit');
  await buildKit(path.join(installed, 'dist'));
  await cp(path.join(ROOT, 'packages', 'kit', 'package.json'), path.join(installed, 'package.json'));
  await symlink(path.join(ROOT, 'node_modules', 'hono'), path.join(site, 'node_modules', 'hono'));
  await writeFile(path.join(site, 'package.json'), '{"type":"module"}');
  await mkdir(path.join(site, 'src'));
  for (const { name, code } of await readSnippets()) await writeFile(path.join(site, name), code);
}, 300_000);
afterAll(() => rm(site, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

/** The README's programs: each names its file in its first line. */
async function readSnippets() {
  const readme = await readFile(path.join(ROOT, 'packages', 'kit', 'README.md'), 'utf8');
  return [...readme.matchAll(/```ts\n\/\/ (src\/[\w-]+\.ts)\n([\s\S]*?)```/g)].map(
    ([, name = '', code = '']) => ({
      name,
      code,
    }),
  );
}

const bundle = (code: string) =>
  build({
    stdin: { contents: code, resolveDir: site },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    write: false,
    metafile: true,
  });

describe('the package', () => {
  test('runs in Node as installed, and depends on nothing', async () => {
    const program = `
      import * as kit from '@floe/kit';
      import { gateHono } from '@floe/kit/hono';
      import { gateAstro } from '@floe/kit/astro';
      const result = await kit.verifyEntitlements('a.b.c', { gateway: 'https://x.example', app: 'a' });
      console.log(JSON.stringify([result, Object.keys(kit).sort(), typeof gateHono, typeof gateAstro]));`;
    await writeFile(path.join(site, 'run.js'), program);
    const { stdout } = await run(process.execPath, [path.join(site, 'run.js')]);
    expect(JSON.parse(stdout)).toEqual([
      { ok: false, reason: 'malformed' },
      [
        'FloeError',
        'applyAnswer',
        'contentBeneath',
        'createClient',
        'createGate',
        'featureValue',
        'featureValues',
        'formatAmount',
        'gateFromEnv',
        'handleDownload',
        'hasFeature',
        'minorUnitsIn',
        'readEvents',
        'respondDenied',
        'respondSignedOut',
        'verifyEntitlements',
        'verifyLicense',
        'verifyWebhook',
      ],
      'function',
      'function',
    ]);
    const everything =
      "export * from '@floe/kit'; export * from '@floe/kit/hono'; export * from '@floe/kit/express';" +
      "export * from '@floe/kit/next'; export * from '@floe/kit/sveltekit'; export { gateAstro } from '@floe/kit/astro';";
    const { metafile } = await bundle(everything);
    const outside = Object.keys(metafile.inputs).filter(
      (name) => !name.includes('@floe/kit/dist/') && name !== '<stdin>',
    );
    expect(outside).toEqual([]);
  });

  test('content comes as one file with its parser, the parser’s licence, and types', async () => {
    const content = path.join(site, 'node_modules', '@floe', 'kit', 'dist', 'content');
    expect((await readdir(content)).toSorted()).toEqual(['index.d.ts', 'index.js']);
    const { metafile, outputFiles } = await bundle("export { splitPreview } from '@floe/kit/content';");
    const files = Object.keys(metafile.inputs).filter((name) => name !== '<stdin>');
    expect(files).toEqual([expect.stringContaining('@floe/kit/dist/content/index.js')]);
    // It runs on servers; the most of it is HTML's table of character references.
    expect(gzipSync(outputFiles[0]?.contents ?? '').length).toBeLessThan(40_000);
    // Whoever passes it on passes on what the licences ask for.
    expect(outputFiles[0]?.text).toMatch(/parse5 \d[^]*Ivan Nikulin[^]*Permission is hereby granted/);
    expect(outputFiles[0]?.text).toMatch(/entities \d[^]*Felix B[^]*Redistribution and use/);
    const program = `
      import { splitPreview } from '@floe/kit/content';
      console.log(splitPreview('<p>one<p>two &amp; more<p>secret').preview);`;
    await writeFile(path.join(site, 'cut.js'), program);
    const { stdout } = await run(process.execPath, [path.join(site, 'cut.js')]);
    expect(stdout).toBe('<p>one<p>two &amp; more\n');
  });

  test('a site that verifies tokens ships less than 3.7 KB of it', async () => {
    const { outputFiles } = await bundle("export { verifyEntitlements } from '@floe/kit';");
    const [verifier] = outputFiles;
    expect(gzipSync(verifier?.contents ?? '').length).toBeLessThan(3_700);
    // Only that: gate, client and webhooks were left out.
    expect(verifier?.text).toContain('entitlements+jwt');
    expect(verifier?.text).not.toMatch(/__Host-|idempotency|whsec_/);
  });
});

test('the gate’s own pages are apart from it, and so is each language: who may read loads none', async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export { createGate } from '@floe/kit';", resolveDir: site },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    outdir: path.join(site, 'split'),
    write: false,
  });
  const texts = outputFiles.map(({ path: file, text }) => ({ isEntry: file.endsWith('stdin.js'), text }));
  const having = (text: string) => texts.filter((each) => each.text.includes(text));
  expect(having('one-time-code').map(({ isEntry }) => isEntry)).toEqual([false]);
  expect(having('Schon gekauft?')).toHaveLength(1);
  expect(having('Schon gekauft?')[0]?.text).not.toContain('one-time-code');
});

describe('the README', () => {
  test('names the kit’s file by its version, and so does every other document', async () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(path.join(ROOT, 'packages/kit/package.json'), 'utf8')));
    const { stdout } = await run(
      'git',
      ['grep', '-ohE', 'floe-kit-[0-9][0-9.]*tgz', '--', '*.md', ':!CHANGELOG.md'],
      { cwd: ROOT },
    );
    const names = stdout.trim().split('\n');
    expect(names.length).toBeGreaterThan(3);
    expect(new Set(names)).toEqual(new Set([`floe-kit-${version}.tgz`]));
  });

  test('shows programs that compile against what is installed, strictly', async () => {
    const snippets = await readSnippets();
    expect(snippets.length).toBeGreaterThan(6);
    const options = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      module: 'NodeNext',
      target: 'ES2022',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      types: [],
      noEmit: true,
      skipLibCheck: false,
    };
    await writeFile(
      path.join(site, 'env.d.ts'),
      `declare const process: { env: Record<string, string | undefined> };
      declare module 'astro:env/server' { export function getSecret(name: string): string | undefined; }`,
    );
    const config = { compilerOptions: options, include: ['src', 'env.d.ts'] };
    await writeFile(path.join(site, 'tsconfig.json'), JSON.stringify(config));
    await tsc(site, '-p', '.');
  });

  const load = (name: string): Promise<unknown> => import(pathToFileURL(path.join(site, name)).href);
  const openGateway = async () => {
    const gateway = await openFakeGateway();
    gateway.clock.now = Date.now();
    vi.stubGlobal('fetch', gateway.fetch);
    vi.stubEnv('FLOE_GATEWAY', GATEWAY);
    vi.stubEnv('FLOE_APP', APP);
    vi.stubEnv('FLOE_SECRET_KEY', SECRET_KEY);
    return gateway;
  };

  test.each([
    ['src/server.ts', '/blog/premium'],
    ['src/worker.ts', '/anything'],
  ])('%s lets a buyer in and nobody else', async (name, address) => {
    const gateway = await openGateway();
    const loaded = (await load(name)) as {
      default: { fetch(request: Request, env: object): Promise<Response> };
    };
    const visit = (cookie?: string) =>
      loaded.default.fetch(
        new Request(
          `https://shop.example.com${address}`,
          cookie === undefined ? {} : { headers: { cookie } },
        ),
        { FLOE_SECRET_KEY: SECRET_KEY },
      );
    const { token } = gateway.signIn('a', 'customer-1', [RESOURCE]);
    const open = await visit(`__Host-floe_${APP}_session=${token}`);
    expect([open.status, await open.text()]).toEqual([200, 'The whole article.']);
    expect(open.headers.get('cache-control')).toBe('private, no-store');
    expect(open.headers.getSetCookie().length).toBe(1);
    const closed = await visit();
    expect(closed.status).toBe(401);
    expect(await closed.text()).not.toContain('The whole article');
  });

  test('src/paywall.ts sells to who has not paid, and to nobody who may have', async () => {
    const gateway = await openGateway();
    const { openBlog } = (await load('src/paywall.ts')) as {
      openBlog: (gate: Gate) => { request(url: string, init?: RequestInit): Promise<Response> };
    };
    const gate = createGate({ gateway: GATEWAY, app: APP, secretKey: SECRET_KEY, resource: RESOURCE });
    const visit = async (has: string[], reason?: string) => {
      const cookie = `__Host-floe_${APP}_session=${gateway.signIn('a', 'customer-1', has, reason).token}`;
      const response = await openBlog(gate).request('https://shop.example.com/article', {
        headers: { cookie },
      });
      return { text: await response.text(), status: response.status, headers: response.headers };
    };
    expect(await visit([RESOURCE])).toMatchObject({ status: 200, text: 'The whole article.' });
    expect(await visit([])).toMatchObject({ status: 402, text: expect.stringContaining('Buy') });
    const pending = await visit([], 'pending_payment');
    gateway.state.isDown = true;
    const away = await visit([RESOURCE]);
    for (const { status, text, headers } of [pending, away]) {
      expect(status).toBe(503);
      expect(text).not.toMatch(/buy|paragraph/i);
      expect([headers.get('retry-after'), headers.get('refresh')]).toEqual(['2', '5']);
    }
  });
});
