import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { createApp } from '../src/app.ts';
import { routesOf } from '../src/http/route.ts';
import manifest from '../package.json' with { type: 'json' };
import { exec, startChecks } from './checks.ts';
import { startStack } from './local/stack.ts';
import { buildOpenApi } from './openapi.ts';

/*
 * Gives the OpenAPI document to those who read it: Redocly and Spectral, and generators of clients for TypeScript, Python and Go, whose
 * clients are compiled and call a gateway (`npm run check:openapi`). Asks npm, PyPI and the Go module proxy, so CI runs this and the
 * tests do not. A language that is not on this machine, or whose packages cannot be had, is left out and said so. Ends with one line:
 * `openapi: 14 checks passed, 0 failed`.
 */
const ROOT = path.join(import.meta.dirname, '..');
const { check, finish } = startChecks('openapi');

/** What every client prints. `LANGUAGE` is its own, so that each has a payment of its own. */
const EXPECTED = {
  product: 'quay:lifetime',
  price: 900,
  status: 'pending',
  plan: 'lifetime',
  amount: 900,
  metadata: { seat: 7 },
  repeated: true,
  allow: false,
  reason: 'not_granted',
  problem: [404, 'not_found'],
};

const devFile = z.object({
  gateway_url: z.string(),
  apps: z.array(z.object({ slug: z.string(), secret_key: z.string() })),
  products: z.array(z.object({ id: z.string(), name: z.string() })),
});

/** Redocly would ask for a newer version of itself, and tell that it was used. */
const QUIET = { REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', REDOCLY_TELEMETRY: 'off' };

/** Whether the command is there, and its packages can be had; else says what is left out. */
async function has(what: string, tries: () => Promise<unknown>): Promise<boolean> {
  try {
    await tries();
    return true;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const why = `${stderr}\n${String(error)}`.trim().split('\n', 1)[0];
    console.log(`skip ${what} is not to be had here: ${why}`);
    return false;
  }
}

const folder = await mkdtemp(path.join(tmpdir(), 'floe-openapi-'));
const document = path.join(folder, 'openapi.json');
/** A tool of the folder's own, with the Node that this runs in. */
const tool = (name: string, args: readonly string[], more = {}) =>
  exec(process.execPath, [path.join(folder, 'node_modules', '.bin', name), ...args], folder, more);
await cp(path.join(ROOT, 'test', 'openapi'), folder, {
  recursive: true,
  filter: (file) => path.basename(file) !== 'node_modules',
});
await writeFile(document, JSON.stringify(buildOpenApi(routesOf(createApp()), manifest.version), null, 2));

const stack = await startStack({
  gatewayPort: 0,
  polarPort: 0,
  sitePort: 0,
  stateDir: path.join(folder, 'state'),
});
try {
  const dev = devFile.parse(JSON.parse(await readFile(stack.devFile, 'utf8')));
  const gateway = {
    FLOE_URL: dev.gateway_url,
    FLOE_SECRET_KEY: dev.apps.find(({ slug }) => slug === 'quay-sandbox')?.secret_key ?? '',
    FLOE_PRODUCT_ID: dev.products.find(({ name }) => name === EXPECTED.product)?.id ?? '',
  };
  await checkNode(gateway);
  await checkPython(path.join(folder, 'python'), gateway);
  await checkGo(path.join(folder, 'go'), gateway);
} finally {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
}
finish();

/** What the clients read of the gateway, in their environment. */
type Gateway = Readonly<Record<string, string>>;

async function checkNode(gateway: Gateway): Promise<void> {
  await check('the linters and the generator for TypeScript are installed', () =>
    exec('npm', ['ci'], folder),
  );
  await check('Redocly has nothing to remark, by its strictest rules', () =>
    tool('redocly', ['lint', '--config', 'redocly.yaml', document], QUIET),
  );
  await check('Spectral has nothing to remark, by all of its rules', () =>
    tool('spectral', ['lint', '--ruleset', 'spectral.yaml', '--fail-severity', 'hint', document]),
  );
  await check(
    'TypeScript: a client is made',
    () =>
    tool('openapi-typescript', [document, '--output', 'typescript/schema.d.ts']), // prettier-ignore
  );
  await check('TypeScript: it compiles', () => tool('tsc', ['--project', 'typescript']));
  await check('TypeScript: it calls the gateway', async () =>
    compare(await exec(process.execPath, [path.join('typescript', 'use.ts')], folder, gateway)),
  );
}

async function checkPython(home: string, gateway: Gateway): Promise<void> {
  const python = path.join(home, 'venv', 'bin', 'python');
  const run = (...args: string[]) => exec(python, args, home);
  const isThere = await has('Python', async () => {
    await exec('python3', ['-m', 'venv', 'venv'], home);
    await run('-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', 'requirements.txt'); // prettier-ignore
  });
  if (!isThere) return;
  await check('Python: a client is made, without a warning', async () => {
    const { stdout, stderr } = await run('-m', 'openapi_python_client', 'generate', '--path', document, '--meta', 'none', '--config', 'config.yaml', '--output-path', 'floe', '--fail-on-warning'); // prettier-ignore
    if (/warning/i.test(stdout + stderr)) throw new Error(stdout + stderr);
  });
  await check('Python: its types fit', () => run('-m', 'mypy', '--strict-optional', 'use.py'));
  await check('Python: it calls the gateway', async () =>
    compare(await exec(python, ['use.py'], home, gateway)),
  );
}

async function checkGo(home: string, gateway: Gateway): Promise<void> {
  const go = (...args: string[]) => exec('go', args, home);
  if (!(await has('Go', () => go('mod', 'download')))) return;
  await check('Go: a client is made', () =>
    go('tool', 'oapi-codegen', '-config', 'oapi-codegen.yaml', document),
  );
  await check('Go: it compiles', () => go('vet', './...'));
  await check('Go: it calls the gateway', async () => compare(await exec('go', ['run', '.'], home, gateway)));
}

/** @throws when a client has not printed what the gateway answers */
function compare({ stdout }: { stdout: string }): void {
  const printed = z.record(z.string(), z.unknown()).parse(JSON.parse(stdout));
  for (const [name, value] of Object.entries(EXPECTED))
    if (JSON.stringify(printed[name]) !== JSON.stringify(value))
      throw new Error(`${name}: ${JSON.stringify(printed[name])}, not ${JSON.stringify(value)}\n${stdout}`);
}
