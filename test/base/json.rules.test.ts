import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, parseRequestJson, plainNumber, writeNumber } from '../../src/base/json.rules.ts';
import { digestContent } from '../../src/polar/versions.rules.ts';

/** Numbers as JSON may have them, in every spelling. */
const numbers = fc.oneof(
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.nat(),
      fc.stringMatching(/^\d{1,30}$/),
      fc.integer({ min: -400, max: 400 }),
    )
    .map(([sign, whole, fraction, exponent]) => `${sign}${whole}.${fraction}e${exponent}`),
  fc.constantFrom('0', '-0', '-0.0', '1.0', '0.1', '1e400', '1E5', '653247040368672769', '9007199254740993'),
);
const around = fc.constantFrom<[string, string]>(
  ['', ''],
  ['{"a":', '}'],
  ['{"a" :  ', ' ,"b":"x"}'],
  ['[', ']'],
  ['[null, ', ',{"text":"1.0, 2"}]'],
);

describe('what is passed on', () => {
  it('keeps every number as it was written, wherever it stands', () => {
    fc.assert(
      fc.property(numbers, around, (number, [before, after]) => {
        const written = JSON.stringify(parseJson(before + number + after));
        expect(written.replaceAll(/\s/g, '')).toBe((before + number + after).replaceAll(/\s/g, ''));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is plain where JavaScript would write the same, and text is left alone', () => {
    expect(parseJson('{"n":12,"t":"12345678901234567890, 1.0","f":0.1}')).toEqual({
      n: 12,
      t: '12345678901234567890, 1.0',
      f: 0.1,
    });
    expect(() => parseJson('{"n":01}')).toThrow(SyntaxError);
  });

  it('tells numbers apart that JavaScript cannot, and not two spellings of one', () => {
    const digest = (text: string) => digestContent(parseJson(text));
    expect(digest('{"n":653247040368672769}')).not.toBe(digest('{"n":653247040368672768}'));
    expect(digest('{"n":1.0}')).toBe(digest('{"n":1}'));
    expect(digest('{"n":1.0}')).toBe(digestContent({ n: 1 }));
  });

  it('names what a number opens by its digits', () => {
    expect(writeNumber(parseJson('653247040368672769'))).toBe('653247040368672769');
    expect([writeNumber(7), writeNumber('7'), writeNumber(null)]).toEqual(['7', undefined, undefined]);
  });
});

describe('a request', () => {
  it('has numbers where JavaScript holds the very one, and else nothing that passes for a number', () => {
    fc.assert(
      fc.property(numbers, (number) => {
        const read = parseRequestJson(`[${number}]`) as [unknown];
        expect(typeof read[0] === 'number').toBe(sameValue(number, String(Number(number))));
        expect(plainNumber(read[0])).toBe(read[0]);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** By another way than the code: as integers over one power of ten. */
function sameValue(a: string, b: string): boolean {
  if (!Number.isFinite(Number(b))) return false;
  const parse = (text: string) => {
    const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
    const [whole = '', fraction = ''] = mantissa.split('.');
    return {
      digits: BigInt(whole.replace('-', '') + fraction),
      at: Number(exponent) - fraction.length,
      isNegative: whole.startsWith('-'),
    };
  };
  const [left, right] = [parse(a), parse(b)];
  const lowest = Math.min(left.at, right.at);
  const scaled = ({ digits, at, isNegative }: typeof left) =>
    (isNegative ? -digits : digits) * 10n ** BigInt(at - lowest);
  return scaled(left) === scaled(right);
}
