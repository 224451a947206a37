import path from 'node:path';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineProject } from 'vitest/config';
import { BACK_OFFICE, BOUND } from './test/harness/back-office.ts';
import { makeTestBindings } from './test/harness/bindings.ts';
import { oneBundle } from './test/harness/one-bundle.ts';

/** The rooms of `src`, and what only the whole gateway shows. */
const ROOMS = 'base,http,polar,tell,access,people,record,sell,hear,compare,use,operate,gateway';

/** The gateway inside workerd, with real D1, KV and Queues. */
export const gatewayProject = async (test: { name: string; include: string[]; faults: string }) => ({
  plugins: [
    oneBundle,
    cloudflareTest({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        workers: [BACK_OFFICE],
        ...BOUND,
        bindings: {
          ...(await makeTestBindings()),
          TEST_FAULTS: test.faults,
          // How many generated sequences: a few here, more in CI.
          TEST_RUNS: process.env['FLOE_RUNS'] ?? '20',
          // Of those whose failure names one.
          TEST_SEED: process.env['FLOE_SEED'] ?? '',
          // What takes long is done only there (CONTRIBUTING.md).
          TEST_IS_CI: process.env['FLOE_CI'] ?? '',
          // How much of each limit of the platform an invocation may use (test/harness/platform-limits.ts).
          TEST_LIMIT_SHARE: process.env['FLOE_LIMIT_SHARE'] ?? '0.5',
          TEST_MIGRATIONS: await readD1Migrations(path.join(import.meta.dirname, 'migrations')),
        },
      },
    }),
  ],
  test: {
    name: test.name,
    include: test.include,
    // Rules need no Worker: the project `node` tests them.
    exclude: ['**/*.rules.test.ts'],
    // See test/harness/setup.ts.
    isolate: false,
    setupFiles: ['test/harness/setup.ts'],
    // A project knows nothing of the root's.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});

export default defineProject(() =>
  gatewayProject({ name: 'worker', include: [`test/{${ROOMS}}/**/*.test.ts`], faults: '' }),
);
