import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RULES } from '../../../packages/floe/catalog/audit/rules/all.rules.ts';
import { CONFIG, openShop, TIDES } from './shop.ts';

/* `floe catalog audit` beside a simulated Polar, and a gateway that names its apps. */

const PLANS = `${CONFIG}owner: ada@quay.example
plans:
  monthly: { price: 500, every: month, benefits: [all] }
benefits:
  all: { description: Everything, content_id: blog/* }
`;
const GATEWAY = 'https://pay.quay.example';
const SCOPES = [
  ...['products', 'benefits', 'meters', 'files', 'custom_fields', 'discounts'].map((noun) => `${noun}:write`),
  ...['organizations', 'webhooks', 'subscriptions'].map((noun) => `${noun}:read`),
];

/** A shop whose catalogue has been pushed, at an organization with the settings that are wanted, and a gateway with its apps. */
async function openPushed(config = PLANS) {
  const shop = await openShop({ 'floe.config.yaml': config, 'content/blog/tides.md': TIDES });
  const [organization] = await shop.list('organizations');
  const id = String(organization?.['id']);
  await shop.call('sandbox', 'PATCH', `/v1/organizations/${id}`, {
    subscription_settings: { allow_multiple_subscriptions: true },
  });
  await shop.call('sandbox', 'POST', '/v1/webhooks/endpoints', {
    url: `${GATEWAY}/webhooks/polar`,
    format: 'raw',
    events: ['order.paid'],
  });
  expect(await shop.run('push --both --yes')).toMatchObject({ code: 0 });
  const setScopes = async (scopes: readonly string[]) => {
    const { status } = await shop.control(`organizations/${id}/scopes`, { scopes });
    expect(status).toBe(200);
  };
  await setScopes(SCOPES);
  const app = { slug: 'quay-sandbox', product: 'quay', mode: 'sandbox', owns_unclaimed: false };
  const apps = { data: [app], next_cursor: null };
  const { fetch: toPolar } = shop.world;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { url, headers } = new Request(input, init);
    if (!url.startsWith(GATEWAY)) return toPolar(input, init);
    const isOperator = headers.get('authorization') === 'Bearer the operator';
    return Response.json(isOperator ? apps : { code: 'unauthorized' }, { status: isOperator ? 200 : 401 });
  };
  const env = { FLOE_GATEWAY: GATEWAY, FLOE_ADMIN_TOKEN: 'the operator' };
  return { ...shop, apps, setScopes, audit: (typed = 'audit') => shop.run(typed, { fetch, env }) };
}

test('a catalogue that was pushed keeps to all conventions, and the settings of its organization are shown', async () => {
  const quay = await openPushed();
  expect(JSON.parse((await quay.audit('audit --json')).stdout)).toMatchObject({
    mode: 'sandbox',
    findings: [],
    skipped: [],
    settings: {
      organization: 'harbour',
      all: expect.arrayContaining([{ name: 'several subscriptions of a customer', value: 'yes' }]),
    },
  });
  const { code, stdout } = await quay.audit();
  expect(code).toBe(0);
  expect(stdout).toContain(
    'The catalogue keeps to all conventions.\n\nPolar’s settings of harbour (sandbox):',
  );
});

test('what is wrong at Polar and at the gateway is found, and only errors end with 1', async () => {
  const quay = await openPushed();
  const prices = [{ amount_type: 'fixed', price_amount: 500, price_currency: 'usd' }];
  await quay.setScopes([...SCOPES, 'customers:read', 'webhooks:write', 'refunds:write']);
  await quay.post('products', { name: 'Nobody’s', prices });
  await quay.post('discounts', {
    name: 'All',
    code: 'ALL',
    type: 'percentage',
    basis_points: 1,
    duration: 'once',
  });
  await quay.call('sandbox', 'POST', '/v1/webhooks/endpoints', {
    url: 'https://atlas.example/secret',
    format: 'raw',
    events: ['order.paid'],
  });
  // Of the list of endpoints the second page has it.
  for (let i = 0; i < 100; i++)
    await quay.call('sandbox', 'POST', '/v1/webhooks/endpoints', {
      url: 'https://search.example/',
      format: 'raw',
      events: ['product.updated'],
    });
  const warned = await quay.audit('audit --json');
  expect(warned.code).toBe(0);
  const { findings } = JSON.parse(warned.stdout) as { findings: { code: string; message: string }[] };
  expect(findings.map(({ code }) => code)).toEqual([
    'product_unsold',
    'discount_codes',
    'webhook_elsewhere',
    'token_scopes',
  ]);
  expect(findings.at(-1)?.message).toContain('customers:read, refunds:write, webhooks:write');
  expect(warned.stdout).not.toContain('/secret');
  quay.apps.data = [];
  const failed = await quay.audit();
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain('error app_slug: https://pay.quay.example has no app of quay.');
});

test('a price that people pay, and an archived plan that people have, are said with how many they are', async () => {
  const quay = await openPushed(`${PLANS}audit: { off: [free_tier] }\n`.replace('price: 500', 'price: 0'));
  await quay.setScopes([...SCOPES, 'customers:write', 'subscriptions:write']);
  const [product] = (await quay.list('products')).filter(({ name }) => name === 'quay:monthly');
  const customer = await quay.call('sandbox', 'POST', '/v1/customers/', { email: 'ada@readers.dev' });
  const { id: customer_id } = await customer.json<{ id: string }>();
  await quay.call('sandbox', 'POST', '/v1/subscriptions/', { product_id: product?.['id'], customer_id });
  await quay.setScopes(SCOPES);
  await quay.write({ 'floe.config.yaml': PLANS });
  expect((await quay.audit()).stdout).toContain(
    'note price_change: quay:monthly goes from free to $5.00. 1 customer subscribes to it.',
  );
  await quay.write({ 'floe.config.yaml': CONFIG });
  await quay.run('push --archive');
  expect((await quay.audit()).stdout).toContain(
    'warning archived_subscribed: quay:monthly is archived. 1 customer still subscribes to it.',
  );
});

test('what a token may not read is skipped and said, and nothing is asked for rules that are off', async () => {
  const quay = await openPushed();
  await quay.setScopes(SCOPES.filter((scope) => scope.endsWith(':write')));
  await quay.write({ 'floe.config.yaml': PLANS.replace('price: 500', 'price: 600') });
  const { code, stdout } = await quay.audit();
  expect(code).toBe(0);
  expect(stdout).toContain('skipped webhook_elsewhere: the access token lacks webhooks:read');
  expect(stdout).toContain('skipped several_subscriptions: the access token lacks organizations:read');
  expect(stdout).toContain('skipped price_change: the access token lacks subscriptions:read');
  expect(stdout).not.toContain('Polar’s settings');
  const off = RULES.filter(({ needs = [] }) => needs.length > 0).map(({ code: each }) => each);
  await quay.write({ 'floe.config.yaml': `${PLANS}audit: { off: [${off.join(', ')}] }\n` });
  quay.asked.length = 0;
  expect((await quay.audit()).stdout).not.toContain('skipped');
  expect(quay.asked).toHaveLength(6);
});

test('without a gateway its rule is skipped; one that is named has to answer', async () => {
  const quay = await openPushed();
  const unnamed = await quay.run('audit');
  expect(unnamed).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('skipped app_slug: no gateway was asked'),
  });
  const named = await quay.run(`audit --gateway ${GATEWAY}`);
  expect(named).toMatchObject({ code: 3, stderr: expect.stringContaining('FLOE_ADMIN_TOKEN') });
  expect((await quay.audit(`audit --gateway ${GATEWAY}`)).code).toBe(0);
});

test('--both looks at sandbox and live, each with its own token', async () => {
  const quay = await openPushed();
  const { code, stdout } = await quay.audit('audit --both --json');
  expect(code).toBe(0);
  const { modes } = JSON.parse(stdout) as { modes: { mode: string; settings: { organization: string } }[] };
  expect(modes.map(({ mode, settings }) => [mode, settings.organization])).toEqual([
    ['sandbox', 'harbour'],
    ['live', 'harbour-live'],
  ]);
});

test('the files alone are checked without a token, and nothing is asked', async () => {
  const quay = await openShop({ 'floe.config.yaml': PLANS.replace('price: 500', 'price: { eur: 500 }') });
  const { code, stdout } = await quay.run('audit --files', { env: { POLAR_SANDBOX_ACCESS_TOKEN: '' } });
  expect(code).toBe(0);
  expect(stdout).toContain('warning usd_first: quay:monthly begins with eur.');
  expect(stdout).toContain('skipped product_unsold: the files alone were checked');
  expect(quay.asked).toEqual([]);
});

test('a finding names the file and the line of what it is about, in SARIF as well', async () => {
  const quay = await openShop({
    'shop/floe.config.yaml': `${CONFIG}plans:\n  monthly: { price: 0, every: month }\n`,
    'shop/content/blog/tides.md': TIDES.replace('price: 700', 'price: 700\ncurrency: eur'),
  });
  const { code, stdout } = await quay.run('audit --files --config shop/floe.config.yaml --sarif found.sarif');
  expect(code).toBe(0);
  expect(stdout).toContain('free_tier: quay:monthly is free.\n  shop/floe.config.yaml:5\n');
  const sarif = JSON.parse(await readFile(path.join(quay.cwd, 'found.sarif'), 'utf8')) as {
    runs: { results: object[] }[];
  };
  const physicalLocation = {
    artifactLocation: { uri: 'shop/content/blog/tides.md', uriBaseId: '%SRCROOT%' },
    region: { startLine: 3 },
  };
  expect(sarif.runs[0]?.results).toContainEqual(
    expect.objectContaining({
      ruleId: 'usd_first',
      locations: [expect.objectContaining({ physicalLocation: expect.objectContaining(physicalLocation) })],
    }),
  );
});

test('a push checks the errors first, and asks the gateway that is named', async () => {
  const quay = await openPushed();
  await quay.write({
    'floe.config.yaml': `${PLANS}productName: '[title]'\n`,
    'content/blog/tides.md': TIDES.replace('High', 'Über'),
  });
  quay.asked.length = 0;
  const refused = await quay.run('push');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('content/blog/tides.md:3: product_name: quay:über');
  expect(refused.stderr).toContain('floe catalog audit shows all rules');
  expect(quay.asked).toEqual([]);
  quay.apps.data = [];
  await quay.write({ 'floe.config.yaml': PLANS, 'content/blog/tides.md': TIDES });
  const { code, stderr } = await quay.audit('push --dry-run');
  expect(code).toBe(1);
  expect(stderr).toContain('app_slug: https://pay.quay.example has no app of quay.');
  expect((await quay.run('push --dry-run')).code).toBe(0);
});
