#!/usr/bin/env node
/** The simulator as a command: `polar-simulator --port 8788`. */

import { parseArgs } from 'node:util';
import { claim, ClaimedError } from './claim.ts';
import { USAGE, welcome } from './pages/welcome.ts';
import { type ServerOptions, startSimulatorServer } from './server.ts';

const PORT_DEFAULT = 8788;

function readOptions(args: string[]): (ServerOptions & { help: boolean }) | string {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: String(PORT_DEFAULT) },
        hostname: { type: 'string', default: '127.0.0.1' },
        host: { type: 'string', multiple: true, default: [] },
        state: { type: 'string' },
        reset: { type: 'boolean', default: false },
        seed: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { port, hostname, host, state, reset, seed, help } = values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return `--port ${port} is not a port (0 to 65535).`;
  if (seed !== undefined && !/^\d{1,10}$/.test(seed)) return `--seed ${seed} is not a whole number.`;
  if (reset && state === undefined) return '--reset empties the file of --state, so it needs that too.';
  return {
    port: Number(port),
    hostname,
    hosts: host,
    reset,
    help,
    ...(state === undefined ? {} : { stateFile: state }),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}

/** Two that write one state file would each overwrite what the other keeps. */
async function claimState({ stateFile, port }: ServerOptions): Promise<() => Promise<void>> {
  if (stateFile === undefined) return async () => undefined;
  return claim(`${stateFile}.owner.json`, [port]).catch((error: unknown) => {
    if (!(error instanceof ClaimedError)) throw error;
    throw new Error(
      `${stateFile} is kept by process ${error.owner.pid}. Stop that one, or name another file with --state.`,
      { cause: error },
    );
  });
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') throw new Error(`${options}\nSee --help.`);
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const release = await claimState(options);
  const server = await startSimulatorServer(options);
  const stop = (): void => {
    server
      .close()
      .then(release)
      .then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const seller = await server.simulator.readySeller();
  // Printed last, because a program that waits for these words may stop the server as soon as it reads them.
  console.log(welcome({ url: server.url, seller, stateFile: options.stateFile }));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
