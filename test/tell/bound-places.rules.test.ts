import { expect, test } from 'vitest';
import { bindingOf, readBoundPlace } from '../../src/tell/endpoints/bound-places.rules.ts';

/* Queues and Workers that the operator binds for one app. */

test('an address names one by kind and name', () => {
  expect(readBoundPlace('queue:orders')).toEqual({ kind: 'queue', name: 'orders' });
  expect(readBoundPlace('worker:back-office')).toEqual({ kind: 'worker', name: 'back-office' });
});

test.each([
  'queue:',
  'queue:Orders',
  'queue:a_b',
  'queue:a__b',
  'queue:-a',
  'kv:orders',
  'https://queue:1',
  'queue:a/b',
])('%s names none', (url) => {
  expect(readBoundPlace(url)).toBeUndefined();
});

test('a binding is of one app and one name', () => {
  expect(bindingOf({ kind: 'queue', name: 'orders' }, 'quay-live')).toBe('FLOE_QUEUE__QUAY_LIVE__ORDERS');
  const apps = ['quay-live', 'quay-a-live', 'quay-sandbox'];
  const names = ['a', 'a-live', 'live'];
  const all = apps.flatMap((app) => names.map((name) => bindingOf({ kind: 'worker', name }, app)));
  expect(new Set(all).size).toBe(apps.length * names.length);
});
