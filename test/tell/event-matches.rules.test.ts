import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { type EventMatches, type FieldMatch, readMatches } from '../../src/base/event-matches.rules.ts';
import { EVENT_FIELDS, listFields, refusePath } from '../../src/tell/endpoints/match-paths.rules.ts';
import { WEBHOOKS } from '../../src/tell/events/webhooks.docs.ts';
import { EVENT_TYPES } from '../../src/base/event-types.rules.ts';
import { sampleBody } from '../../src/tell/events/sample-events.rules.ts';
import { wantsContent } from '../../src/tell/endpoints/event-filters.rows.ts';

/* What an endpoint asks of an event’s content, as SQLite decides it. */

const database = new DatabaseSync(':memory:');
const decide = database.prepare(`select ${wantsContent('?1', '?2')} as wants`);

const wants = (matches: EventMatches | null, data: object): boolean =>
  decide.get(matches === null ? null : JSON.stringify(matches), JSON.stringify({ data }))?.['wants'] === 1;

const DATA = {
  payment: {
    amount: 12_900,
    currency: 'usd',
    disputed: false,
    failure_reason: null,
    metadata: { plan: 'a-1', note: 'é"\\' },
    created_at: '2026-11-21T10:00:00.000Z',
  },
};

describe('a condition', () => {
  test.each<[string, EventMatches | null, boolean]>([
    ['none', null, true],
    ['at least', { 'payment.amount': { gte: 12_900 } }, true],
    ['more than', { 'payment.amount': { gt: 12_900 } }, false],
    ['a range', { 'payment.amount': { gte: 10_000, lt: 12_900 } }, false],
    ['a number as text', { 'payment.amount': { eq: '12900' } }, false],
    ['a number compared with text', { 'payment.amount': { gt: '1' } }, false],
    ['a fraction that is whole', { 'payment.amount': { eq: 12_900.0 } }, true],
    ['one of several', { 'payment.currency': { in: ['eur', 'usd'] } }, true],
    ['none of several', { 'payment.currency': { in: ['eur'] } }, false],
    ['no, where no is said', { 'payment.disputed': { eq: false } }, true],
    ['no is not 0', { 'payment.disputed': { eq: 0 } }, false],
    ['null is not there', { 'payment.failure_reason': { exists: true } }, false],
    ['null is missing', { 'payment.failure_reason': { exists: false } }, true],
    ['nothing is not this', { 'payment.nothing': { not: 'a' } }, true],
    ['this is this', { 'payment.currency': { not: 'usd' } }, false],
    ['nothing is not more', { 'payment.nothing': { gte: 0 } }, false],
    ['an object is there', { payment: { exists: true } }, true],
    ['an object is no text', { payment: { eq: '{}' } }, false],
    ['a name with a hyphen beneath', { 'payment.metadata.plan': { eq: 'a-1' } }, true],
    ['text with quotes and accents', { 'payment.metadata.note': { eq: 'é"\\' } }, true],
    ['a time', { 'payment.created_at': { gte: '2026-11-21', lt: '2026-11-22' } }, true],
    ['of two one', { 'payment.amount': { gte: 1 }, 'payment.currency': { eq: 'eur' } }, false],
    ['an operator of another release', { 'payment.amount': { near: 1 } as FieldMatch }, false],
  ])('%s', (_name, matches, expected) => {
    expect(wants(matches, DATA)).toBe(expected);
  });

  test('is decided as the same comparison of JavaScript’s', () => {
    const value = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom('', 'a', 'b', '1', "'", '"'),
      fc.boolean(),
    );
    const compared = (found: unknown, asked: unknown, is: (a: never, b: never) => boolean) =>
      typeof found === typeof asked && is(found as never, asked as never);
    fc.assert(
      fc.property(
        fc.option(value, { nil: undefined }),
        value,
        fc.constantFrom('eq', 'not', 'gt', 'gte', 'lt', 'lte'),
        (found, asked, operator) => {
          const expected = {
            eq: () => found === asked,
            not: () => found !== asked,
            gt: () => compared(found, asked, (a, b) => a > b),
            gte: () => compared(found, asked, (a, b) => a >= b),
            lt: () => compared(found, asked, (a, b) => a < b),
            lte: () => compared(found, asked, (a, b) => a <= b),
          }[operator]?.();
          // Only texts and numbers are compared by size.
          fc.pre(!(typeof asked === 'boolean' && !['eq', 'not'].includes(operator)));
          const matches = { 'payment.x': { [operator]: asked } };
          expect(wants(matches, { payment: found === undefined ? {} : { x: found } })).toBe(expected);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a path', () => {
  test.each(['payment.amount', 'payment.metadata.my-key_1', 'polar.data.product.id', 'reason'])(
    '%s is one',
    (path) => {
      expect(refusePath(path)).toBeUndefined();
    },
  );

  test.each(Object.keys(EVENT_TYPES))('begins with whatever the data of %s has', (type) => {
    const body = sampleBody(type, { id: 'evt_1', app: 'quay-live', mode: 'live', now: 0 });
    const { data } = JSON.parse(body) as { data: Record<string, unknown> };
    const counted = ['id', 'sequence', 'payment_sequence', 'test'];
    const roots = Object.keys(data).filter((name) => !counted.includes(name));
    expect(roots.filter((name) => refusePath(name) !== undefined)).toEqual([]);
  });

  test('is each field that `/openapi.json` says events have, and no other', () => {
    const counted = ['id', 'sequence', 'payment_sequence', 'test'];
    const described = WEBHOOKS.flatMap(({ schema }) => fieldsOf(dataOf(z.toJSONSchema(schema))));
    expect(listFields(EVENT_FIELDS).toSorted()).toEqual(
      [...new Set(described)].filter((field) => !counted.includes(field)).toSorted(),
    );
  });

  test.each([
    ['payment.amout', 'payment.amount'],
    ['paymnt.status', 'payment.status'],
    ['amount', 'payment.amount'],
    ['customer.email', 'payment.customer.email'],
    ['payment.product_id', 'payment.product.id'],
    ['payment.metdata.plan', 'payment.metadata.plan'],
    ['polar.dta.amount', 'polar.data.amount'],
    ['payment.amount.gte', undefined],
    ['payment.__proto__', undefined],
    ['toString', undefined],
  ])('%s is none, and %s is near it', (path, near) => {
    expect(refusePath(path)).toMatch(near === undefined ? /^No event .* begin with/ : `Is it ${near}?`);
  });

  test.each([
    '',
    'payment.',
    'amount',
    '__proto__',
    'payment..amount',
    "payment.a'b",
    'payment.a[0]',
    'payment.a"b',
    'payment.$',
    'payment.a b',
    `payment.${'a'.repeat(65)}`,
    'payment.a.b.c.d.e.f',
  ])('%s is none', (path) => {
    expect(refusePath(path)).toBeTypeOf('string');
  });
});

interface Schema {
  properties?: Record<string, Schema>;
  anyOf?: Schema[];
}

const dataOf = (schema: object): Schema => (schema as Schema).properties?.['data'] ?? {};

/** The paths of all fields of a schema, with those of the objects in it. */
function fieldsOf({ properties = {}, anyOf = [] }: Schema, above = ''): string[] {
  return [
    ...anyOf.flatMap((each) => fieldsOf(each, above)),
    ...Object.entries(properties).flatMap(([name, beneath]) => [
      `${above}${name}`,
      ...fieldsOf(beneath, `${above}${name}.`),
    ]),
  ];
}

test('a value alone is what the field has to be, and no field is no filter', () => {
  expect(readMatches({ 'payment.currency': 'usd', 'payment.amount': { gte: 1 } })).toEqual({
    'payment.currency': { eq: 'usd' },
    'payment.amount': { gte: 1 },
  });
  expect(readMatches({})).toBeNull();
  expect(readMatches(null)).toBeNull();
});
