import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exec, startChecks, TERMINAL } from './checks.ts';
import { checkManagers } from './kit-managers.ts';
import { startStack } from './local/stack.ts';
import { packKit } from './pack-kit.ts';
import { startSimulatorServer } from '../packages/polar-simulator/server.ts';

/*
 * Packs the packages and tries them as somebody has them who installed them: in an empty folder, under every Node that they
 * say they run in. Asks npm's registry for those versions of Node, so CI runs this and the tests do not. Ends with one line:
 * `packages: 19 checks passed, 0 failed`.
 */
const ROOT = path.join(import.meta.dirname, '..');
const NODE_VERSIONS = ['20', '22', '24'];
const START_MS = 30_000;

const USES_THE_KIT = `
import assert from 'node:assert/strict';
import * as kit from '@floe/kit';
import { catalogIds } from '@floe/kit/catalog';
import { contentId, splitPreview } from '@floe/kit/content';
import { gateAstro } from '@floe/kit/astro';
import { gateExpress } from '@floe/kit/express';
import { gateHono } from '@floe/kit/hono';
import { gateNext } from '@floe/kit/next';
import { gateSvelteKit } from '@floe/kit/sveltekit';
import { defineFloeElements } from '@floe/kit/elements';
const floe = { gateway: 'https://pay.example.com', app: 'quay-live' };
assert.deepEqual(await kit.verifyEntitlements('a.b.c', floe), { ok: false, reason: 'malformed' });
const gate = kit.createGate({ ...floe, secretKey: 'floe_sk_live_' + 'a'.repeat(43), resource: 'content:blog/diff' });
const answer = await gate(new Request('https://quay.example.com/blog/diff'));
assert.equal(answer.decision.allow, false);
assert.equal(kit.formatAmount(1250, 'usd', 'en'), '$12.50');
assert.equal(splitPreview('<p>one<p>two &amp; more<p>paid').preview, '<p>one<p>two &amp; more');
assert.equal(contentId('/blog/diff/'), 'blog/diff');
for (const each of [catalogIds, gateAstro, gateExpress, gateHono, gateNext, gateSvelteKit, defineFloeElements]) assert.equal(typeof each, 'function');
`;

const STARTS_THE_SIMULATOR = `
import assert from 'node:assert/strict';
import { startSimulator } from '@floe/polar-simulator';
const { url, simulator, close } = await startSimulator({ port: 0 });
const { accessToken } = await simulator.readySeller();
const response = await fetch(url + '/v1/products/', { headers: { authorization: 'Bearer ' + accessToken } });
assert.equal((await response.json()).items.length, 2);
await close();
`;

const checks = startChecks('packages');
const { check, finish } = checks;
const npm = (cwd: string, ...args: string[]) => exec('npm', args, cwd);
const tool = (name: string) => path.join(ROOT, 'node_modules', '.bin', name);

/** Starts the installed simulator, and asks it for the products that it sells. */
async function useSimulator(node: string, folder: string): Promise<void> {
  const command = path.join(folder, 'node_modules', '.bin', 'polar-simulator');
  const child = spawn(node, [command, '--port', '0'], { cwd: folder });
  try {
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const listen = (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Ctrl-C')) resolve();
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`It ended with ${code}:\n${said}`)));
      setTimeout(() => reject(new Error(`It has not started:\n${said}`)), START_MS).unref();
    });
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
    const [token = ''] = /polar_oat_\w+/.exec(said) ?? [];
    const response = await fetch(`${url}/v1/products/`, { headers: { authorization: `Bearer ${token}` } });
    const { items } = (await response.json()) as { items?: unknown[] };
    if (items?.length !== 2) throw new Error(`Its products: ${response.status} ${JSON.stringify(items)}`);
  } finally {
    child.kill('SIGKILL');
  }
}

/** The installed command line: it says what it is, and asks a gateway. */
async function useFloe(node: string, folder: string): Promise<void> {
  const bin = path.join(folder, 'node_modules', '.bin', 'floe');
  const { version } = JSON.parse(await readFile(path.join(ROOT, 'packages', 'floe', 'package.json'), 'utf8')) as { version: string }; // prettier-ignore
  const stateDir = path.join(folder, '.floe');
  const stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir });
  try {
    const floe = async (...args: string[]) => (await exec(node, [bin, ...args], folder)).stdout;
    const said = {
      version: await floe('--version'),
      help: await floe('--help'),
      apps: await floe('apps', 'list'),
      json: await floe('products', 'prices', '--app', 'quay-sandbox', '--json'),
    };
    if (said.version.trim() !== version || !said.help.includes('Exit codes:'))
      throw new Error(JSON.stringify(said));
    if (!said.apps.includes('quay-sandbox') || said.apps.includes('\u001b')) throw new Error(said.apps);
    if (JSON.parse(said.json).data.length === 0) throw new Error(said.json);
  } finally {
    await stack.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}

/**
 * The installed plugin and integration, in Vite and Astro as they are here: a site is built, and `price: cheap` stops it. `major`: of this Node; Astro
 * runs in 22 and newer.
 */
async function buildSites(node: string, folder: string, major: string): Promise<void> {
  const site = await mkdtemp(path.join(folder, 'site-'));
  const write = async (name: string, text: string) => {
    await mkdir(path.dirname(path.join(site, name)), { recursive: true });
    await writeFile(path.join(site, name), text);
  };
  for (const [name, text] of Object.entries(SITE)) await write(name, text);
  const astro = path.join(folder, 'node_modules', 'astro', 'bin', 'astro.mjs');
  const builds = [['build.mjs'], ...(major === '20' ? [] : [[astro, 'build']])];
  const build = (args: string[]) =>
    exec(node, args, site, { ASTRO_TELEMETRY_DISABLED: '1' }).then(
      () => 'It is built.',
      (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
    );
  for (const args of builds) {
    await write('content/blog/tides.md', '---\nprice: 700\n---\n');
    const right = await build(args);
    if (right !== 'It is built.') throw new Error(right);
    await write('content/blog/tides.md', '---\nprice: cheap\n---\n');
    const wrong = await build(args);
    if (!wrong.includes('content/blog/tides.md:2: price: ')) throw new Error(wrong);
  }
}

const SITE = {
  'package.json': '{"private":true,"type":"module"}',
  'floe.config.yaml': 'product: quay\ncontent: [content/blog/*.md]\n',
  'server.js': "export { resourceOf } from 'virtual:floe/catalog';\n",
  'build.mjs': `
import assert from 'node:assert/strict';
import { build } from 'vite';
import floe from 'floe/vite';
await build({ plugins: [floe()], logLevel: 'silent', build: { ssr: 'server.js', outDir: 'built' } });
const { resourceOf } = await import('./built/server.js');
assert.equal(resourceOf(new Request('https://quay.example/blog/tides/')), 'content:blog/tides');
`,
  'astro.config.mjs': `
import { defineConfig } from 'astro/config';
import floe from 'floe/astro';
export default defineConfig({ integrations: [floe()] });
`,
  'src/pages/index.astro': `---
import { pages } from 'virtual:floe/catalog';
---
{pages.map(({ price }) => <p>{price}</p>)}
`,
};

/** `npx floe`, in a folder in which nothing is but a catalogue: once as YAML and once as TypeScript. `home`: where the Node is. */
async function planByNpx(home: string, file: string): Promise<void> {
  const polar = await startSimulatorServer({ port: 0 });
  const { accessToken } = polar.simulator.createOrganization({ slug: 'harbour' });
  try {
    for (const [config, sells] of Object.entries(CATALOGUES)) {
      const shop = await mkdtemp(path.join(folder, 'shop-'));
      await mkdir(path.join(shop, 'content', 'blog'), { recursive: true });
      await writeFile(path.join(shop, 'content', 'blog', 'tides.md'), '---\nprice: 700\n---\n');
      await writeFile(path.join(shop, config), sells);
      // It ends with 2, since something would change.
      const { code, stdout } = await exec(
        'npx',
        ['--yes', '--package', file, 'floe', 'catalog', 'plan'],
        shop,
        {
          PATH: [path.join(home, 'node_modules', '.bin'), TERMINAL['PATH']].join(path.delimiter),
          npm_config_cache: path.join(home, 'cache'),
          POLAR_SANDBOX_ACCESS_TOKEN: accessToken,
          POLAR_SANDBOX_API_URL: polar.url,
        },
      ).then(
        (done) => ({ code: 0, ...done }),
        (error: { code: number; stdout: string }) => {
          if (error.code === 2) return error;
          throw error;
        },
      );
      if (code !== 2 || !stdout.includes('+ product quay:blog-tides'))
        throw new Error(`${config}: ${code}\n${stdout}`);
    }
  } finally {
    await polar.close();
  }
}

const CATALOGUES = {
  'floe.config.yaml': 'product: quay\nsiteUrl: https://quay.example\ncontent: [content/blog/*.md]\n',
  'floe.config.ts': `import { defineConfig } from 'floe/config';
const product: string = 'quay';
export default defineConfig({ product, content: ['content/blog/*.md'] });
`,
};

const folder = await mkdtemp(path.join(tmpdir(), 'floe-packages-'));
try {
  const packed = new Map<string, string>();
  for (const name of ['kit', 'polar-simulator', 'floe'])
    await check(`${name} is packed`, async () => {
      const { stdout } = await npm(ROOT, 'pack', '--json', '--silent', '--workspace', `packages/${name}`, '--pack-destination', folder); // prettier-ignore
      const file = /floe-[\w.-]+\.tgz/.exec(stdout)?.[0];
      if (file === undefined) throw new Error(stdout);
      packed.set(name, path.join(folder, file));
    });
  await check('a gateway serves what npm packs of the kit', async () => {
    const served = path.join(folder, 'served.tgz');
    await writeFile(served, await packKit());
    const list = async (file: string) => (await exec('tar', ['-tzf', file], folder)).stdout.split('\n').toSorted().join('\n'); // prettier-ignore
    const [ours, npms] = await Promise.all([list(served), list(packed.get('kit') ?? '')]);
    if (ours !== npms) throw new Error(`${ours}\n\nnpm packs:\n${npms}`);
  });
  for (const [name, file] of packed)
    await check(`${name}: publint`, () => exec(tool('publint'), ['--strict', file], ROOT));
  const { floe = '', ...libraries } = Object.fromEntries(packed);
  for (const [name, file] of packed)
    await check(`${name}: are the types wrong?`, () =>
      exec(tool('attw'), [file, '--profile', 'esm-only'], ROOT),
    );

  const empty = path.join(folder, 'empty');
  await mkdir(empty);
  await writeFile(path.join(empty, 'package.json'), '{"private":true,"type":"module"}');
  await writeFile(path.join(empty, 'use.js'), USES_THE_KIT);
  await writeFile(path.join(empty, 'start.js'), STARTS_THE_SIMULATOR);
  // Offline: what needed another package could not be installed.
  await check('the kit and the simulator are installed, and need nothing else', () =>
    npm(empty, 'install', '--offline', ...Object.values(libraries)),
  );
  const shell = path.join(folder, 'shell');
  await mkdir(shell);
  await check('the command line is installed', () => npm(shell, 'install', floe, packed.get('kit') ?? ''));
  for (const name of ['vite', 'astro'])
    await symlink(path.join(ROOT, 'node_modules', name), path.join(shell, 'node_modules', name));
  for (const version of NODE_VERSIONS) {
    const home = path.join(folder, `node-${version}`);
    const node = path.join(home, 'node_modules', '.bin', 'node');
    await mkdir(home);
    await check(`Node ${version} is there`, async () => {
      await npm(home, 'install', '--prefix', home, `node@${version}`);
      const { stdout } = await exec(node, ['--version'], home);
      if (!stdout.startsWith(`v${version}.`)) throw new Error(`It is ${stdout}`);
    });
    await check(`Node ${version}: the kit`, () => exec(node, ['use.js'], empty));
    await check(`Node ${version}: the simulator`, () => useSimulator(node, empty));
    await check(`Node ${version}: the simulator from a program`, () => exec(node, ['start.js'], empty));
    await check(`Node ${version}: the command line`, () => useFloe(node, shell));
    await check(`Node ${version}: npx floe catalog plan`, () => planByNpx(home, floe));
    await check(`Node ${version}: builds of sites`, () => buildSites(node, shell, version));
  }
  await checkManagers(checks, { folder, program: USES_THE_KIT, node: process.execPath });
} finally {
  await rm(folder, { recursive: true, force: true });
}
finish();
