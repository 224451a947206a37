import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { bundleFloor } from './bundle.ts';
import { openClient, makeCall } from './load.ts';
import { quantile } from './measure.ts';
import { makeSettings, type Polar } from './runtime.ts';

const WARM_UP = 3;

/** The first answer of a fresh isolate, milliseconds. */
export interface StartUp {
  bare: number;
  /** An unsigned webhook is refused: the script is compiled, what is needed at once evaluated, settings are parsed. */
  webhook: number;
  /** The same, and the part with the pages that people open is loaded. */
  page: number;
  /** The same, and everything is loaded: an address that does not exist. */
  whole: number;
}

const FIRST_REQUESTS = {
  bare: { path: '/BARE/', method: 'GET', expected: { status: 200, contains: '"allow":true' } },
  webhook: {
    path: '/GATEWAY/webhooks/polar',
    method: 'POST',
    expected: { status: 401, contains: '"code":"invalid_signature"' },
  },
  page: {
    path: '/GATEWAY/portal',
    method: 'PUT',
    expected: { status: 405, contains: '"code":"method_not_allowed"' },
  },
  whole: { path: '/GATEWAY/none', method: 'GET', expected: { status: 404, contains: '"code":"not_found"' } },
} as const;

/**
 * How long a fresh isolate takes to its first answer: a loader Worker makes a new isolate for each request, in turn of the
 * gateway and of the bare floor, in a runtime that runs already. Nothing outside is called.
 */
export async function measureStartUp(script: string, polar: Polar, times: number): Promise<StartUp> {
  const { bindings, adminToken } = await makeSettings(polar);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      log: new Log(LogLevel.ERROR),
      logRequests: false,
      telemetry: { enabled: false },
      workers: [
        {
          name: 'loader',
          compatibilityDate: '2026-10-30',
          modules: [{ type: 'ESModule', path: 'loader.js', contents: await bundleFloor('loader') }],
          modulesRoot: '.',
          workerLoaders: { LOADER: {} },
          bindings: {
            GATEWAY: script,
            BARE: await bundleFloor('bare'),
            SETTINGS: { ...bindings, FLOE_ADMIN_TOKEN: adminToken },
          },
        },
      ],
    }),
  );
  try {
    const target = { port: Number((await miniflare.ready).port), host: 'gateway.bench' };
    const client = await openClient(target, 1);
    const measured: Record<keyof StartUp, number[]> = { bare: [], webhook: [], page: [], whole: [] };
    const names = Object.keys(measured) as (keyof StartUp)[];
    for (let i = 0; i < WARM_UP + times; i++) {
      for (const name of names) {
        const { path, method, expected } = FIRST_REQUESTS[name];
        const { elapsed } = await client.run([makeCall(target, { method, path }, expected)]);
        if (i >= WARM_UP) measured[name].push(elapsed);
      }
    }
    client.close();
    const median = (name: keyof StartUp) => quantile(measured[name], 0.5);
    return { bare: median('bare'), webhook: median('webhook'), page: median('page'), whole: median('whole') };
  } finally {
    await miniflare.dispose();
  }
}
