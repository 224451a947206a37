import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecords, ndjsonRecords, type Records } from '../../packages/floe/gateway/records.rules.ts';

/** Takes a text in pieces of any length. */
function takeAll(records: Records, text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].toSorted((a, b) => a - b);
  return places.slice(1).flatMap((to, index) => records.take(text.slice(places[index], to)));
}

const cuts = fc.array(fc.nat(), { maxLength: 6 });

describe('records of CSV', () => {
  it('are the same wherever the text was cut, also with line breaks in their cells', () => {
    const cell = fc
      .string({ unit: fc.constantFrom('a', '""', ',', '\r\n', '\n') })
      .map((text) => `"${text}"`);
    const record = fc.tuple(fc.uuid(), cell).map(([id, text]) => `${id},${text}\r\n`);
    fc.assert(
      fc.property(fc.array(record), cuts, (made, places) => {
        const records = csvRecords();
        expect(takeAll(records, made.join(''), places)).toEqual(made);
        expect(records.isOpen()).toBe(false);
        expect(made.map((each) => records.idOf(each))).toEqual(made.map((each) => each.slice(0, 36)));
      }),
    );
  });

  it('that are not complete wait', () => {
    const records = csvRecords();
    expect(records.take('pay_1,"a\r\n')).toEqual([]);
    expect(records.isOpen()).toBe(true);
    expect(records.take('b"\r\npay_2')).toEqual(['pay_1,"a\r\nb"\r\n']);
    expect(records.isOpen()).toBe(true);
  });
});

describe('records of NDJSON', () => {
  it('are lines, and the last one has no id', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), cuts, (ids, places) => {
        const made = [
          ...ids.map((id) => `${JSON.stringify({ id })}\n`),
          '{"end":true,"rows":1,"next":null}\n',
        ];
        const records = ndjsonRecords();
        const taken = takeAll(records, made.join(''), places);
        expect(taken).toEqual(made);
        expect(taken.map((each) => records.idOf(each))).toEqual([...ids, undefined]);
      }),
    );
  });
});
