import path from 'node:path';
import { parseArgs } from 'node:util';
import { readSandboxAccount } from './local/polar.ts';
import { PortInUseError } from './local/ports.ts';
import { type Stack, startStack } from './local/stack.ts';

/* `npm start`: everything on one machine, until Ctrl-C. */

const HELP = `Runs Floe on this machine: the gateway, a simulated Polar and a demo site.

  npm start                 start, or go on where you stopped
  npm start -- --reset      forget everything first
  npm start -- --help       this text

  FLOE_PORT                 the gateway's port         (8787)
  FLOE_POLAR_PORT           the simulated Polar's port (8788)
  FLOE_SITE_PORT            the demo site's port       (8789)
  POLAR_SANDBOX_ACCESS_TOKEN, POLAR_SANDBOX_ORGANIZATION_ID, POLAR_SANDBOX_WEBHOOK_SECRETS
                            talk to Polar's real sandbox instead of the simulator
`;

const STATE_DIR = path.join(import.meta.dirname, '..', '.floe');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  console.log('Starting …');
  const began = performance.now();
  const starting = startStack({
    gatewayPort: readPort('FLOE_PORT', 8787),
    polarPort: readPort('FLOE_POLAR_PORT', 8788),
    sitePort: readPort('FLOE_SITE_PORT', 8789),
    stateDir: STATE_DIR,
    reset: values.reset,
    sandbox: readSandboxAccount(process.env),
  });
  stopOnSignal(starting);
  const stack = await starting;
  console.log(describe(stack, (performance.now() - began) / 1000));
}

/** @throws an error that names the variable. */
function readPort(name: string, fallback: number): number {
  const value = process.env[name];
  if (value === undefined || value === '') return fallback;
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${name} must be a port number from 1 to 65535, not ${JSON.stringify(value)}.`);
  return port;
}

/** Ctrl-C, also while starting; a second one does not wait. */
function stopOnSignal(starting: Promise<Stack>): void {
  let isStopping = false;
  const stop = async () => {
    if (isStopping) process.exit(130);
    isStopping = true;
    console.log('\nStopping …');
    const stack = await starting.catch(() => undefined);
    await stack?.close();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop().catch(fail);
    });
  }
}

function describe({ urls, isSimulated }: Stack, seconds: number): string {
  const polar = isSimulated ? 'simulated: no money moves' : 'Polar’s sandbox';
  return `
floe ready  (${seconds.toFixed(1)} s)

  demo site   ${urls.site}
  gateway     ${urls.gateway}
  API docs    ${urls.gateway}/docs
  polar       ${urls.polar}  (${polar})
  keys        .floe/dev.json

Try this
  1. Open ${urls.site} and buy the premium article${
    isSimulated
      ? `
     (card 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined).`
      : '.'
  }
  2. See what the shop’s backend was told: ${urls.site}/facts
  3. Do the same by curl: README.md, “The same by curl”

Ctrl-C stops everything. npm start -- --reset forgets everything.
`;
}

function fail(error: unknown): never {
  if (error instanceof PortInUseError || !(error instanceof Error))
    console.error(`\n${String(error instanceof Error ? error.message : error)}`);
  else
    console.error(
      `\nFloe could not start: ${error.message}${process.env['DEBUG'] ? `\n${error.stack}` : ''}`,
    );
  process.exit(1);
}

main().catch(fail);
