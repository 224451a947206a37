import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { deploy, newScript } from './account.ts';
import { setStage, type Stage } from './deployed.ts';
import type { Call } from './stand-in.ts';

/* What can be in the way of `floe setup`: it says what to do, and has changed nothing. */

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});
afterEach(() => stage.close());

/** @returns the exit code and what was said, when nothing was changed anywhere */
async function refused(...more: string[]) {
  const ran = await stage.setUp(...more);
  expect([ran.stdout, stage.cloudflare.writes]).toEqual(['', []]);
  return { code: ran.code, said: ran.stderr };
}

test('--dry-run says what it would do, and does nothing', async () => {
  const { code, stdout } = await stage.setUp('--dry-run', '--json');
  const steps = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { step: string; status: string }).step);
  expect([code, steps]).toEqual([
    0,
    [
      'd1',
      'kv',
      'queue:floe-dead',
      'queue:floe-work',
      'queue:floe-work-slow',
      'secrets',
      'migrations',
      'deploy',
      'ready',
      'webhook:sandbox',
      'app:quay-sandbox',
      'event:sandbox',
    ],
  ]);
  expect(stage.cloudflare.writes).toEqual([]);
  await expect(stage.readKept('deployments/main/secrets.json')).rejects.toThrow('ENOENT');
  const least = await stage.run(['setup', '--dry-run', '--release', inject('release')]);
  expect([least.code, least.stderr]).toEqual([0, expect.stringContaining('No app is named (--app)')]);
});

describe('a question is asked before anything is made', () => {
  test('that it costs money; a no is the end', async () => {
    const args = ['setup', '--mode', 'sandbox', '--no-app', '--release', inject('release')];
    const { code, asked } = await stage.run(args, { answers: ['https://floe.acme.workers.dev', false] });
    expect([code, asked.at(-1)]).toEqual([1, expect.stringContaining('5 US dollars a month')]);
    expect(stage.cloudflare.writes).toEqual([]);
  });

  test('where nobody can be asked it takes --yes', async () => {
    const args = ['setup', '--mode', 'sandbox', '--no-app', '--release', inject('release')];
    expect(await stage.run(args)).toMatchObject({ code: 6, stderr: expect.stringContaining('Add --yes') });
  });

  test('a token comes from the person, a pipe or a variable', async () => {
    const args = ['setup', '--mode', 'sandbox', '--no-app', '--dry-run', '--release', inject('release')];
    const env = { POLAR_SANDBOX_ACCESS_TOKEN: '' };
    expect(await stage.run(args, { env })).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('Set POLAR_SANDBOX_ACCESS_TOKEN, or pipe it in with --stdin.'),
    });
    const piped = await stage.run([...args, '--stdin'], {
      env,
      stdin: `POLAR_SANDBOX_ACCESS_TOKEN=${stage.tokens.sandbox}\n`,
    });
    expect(piped.code).toBe(0);
    const typed = await stage.run(args, {
      env,
      answers: ['https://floe.acme.workers.dev', stage.tokens.sandbox],
    });
    expect([typed.code, typed.stdout + typed.stderr]).toEqual([
      0,
      expect.not.stringContaining(stage.tokens.sandbox),
    ]);
  });
});

test.each(['quay.example.com', 'http://quay.example.com/welcome', 'https://quay.example.com/?welcome'])(
  'a site at %s is refused before anything is made',
  async (callback) => {
    const args = ['setup', '--mode', 'sandbox', '--app', 'quay', '--callback', callback, '--yes'];
    const { code, stderr } = await stage.run([...args, '--release', inject('release')]);
    expect([code, stderr, stage.cloudflare.writes]).toEqual([
      2,
      expect.stringContaining(`${callback} is no address of a site`),
      [],
    ]);
  },
);

describe('Polar', () => {
  test('refuses the token', async () => {
    const ran = await stage.run(
      ['setup', '--mode', 'sandbox', '--no-app', '--yes', '--release', inject('release')],
      {
        env: { POLAR_SANDBOX_ACCESS_TOKEN: 'polar_oat_unknown0123456789' },
      },
    );
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('of the other environment') });
    expect(stage.cloudflare.writes).toEqual([]);
  });

  test('the token lacks scopes that are needed: they are named', async () => {
    await limitScopes(['products:read', 'organizations:read', 'webhooks:read']);
    const { code, said } = await refused();
    expect([code, said]).toEqual([
      3,
      expect.stringMatching(/lacks what is needed here: .*checkouts:write.*webhooks:write/s),
    ]);
  });

  test('the token lacks scopes that something else needs: that is said, and it goes on', async () => {
    const { POLAR_SCOPES } = await import('../../src/base/polar-scopes.rules.ts');
    await limitScopes(
      Object.values(POLAR_SCOPES)
        .flat()
        .filter((scope) => !scope.startsWith('discounts:')),
    );
    const { code, stderr } = await stage.setUp('--dry-run');
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(
        'lacks discounts:read, discounts:write. discount codes, discounts, subscriptions will not work',
      ),
    ]);
  });

  test('cannot be reached', async () => {
    stage.cloudflare.before = ({ host }) => (host === 'sandbox-api.polar.sh' ? 'cut' : undefined);
    expect(await refused()).toEqual({ code: 5, said: expect.stringContaining('Polar could not be reached') });
  });

  test('asks for a pause, and gets it', async () => {
    let left = 2;
    stage.cloudflare.before = ({ host }) =>
      host === 'sandbox-api.polar.sh' && left-- > 0
        ? new Response(null, { status: 429, headers: { 'retry-after': '1' } })
        : undefined;
    expect((await stage.setUp('--dry-run')).code).toBe(0);
  });
});

describe('Cloudflare', () => {
  test('knows no such login', async () => {
    const ran = await stage.run(
      ['setup', '--mode', 'sandbox', '--no-app', '--yes', '--release', inject('release')],
      {
        env: { CLOUDFLARE_API_TOKEN: 'unknown-0123456789abcdef' },
      },
    );
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('npx wrangler login') });
  });

  test.each(['account', 'd1', 'kv', 'queues', 'scripts'] as const)(
    'does not let the login use %s',
    async (permission) => {
      stage.cloudflare.permissions.delete(permission);
      expect(await refused()).toEqual({
        code: 3,
        said: expect.stringContaining('give CLOUDFLARE_API_TOKEN these permissions'),
      });
    },
  );

  test('cannot be reached', async () => {
    stage.cloudflare.before = ({ host }) => (host === 'api.cloudflare.com' ? 'cut' : undefined);
    expect(await refused()).toEqual({
      code: 5,
      said: expect.stringContaining('Cloudflare could not be reached'),
    });
  });

  test('fails while wrangler makes something: its words are told, and the next run goes on', async () => {
    const isQueue = ({ method, path }: Call) => method === 'POST' && path.endsWith('/queues');
    stage.cloudflare.before = (call) =>
      isQueue(call)
        ? Response.json(
            {
              success: false,
              result: null,
              messages: [],
              errors: [{ code: 11008, message: 'You have too many queues.' }],
            },
            { status: 400 },
          )
        : undefined;
    const ran = await stage.setUp();
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('You have too many queues.') });
    expect(stage.cloudflare.account.databases).toHaveLength(1);
    const { stdout } = await stage.setUp('--dry-run', '--json');
    expect(stdout).not.toContain('"d1"');
  });

  test('has several accounts: one is named', async () => {
    const [account] = stage.cloudflare.accounts;
    stage.cloudflare.accounts.push({ ...stage.cloudflare.account, id: '0'.repeat(32), name: 'Other' });
    const asked = await refused();
    expect([asked.code, asked.said]).toEqual([6, expect.stringContaining('Add --account with one of: Acme')]);
    expect((await stage.setUp('--account', account?.name ?? '', '--dry-run')).code).toBe(0);
  });
});

describe('a name is taken', () => {
  test('by a profile of another gateway', async () => {
    const add = ['profiles', 'add', 'main', '--gateway', 'https://pay.example.com'];
    expect(await stage.run(add, { env: { FLOE_ADMIN_TOKEN: 'token' } })).toMatchObject({ code: 0 });
    expect(await refused()).toEqual({
      code: 1,
      said: expect.stringContaining('The profile main is of https://pay.example.com.'),
    });
  });

  test('by a Worker that is no gateway', async () => {
    const script = newScript('floe');
    script.versions.push({
      id: '1',
      number: 1,
      createdOn: '',
      mainModule: '',
      modules: [],
      bindings: [],
      compatibilityDate: '2026-10-30',
      compatibilityFlags: [],
      assets: undefined,
      assetsConfig: {},
      annotations: {},
    });
    deploy(script, '1', {});
    stage.cloudflare.account.scripts.set('floe', script);
    expect(await refused()).toEqual({
      code: 1,
      said: expect.stringContaining('a Worker floe that is no gateway'),
    });
  });

  test('by a database of something else', async () => {
    stage.cloudflare.account.databases.push({ uuid: crypto.randomUUID(), name: 'floe', createdOn: '' });
    await stage.cloudflare.query('floe', 'CREATE TABLE customers (id TEXT)');
    expect(await refused()).toEqual({ code: 1, said: expect.stringContaining('in use for something else') });
  });

  test('by a DNS record, or by another Worker', async () => {
    const { account } = stage.cloudflare;
    account.domains.push({ id: '1', hostname: 'pay.example.com', service: 'shop' });
    expect(await refused('--url', 'https://pay.example.com')).toEqual({
      code: 1,
      said: expect.stringContaining('an address of the Worker shop'),
    });
    account.domains.length = 0;
    account.dnsRecords.add('pay.example.com');
    expect(await refused('--url', 'https://pay.example.com')).toEqual({
      code: 1,
      said: expect.stringContaining('it has a DNS record'),
    });
  });

  test('of no domain in the account', async () => {
    expect(await refused('--url', 'https://pay.example.org')).toEqual({
      code: 1,
      said: expect.stringContaining('of no domain in the account Acme'),
    });
    expect(await refused('--url', 'https://floe.other.workers.dev')).toEqual({
      code: 2,
      said: expect.stringContaining('would be https://floe.acme.workers.dev'),
    });
  });
});

async function limitScopes(scopes: readonly string[]): Promise<void> {
  const response = await stage.cloudflare.fetch(
    `https://sandbox-api.polar.sh/_sim/organizations/${stage.organizations.sandbox}/scopes`,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ scopes }) },
  );
  expect(response.status).toBe(200);
}
