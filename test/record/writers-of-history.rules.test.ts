import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

/*
 * Every statement that writes a row which decisions about access read: either what was so is kept before it (ADR 102), or the
 * reason why not stands here.
 */

const KEEPS = 'keeps what was so before';
const TABLES =
  'orders subscriptions grants refunds payments customers products benefits snapshots app_customers appCustomers apps';

/** By file and table, each statement in the order in which they stand. */
const WRITERS: Record<string, string[]> = {
  'operate/apps.rows.ts apps': ['a new app decides nothing', KEEPS],
  'operate/unpaid.rows.ts payments': [KEEPS],
  'operate/unpaid.rows.ts snapshots': [KEEPS, KEEPS],
  'people/codes.rows.ts payments': ['only that its nonce was used'],
  'people/erase/own-words.rows.ts payments': ['only addresses and metadata'],
  'people/erase/hidden.rows.ts customers': ['only the address and the name', 'as the one before'],
  'people/forgotten.rows.ts customers': ['only the address and the name'],
  'people/forgotten.rows.ts payments': [KEEPS, 'only addresses'],
  'people/forgotten.rows.ts snapshots': ['only addresses'],
  'people/forgotten.rows.ts subscriptions': ['only a comment'],
  'people/held-addresses.rows.ts snapshots': ['only addresses'],
  'record/catalogue.rows.ts products': [KEEPS],
  'record/deleted.rows.ts customers': ['only when it was created'],
  'record/endings.rows.ts subscriptions': ['only what was told'],
  'record/grant-history.rows.ts grants': ['only its product, which a decision takes from the purchase'],
  'record/missing.rows.ts snapshots': ['only what was asked'],
  'record/payment.rows.ts payments': [KEEPS, KEEPS, 'only a reason, and `derivePayment` follows', KEEPS],
  'record/project-catalogue.rows.ts products': [KEEPS, KEEPS],
  'record/project-catalogue.rows.ts benefits': [KEEPS],
  'record/subscription-owner.rows.ts subscriptions': ['only who sold it'],
  'sell/gifts/gifts.rows.ts payments': ['only that its nonce was used'],
  'sell/owners.rows.ts products': ['only the assignment: who owns it then, `setOwners` writes'],
  'sell/payments.rows.ts payments': ['a new one, which was not there before its `created_at`'],
  'sell/products.rows.ts snapshots': ['only when the list was read'],
  'use/customers/external-ids.rows.ts app_customers': [
    'a new one, which was not there before its `created_at`',
    KEEPS,
  ],
  'use/grants/fulfilments.rows.ts grants': ['only whether it was fulfilled'],
};

/** Statements whose table is a variable of theirs. */
const BY_NAME: Record<string, string[]> = {
  'people/forgotten.rows.ts': [
    'only notes of what is left to forget',
    'as the one before',
    'as the one before',
  ],
  'record/grant-history.rows.ts': ['only what the history says already'],
  'record/upsert.rows.ts': [KEEPS],
  'record/subscription-owner.rows.ts': [KEEPS, KEEPS],
  'operate/unrouted/unrouted.rows.ts': ['only whether the operator has put it aside, while it is of no app'],
  'operate/secrets/sealed-places.rows.ts': ['only what is encrypted', 'only what is encrypted'],
};

const SRC = path.join(import.meta.dirname, '..', '..', 'src');

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesOf(at);
    return entry.name.endsWith('.rows.ts') ? [at] : [];
  });
}

const NAMES = TABLES.split(' ').join('|');
const RAW = new RegExp(
  String.raw`\b(?:insert(?: or \w+)? into|update|delete from|replace into)\s+(?:\$\{)?(${NAMES})\b`,
  'g',
);
const COMPOSED = new RegExp(String.raw`\.(?:insert|update|delete)\((${NAMES})\)`, 'g');
const OF_ANY = /\b(?:insert into|update|delete from) \$\{(table|t)\}/g;

function writers(pattern: RegExp, nameOf: (file: string, table: string) => string) {
  const found: Record<string, number> = {};
  for (const file of filesOf(SRC))
    for (const [, table = ''] of readFileSync(file, 'utf8').matchAll(pattern)) {
      const name = nameOf(path.relative(SRC, file), table);
      found[name] = (found[name] ?? 0) + 1;
    }
  return found;
}

const counts = (reasons: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(reasons).map(([name, each]) => [name, each.length]));

it('every statement that writes what decisions read keeps what was so, or says why not', () => {
  const raw = writers(RAW, (file, table) => `${file} ${table}`);
  const composed = writers(COMPOSED, (file, table) => `${file} ${table}`);
  const found = { ...raw };
  for (const [name, count] of Object.entries(composed)) found[name] = (found[name] ?? 0) + count;
  expect(found).toEqual(counts(WRITERS));
});

it('so does every statement that takes its table as a parameter', () => {
  expect(writers(OF_ANY, (file) => file)).toEqual(counts(BY_NAME));
});

it('no file keeps nothing that says it does', () => {
  for (const [name, reasons] of Object.entries({ ...WRITERS, ...BY_NAME })) {
    if (!reasons.includes(KEEPS)) continue;
    const [file = ''] = name.split(' ');
    expect(readFileSync(path.join(SRC, file), 'utf8'), file).toMatch(/keepBefore|keepMapping/);
  }
});
