import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, afterEach, expect, vi } from 'vitest';
import type * as gateway from '../../src/index.ts';
import { enforceLimits, takeViolations } from './platform-limits.ts';
import { expectProvoked } from './provoked.ts';
import { keepLogsOfPassed } from './quiet-console.ts';

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof gateway;
    }
    interface Env {
      TEST_MIGRATIONS: D1Migration[];
      TEST_RUNS: string;
      TEST_SEED: string;
      TEST_IS_CI: string;
      TEST_LIMIT_SHARE: string;
      TEST_FAULTS: string;
      FLOE_ADMIN_TOKEN: string;
      POLAR_LIVE_WEBHOOK_SECRETS: string;
      POLAR_SANDBOX_WEBHOOK_SECRETS: string;
    }
  }
}

/*
 * Files share an isolate and its D1, KV and queues, for starting workerd and sending it every module costs more than most
 * files do (`isolate` in vitest.worker.config.ts). Each still begins with an empty KV, and with modules that remember nothing;
 * worlds begin with empty tables.
 */
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
for (let isLast = false; !isLast;) {
  const { keys, list_complete: isComplete } = await env.ENTITLEMENTS.list();
  await Promise.all(keys.map(({ name }) => env.ENTITLEMENTS.delete(name)));
  isLast = isComplete;
}
afterAll(() => {
  vi.useRealTimers();
  vi.resetModules();
});

expectProvoked();
keepLogsOfPassed();
enforceLimits(Number(env.TEST_LIMIT_SHARE));
const expectWithinLimits = () =>
  expect(takeViolations(), 'what goes past a limit of the platform').toEqual([]);
afterEach(expectWithinLimits);
// Queues go on while no test runs.
afterAll(expectWithinLimits);
