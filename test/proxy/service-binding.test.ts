import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from 'wrangler';
import { buildGateway } from '../../cli/local/build-gateway.ts';
import { GATEWAY_URL, makeTestBindings } from '../harness/bindings.ts';

/* Two Workers of one account: the gateway as it is deployed, and one that asks it through bindings with props. */

const ROOT = path.join(import.meta.dirname, '..', '..');
const CALLER = `export default {
  async fetch(request, env) {
    const { binding, method, argument } = await request.json();
    return Response.json(await env[binding][method](argument));
  },
};`;

let account: Miniflare;
let adminToken: string;
beforeAll(async () => {
  const [script, bindings] = await Promise.all([buildGateway(), makeTestBindings()]);
  adminToken = bindings.FLOE_ADMIN_TOKEN;
  const { modulesRules: _, ...options } = readWorkerOptions(path.join(ROOT, 'wrangler.toml')).workerOptions;
  const bind = (props: Record<string, string>) => ({ name: 'floe', entrypoint: 'FloeAccess', props });
  account = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      log: new Log(LogLevel.WARN),
      telemetry: { enabled: false },
      workers: [
        {
          name: 'caller',
          routes: ['caller.example/*'],
          compatibilityDate: '2026-10-30',
          modules: [{ type: 'ESModule', path: 'caller.js', contents: CALLER }],
          serviceBindings: {
            QUAY: bind({ app: 'quay-sandbox' }),
            ATLAS: bind({ app: 'atlas-sandbox' }),
            NOBODY: { name: 'floe', entrypoint: 'FloeAccess' },
          },
        },
        {
          ...options,
          rootPath: ROOT,
          name: 'floe',
          routes: [`${new URL(GATEWAY_URL).host}/*`],
          modules: [{ type: 'ESModule', path: 'floe.js', contents: script }],
          modulesRoot: '.',
          bindings: { ...Object(options.bindings), ...bindings },
        },
      ],
    }),
  );
  const database = await account.getD1Database('DB', 'floe');
  const migrations = path.join(ROOT, 'migrations');
  for (const file of (await readdir(migrations)).filter((name) => name.endsWith('.sql')).toSorted()) {
    const statements = (await readFile(path.join(migrations, file), 'utf8')).split(
      '--> statement-breakpoint',
    );
    await database.batch(statements.map((statement) => database.prepare(statement.trim())));
  }
});
afterAll(() => account.dispose());

async function gateway(route: string, key: string, body: object): Promise<Record<string, string>> {
  const response = await account.dispatchFetch(GATEWAY_URL + route, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`${route}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}

async function ask(binding: string, method: string, argument: unknown): Promise<unknown> {
  const body = JSON.stringify({ binding, method, argument });
  return (await account.dispatchFetch('https://caller.example/', { method: 'POST', body })).json();
}

test('a Worker asks for the app of its binding, and for no other', async () => {
  const app = (product: string) =>
    gateway('/admin/apps', adminToken, {
      product,
      mode: 'sandbox',
      origins: [],
      callback_urls: ['https://shop.example/thanks'],
    });
  const [quay] = [await app('quay'), await app('atlas')];
  const { session } = await gateway('/v1/sessions', quay['secret_key'] ?? '', { external_id: 'reader-1' });

  const who = { subject: 'external:reader-1', customer: 'external:reader-1' };
  expect(await ask('QUAY', 'session', session)).toMatchObject({ ok: true, ...who });
  expect(await ask('ATLAS', 'session', session)).toEqual({ ok: false, reason: 'no_session' });
  expect(await ask('QUAY', 'check', { resource: 'content:blog/one', session })).toMatchObject({
    allow: false,
    reason: 'unknown_customer',
    customer: 'external:reader-1',
    token: null,
  });
  expect(await ask('QUAY', 'entitlements', { session })).toMatchObject({ ok: true, entitlements: [] });
  expect(await ask('QUAY', 'check', { resource: 'x', session, app: 'atlas-sandbox' })).toMatchObject({
    allow: false,
    reason: 'invalid',
  });
  expect(await ask('NOBODY', 'check', { resource: 'content:blog/one', session })).toMatchObject({
    allow: false,
    reason: 'misconfigured',
  });
});
