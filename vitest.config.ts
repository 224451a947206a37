import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/**
 * Kinds of test: `node` (pure domain, the simulator, the kit), `worker` (the gateway inside workerd), `faults` (the same while
 * Polar misbehaves), `proxy` (nginx, Caddy), `browser` (Chromium).
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Tests break things on purpose, and the gateway says so in its log: shown for a failed test only.
    silent: 'passed-only',
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/{domain,simulator,kit,local}/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
        },
      },
      './vitest.worker.config.ts',
      './vitest.faults.config.ts',
      {
        test: {
          name: 'proxy',
          include: ['test/proxy/**/*.test.ts'],
          globalSetup: ['test/proxy/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/global-setup.ts'],
          // A busy machine draws late.
          expect: { poll: { timeout: 15_000 } },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
