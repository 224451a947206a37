import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { createApp } from '../../src/app.ts';
import { routesOf } from '../../src/http/route.ts';
import { EXAMPLES } from '../../src/examples.docs.ts';
import { WEBHOOKS } from '../../src/tell/events/webhooks.docs.ts';
import { answered, driveEverything, statements, stopDriving } from './driving.ts';
import { likeAnExample } from './like-an-example.ts';

/* Every statement that the gateway runs is answered from an index: SQLite says how it would answer. */

interface Whole {
  query: RegExp;
  /** The step of the plan. */
  step: RegExp;
  reason: string;
}

/** What is read whole, or seems to be, and why that is right. */
const READ_WHOLE: readonly Whole[] = [
  { query: /from "apps" order by/, step: /^SCAN apps/, reason: 'the operator’s list of all apps: a handful' },
  {
    query: /\bfrom apps as a (order by|cross join)/,
    step: /^SCAN a( |$)/,
    reason: 'the doctor, and the cron that deletes old counts, look at every app: a handful',
  },
  {
    query: /\bapi_keys\b/,
    step: /api_keys_app \(app_id=\?\)/,
    reason: 'all keys of an app: a handful',
  },
  {
    query: /\bapps\b/,
    step: /apps_mode \(mode=\?\)/,
    reason: 'whose a product is, is decided among all apps of a mode: a handful',
  },
  {
    query: /from published_keys where needed_until/,
    step: /^SCAN published_keys/,
    reason: 'every signing key that was ever retired: a handful',
  },
  {
    query: /from "products" left join "apps"/,
    step: /^SCAN products|_products_1 \(mode=\?\)/,
    reason: 'the operator’s list of the catalogue',
  },
  {
    query: /from "products" where "products"."mode" = \?$/,
    step: /_products_1 \(mode=\?\)/,
    reason: 'the catalogue, to give it owners anew',
  },
  {
    query: /from "benefits" where "benefits"."mode" = \?$/,
    step: /_benefits_1 \(mode=\?\)/,
    reason: 'the catalogue, to write only what is new of it',
  },
  {
    query: /"?products"?/,
    step: /products_(app \(app_id|unowned \(mode)=\?\)/,
    reason: 'what an app sells, or nobody owns, is what is asked for',
  },
  {
    query: /\bendpoints\b/,
    step: /endpoints_app \(app_id=\?\)/,
    reason: 'all endpoints of an app: a handful',
  },
  {
    query: /from (campaigns|checkout_links) where app_id = /,
    step: /(campaigns|checkout_links)_\w+ \(app_id=\?\)/,
    reason: 'as many as an app may have, a thousand at most',
  },
  {
    query: /count\(\*\) from cursors/,
    step: /cursors USING PRIMARY KEY \(app_id=\?\)/,
    reason: 'all cursors of an app: at most a hundred',
  },
  { query: /"api_keys"/, step: /api_keys_app \(app_id=\?\)/, reason: 'all keys of an app: a handful' },
  {
    query: /past_due_grace as materialized/,
    step: /^SCAN (k|gift|gifts|own_grants|payments|subscriptions|orders|grants|refunds|snapshots|customers|app_customers|products|benefits)( |$)|AUTOMATIC .*INDEX|^BLOOM FILTER/,
    reason:
      'what one subject had then: a table of the statement with the name of the one that it hides, which itself is read as `m` or `t`; `k` are their ids',
  },
  {
    query: /max\(sequence\)/,
    step: /COVERING INDEX events_sequence \(app_id=\?\)/,
    reason: 'the last entry of an index',
  },
  {
    query: /= \? and false\)/,
    step: /\(mode=\?\)$/,
    reason: 'no ids to look for is `false`, which SQLite decides before it looks',
  },
  {
    query: /where "\w+"\."app_id" = \? order by .* limit \?$/,
    step: /\(app_id=\?\)$/,
    reason: 'a page, in the order of its index',
  },
  {
    query: /where t\.app_id is null and/,
    step: /_customer \(app_id=\?\)$/,
    reason: 'purchases that nobody owns are what is asked for',
  },
  {
    query: /from polar_events where status = 'pending' [^]*order by received_at limit \?1$/,
    step: /polar_events_status \(status=\?\)$/,
    reason: 'the oldest unfinished events, in the order of their index',
  },
  {
    query: /"reconcile_runs"/,
    step: /reconcile_runs_running \(mode=\?\)$/,
    reason: 'at most one running comparison a mode',
  },
  {
    query: /from "reconcile_runs" where "reconcile_runs"."mode" = \? order by .* limit \?$/,
    step: /reconcile_runs_mode \(mode=\?\)$/,
    reason: 'a page, in the order of its index',
  },
];

beforeAll(driveEverything, 600_000);
afterAll(stopDriving);

/** How SQLite would answer, one line for each table it visits. */
async function explain(query: string): Promise<string[]> {
  const withoutText = query.replaceAll(/'(?:[^']|'')*'/g, '');
  const numbered = [...withoutText.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number));
  const count = numbered.length > 0 ? Math.max(...numbered) : withoutText.split('?').length - 1;
  const { results } = await env.DB.prepare(`explain query plan ${query}`)
    .bind(...Array.from({ length: count }, () => null))
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail);
}

/** A walk through all rows: of a table, of a whole index, or of all that share only their mode, app or status. */
function isScan(step: string, query: string): boolean {
  const [, walked] = /^SCAN (\w+)(?! VIRTUAL TABLE)/.exec(step) ?? [];
  return walked === undefined ? /\((mode|app_id|status)=\?\)$/.test(step) : isTable(walked, query);
}

let tables: string[] = [];

/** Whether the name is a table’s or its alias; else it is a subquery’s, whose own steps stand beside. */
function isTable(name: string, query: string): boolean {
  return (
    tables.includes(name) || tables.some((table) => new RegExp(`\\b${table}"? as ${name}\\b`).test(query))
  );
}

describe('every statement that the gateway runs', () => {
  it('is answered from an index', async () => {
    const { results } = await env.DB.prepare("select name from sqlite_master where type = 'table'").all<{
      name: string;
    }>();
    tables = results.map(({ name }) => name);
    expect(statements.size).toBeGreaterThan(150);
    const scans: { steps: string[]; query: string }[] = [];
    for (const query of statements.keys()) {
      const isAllowed = (step: string) =>
        READ_WHOLE.some((whole) => whole.query.test(query) && whole.step.test(step));
      const steps = (await explain(query)).filter((step) => isScan(step, query) && !isAllowed(step));
      if (steps.length > 0) scans.push({ steps, query });
    }
    expect(scans).toEqual([]);
  });

  it.each(['customers', 'products', 'subscriptions'])(
    'was seen: what asks for an object of %s that is embedded and cannot be read',
    (table) => {
      const asks = [...statements.keys()].filter((query) =>
        new RegExp(`insert into rereads[^]*not exists \\(select 1 from ${table} `).test(query),
      );
      expect(asks).not.toEqual([]);
    },
  );

  it('was seen: every route of the contract was driven', () => {
    const undriven = routesOf(createApp())
      .filter(({ method, path }) => {
        const pattern = new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`);
        return !answered.some((each) => each.method.toLowerCase() === method && pattern.test(each.path));
      })
      .map(({ method, path }) => `${method} ${path}`);
    expect(undriven, 'drive what is new, so that its queries are seen').toEqual([]);
  });

  it('was seen: every filter of every list and export, and every order', () => {
    const unasked = routesOf(createApp()).flatMap(({ method, path, query }) => {
      const { properties = {} } = query ? z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' }) : {};
      const isList = method === 'get' && ('cursor' in properties || 'format' in properties);
      if (!isList) return [];
      const pattern = new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`);
      const asked = answered
        .filter((each) => each.method === 'GET' && pattern.test(each.path))
        .flatMap((each) => [...new URLSearchParams(each.query)]);
      return Object.entries(properties).flatMap(([name, schema]) => {
        const values = asked.flatMap(([as, value]) => (as.replace(/\[.*/, '') === name ? [value] : []));
        const orders = name === 'sort' ? Object(schema).enum : values.slice(0, 1);
        const isWhole = values.length > 0 && orders.every((order: string) => values.includes(order));
        return isWhole ? [] : [`${path}?${name}`];
      });
    });
    expect(unasked, 'ask for it in driving.ts, with what it usually goes with').toEqual([]);
  });

  it('was seen: the example of every route in the API reference, which is called as it says', () => {
    const called = new Set(
      answered.map(({ method, path, query, body }) => `${method} ${likeAny(path + query, body)}`),
    );
    const examples = Object.entries(EXAMPLES).map(
      ([route, { path, body }]) => `${route.split(' ', 1)[0]} ${likeAny(path, body)}`,
    );
    expect(examples.filter((example) => !called.has(example))).toEqual([]);
    const routes = routesOf(createApp()).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(new Set(Object.keys(EXAMPLES)), 'say in src/examples.docs.ts how it is called').toEqual(
      new Set(routes),
    );
  });
});

describe('what the API reference shows', () => {
  it('is what the gateway answers (else: npx vitest run -u test/gateway/queries.test.ts)', async () => {
    const shown = Object.entries(EXAMPLES).flatMap(([route, { path, body }]) => {
      const asked = `${route.split(' ', 1)[0]} ${likeAny(path, body)}`;
      const { answer } =
        answered.find(
          (each) => each.answer && `${each.method} ${likeAny(each.path + each.query, each.body)}` === asked,
        ) ?? {};
      return answer ? [[route, { [answer.status]: likeAnExample(answer.json, answer.at) }]] : [];
    });
    await expect(`${JSON.stringify(Object.fromEntries(shown), null, 2)}\n`).toMatchFileSnapshot(
      '../../src/example-answers.json',
    );
  });

  it('describes every event that an app was told', async () => {
    const { results } = await env.DB.prepare('select type, body from events').all<{
      type: string;
      body: string;
    }>();
    const schemas = new Map(WEBHOOKS.map(({ type, schema }) => [type, schema]));
    const seen = new Set<string>();
    for (const { type, body } of results) {
      const schema = schemas.get(type) ?? schemas.get('polar.*');
      const event: unknown = JSON.parse(body);
      expect(schema?.parse(event), body).toEqual(event);
      seen.add(type);
    }
    expect(seen.size).toBeGreaterThan(20);
  });
});

/** A call without what is another one each time: ids, secrets, codes and times. */
function likeAny(path: string, body: unknown = null): string {
  return `${path} ${JSON.stringify(isEmpty(body) ? null : body)}`
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '<uuid>')
    .replaceAll(/\b([a-z]{2,4})_(01\w{20,24}|stuck)\b/g, '<$1>')
    .replaceAll(/floe_st_sandbox_[\w-]{43}|(?<![\w-])[\w-]{43}(?![\w-])/g, '<secret>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/"code":"\d{6}"/g, '"code":"<code>"');
}

function isEmpty(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).length === 0;
}
