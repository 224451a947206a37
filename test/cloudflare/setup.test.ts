import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { Ran } from '../floe/harness.ts';
import { GATEWAY, setStage, type Stage } from './deployed.ts';

/* `floe setup`, from nothing to a gateway that sells, and what it does when the gateway is there. */

const WEBHOOKS = `${GATEWAY}/webhooks/polar`;

let stage: Stage;
let first: Ran;
let writes: string[];
beforeAll(async () => {
  stage = await setStage();
  await asSeller('POST', '/v1/products/', {
    name: 'quay:lifetime',
    prices: [{ amount_type: 'fixed', price_amount: 500 }],
  });
  first = await stage.setUp();
  writes = writesOf(stage);
});
afterAll(() => stage.close());

const writesOf = ({ cloudflare }: Stage) =>
  cloudflare.writes.map(({ method, path: at }) => `${method} ${at}`);

async function asSeller(method: string, at: string, body?: object): Promise<unknown> {
  const response = await stage.cloudflare.fetch(`https://sandbox-api.polar.sh${at}`, {
    method,
    headers: { authorization: `Bearer ${stage.tokens.sandbox}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return response.json();
}
const endpoints = async () =>
  (
    (await asSeller('GET', '/v1/webhooks/endpoints')) as {
      items: { id: string; url: string; events: string[]; enabled: boolean; secret: string }[];
    }
  ).items;
const secretsOf = () =>
  stage.cloudflare.account.scripts
    .get('floe')
    ?.versions.at(-1)
    ?.bindings.filter(({ type }) => type === 'secret_text')
    .map(({ name, text }) => [name, text]);

describe('from nothing', () => {
  test('it ends with a gateway that is ready, in nobody’s development mode', async () => {
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('came out at quay-sandbox')]);
    expect(first.stdout).toContain(`${GATEWAY} is set up.`);
    const health = await stage.cloudflare.fetch(`${GATEWAY}/health`);
    expect(await health.json()).toMatchObject({
      status: 'ready',
      parts: { polar: { sandbox: 'ready', live: 'not_configured' } },
    });
    expect(secretsOf()?.map(([name]) => name)).not.toContain('FLOE_DEVELOPMENT');
  });

  test('nothing was made twice', () => {
    const { account } = stage.cloudflare;
    expect(account.databases.map(({ name }) => name)).toEqual(['floe']);
    expect(account.namespaces.map(({ title }) => title)).toEqual(['floe-entitlements']);
    expect(account.queues.map(({ name, consumers }) => [name, consumers.length]).toSorted()).toEqual([
      ['floe-dead', 1],
      ['floe-work', 1],
      ['floe-work-slow', 1],
    ]);
    expect(account.scripts.get('floe')?.crons).toEqual(['* * * * *']);
    // The app comes last but for the event, so that nothing is sold before all else is there.
    expect(writes.slice(-3)).toEqual([
      'POST /v1/webhooks/endpoints',
      'POST /admin/apps',
      'POST /webhooks/polar',
    ]);
  });

  test('Polar’s endpoint is registered for exactly the types that the gateway knows', async () => {
    const { POLAR_EVENT_TYPES } = await import('../../src/polar/kinds.rules.ts');
    expect(await endpoints()).toMatchObject([{ url: WEBHOOKS, enabled: true, events: POLAR_EVENT_TYPES }]);
  });

  test('the event has come out: the app was told of it', async () => {
    const told = await stage.cloudflare.query(
      'floe',
      'SELECT type FROM events JOIN apps ON apps.id = events.app_id',
    );
    expect(told).toMatchObject([{ results: [{ type: 'polar.product.updated' }] }]);
  });

  test('secrets are in files for this user alone, and no secret is printed', async () => {
    const folder = path.join(stage.home, 'floe', 'deployments', 'main');
    for (const name of ['secrets.json', 'deployment.json', 'quay-sandbox.env'])
      expect([name, (await stat(path.join(folder, name))).mode & 0o777]).toEqual([name, 0o600]);
    const kept = JSON.parse(await stage.readKept('deployments/main/secrets.json')) as Record<string, string>;
    const keys = parseEnv(await stage.readKept('deployments/main/quay-sandbox.env'));
    const known = [...Object.values(kept), keys['FLOE_SECRET_KEY'] ?? '', stage.tokens.sandbox];
    for (const secret of known) {
      expect(secret.length).toBeGreaterThan(20);
      expect(first.stdout + first.stderr).not.toContain(secret);
    }
    expect(await stage.readKept('deployments/main/deployment.json')).not.toContain(stage.tokens.sandbox);
    // What was given to wrangler in a file is gone.
    await expect(stat(path.join(folder, 'upload.json'))).rejects.toThrow('ENOENT');
  });

  test('the app’s key works, and commands reach the gateway as a profile', async () => {
    const keys = parseEnv(await stage.readKept('deployments/main/quay-sandbox.env'));
    const products = await stage.cloudflare.fetch(`${keys['FLOE_GATEWAY']}/v1/products`, {
      headers: { authorization: `Bearer ${keys['FLOE_SECRET_KEY']}` },
    });
    expect(await products.json()).toMatchObject({ data: [{ name: 'quay:lifetime' }] });
    const listed = await stage.run(['apps', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      data: [
        { slug: 'quay-sandbox', owns_unclaimed: true, callback_urls: ['https://quay.example.com/welcome'] },
      ],
    });
  });
});

test('Polar’s own webhooks arrive, and the documentation is served', async () => {
  await asSeller('POST', '/v1/products/', {
    name: 'quay:monthly',
    recurring_interval: 'month',
    prices: [{ amount_type: 'fixed', price_amount: 900 }],
  });
  const heard = "SELECT type FROM polar_events WHERE type = 'product.created'";
  await vi.waitFor(
    async () => expect(await stage.cloudflare.query('floe', heard)).toMatchObject([{ results: [{}] }]),
    { timeout: 20_000, interval: 100 },
  );
  await stage.cloudflare.fireCrons();
  const docs = await stage.cloudflare.fetch(`${GATEWAY}/docs/`);
  expect([docs.status, docs.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/html'),
  ]);
});

describe('when the gateway is there', () => {
  test('a second run changes nothing', async () => {
    const before = secretsOf();
    stage.cloudflare.forget();
    const { code, stdout } = await stage.setUp();
    expect([code, writesOf(stage)]).toEqual([0, []]);
    expect(stdout).toContain('There was nothing to do');
    expect(secretsOf()).toEqual(before);
  });

  test('--dry-run and --json say the same', async () => {
    const { code, stdout } = await stage.setUp('--dry-run', '--json');
    expect([code, stdout]).toEqual([0, '{"step":"ready","status":"done"}\n']);
  });

  test('a webhook endpoint that was disabled and lacks types is mended, and keeps what somebody has added', async () => {
    const [endpoint] = await endpoints();
    await asSeller('PATCH', `/v1/webhooks/endpoints/${endpoint?.id}`, {
      enabled: false,
      events: ['order.paid'],
    });
    const { code, stderr } = await stage.setUp();
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('mend the webhook endpoint at Polar (sandbox): it is disabled, it lacks'),
    ]);
    const mended = await endpoints();
    expect(mended).toMatchObject([{ id: endpoint?.id, enabled: true, secret: endpoint?.secret }]);
    expect(mended[0]?.events).toHaveLength(endpoint?.events.length ?? 0);
  });

  test('a secret that Polar has made anew is given to the gateway, beside the one before', async () => {
    const [endpoint] = await endpoints();
    await asSeller('PATCH', `/v1/webhooks/endpoints/${endpoint?.id}/secret`);
    const { code, stderr } = await stage.setUp();
    expect([code, stderr]).toEqual([0, expect.stringContaining('came out at quay-sandbox')]);
    const [now] = await endpoints();
    expect(secretsOf()).toContainEqual([
      'POLAR_SANDBOX_WEBHOOK_SECRETS',
      `${now?.secret},${endpoint?.secret}`,
    ]);
  });

  test('another machine, with the login at Cloudflare alone, replaces no secret', async () => {
    const before = secretsOf();
    const home = await stage.newHome();
    const args = ['setup', '--mode', 'sandbox', '--release', inject('release'), '--yes'];
    const asked = await stage.run(args, { home });
    expect([asked.code, asked.stderr]).toEqual([
      6,
      expect.stringContaining('Set FLOE_ADMIN_TOKEN, or take over its secrets'),
    ]);

    const { FLOE_ADMIN_TOKEN } = JSON.parse(await stage.readKept('deployments/main/secrets.json')) as {
      FLOE_ADMIN_TOKEN: string;
    };
    stage.cloudflare.forget();
    const ran = await stage.run(args, { home, env: { FLOE_ADMIN_TOKEN } });
    expect([ran.code, ran.stderr]).toEqual([
      0,
      expect.stringContaining(
        'FLOE_ENCRYPTION_KEYS, FLOE_SANDBOX_SIGNING_KEYS, POLAR_SANDBOX_WEBHOOK_SECRETS, and this machine has no copy',
      ),
    ]);
    // It shows that it works by an event of its own.
    expect(writesOf(stage)).toEqual(['POST /webhooks/polar']);
    expect(secretsOf()).toEqual(before);
  });

  test('a copy of the secrets makes another machine as good as the first', async () => {
    const home = await stage.newHome();
    const kept = JSON.parse(await stage.readKept('deployments/main/secrets.json')) as Record<string, string>;
    const lines = Object.entries(kept).map(([name, value]) => `${name}=${value}`);
    await writeFile(path.join(home, '.dev.vars.deploy'), lines.join('\n'));
    const ran = await stage.run(
      [
        'setup',
        '--secrets',
        '.dev.vars.deploy',
        '--mode',
        'sandbox',
        '--release',
        inject('release'),
        '--yes',
      ],
      { home },
    );
    expect([ran.code, ran.stderr]).toEqual([0, expect.not.stringContaining('no copy')]);
    expect(JSON.parse(await stage.readKept('deployments/main/secrets.json', home))).toEqual(kept);
  });

  test('live comes beside the sandbox, with secrets and an organization of its own, and it asks before', async () => {
    const before = secretsOf();
    const args = [
      'setup',
      '--mode',
      'live',
      '--app',
      'quay',
      '--callback',
      'https://quay.example.com/welcome',
      '--release',
      inject('release'),
    ];
    const refused = await stage.run(args, { answers: [false] });
    expect([refused.code, refused.asked]).toEqual([
      1,
      [`Live: at ${GATEWAY} things are sold for real money. Go on?`],
    ]);
    // Each step is a line of JSON.
    const ran = await stage.run([...args, '--json'], { answers: [true] });
    const steps = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect([ran.code, steps.map(({ step, status }) => [step, status])]).toEqual([
      0,
      ['secrets', 'upload', 'ready', 'webhook:live', 'app:quay-live', 'event:live', 'ready'].map((step) => [
        step,
        'done',
      ]),
    ]);
    expect(steps.at(-1)).toMatchObject({
      gateway: GATEWAY,
      keys: [expect.stringContaining('quay-live.env')],
    });
    expect(secretsOf()).toEqual(expect.arrayContaining(before ?? []));
    const health = await stage.cloudflare.fetch(`${GATEWAY}/health`);
    expect(await health.json()).toMatchObject({ parts: { polar: { sandbox: 'ready', live: 'ready' } } });
  });

  test('what was rotated into its second setting is there: nothing is put back', async () => {
    const file = 'deployments/main/secrets.json';
    const { FLOE_ADMIN_TOKEN: token, ...others } = JSON.parse(await stage.readKept(file)) as Record<
      string,
      string
    >;
    await writeFile(
      path.join(stage.home, 'floe', file),
      JSON.stringify({ ...others, FLOE_ADMIN_TOKEN_2: token }),
    );
    const { account, url, token: login } = stage.cloudflare;
    const moved = await fetch(`${url}/client/v4/accounts/${account.id}/workers/scripts/floe/secrets-bulk`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${login}` },
      body: JSON.stringify({
        secrets: {
          FLOE_ADMIN_TOKEN: null,
          FLOE_ADMIN_TOKEN_2: { name: 'FLOE_ADMIN_TOKEN_2', text: token, type: 'secret_text' },
        },
      }),
    });
    expect(moved.status).toBe(200);
    stage.cloudflare.forget();
    const { code, stdout, stderr } = await stage.setUp();
    expect([code, stdout, stderr, writesOf(stage)]).toEqual([
      0,
      expect.stringContaining('nothing to do'),
      expect.not.stringContaining('no copy'),
      [],
    ]);
  });

  test('once it sells for money, it asks so before any change', async () => {
    const [endpoint] = await endpoints();
    await asSeller('PATCH', `/v1/webhooks/endpoints/${endpoint?.id}`, { enabled: false });
    const args = ['setup', '--mode', 'sandbox', '--release', inject('release')];
    const { code, asked } = await stage.run(args, { answers: [true] });
    expect([code, asked]).toEqual([0, [expect.stringContaining('sold for real money')]]);
  });

  test('without its keys a database that has something encrypted is not gone on with', async () => {
    const home = await stage.newHome();
    const { account } = stage.cloudflare;
    const script = account.scripts.get('floe');
    account.scripts.delete('floe');
    const ran = await stage.run(
      ['setup', '--mode', 'sandbox', '--no-app', '--release', inject('release'), '--yes'],
      { home },
    );
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('neither here nor at the gateway')]);
    if (script) account.scripts.set('floe', script);
  });
});
