/** The simulator as a server of its own. */

import { randomInt } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type HttpBindings, type Http2Bindings, serve } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { isOwnHost, misdirected } from './own-host.ts';
import { ConnectionReset } from './faults/calls.ts';
import { createSimulator } from './index.ts';
import type { Simulator } from './simulator.ts';

const SAVE_DELAY_MS = 250;

export interface ServerOptions {
  /** 0 picks a free port. */
  port: number;
  hostname?: string;
  /** Further host names that it answers for. A request for any other name is a 421. */
  hosts?: readonly string[];
  /** The file that keeps the state over restarts. Without one the state is lost when the server stops. */
  stateFile?: string;
  /** Deletes the state file before it starts. */
  reset?: boolean;
  seed?: number;
}

export interface SimulatorServer {
  url: string;
  simulator: Simulator;
  close(): Promise<void>;
}

/** Starts listening. Throws an error that says so when the port is taken. */
export async function startSimulatorServer(options: ServerOptions): Promise<SimulatorServer> {
  const hostname = options.hostname ?? '127.0.0.1';
  if (options.stateFile && options.reset) await rm(options.stateFile, { force: true });
  const state = options.stateFile ? await readState(options.stateFile) : null;
  const hosts = [hostname, ...(options.hosts ?? [])];
  let simulator: Simulator | undefined;
  let port = options.port;
  const server = serve({
    fetch(request, env) {
      if (!simulator) return new Response(null, { status: 503 });
      if (!isOwnHost(env.incoming.headers.host, port, hosts))
        return misdirected(
          'This simulated Polar',
          'To allow another: --host NAME, or FLOE_HOSTS with npm start.',
        );
      return answer(simulator, request, env);
    },
    hostname,
    port,
  });
  port = await listening(server, options.port);
  const url = `http://${hostname}:${port}`;
  const saver = options.stateFile ? createSaver(options.stateFile, () => simulator?.snapshot()) : null;
  simulator = createSimulator({
    publicUrl: url,
    fetch,
    jobs: 'timers',
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(saver ? { onChange: () => saver.changed() } : {}),
  });
  // Ids that were given out after the last save, before a kill, are not given out again: they may be known elsewhere.
  if (state !== null) simulator.restore({ ...state, randomPosition: randomInt(2 ** 32) });
  const running = simulator;
  return {
    url,
    simulator: running,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
      await running.stop();
      await saver?.flush();
    },
  };
}

/** Answers a request. For a simulated connection reset the socket is destroyed without an answer. */
async function answer(
  simulator: Simulator,
  request: Request,
  { incoming }: HttpBindings | Http2Bindings,
): Promise<Response> {
  try {
    return await simulator.fetch(request);
  } catch (error) {
    if (!(error instanceof ConnectionReset)) throw error;
    incoming.socket.destroy();
    return RESPONSE_ALREADY_SENT;
  }
}

function listening(server: ReturnType<typeof serve>, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('listening', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : wanted);
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${wanted} is in use. Stop what is using it, or choose another port.`, {
              cause: error,
            })
          : error,
      );
    });
  });
}

async function readState(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new Error(`The simulator's state in ${file} cannot be read. Delete the file to start afresh.`, {
      cause: error,
    });
  }
}

/** Writes a while after the last change, to a file beside it and then over it: a crash leaves the old or the new state. */
function createSaver(file: string, snapshot: () => unknown) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing = Promise.resolve();
  let isDirty = false;
  let delayMs = SAVE_DELAY_MS;

  async function write(): Promise<void> {
    if (!isDirty) return;
    isDirty = false;
    const startedAt = performance.now();
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, JSON.stringify(snapshot()));
    await rename(`${file}.new`, file);
    // A big state is saved less often, so that saving never takes more than a tenth of the time.
    delayMs = Math.max(SAVE_DELAY_MS, 10 * (performance.now() - startedAt));
  }

  const save = (): Promise<void> => {
    timer = undefined;
    writing = writing.then(write);
    return writing;
  };

  return {
    changed(): void {
      isDirty = true;
      timer ??= setTimeout(() => {
        save().catch((error: unknown) => console.error('The state of the simulator was not saved:', error));
      }, delayMs);
    },
    async flush(): Promise<void> {
      clearTimeout(timer);
      await save();
    },
  };
}
