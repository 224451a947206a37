import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestContent, isNewer, toMicroseconds, toMilliseconds } from '../../src/polar/versions.rules.ts';

describe('times', () => {
  it.each([
    ['2026-11-21T10:00:00Z', 1795255200000000],
    ['2026-11-21T10:00:00.5Z', 1795255200500000],
    ['2026-11-21T10:00:00.123456Z', 1795255200123456],
    ['2026-11-21T10:00:00.1234567Z', 1795255200123456],
    ['2026-11-21T12:00:00+02:00', 1795255200000000],
  ])('reads %s to the microsecond', (iso, expected) => {
    expect(toMicroseconds(iso)).toBe(expected);
  });

  it.each(['', 'yesterday', '2026-11-21', '2026-13-21T10:00:00Z', '2026-11-21T10:00:00'])(
    'refuses %j',
    (text) => {
      expect(() => toMicroseconds(text)).toThrow(RangeError);
    },
  );

  it('keeps null as null', () => {
    expect(toMilliseconds(null)).toBeNull();
  });
});

const version = fc.record({ version: fc.nat(3), seenVersion: fc.nat(3), digest: fc.nat(3) });

describe('newer', () => {
  it('of two different versions exactly one is newer, and of equal ones none', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const same = a.version === b.version && a.seenVersion === b.seenVersion && a.digest === b.digest;
        expect(Number(isNewer(a, b)) + Number(isNewer(b, a))).toBe(same ? 0 : 1);
      }),
    );
  });

  it('is transitive, so that any order of arrival ends at the same winner', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        if (isNewer(a, b) && isNewer(b, c)) expect(isNewer(a, c)).toBe(true);
      }),
    );
  });

  it('lets a change decide before the time it was seen', () => {
    expect(
      isNewer({ version: 2, seenVersion: 1, digest: 0 }, { version: 1, seenVersion: 9, digest: 9 }),
    ).toBe(true);
  });
});

describe('digest', () => {
  it('does not depend on the order of keys', () => {
    expect(digestContent({ a: 1, b: { c: 2, d: 3 } })).toBe(digestContent({ b: { d: 3, c: 2 }, a: 1 }));
  });

  it('differs when the content does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        const x = { value: a };
        const y = { value: b };
        if (JSON.stringify(x) !== JSON.stringify(y))
          expect(digestContent(x) === digestContent(y) && !sameUnordered(a, b)).toBe(false);
      }),
    );
  });

  it('is an integer that a double and SQLite hold exactly', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => Number.isSafeInteger(digestContent(value))));
  });
});

function sameUnordered(a: unknown, b: unknown): boolean {
  const sorted = (value: unknown) =>
    JSON.stringify(value, (_key, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).toSorted(([x], [y]) => (x < y ? -1 : 1)))
        : part,
    );
  return sorted(a) === sorted(b);
}
