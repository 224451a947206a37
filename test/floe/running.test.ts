import { afterAll, beforeAll, expect, test } from 'vitest';
import { runFloe } from './harness.ts';
import { type RunningGateway, startGateway } from './running-gateway.ts';

/* With a real gateway: what examples cannot show. */

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
}, 300_000);
afterAll(() => gateway.close());

const run = (...args: string[]) => runFloe(args, { ...gateway.beside, now: Date.now() });
/** Of a command that goes well. */
async function json(...args: string[]) {
  const { code, stdout, stderr } = await run(...args, '--json', '--yes');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

test('the apps of npm start, and their endpoints', async () => {
  const list = await run('apps', 'list', '--json');
  expect(list.stderr).toContain(`Using the gateway of npm start, ${gateway.urls.gateway}`);
  expect(
    JSON.parse(list.stdout)
      .data.map(({ slug }: { slug: string }) => slug)
      .toSorted(),
  ).toEqual(['atlas-sandbox', 'quay-sandbox']);
  const shown = await run('apps', 'show', 'quay-sandbox');
  expect(shown.stdout).toMatch(/^product +quay$/m);
  const unnamed = await run('endpoints', 'list');
  expect([unnamed.code, unnamed.stderr]).toEqual([
    2,
    expect.stringContaining('--app quay-sandbox or --app atlas-sandbox'),
  ]);
  expect((await run('endpoints', 'list', '--app', 'quay-sandbox')).stdout).toMatch(/^ep_\w{26} {2}http/m);
});

test('an app, its addresses and its keys, from the first to the last command', async () => {
  const created = await json(
    'apps',
    'create',
    'kiosk',
    '--mode',
    'sandbox',
    '--callback',
    'http://127.0.0.1:1/',
  );
  expect(created).toMatchObject({
    slug: 'kiosk-sandbox',
    secret_key: expect.stringContaining('floe_sk_sandbox_'),
  });
  expect(await json('apps', 'update', 'kiosk-sandbox', '--name', 'Kiosk')).toMatchObject({ name: 'Kiosk' });
  const origins = ['apps', 'origins', 'kiosk-sandbox'];
  expect(await json(...origins, '--add', 'http://127.0.0.1:2')).toMatchObject({
    origins: ['http://127.0.0.1:2'],
  });
  expect(await json(...origins, '--remove', 'http://127.0.0.1:2')).toMatchObject({ origins: [] });

  const reader = await json('keys', 'create', 'kiosk-sandbox', '--scope', 'webhooks:read', '--expires', '1d');
  const env = { FLOE_GATEWAY: gateway.urls.gateway, FLOE_APP: 'kiosk-sandbox', FLOE_SECRET_KEY: reader.key };
  const asReader = (...args: string[]) => runFloe(['endpoints', ...args], { ...gateway.beside, env });
  expect((await asReader('list')).code).toBe(0);
  const refused = await asReader('create', 'https://quay.example/hooks');
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('forbidden_key')]);
  expect(await json('keys', 'revoke', 'kiosk-sandbox', reader.id)).toMatchObject({ revoked: true });
  expect((await run('keys', 'list', 'kiosk-sandbox')).stdout).toMatch(
    new RegExp(`^${reader.id}.*revoked$`, 'm'),
  );
});

test('the audit log has what was changed by these commands', async () => {
  await json('apps', 'update', 'atlas-sandbox', '--notice-days', '9');
  const { data } = await json(
    'audit',
    '--app',
    'atlas-sandbox',
    '--action',
    'app.updated',
    '--created-after',
    '1h',
  );
  expect(data[0]).toMatchObject({ actor: 'operator', after: { ending_notice_days: 9 } });
  expect((await run('audit', '--actor', 'operator')).stdout).toMatch(
    /operator +app\.updated +atlas-sandbox +ending_no/,
  );
});

test('an endpoint, from the first to the last command', async () => {
  const call = (...args: string[]) => json('endpoints', ...args, '--app', 'quay-sandbox');
  const { id } = await call('create', `${gateway.urls.site}/nothing-is-here`, '--event', 'refund.*');
  expect(await call('update', id, '--pause', '--rate-limit', '60')).toMatchObject({
    enabled: false,
    rate_limit: 60,
  });
  expect(await call('update', id, '--resume', '--rate-limit', 'none')).toMatchObject({
    enabled: true,
    rate_limit: null,
  });
  expect(await call('show', id)).toMatchObject({ id, metrics: { endpoint_id: id } });
  expect(await call('rotate-secret', id, '--overlap', '0s')).toMatchObject({
    secret: expect.stringContaining('whsec_'),
  });
  const tested = await run('endpoints', 'test', id, '--app', 'quay-sandbox');
  expect([tested.code, tested.stdout]).toEqual([1, expect.stringMatching(/^status +404$/m)]);
  expect(await call('delete', id)).toMatchObject({ deleted: true });
  expect((await run('endpoints', 'show', id, '--app', 'quay-sandbox')).code).toBe(4);
});

test('a product goes to another app and back', async () => {
  const { data } = await json('products', 'list');
  const { id } = data.find(({ name }: { name: string }) => name === 'quay:monthly');
  expect(await json('products', 'assign', id, 'atlas-sandbox')).toMatchObject({
    app: 'atlas-sandbox',
    assigned: true,
  });
  expect(await json('products', 'unassign', id)).toMatchObject({ app: 'quay-sandbox', assigned: false });
  const prices = await run('products', 'prices', '--app', 'quay-sandbox');
  expect(prices.stdout).toMatch(new RegExp(String.raw`^${id} +quay:monthly +\$\d+\.\d\d +month$`, 'm'));
});

test('an app that is not there, and a token that is none', async () => {
  const nope = await run('apps', 'show', 'nope-sandbox');
  expect([nope.code, nope.stdout]).toEqual([4, '']);
  expect(nope.stderr).toMatch(/error: .* \(not_found\)\n {2}request \S+/);
  const env = { FLOE_GATEWAY: gateway.urls.gateway, FLOE_ADMIN_TOKEN: 'nobody-has-given-this-token' };
  const refused = await runFloe(['apps', 'list'], { ...gateway.beside, env });
  expect(refused.code).toBe(3);
  expect(refused.stderr).not.toContain(env.FLOE_ADMIN_TOKEN);
});
