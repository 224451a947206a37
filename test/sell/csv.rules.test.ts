import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecords } from '../../src/sell/exports/csv.rules.ts';
import { exportText } from '../../src/sell/exports/export.rules.ts';

/** Reads CSV as RFC 4180 §2 has it, character by character; throws for what is none. */
function parse(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      for (at += 1; ; at += 1) {
        if (at >= text.length) throw new Error('a quote that does not end');
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') cell += text[(at += 1)];
        else break;
      }
      at += 1;
    } else {
      for (; at < text.length && text[at] !== ',' && text[at] !== '\r'; at += 1) {
        if (text[at] === '"' || text[at] === '\n') throw new Error('a character that must be quoted');
        cell += text[at];
      }
    }
    record.push(cell);
    if (text[at] === ',') at += 1;
    else if (text.startsWith('\r\n', at)) {
      records.push(record);
      record = [];
      at += 2;
    } else throw new Error('a record that does not end');
  }
  return records;
}

const FORMULA = /^[\t\r\n]|^\s*[=+\-@＝＋－＠]/;
const odd = fc.string({
  unit: fc.constantFrom('"', ',', '\r', '\n', '=', '+', '-', '@', '\t', "'", 'a', 'é', ' '),
});

describe('csvRecords', () => {
  it('is read back as it was, whatever is in its cells', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.oneof(odd, fc.string()), { minLength: 2, maxLength: 4 })),
        (records) => {
          const read = parse(csvRecords(records));
          expect(read).toEqual(records.map((cells) => cells.map((cell) => cell.replace(FORMULA, "'$&"))));
        },
      ),
    );
  });

  it('begins no formula', () => {
    fc.assert(
      fc.property(fc.array(odd, { minLength: 1, maxLength: 4 }), (cells) => {
        for (const cell of parse(csvRecords([cells])).flat()) expect(cell).not.toMatch(FORMULA);
      }),
    );
    expect(csvRecords([[' =1+1', '\u00a0-1', ' a']])).toBe('"\' =1+1","\'\u00a0-1"," a"\r\n');
    expect(csvRecords([['=HYPERLINK("https://evil.dev","x")']])).toBe(
      '"\'=HYPERLINK(""https://evil.dev"",""x"")"\r\n',
    );
  });

  it('writes numbers, yes and no as they are, null as nothing and lists as JSON', () => {
    expect(csvRecords([[-5, true, false, null, ['a', 'b'], { usd: -1 }]])).toBe(
      '-5,true,false,,"[""a"",""b""]","{""usd"":-1}"\r\n',
    );
  });
});

describe('exportText', () => {
  const columns = { id: (row: { id: string }) => row.id, amount: () => -1 };

  it('names the columns of CSV once, and not in a part that goes on', () => {
    expect(exportText('csv', columns, false).begin).toBe('id,amount\r\n');
    expect(exportText('csv', columns, true).begin).toBe('');
    expect(exportText('csv', columns, true).rows([{ id: 'a,b' }])).toBe('"a,b",-1\r\n');
    expect(exportText('csv', columns, true).end({ rows: 1, next: null })).toBe('');
  });

  it('ends NDJSON with a line that counts', () => {
    const text = exportText('ndjson', columns, false);
    expect(text.begin + text.rows([{ id: '=a\n' }]) + text.end({ rows: 1, next: 'b' })).toBe(
      '{"id":"=a\\n","amount":-1}\n{"end":true,"rows":1,"next":"b"}\n',
    );
  });
});
