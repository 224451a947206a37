import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { exec, startChecks } from '../../cli/checks.ts';
import { registerPages } from '../../cli/local/own-pages.ts';
import { readOwnPages } from '../../cli/local/own-pages.rules.ts';
import { reservePort } from '../../cli/local/ports.ts';
import { startStack } from '../../cli/local/stack.ts';
import { tellParsers } from './express-parsers.ts';
import { tellGatedPage } from './gated-page.ts';
import { linesForFloe, readGuide, readProgram } from './guide.ts';
import { hasPython, installPython, linesOfPython, tellPython } from './python-backend.ts';
import { type Dev, openBrowser, readDev } from './reader.ts';
import { tellDownload } from './sell-a-download.ts';
import { tellPage } from './sell-a-page.ts';
import { buildSite, makeSite, type Place, planSite, runSite, type Site } from './site.ts';
import { tellStaticPage } from './static-page.ts';
import { ADAPTERS, TYPES_CONFIG, WORKER } from './types.ts';

/*
 * `npm run check:frameworks`: the guides, followed from an empty folder with the packed kit and the frameworks' own packages, in a
 * browser. `-- express nextjs` follows those alone. Asks npm's registry and PyPI, so CI runs this and the tests do not. Ends with one line:
 * `frameworks: 40 checks passed, 0 failed`.
 */

/** As much as somebody writes for Floe, beyond what the framework itself wants. */
const MOST_LINES = 15;
/** What takes longest first. */
const GUIDES = [
  'nextjs',
  'static-page',
  'sell-a-page',
  'sell-a-download',
  'sveltekit',
  'astro',
  'express',
  'hono',
] as const;
const STORIES: readonly string[] = [...GUIDES, 'python'];
const OWN = import.meta.dirname;

const { positionals } = parseArgs({ allowPositionals: true });
const unknown = positionals.filter((name) => !STORIES.includes(name));
if (unknown.length > 0)
  throw new Error(`There is no ${unknown.join(', ')}. There are ${STORIES.join(', ')}.`);
const isWanted = (name: string) => positionals.length === 0 || positionals.includes(name);

const { check, finish } = startChecks('frameworks');
const home = await mkdtemp(path.join(tmpdir(), 'floe-frameworks-'));

/** The stories of guides that are about something else than a gated page. */
const TELLERS: Partial<Record<(typeof GUIDES)[number], typeof tellStaticPage>> = {
  'static-page': tellStaticPage,
  'sell-a-download': (world) => tellDownload(world),
  'sell-a-page': tellPage,
};

/** What a step throws ends its story; the others go on. */
async function follow(
  story: string,
  steps: readonly (readonly [name: string, run: () => Promise<unknown>])[],
): Promise<boolean> {
  for (const [name, run] of steps) {
    const succeeded = await check(`${story}: ${name}`, async () => {
      await run();
      return true;
    });
    if (!succeeded) return false;
  }
  return true;
}

function assertFew(lines: readonly string[]): void {
  if (lines.length > MOST_LINES) throw new Error(`${lines.length} lines:\n${lines.join('\n')}`);
}

/** Has Floe know sites of an app, as `npm start -- --origin` does with each. */
async function register(dev: Dev, origins: string[], app?: string): Promise<void> {
  const pages = readOwnPages({ origin: origins, ...(app === undefined ? {} : { app }) });
  if (!pages.ok || !pages.value) throw new Error(`These are no origins: ${origins.join(', ')}`);
  await registerPages({ url: dev.gateway_url, adminToken: dev.admin_token }, pages.value);
}

async function followGuide(name: (typeof GUIDES)[number], site: Site, world: World): Promise<void> {
  const { guide } = site;
  const lines = linesForFloe(guide);
  const isMade = await follow(name, [
    [`${lines.length} lines for Floe`, async () => assertFew(lines)],
    ['its site is made', () => makeSite(site)],
    ...(guide.build.length === 0 ? [] : [['it is built', () => buildSite(site)] as const]),
  ]);
  if (!isMade) return;
  const running = await check(`${name}: it runs`, () => runSite(site));
  if (!running) return;
  const tell = TELLERS[name] ?? tellGatedPage;
  const isTold = await follow(name, tell({ ...world, site }));
  await running.close();
  if (!isTold) console.log(running.said());
  if (name !== 'express') return;
  const parsers = tellParsers({ browser: world.browser, site });
  await follow(name, parsers.steps);
  await parsers.close();
}

interface World {
  place: Place;
  dev: Dev;
  browser: Awaited<ReturnType<typeof openBrowser>>;
}

async function followPython(port: number, { place, dev, browser }: World): Promise<void> {
  if (!hasPython()) {
    console.log('skip python: there is no python3 with venv and pip');
    return;
  }
  const folder = path.join(home, 'python');
  const lines = await linesOfPython();
  const { steps, close } = tellPython({ browser, dev, folder, port, stateDir: place.stateDir });
  await follow('python', [
    [`${lines.length} lines for Floe`, async () => assertFew(lines)],
    ['its packages are installed', () => installPython(folder)],
    ...steps,
  ]);
  await close();
}

/** Two stories at a time: while one waits for its buyer, the other is built. */
async function followAll(world: World): Promise<void> {
  const sites = await Promise.all(
    GUIDES.filter(isWanted).map(
      async (name) => [name, await planSite(name, await readGuide(name), world.place)] as const,
    ),
  );
  const python = await reservePort(0, 'the Python backend', '');
  const originsOf = (app: string | undefined) =>
    sites.flatMap(([, { origin, guide }]) => (guide.app === app ? [origin] : []));
  await register(world.dev, [...originsOf(undefined), `http://localhost:${python}`]);
  for (const app of new Set(sites.flatMap(([, { guide }]) => guide.app ?? [])))
    await register(world.dev, originsOf(app), app);
  const stories = sites.map(
    ([name, site]) =>
      () =>
        followGuide(name, site, world),
  );
  if (isWanted('python')) stories.push(() => followPython(python, world));
  const takeTurns = async () => {
    for (let next = stories.shift(); next; next = stories.shift()) await next();
  };
  await Promise.all([takeTurns(), takeTurns()]);
}

/** The adapters are what each framework's own types want. */
async function checkTypes(kitUrl: string): Promise<void> {
  const folder = path.join(home, 'types');
  await mkdir(folder);
  await writeFile(path.join(folder, 'package.json'), '{"private":true,"type":"module"}');
  await writeFile(path.join(folder, 'adapters.ts'), ADAPTERS);
  await writeFile(path.join(folder, 'cloudflare.d.ts'), WORKER);
  await writeFile(path.join(folder, 'worker.ts'), await readProgram('hono', 'src/index.ts'));
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(TYPES_CONFIG));
  await exec('npm', ['install', '--no-audit', '--no-fund', kitUrl], folder);
  await exec(process.execPath, [path.join(home, 'node_modules/typescript/bin/tsc'), '-p', folder], folder);
}

try {
  const isInstalled = await check('the frameworks are installed', async () => {
    for (const name of ['package.json', 'package-lock.json'])
      await cp(path.join(OWN, name), path.join(home, name));
    await exec('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], home);
    return true;
  });
  const stateDir = path.join(home, 'state');
  const stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir });
  const browser = await openBrowser();
  try {
    const world = {
      place: { home, stateDir, gateway: stack.urls.gateway },
      dev: await readDev(stack.devFile),
      browser,
    };
    if (isInstalled) {
      await check('the adapters fit the frameworks’ types', () => checkTypes(stack.kitUrl));
      await followAll(world);
    }
  } finally {
    await browser.close();
    await stack.close();
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
finish();
