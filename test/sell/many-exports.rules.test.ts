import { spawn } from 'node:child_process';
import type { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { StatementBudget } from '../../src/base/db/statement-budget.ts';
import type { AppRow } from '../../src/base/db/schema.rows.ts';
import type { Services } from '../../src/base/services.ts';
import { exportPayments } from '../../src/sell/exports/export-lists.ts';
import { ROWS_A_RESPONSE } from '../../src/sell/exports/stream-export.ts';
import { insertRow, openBefore } from '../base/migrations.ts';
import { openAsD1 } from '../base/sqlite-d1.ts';

/*
 * Exports of very many payments, by the gateway's own statements over SQLite: cut and continued, with a page in memory, read back by
 * another language's CSV and JSON, and their totals are SQL's.
 */

/** `FLOE_EXPORT_ROWS=1000000` repeats what ADR 111 reports. */
const ROWS = Number(process.env['FLOE_EXPORT_ROWS'] ?? 5_000);
/** What a response may have here: with many rows what it has at most. */
const LIMIT = Math.min(ROWS_A_RESPONSE, Math.ceil(ROWS / 4) - 1);
/** A page of a thousand rows, each of some hundred bytes. */
const MOST_AT_ONCE = 1_000_000;
const TIMEOUT_MS = 60_000 + ROWS;

const app = { id: 'app_1', mode: 'sandbox' } as AppRow;
let database: DatabaseSync;

beforeAll(() => {
  const opened = openBefore('0000_initial');
  ({ database } = opened);
  opened.migrate();
  insertRow(database, 'apps', {
    id: app.id,
    slug: 'quay-sandbox',
    product: 'quay',
    mode: app.mode,
    name: 'Quay',
    origins: '[]',
    callback_urls: '[]',
    owns_unclaimed: 0,
    created_at: 0,
    updated_at: 0,
  });
  database.exec(`
    insert into payments (id, mode, app_id, method, status, kind, product_name, customer_email, amount, net_amount, tax_amount, currency,
      refunded_amount, customer_proven, metadata, created_at, updated_at, succeeded_at)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${ROWS})
    select printf('pay_%026d', i), 'sandbox', '${app.id}', 'polar',
      case i % 5 when 0 then 'refunded' when 1 then 'expired' else 'succeeded' end,
      case i % 3 when 0 then 'renewal' else 'checkout' end,
      case i % 7 when 0 then 'A "book", in' || char(13, 10) || 'two lines' when 1 then '=1+1' else 'Atlas é' end,
      'reader' || i || '@readers.dev', i % 1000, i % 1000, 0, 'usd', iif(i % 5 = 0, i % 1000, 0), 0, '{}', i / 4, 0, i / 4
    from n`);
}, TIMEOUT_MS);

/** Asks for all parts, one after the other, each as an invocation of its own; `take` gets each piece as it comes. */
async function exportAll(
  format: 'csv' | 'ndjson',
  take: (piece: string) => Promise<void> | void,
): Promise<number> {
  let after: string | undefined;
  for (let parts = 1; ; parts++) {
    const budget = new StatementBudget();
    const d1 = openAsD1(database).d1;
    const services = {
      database: { d1, onStatements: (count: number) => budget.count(count) },
      budget,
    } as unknown as Services;
    const response = await exportPayments(services, app, {}, { format, after, limit: LIMIT });
    if (!response.body) throw new Error('no body');
    const ids: string[] = [];
    let last = '';
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      expect(piece.length).toBeLessThan(MOST_AT_ONCE);
      await take(piece);
      // A piece ends with a row.
      for (const [, id = ''] of piece.matchAll(/^(?:\{"id":")?(pay_\d{26})/gm)) ids.push(id);
      last = piece;
    }
    after = ids.at(-1);
    if (format === 'ndjson' ? last.endsWith('"next":null}\n') : ids.length < LIMIT) return parts;
  }
}

const totals = () =>
  database
    .prepare(
      'select count(*) as rows, sum(amount) as amount, sum(refunded_amount) as refunded, count(distinct id) as ids from payments',
    )
    .get();

/** Python's own parsers. */
async function readByPython(
  format: 'csv' | 'ndjson',
  write: (take: (piece: string) => Promise<void>) => Promise<unknown>,
) {
  const program = `
import csv, io, json, sys
source = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8', newline='')
rows = csv.DictReader(source, strict=True) if '${format}' == 'csv' else (row for row in map(json.loads, source) if 'end' not in row)
ids, amount, refunded, names = set(), 0, 0, set()
for row in rows:
    ids.add(row['id']); amount += int(row['amount']); refunded += int(row['refunded_amount']); names.add(row['product_name'])
print(json.dumps({'rows': len(ids), 'amount': amount, 'refunded': refunded, 'ids': len(ids), 'names': sorted(names)}))`;
  const python = spawn('python3', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const printed = text(python.stdout);
  await write(
    (piece) =>
      new Promise((resolve, reject) => {
        python.stdin.write(piece, (error) => (error ? reject(error) : resolve()));
      }),
  );
  python.stdin.end();
  return JSON.parse(await printed) as Record<string, unknown>;
}

describe('an export of very many payments', () => {
  it.each(['csv', 'ndjson'] as const)(
    'as %s is the sum of its parts, read by another language',
    async (format) => {
      let parts = 0;
      let largest = 0;
      const begun = performance.now();
      const { names, ...read } = await readByPython(format, async (take) => {
        parts = await exportAll(format, (piece) => {
          largest = Math.max(largest, piece.length);
          return take(piece);
        });
      });
      const seconds = (performance.now() - begun) / 1000;
      const memory = process.memoryUsage().rss / 1e6;
      console.info(
        `${ROWS} payments as ${format}: ${parts} responses, ${seconds.toFixed(0)} s, largest piece ${(largest / 1e3).toFixed(0)} KB, ${memory.toFixed(0)} MB in all`,
      );
      expect(read).toEqual({ ...totals() });
      expect(names).toEqual(
        ['A "book", in\r\ntwo lines', 'Atlas é', format === 'csv' ? "'=1+1" : '=1+1'].toSorted(),
      );
      expect(parts).toBeGreaterThanOrEqual(Math.ceil(ROWS / LIMIT));
    },
    TIMEOUT_MS,
  );
});
