import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAYMENT_KINDS, PAYMENT_STATUSES, PAYMENT_TRANSITIONS } from '../../src/base/payment-states.rules.ts';

const page = readFileSync(new URL('../../docs/payments.md', import.meta.url), 'utf8');

test('docs/payments.md draws the transitions of the table, and no others', () => {
  const drawn = [...page.matchAll(/^ {2}(\S+) --> (\S+)$/gm)].map(
    ([, from = '', to = '']) => `${from} --> ${to}`,
  );
  const table = Object.entries(PAYMENT_TRANSITIONS).flatMap(([from, next]) =>
    next.length === 0
      ? [`${from} --> [*]`]
      : next.map((to) => `${from === 'start' ? '[*]' : from} --> ${to}`),
  );
  expect(drawn.toSorted()).toEqual(table.toSorted());
});

test('docs/payments.md says what each status and kind means', () => {
  for (const name of [...PAYMENT_STATUSES, ...PAYMENT_KINDS]) expect(page).toContain(`\`${name}\``);
});
