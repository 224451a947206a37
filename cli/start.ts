import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readHosts } from './local/hosts.ts';
import { stopOnSignals } from './local/signals.ts';
import type { Stack } from './local/stack.ts';

/* `npm start`: everything on one machine, until Ctrl-C. */

const HELP = `Runs Floe on this machine: the gateway, a simulated Polar and a demo site.

  npm start                 start, or go on where you stopped
  npm start -- --reset      forget everything first
  npm start -- --state DIR  keep everything in this folder (.floe): a second Floe beside the first needs its own
  npm start -- --help       this text

  FLOE_STATE                the same as --state

  FLOE_PORT                 the gateway's port         (8787)
  FLOE_POLAR_PORT           the simulated Polar's port (8788)
  FLOE_SITE_PORT            the demo site's port       (8789)
  FLOE_HOSTS                names with commas that the demo site and the simulated Polar answer for beside
                            127.0.0.1, localhost and [::1]
  POLAR_SANDBOX_ACCESS_TOKEN, POLAR_SANDBOX_ORGANIZATION_ID, POLAR_SANDBOX_WEBHOOK_SECRETS
                            talk to Polar's real sandbox instead of the simulator
`;

const STATE_DIR_DEFAULT = path.join(import.meta.dirname, '..', '.floe');

/** @throws an error that says what is not understood, and where the rest is said. */
function readOptions() {
  try {
    return parseArgs({
      options: {
        state: { type: 'string' },
        reset: { type: 'boolean', default: false },
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
  console.log('Starting …');
  // It does not start at once: the signal handlers must be there before there is anything to stop.
  const starting = Promise.resolve().then(() => start(ports, stateDir, values.reset));
  const signals = stopOnSignals(async () => {
    console.log('\nStopping …');
    const stack = await starting.catch(() => undefined);
    await stack?.close();
  });
  try {
    const stack = await starting;
    if (!signals.isStopping) console.log(describe(stack, values.state));
  } catch (error) {
    // Ctrl-C reaches what is being started as well, which then fails.
    if (!signals.isStopping) throw error;
  }
}

async function isFile(name: string): Promise<boolean> {
  return stat(name).then(
    (found) => !found.isDirectory(),
    () => false,
  );
}

async function start(
  ports: { gatewayPort: number; polarPort: number; sitePort: number },
  stateDir: string,
  reset: boolean,
): Promise<Stack> {
  // It is loaded late, since that takes seconds on a slow machine, and a line of output should come before.
  const [{ startStack }, { readSandboxAccount }] = await Promise.all([
    import('./local/stack.ts'),
    import('./local/polar.ts'),
  ]);
  const sandbox = readSandboxAccount(process.env);
  return startStack({
    ...ports,
    stateDir,
    reset,
    sandbox,
    hosts: readHosts(process.env),
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

function describe({ urls, isSimulated, devFile }: Stack, state: string | undefined): string {
  const polar = isSimulated ? 'simulated: no money moves' : 'Polar’s sandbox';
  const cards = isSimulated ? '\n     Card 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined.' : '';
  return `
floe ready

  demo site   ${urls.site}
  gateway     ${urls.gateway}
  API docs    ${urls.gateway}/docs
  mail        ${urls.site}/mail  (nothing is sent: it is shown there)
  Polar       ${urls.polar}  (${polar})
  keys        ${path.relative('', devFile)}

Try this
  1. Open the demo site and buy the premium article.${cards}
  2. See what the shop was told: ${urls.site}/events
  3. Sign in with the address you bought with: ${urls.gateway}/sign-in?app=quay-sandbox
     The code is at ${urls.site}/mail.
  4. Do the same by curl: see README.md

Ctrl-C stops everything; the next start goes on from here. To forget everything: npm start --${state === undefined ? '' : ` --state ${state}`} --reset
`;
}

function fail(error: unknown): never {
  console.error(`\nFloe could not start. ${error instanceof Error ? error.message : String(error)}`);
  if (process.env['DEBUG'] && error instanceof Error) console.error(error.stack);
  process.exit(1);
}

main().catch(fail);
