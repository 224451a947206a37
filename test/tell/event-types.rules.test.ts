import { readFileSync } from 'node:fs';
import { expect, expectTypeOf, test } from 'vitest';
import type { EventType } from '../../packages/kit/webhook.ts';
import { EVENT_TYPES, isEventGroup, isEventType, suggestTypes } from '../../src/base/event-types.rules.ts';

test('docs/forwarding.md says of each type when it is told', () => {
  const text = readFileSync(new URL('../../docs/forwarding.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z_]+\.[a-z_]+)` \| (.+) \|$/gm)].map(([, type, when]) => [
    type,
    when,
  ]);
  expect(rows).toEqual(Object.entries(EVENT_TYPES));
});

test('the kit knows the same types', () => {
  expectTypeOf<keyof typeof EVENT_TYPES | `polar.${string}`>().toEqualTypeOf<EventType>();
});

test('what nobody is told is no type, and the answer says what there is', () => {
  expect(isEventType('payment.paid')).toBe(false);
  expect(isEventGroup('payments.*')).toBe(false);
  expect(isEventType('polar.warranty.extended')).toBe(true);
  expect(isEventGroup('polar.order.*')).toBe(true);
  expect(suggestTypes('payment.paid')).toBe(
    'Of payment there are pending, succeeded, retry_scheduled, failed, expired, updated.',
  );
  expect(suggestTypes('zahlung.bezahlt')).toContain('payment, refund, subscription');
});
