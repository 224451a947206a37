import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { type StandIn, startCloudflare } from './stand-in.ts';

/* The stand-in, by the real wrangler: what is deployed by hand runs, hears from the simulated Polar, and keeps its secrets. */

const ROOT = path.join(import.meta.dirname, '..', '..');
const WRANGLER = path.join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
const URL_OF_GATEWAY = 'https://floe.acme.workers.dev';
const FIRST_TOKEN = 'admin-token-0123456789abcdefghij';
const SECOND_TOKEN = 'other-token-0123456789abcdefghij';

let folder: string;
let cloudflare: StandIn;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-stand-in-'));
  await cp(inject('release'), folder, { recursive: true });
  cloudflare = await startCloudflare();
});
afterAll(async () => {
  await cloudflare.close();
  await rm(folder, { recursive: true, force: true });
});

function wrangler(...args: string[]) {
  return promisify(execFile)(process.execPath, [WRANGLER, ...args], {
    cwd: folder,
    env: { ...process.env, HOME: folder, CI: '1', VITEST: undefined, ...cloudflare.env },
  }).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    (error: { code?: number; stdout?: string; stderr?: string }) => ({
      code: error.code,
      said: `${error.stdout}${error.stderr}`,
    }),
  );
}

test('what wrangler deploys runs, answers at its address and hears from Polar', async () => {
  const [who, ...made] = await Promise.all([
    wrangler('whoami', '--json'),
    wrangler('d1', 'create', 'floe'),
    wrangler('kv', 'namespace', 'create', 'floe-entitlements'),
    ...['floe-work', 'floe-work-slow', 'floe-dead'].map((name) => wrangler('queues', 'create', name)),
  ]);
  expect(JSON.parse(who.said)).toMatchObject({ loggedIn: true, accounts: [{ name: 'Acme' }] });
  expect(made.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  expect(await wrangler('queues', 'create', 'floe-work')).toMatchObject({
    code: 1,
    said: expect.stringContaining('already taken'),
  });

  const { id: organizationId, accessToken } = cloudflare.polar.sandbox.createOrganization({ slug: 'acme' });
  const settings = JSON.parse(await readFile(path.join(folder, 'wrangler.json'), 'utf8')) as {
    d1_databases: [object];
  };
  const [database] = cloudflare.account.databases;
  const [namespace] = cloudflare.account.namespaces;
  const deployed = {
    ...settings,
    account_id: cloudflare.account.id,
    workers_dev: true,
    vars: { FLOE_URL: URL_OF_GATEWAY },
    d1_databases: [{ ...settings.d1_databases[0], database_id: database?.uuid }],
    kv_namespaces: [{ binding: 'ENTITLEMENTS', id: namespace?.id }],
  };
  await writeFile(path.join(folder, 'wrangler.json'), JSON.stringify(deployed));
  const secrets = {
    FLOE_ADMIN_TOKEN: FIRST_TOKEN,
    FLOE_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    FLOE_SANDBOX_SIGNING_KEYS: JSON.stringify({ keys: [await makeSigningKey()] }),
    POLAR_SANDBOX_ACCESS_TOKEN: accessToken,
    POLAR_SANDBOX_ORGANIZATION_ID: organizationId,
    POLAR_SANDBOX_WEBHOOK_SECRETS: 'a-webhook-secret-of-32-characters-or-more',
  };
  await writeFile(path.join(folder, 'secrets.json'), JSON.stringify(secrets));
  expect(await wrangler('d1', 'migrations', 'apply', 'floe', '--remote')).toMatchObject({ code: 0 });
  expect(await wrangler('deploy', '--secrets-file', 'secrets.json')).toMatchObject({ code: 0 });

  const health = await cloudflare.fetch(`${URL_OF_GATEWAY}/health`);
  expect(await health.json()).toMatchObject({
    status: 'ready',
    parts: { d1: 'ready', polar: { sandbox: 'ready' } },
  });
  const docs = await cloudflare.fetch(`${URL_OF_GATEWAY}/docs/`);
  expect([docs.status, docs.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/html'),
  ]);
  await cloudflare.fireCrons();

  // Polar's webhooks reach it over the same web.
  const asSeller = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
  const atPolar = (name: string, body: object) =>
    cloudflare.fetch(`https://sandbox-api.polar.sh/v1/${name}`, {
      method: 'POST',
      headers: asSeller,
      body: JSON.stringify(body),
    });
  const endpoint = await atPolar('webhooks/endpoints', {
    url: `${URL_OF_GATEWAY}/webhooks/polar`,
    format: 'raw',
    events: ['product.created'],
    secret: secrets.POLAR_SANDBOX_WEBHOOK_SECRETS,
  });
  expect(endpoint.status).toBe(201);
  await atPolar('products/', {
    name: 'quay:lifetime',
    prices: [{ amount_type: 'fixed', price_amount: 500 }],
  });
  const heard = "SELECT type FROM polar_events WHERE type = 'product.created'";
  await vi.waitFor(
    async () => expect(await cloudflare.query('floe', heard)).toMatchObject([{ results: [{}] }]),
    { timeout: 20_000, interval: 100 },
  );

  // A secret that is put makes a version that runs at once, and nobody reads one back.
  await writeFile(path.join(folder, 'bulk.json'), JSON.stringify({ FLOE_ADMIN_TOKEN: SECOND_TOKEN }));
  expect(await wrangler('secret', 'bulk', 'bulk.json')).toMatchObject({ code: 0 });
  const listed = await wrangler('secret', 'list');
  expect(JSON.parse(listed.said)).toHaveLength(Object.keys(secrets).length);
  expect(listed.said).not.toContain(SECOND_TOKEN);
  const asOperator = async (token: string) =>
    (
      await cloudflare.fetch(`${URL_OF_GATEWAY}/admin/apps`, {
        headers: { authorization: `Bearer ${token}` },
      })
    ).status;
  expect([await asOperator(FIRST_TOKEN), await asOperator(SECOND_TOKEN)]).toEqual([401, 200]);
});

test('what a token may not do is refused as Cloudflare refuses it', async () => {
  cloudflare.permissions.delete('d1');
  const refused = await wrangler('d1', 'create', 'second');
  expect([refused.code, refused.said]).toEqual([1, expect.stringContaining('Authentication error')]);
  cloudflare.permissions.add('d1');
});

async function makeSigningKey(): Promise<object> {
  const { privateKey } = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  return { ...(await crypto.subtle.exportKey('jwk', privateKey)), kid: 'first' };
}
