import { expect, test } from 'vitest';
import { isOwn, readOwnBindings } from '../../packages/floe/cloudflare/own-bindings.rules.ts';

/* What an operator has bound for endpoints is in the next deployment as well. */

test('queues and Workers for endpoints are taken over, and nothing else', () => {
  expect(
    readOwnBindings([
      { type: 'queue', name: 'WORK', queue_name: 'floe-work' },
      { type: 'queue', name: 'FLOE_QUEUE__QUAY_LIVE__ORDERS', queue_name: 'quay-orders' },
      {
        type: 'service',
        name: 'FLOE_WORKER__QUAY_LIVE__BACK_OFFICE',
        service: 'back-office',
        environment: 'production',
      },
      { type: 'plain_text', name: 'FLOE_URL' },
      { type: 'secret_text', name: 'FLOE_QUEUE__QUAY_LIVE__SECRET' },
    ]),
  ).toEqual({
    producers: [{ binding: 'FLOE_QUEUE__QUAY_LIVE__ORDERS', queue: 'quay-orders' }],
    services: [
      { binding: 'FLOE_WORKER__QUAY_LIVE__BACK_OFFICE', service: 'back-office', environment: 'production' },
    ],
  });
  expect(['WORK', 'DB', 'FLOE_URL', 'XFLOE_QUEUE__A'].map(isOwn)).toEqual([false, false, false, false]);
});
