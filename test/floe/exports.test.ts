import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { TOKENS } from './example-gateway.ts';
import { emptyFolder, runFloe } from './harness.ts';

/* `floe payments export` and its sisters: the file is whole, whatever a response has and wherever a connection breaks. */

const IDS = Array.from({ length: 9 }, (_, i) => `row-${i}`);
/** With a line break in a cell, which ends no row of CSV. */
const csvRow = (id: string) => `${id},"two\r\nlines"\r\n`;
const jsonRow = (id: string) => `${JSON.stringify({ id, name: 'two\nlines' })}\n`;
const WHOLE = {
  csv: `id,name\r\n${IDS.map(csvRow).join('')}`,
  ndjson: `${IDS.map(jsonRow).join('')}{"end":true,"rows":9,"next":null}\n`,
};

/** A gateway whose responses have three rows, and break off in the middle of the row after the second when they are to. */
function gateway(breaks: readonly boolean[]) {
  const asked: URL[] = [];
  const answer = (url: URL): string => {
    const from = IDS.indexOf(url.searchParams.get('after') ?? '') + 1;
    const ids = IDS.slice(from, from + 3);
    if (url.searchParams.get('format') === 'csv')
      return (from === 0 ? 'id,name\r\n' : '') + ids.map(csvRow).join('');
    const next = from + 3 < IDS.length ? (ids.at(-1) ?? null) : null;
    return `${ids.map(jsonRow).join('')}${JSON.stringify({ end: true, rows: ids.length, next })}\n`;
  };
  const fetching: typeof fetch = (input) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const isCut = breaks[asked.length] === true;
    asked.push(url);
    const text = answer(url);
    const pieces = isCut ? [text.slice(0, 40)] : [text.slice(0, 25), text.slice(25)];
    const body = new ReadableStream({
      pull(controller) {
        const piece = pieces.shift();
        if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
        else if (isCut) controller.error(new TypeError('terminated'));
        else controller.close();
      },
    });
    return Promise.resolve(new Response(body));
  };
  return { fetch: fetching, asked };
}

async function run(typed: string, fetching: typeof fetch, cwd: string) {
  return runFloe(typed.split(' '), { fetch: fetching, env: TOKENS, cwd });
}

describe('floe … export', () => {
  test.each(['payments', 'refunds', 'subscriptions', 'customers'])(
    'writes %s of a time to a new file',
    async (what) => {
      const cwd = await emptyFolder();
      const { fetch: fetching, asked } = gateway([]);
      const command = what === 'customers' ? 'export-all' : 'export';
      const typed = `${what} ${command} --format ndjson --created-after 2026-11-01 --output ${what}.ndjson`;
      const { code, stdout } = await run(`${typed} --json`, fetching, cwd);
      expect([code, JSON.parse(stdout)]).toEqual([0, { file: path.join(cwd, `${what}.ndjson`), rows: 9 }]);
      expect(await readFile(path.join(cwd, `${what}.ndjson`), 'utf8')).toBe(WHOLE.ndjson);
      expect(asked.map(({ pathname }) => pathname)).toEqual(
        Array.from({ length: 3 }, () => `/v1/${what}/export`),
      );
      expect(asked[0]?.searchParams.get('created_after')).toMatch(/^2026-11-01/);
      const again = await run(typed, fetching, cwd);
      expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('cannot be made')]);
    },
  );

  test('goes on behind the last complete row where a connection breaks', async () => {
    const cwd = await emptyFolder();
    const { fetch: fetching, asked } = gateway([true, false, true, false, false]);
    const { code } = await run('payments export --format ndjson --output a.ndjson', fetching, cwd);
    expect(code).toBe(0);
    expect(asked.length).toBeGreaterThan(3);
    expect(await readFile(path.join(cwd, 'a.ndjson'), 'utf8')).toBe(WHOLE.ndjson);
  });

  test('goes on where a response says that looked at many rows and found none', async () => {
    const cwd = await emptyFolder();
    const asked: (string | null)[] = [];
    const looking: typeof fetch = (input) => {
      const after = new URL(input instanceof Request ? input.url : input).searchParams.get('after');
      asked.push(after);
      const isLast = after === 'row-5' || asked.length > 5;
      const end = { end: true, rows: isLast ? 1 : 0, next: isLast ? null : 'row-5' };
      return Promise.resolve(new Response(`${isLast ? jsonRow('row-9') : ''}${JSON.stringify(end)}\n`));
    };
    const { code } = await run('payments export --format ndjson --output a.ndjson', looking, cwd);
    expect([code, asked]).toEqual([0, [null, 'row-5']]);
  });

  test('has its line of names once, also when a connection breaks right behind it', async () => {
    const cwd = await emptyFolder();
    let asked = 0;
    const cutting: typeof fetch = () => {
      const isCut = asked++ === 0;
      const pieces = ['id,name\r\n', ...(isCut ? [] : [csvRow('row-0')])];
      const body = new ReadableStream({
        pull(controller) {
          const piece = pieces.shift();
          if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
          else if (isCut) controller.error(new TypeError('terminated'));
          else controller.close();
        },
      });
      return Promise.resolve(new Response(body));
    };
    const { code } = await run('payments export --output a.csv', cutting, cwd);
    expect([code, await readFile(path.join(cwd, 'a.csv'), 'utf8')]).toEqual([
      0,
      `id,name\r\n${csvRow('row-0')}`,
    ]);
  });

  test('leaves no file when it is refused, or breaks off again and again', async () => {
    const cwd = await emptyFolder();
    const refusing = () =>
      Promise.resolve(
        Response.json({ code: 'forbidden_key', detail: 'It lacks payments:read.' }, { status: 403 }),
      );
    const refused = await run('payments export --output a.csv', refusing, cwd);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('It lacks payments:read.');
    const { fetch: cutting } = gateway(Array.from({ length: 100 }, () => true));
    const cut = await run('payments export --format ndjson --output a.csv', cutting, cwd);
    expect([cut.code, cut.stderr]).toEqual([expect.any(Number), expect.stringContaining('again and again')]);
    await expect(readFile(path.join(cwd, 'a.csv'))).rejects.toThrow();
  });
});
