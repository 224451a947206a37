import { defineProject } from 'vitest/config';
import { gatewayProject } from './vitest.worker.config.ts';

/** The main line's suites once more, unchanged, while Polar is slow, tells things twice and out of order. */
export default defineProject(() =>
  gatewayProject({
    name: 'faults',
    include: ['test/hear/hear.test.ts', 'test/sell/{sell,return,browser}.test.ts'],
    faults: JSON.stringify({
      seed: 42,
      latency_ms: { kind: 'uniform', min_ms: 0, max_ms: 15 },
      webhook_duplicate: 0.3,
      webhook_reorder: 0.3,
    }),
  }),
);
