import { env } from 'cloudflare:workers';
import { parseConfig } from '../../src/base/config.ts';
import { polarEventContext } from '../../src/base/polar-event.rules.ts';
import { checkoutUrlContext } from '../../src/base/present-payment.ts';
import { unseal } from '../../src/base/sealed.ts';
import { contextOf } from '../../src/http/idempotency.ts';

/* Whether a text is anywhere: in each table of D1, in keys and values of KV. What is encrypted is opened. */

type Row = Record<string, unknown>;

/** What the encryption of a column is bound to. */
const SEALED: Readonly<Record<string, (row: Row) => string>> = {
  'polar_events.sealed_body': (row) => polarEventContext(String(row['id'])),
  'payments.checkout_url': (row) => checkoutUrlContext(String(row['id'])),
  'idempotency_keys.sealed_body': (row) =>
    contextOf({ appId: String(row['app_id']), route: String(row['route']), key: String(row['key']) }),
};

async function rowsOf(table: string): Promise<Row[]> {
  return (await env.DB.prepare(`select * from "${table}"`).all<Row>()).results;
}

/** `table.column` of every value in D1 in which `pattern` is, with the type of a Polar event. `isMeant`: of which rows. */
async function findInDatabase(pattern: RegExp, isMeant: (row: Row) => boolean): Promise<string[]> {
  const config = parseConfig(env);
  const { results: tables } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '_cf_%' and name not like 'd1_%'",
  ).all<{ name: string }>();
  const found: string[] = [];
  for (const { name } of tables)
    for (const row of (await rowsOf(name)).filter(isMeant))
      for (const [column, value] of Object.entries(row)) {
        const context = value === null ? undefined : SEALED[`${name}.${column}`];
        const text = context ? await unseal(config, context(row), String(value)) : JSON.stringify(value);
        if (pattern.test(text))
          found.push(`${name}.${column}${name === 'polar_events' ? ` ${String(row['type'])}` : ''}`);
      }
  return found;
}

async function findInKv(pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const page: KVNamespaceListResult<unknown> = await env.ENTITLEMENTS.list({ cursor });
    for (const { name } of page.keys)
      if (pattern.test(`${name} ${await env.ENTITLEMENTS.get(name)}`)) found.push('KV');
    cursor = page.list_complete ? null : page.cursor;
  } while (cursor !== null);
  return found;
}

/** Where `pattern` is. `isMeant`: of which rows of D1; all of KV is looked at. */
export async function findEverywhere(
  pattern: RegExp,
  isMeant: (row: Row) => boolean = () => true,
): Promise<string[]> {
  const found = [...(await findInDatabase(pattern, isMeant)), ...(await findInKv(pattern))];
  return [...new Set(found)].sort();
}
