import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { Response } from 'miniflare';
import {
  type BoundWorker,
  type Gateway,
  type GatewayOptions,
  startGateway,
} from '../../cli/local/gateway.ts';

/*
 * The process that is killed: the gateway in Miniflare, started by a message and watched by its parent. It has a file
 * of its own, so that a kill does not affect Polar's records or the buyers.
 */

/** What the parent sends once. */
export interface StartOrder {
  scriptFile: string;
  gateway: Omit<GatewayOptions, 'ownSignals' | 'watch' | 'workers'>;
  /** Addresses of other Workers, by their bindings. */
  workers: Record<string, string>;
}

const order = z.object({
  scriptFile: z.string(),
  gateway: z.object({
    port: z.number(),
    storageDir: z.string(),
    bindings: z.looseObject({ FLOE_URL: z.string() }),
  }),
  workers: z.record(z.string(), z.string()),
});

/** A Worker that passes on what it is called with, and answers as the one behind it. */
function workerAt(url: string): BoundWorker {
  return async (request) => {
    const headers = [...request.headers].filter(([name]) => /^(webhook-.*|content-type)$/.test(name));
    const answer = await fetch(url, { method: request.method, headers, body: await request.text() });
    return new Response(null, { status: answer.status });
  };
}

async function start(message: unknown): Promise<Gateway> {
  const { scriptFile, gateway, workers } = order.parse(message);
  // Signals of the terminal reach the parent, which decides how this ends.
  const started = await startGateway(await readFile(scriptFile, 'utf8'), {
    ...gateway,
    ownSignals: true,
    workers: Object.fromEntries(Object.entries(workers).map(([name, url]) => [name, workerAt(url)])),
  });
  process.send?.('ready');
  return started;
}

let starting: Promise<Gateway> | undefined;
process.once('message', (message) => {
  starting = start(message);
  starting.catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
// Also when the parent was killed: nobody else would end this process and its workerd.
process.once('disconnect', () => {
  const closing = starting?.then((gateway) => gateway.close()) ?? Promise.resolve();
  closing.then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
