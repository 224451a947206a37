import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { bundleFloor } from './bundle.ts';
import { openClient, makeCall } from './load.ts';
import { quantile } from './measure.ts';
import { makeSettings, type Polar } from './runtime.ts';

const WARM_UP = 3;

/**
 * How long a fresh isolate takes to its first answer, in milliseconds: a loader Worker makes a new isolate for each
 * request, in turn of the gateway and of the bare floor, in a runtime that runs already. The gateway is asked for an
 * address it does not have: its script is compiled and run, its settings are parsed, and nothing outside is called.
 */
export async function measureStartUp(
  script: string,
  polar: Polar,
  times: number,
): Promise<{ gateway: number; bare: number }> {
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
    const start = async (worker: string, expected: { status: number; contains: string }) => {
      const { elapsed } = await client.run([
        makeCall(target, { method: 'GET', path: `/${worker}` }, expected),
      ]);
      return elapsed;
    };
    const gateway: number[] = [];
    const bare: number[] = [];
    for (let i = 0; i < WARM_UP + times; i++) {
      gateway.push(await start('GATEWAY', { status: 404, contains: '"code":"not_found"' }));
      bare.push(await start('BARE', { status: 200, contains: '"allow":true' }));
    }
    client.close();
    return { gateway: quantile(gateway.slice(WARM_UP), 0.5), bare: quantile(bare.slice(WARM_UP), 0.5) };
  } finally {
    await miniflare.dispose();
  }
}
