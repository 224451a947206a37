import { defineConfig } from 'vitest/config';
import { keepFilesInMemory, onDisk } from './test/files-in-memory.ts';
import { LongestFirst } from './test/longest-first.ts';
import { forgetOmission } from './test/own-environment.ts';

forgetOmission();
keepFilesInMemory();

/** What only CI runs, for it takes long and its behaviour has a quicker test that always runs (CONTRIBUTING.md names both). */
const isInCi = process.env['FLOE_CI'] === '1';
const ONLY_IN_CI = [
  'test/gateway/patterns-of-libraries.rules.test.ts',
  'test/documents/{zsh,read-alike}.test.ts',
];

/**
 * Kinds of test: `node` (rules, the kit, what runs on this machine), `simulator`, `worker` (the gateway inside workerd),
 * `faults` (the same while Polar misbehaves; only in CI), `cloudflare` (what is deployed, by the real wrangler at a stand-in), `proxy` (nginx, Caddy), `browser` (Chromium).
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
          env: onDisk,
          include: ['test/**/*.rules.test.ts', 'test/{kit,local,documents,floe}/**/*.test.ts'],
          exclude: isInCi ? [] : ONLY_IN_CI,
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'simulator',
          env: onDisk,
          include: ['test/simulator/**/*.test.ts'],
          // Each world is a simulator of its own. Loading it takes longer than most of these files.
          isolate: false,
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'cloudflare',
          env: onDisk,
          include: ['test/cloudflare/**/*.test.ts'],
          exclude: [
            'test/cloudflare/**/*.rules.test.ts',
            ...(isInCi
              ? []
              : ['test/cloudflare/rotate-keys.test.ts', 'test/cloudflare/rotate-kills.test.ts']),
          ],
          globalSetup: ['test/cloudflare/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
      './vitest.worker.config.ts',
      ...(isInCi ? ['./vitest.faults.config.ts'] : []),
      {
        test: {
          name: 'proxy',
          env: onDisk,
          include: ['test/proxy/**/*.test.ts'],
          globalSetup: ['test/proxy/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'browser',
          env: onDisk,
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/global-setup.ts'],
          // A busy machine draws late.
          expect: { poll: { timeout: 30_000 } },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
