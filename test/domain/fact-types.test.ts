import { readFileSync } from 'node:fs';
import { expect, expectTypeOf, test } from 'vitest';
import type { FactType } from '../../packages/kit/webhook.ts';
import { FACT_TYPES, isFactGroup, isFactType, suggestTypes } from '../../src/base/fact-types.rules.ts';

test('docs/forwarding.md says of each type when it is told', () => {
  const text = readFileSync(new URL('../../docs/forwarding.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z_]+\.[a-z_]+)` \| (.+) \|$/gm)].map(([, type, when]) => [
    type,
    when,
  ]);
  expect(rows).toEqual(Object.entries(FACT_TYPES));
});

test('the kit knows the same types', () => {
  const source = readFileSync(new URL('../../packages/kit/webhook.ts', import.meta.url), 'utf8');
  const [, union = ''] = /export type FactType =([\s\S]*?);/.exec(source) ?? [];
  const types = [...union.matchAll(/`([a-z]+)\.\$\{([^}]*)\}`/g)].flatMap(([, noun, verbs = '']) =>
    [...verbs.matchAll(/'([a-z_]+)'/g)].map(([, verb]) => `${noun}.${verb}`),
  );
  expect(types).toEqual(Object.keys(FACT_TYPES));
  expectTypeOf<'payment.succeeded'>().toExtend<FactType>();
});

test('what nobody is told is no type, and the answer says what there is', () => {
  expect(isFactType('payment.paid')).toBe(false);
  expect(isFactGroup('payments.*')).toBe(false);
  expect(isFactType('polar.warranty.extended')).toBe(true);
  expect(isFactGroup('polar.order.*')).toBe(true);
  expect(suggestTypes('payment.paid')).toBe(
    'Of payment there are pending, succeeded, failed, expired, updated.',
  );
  expect(suggestTypes('zahlung.bezahlt')).toContain('payment, refund, subscription');
});
