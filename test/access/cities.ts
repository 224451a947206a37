import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import type { Services } from '../../src/base/services.ts';

/** One place where the gateway runs: an isolate with a memory and a clock of its own, and KV as that city sees it. */
export interface City {
  /** How far its clock is ahead of the right time, milliseconds. */
  skewMs: number;
  /** What its clock says. */
  now(): number;
  /** Runs a flow as a request or the queue would, and what it leaves behind the answer. */
  run<T>(flow: (isolate: Isolate, services: Services) => Promise<T>): Promise<T>;
  /** KV as this city sees it from now on; the memory is empty. */
  restart(kv: KVNamespace): void;
}

type Isolate = Awaited<ReturnType<typeof loadIsolate>>;

/** The gateway's flows in modules that share no memory with any other's. */
async function loadIsolate() {
  vi.resetModules();
  const [{ checkAccess }, { refreshEntitlements }, { createServices }, { forgetAllTokens }] =
    await Promise.all([
      import('../../src/access/check-access.ts'),
      import('../../src/access/refresh-entitlements.ts'),
      import('../../src/wiring.ts'),
      import('../../src/access/token-cache.rows.ts'),
    ]);
  return { checkAccess, refreshEntitlements, createServices, forgetAllTokens };
}

/** Opens a city whose clock is right, until `skewMs` says otherwise. `time` is the right time. */
export async function openCity(time: () => number): Promise<City> {
  const isolate = await loadIsolate();
  let bindings: Bindings = env;
  const city: City = {
    skewMs: 0,
    now: () => time() + city.skewMs,
    async run(flow) {
      const behind: Promise<unknown>[] = [];
      const context = { waitUntil: (promise: Promise<unknown>) => void behind.push(promise) };
      const services = { ...isolate.createServices(bindings, context), now: () => city.now() };
      const result = await flow(isolate, services);
      await Promise.all(behind);
      return result;
    },
    restart(kv) {
      bindings = { ...bindings, ENTITLEMENTS: kv };
      isolate.forgetAllTokens();
    },
  };
  return city;
}
