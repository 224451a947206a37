import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readHosts } from './local/hosts.ts';
import { describeRegistered, type OwnPages, readOwnPages } from './local/own-pages.rules.ts';
import { stopOnSignals } from './local/signals.ts';
import { explainSystemError } from './local/system-errors.rules.ts';
import { openBrowser } from './local/open-browser.ts';
import type { Stack } from './local/stack.ts';

/* `npm start`: everything on one machine, until Ctrl-C. */

const HELP = `Runs Floe on this machine: the gateway, a simulated Polar and a demo site.

  npm start                 start, or go on where you stopped
  npm start -- --reset      forget everything first
  npm start -- --state DIR  keep everything in this folder (.floe): a second Floe beside the first needs its own
  npm start -- --open       open the live page in the browser: the shop, and beside it each step as it happens
  npm start -- --quiet      do not print a line for each request, webhook, event, delivery and access answer
  npm start -- --json       print nothing but JSON, a line for each of them, with its payload and without secrets
  npm start -- --origin URL    let pages of this origin use the gateway, http://localhost:4321 for example.
                               Buyers may come back to all of them, or only to each --callback
  npm start -- --callback URL  let buyers come back to this address, and to those beneath it
  npm start -- --app APP       the app that --origin and --callback are for (quay-sandbox)
                               All of them may be given again, also while Floe runs. They are kept until --reset

  npm start -- --help       this text

  FLOE_STATE                the same as --state

  FLOE_PORT                 the gateway's port         (8787)
  FLOE_POLAR_PORT           the simulated Polar's port (8788)
  FLOE_SITE_PORT            the demo site's port       (8789)
  FLOE_HOSTS                names with commas that the demo site and the simulated Polar answer for beside
                            127.0.0.1, localhost and [::1]
  FLOE_KEEP_…_DAYS, FLOE_MAIL_FROM, FLOE_MAX_LICENSE_DAYS, FLOE_OTHER_METHODS,
  FLOE_OWNER_KEYS, FLOE_RECONCILE_REQUESTS_PER_MINUTE, FLOE_REPAIR_POLAR_WEBHOOK
                            settings of the gateway, as an operator sets them (README.md)
  POLAR_SANDBOX_ACCESS_TOKEN, POLAR_SANDBOX_ORGANIZATION_ID, POLAR_SANDBOX_WEBHOOK_SECRETS
                            talk to Polar's real sandbox instead of the simulator
`;

const PROJECT = path.join(import.meta.dirname, '..');
const STATE_DIR_DEFAULT = path.join(PROJECT, '.floe');

type Values = ReturnType<typeof readOptions>;

/** @throws an error that says what is not understood, and where the rest is said. */
function readOptions() {
  try {
    return parseArgs({
      options: {
        state: { type: 'string' },
        reset: { type: 'boolean', default: false },
        origin: { type: 'string', multiple: true },
        callback: { type: 'string', multiple: true },
        app: { type: 'string' },
        open: { type: 'boolean', default: false },
        quiet: { type: 'boolean', short: 'q', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\nWhat there is: npm start -- --help`,
      {
        cause: error,
      },
    );
  }
}

async function main(): Promise<void> {
  const values = readOptions();
  if (values.help) {
    console.log(HELP);
    return;
  }
  const ports = readPorts();
  const stateDir = path.resolve(values.state || process.env['FLOE_STATE'] || STATE_DIR_DEFAULT);
  if (await isFile(stateDir)) throw new Error(`${stateDir} is a file. --state names a folder.`);
  const pages = readOwnPages(values);
  if (!pages.ok) throw new Error(`${pages.error}\nWhat there is: npm start -- --help`);
  if (pages.value && !values.reset && (await tellRunning(stateDir, pages.value))) return;
  const startedAt = Date.now();
  // With --json, all that is on the standard output is JSON.
  const say = values.json ? console.error : console.log;
  say('Starting …');
  // It does not start at once: the signal handlers must be there before there is anything to stop.
  const starting = Promise.resolve().then(() => start(ports, stateDir, values.reset, pages.value));
  const signals = stopOnSignals(async () => {
    say('\nStopping …');
    const stack = await starting.catch(() => undefined);
    await stack?.close();
  });
  try {
    const stack = await starting;
    if (signals.isStopping) return;
    if (!values.json) console.log(describe(stack, values));
    if (values.reset) say(sayNewKeys(values));
    await show(stack, values, startedAt);
  } catch (error) {
    // Ctrl-C reaches what is being started as well, which then fails.
    if (signals.isStopping) return;
    const explained = explainSystemError(error, { stateDir, project: PROJECT });
    throw explained === undefined ? error : new Error(explained, { cause: error });
  }
}

/** Prints what happens from now on, and opens the page that shows it, as the options say. */
async function show({ live, urls }: Stack, { json, quiet, open }: Values, startedAt: number): Promise<void> {
  if (!live) return;
  const { jsonLines, textLines } = await import('./local/live/terminal.ts');
  const terminal = json ? jsonLines(process.stdout) : textLines(process.stdout, live.url);
  if (json) terminal.show(live.tellReady(Date.now() - startedAt, urls));
  if (!quiet) live.subscribe((happening) => terminal.show(happening));
  if (open && !(await openBrowser(live.url)))
    console.error(`There is no browser here that could be opened. The live page is ${live.url}`);
}

async function isFile(name: string): Promise<boolean> {
  return stat(name).then(
    (found) => !found.isDirectory(),
    () => false,
  );
}

/** Whether a Floe runs with this state folder already, and has registered the pages. */
async function tellRunning(stateDir: string, pages: OwnPages): Promise<boolean> {
  const { registerWithRunning } = await import('./local/own-pages.ts');
  const running = await registerWithRunning(stateDir, pages);
  if (!running) return false;
  const by = `kept by the running Floe, process ${running.pid}`;
  console.log(describeRegistered(pages, running.first, by));
  return true;
}

async function start(
  ports: { gatewayPort: number; polarPort: number; sitePort: number },
  stateDir: string,
  reset: boolean,
  pages: OwnPages | undefined,
): Promise<Stack> {
  // It is loaded late, since that takes seconds on a slow machine, and a line of output should come before.
  const [{ startStack }, { readSandboxAccount }, { readOperatorSettings }] = await Promise.all([
    import('./local/stack.ts'),
    import('./local/polar.ts'),
    import('./local/operator-settings.ts'),
  ]);
  const sandbox = readSandboxAccount(process.env);
  return startStack({
    ...ports,
    stateDir,
    reset,
    pages,
    sandbox,
    hosts: readHosts(process.env),
    settings: readOperatorSettings(process.env),
    live: true,
    ownSignals: true,
  });
}

/** @throws an error that names every variable that is wrong. */
function readPorts() {
  const wrong: string[] = [];
  const read = (name: string, fallback: number): number => {
    const value = process.env[name];
    if (value === undefined || value === '') return fallback;
    const port = Number(value);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      wrong.push(`${name} must be a port number from 1 to 65535, not ${JSON.stringify(value)}.`);
    return port;
  };
  const ports = {
    gatewayPort: read('FLOE_PORT', 8787),
    polarPort: read('FLOE_POLAR_PORT', 8788),
    sitePort: read('FLOE_SITE_PORT', 8789),
  };
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return ports;
}

function describe(
  { urls, isSimulated, devFile, kitUrl, apps, live }: Stack,
  { state, quiet }: Values,
): string {
  const polar = isSimulated ? 'simulated: no money moves' : 'Polar’s sandbox';
  const cards = isSimulated
    ? '\n     Pay with any address @floe-mail.dev. Card 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined.'
    : '';
  return `
floe ready

  live page   ${live?.url}  (the shop, and each step as it happens)
  demo site   ${urls.site}
  gateway     ${urls.gateway}
  API docs    ${urls.gateway}/docs
  mail        ${urls.site}/mail  (nothing is sent: it is shown there)
  Polar       ${urls.polar}  (${polar})
  for a site  npm install ${kitUrl}
  keys        ${path.relative('', devFile)}${describeOwnPages(apps, urls.site)}

Try this
  1. Open the live page and buy the premium article.${cards}
     Each step appears beside the shop and opens its payload; buttons refund it, renew it, and go a month on.
  2. See what the shop was told: ${urls.site}/events
  3. Sign in with the address you bought with: ${urls.site}/account
     The code is at ${urls.site}/mail.
  4. Do the same by curl: see README.md

Ctrl-C stops everything; the next start goes on from here. To forget everything: npm start --${state === undefined ? '' : ` --state ${state}`} --reset
${quiet ? '' : 'What happens is printed below, a line each; --quiet leaves it out.\n'}`;
}

/** What sites beside it do after `--reset`, since their keys are unknown now. */
function sayNewKeys({ state }: Values): string {
  const of = state === undefined ? '' : ` -- --state ${state}`;
  return `Everything was forgotten, and all keys are new. Each site of yours needs the present ones, and a restart:
  npm run --silent site:env${of} > ../my-site/.env
`;
}

/** Addresses that a developer has registered beside the demo site's. */
function describeOwnPages(apps: Stack['apps'], site: string): string {
  return apps
    .flatMap(({ slug, origins, callbackUrls }) => {
      const implied = new Set(origins.map((origin) => `${origin}/`));
      const own = [...origins, ...callbackUrls.filter((url) => !implied.has(url))].filter(
        (url) => new URL(url).origin !== site,
      );
      if (own.length === 0) return '';
      return `\n  your pages  ${own.join(', ')}  (${slug}; payments without success_url come back to ${callbackUrls[0]})`;
    })
    .join('');
}

function fail(error: unknown): never {
  console.error(`\nFloe could not start. ${error instanceof Error ? error.message : String(error)}`);
  if (process.env['DEBUG'] && error instanceof Error) console.error(error.stack);
  process.exit(1);
}

main().catch(fail);
