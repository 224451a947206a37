import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deliverMessages,
  reapplyMessages,
  rebuildMessages,
  refreshMessages,
  type WorkMessage,
} from '../../src/base/messages.ts';

/* A queue refuses a message of more than 128 KB, and with it the whole batch that it is in. */

const MAX_BYTES = 100_000;

const ids = fc
  .record({ chars: fc.integer({ min: 1, max: 1_000 }), count: fc.integer({ min: 0, max: 1_000 }) })
  .map(({ chars, count }) => Array.from({ length: count }, (_, i) => `${i}-${'€'.repeat(chars)}`));
const sizeOf = (message: WorkMessage) => new TextEncoder().encode(JSON.stringify(message)).length;

function expectToFit(messages: readonly WorkMessage[]): void {
  expect(Math.max(0, ...messages.map(sizeOf))).toBeLessThan(MAX_BYTES);
}

describe('messages about any number of things', () => {
  it('fit the queue, and name each once', () => {
    fc.assert(
      fc.property(ids, ids, (some, others) => {
        const delivered = deliverMessages(some);
        expectToFit(delivered);
        expect(delivered.flatMap((m) => (m.type === 'deliver' ? m.deliveryIds : []))).toEqual(some);

        const applied = reapplyMessages(some);
        expectToFit(applied);
        expect(applied.flatMap((m) => (m.type === 'reapply' ? m.polarEventIds : []))).toEqual(some);

        const subjects = some.map((externalId) => ({ kind: 'external', externalId }) as const);
        const rebuilt = rebuildMessages('app', subjects);
        expectToFit(rebuilt);
        expect(rebuilt.flatMap((m) => (m.type === 'rebuild' ? m.subjects : []))).toEqual(subjects);

        const refreshed = refreshMessages({ appId: 'app', customerIds: some, paymentIds: others });
        expectToFit(refreshed);
        expect(refreshed.flatMap((m) => (m.type === 'refresh' ? m.customerIds : []))).toEqual(some);
        expect(refreshed.flatMap((m) => (m.type === 'refresh' ? m.paymentIds : []))).toEqual(others);
      }),
      { numRuns: 30 },
    );
  });

  it('are one where one is enough', () => {
    expect(refreshMessages({ appId: 'app', customerIds: ['c'], paymentIds: ['p'] })).toEqual([
      { type: 'refresh', appId: 'app', customerIds: ['c'], paymentIds: ['p'] },
    ]);
    expect(refreshMessages({ appId: 'app', customerIds: [], paymentIds: [] })).toEqual([]);
  });
});
