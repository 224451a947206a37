import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { emptyFolder } from '../harness.ts';
import { ALL_GONE, CONFIG, openShop as shop, TIDES } from './shop.ts';

test('three lines of configuration and one of frontmatter sell a page', async () => {
  const quay = await shop({
    'floe.config.yaml': CONFIG,
    'content/blog/tides.md': TIDES,
    'content/blog/free.md': '# Free\n',
  });
  expect((await quay.run('plan')).code).toBe(2);
  expect(await quay.run('push')).toMatchObject({ code: 0, stderr: expect.stringContaining('2 changes') });
  const [product] = await quay.list('products');
  expect(product).toMatchObject({
    name: 'quay:blog-tides',
    description: 'High and low water',
    recurring_interval: null,
    metadata: {
      content_id: 'blog/tides',
      collection: 'blog',
      pricing_model: 'one_time',
      gateway_product: 'quay',
      updatedAt: expect.any(Number),
    },
    prices: [{ amount_type: 'fixed', price_amount: 700, price_currency: 'usd' }],
    benefits: [
      {
        type: 'custom',
        description: 'High and low water',
        properties: { note: 'High and low water\n\nhttps://quay.example/blog/tides/' },
        metadata: { content_id: 'blog/tides' },
      },
    ],
  });
});

test('a second push changes nothing and only lists; an edited price is one change', async () => {
  const quay = await shop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES });
  await quay.run('push');
  quay.asked.length = 0;
  expect(await quay.run('push')).toMatchObject({ code: 0, stdout: expect.stringContaining('2 unchanged') });
  expect(quay.asked.filter((each) => !each.startsWith('GET'))).toEqual([]);
  expect(quay.asked).toHaveLength(6);
  await quay.write({ 'content/blog/tides.md': TIDES.replace('700', '900') });
  const { code, stdout } = await quay.run('plan --json');
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    changes: [{ action: 'update', name: 'quay:blog-tides', differences: [{ field: 'prices' }] }],
  });
  await quay.run('push');
  expect((await quay.list('products'))[0]).toMatchObject({ prices: [{ price_amount: 900 }] });
  expect((await quay.run('plan')).code).toBe(0);
});

test('--dry-run writes nothing', async () => {
  const quay = await shop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES });
  expect((await quay.run('push --dry-run')).code).toBe(0);
  expect(quay.asked.filter((each) => !each.startsWith('GET'))).toEqual([]);
});

test('a push that is killed at any write and run again makes everything once', async () => {
  const pages = ['one', 'two', 'three'].map(
    (name) => [`content/blog/${name}.md`, TIDES.replace('High', name)] as const,
  );
  const quay = await shop({ 'floe.config.yaml': CONFIG, ...Object.fromEntries(pages) });
  for (let kill = 0; kill < 20; kill++) {
    quay.dieAfter(kill % 5, kill % 2 === 1);
    await quay.run('push', { processes: ALL_GONE });
  }
  quay.dieAfter(Number.POSITIVE_INFINITY);
  // Whatever the killed ones have left to do, this one has something.
  await quay.write({ 'content/blog/four.md': TIDES });
  expect((await quay.run('push', { processes: ALL_GONE })).code).toBe(0);
  expect((await quay.list('products')).map(({ name }) => name).toSorted()).toEqual([
    'quay:blog-four',
    'quay:blog-one',
    'quay:blog-three',
    'quay:blog-two',
  ]);
  expect(await quay.list('benefits')).toHaveLength(4);
  expect(await quay.list('custom-fields')).toEqual([]);
  expect((await quay.run('plan')).code).toBe(0);
});

test('downloads are uploaded once, found by what is in them, and given with the page', async () => {
  const page = TIDES.replace(
    'price',
    'downloads:\n  - { title: Table, file: ./files/high water.txt }\nprice',
  );
  const quay = await shop({
    'floe.config.yaml': CONFIG,
    'content/blog/tides.md': page,
    'content/blog/files/high water.txt': 'At six.',
  });
  expect(await quay.run('push')).toMatchObject({ code: 0 });
  expect(await quay.list('files')).toMatchObject([
    { name: 'high water.txt', mime_type: 'text/plain', size: 7 },
  ]);
  expect((await quay.list('products'))[0]).toMatchObject({
    benefits: [{ type: 'custom' }, { type: 'downloadables', description: 'Files for High and low water' }],
  });
  expect((await quay.run('plan')).stdout).toBe('0 to create, 0 to change, 0 to archive, 4 unchanged.\n');
  await quay.write({ 'content/blog/files/high water.txt': 'At seven.' });
  expect((await quay.run('push')).stdout).toContain('Pushed 2 changes');
  expect((await quay.run('plan')).code).toBe(0);
});

test('two pushes at once make nothing twice', async () => {
  const quay = await shop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES });
  const times = (line: string) => quay.asked.filter((each) => each === line).length;
  // Neither makes anything before the other one has looked, and waits for the lease, or would make it as well.
  const haveLooked = () =>
    times('GET /v1/discounts/') >= 4 ||
    (times('GET /v1/discounts/') >= 3 && times('POST /v1/custom-fields/') >= 2);
  quay.holdWrites(async (path) => {
    if (path !== '/v1/benefits/') return;
    while (!haveLooked()) await setTimeout(5);
  });
  const sleep = () => setTimeout(20);
  const [one, two] = await Promise.all([quay.run('push', { sleep }), quay.run('push', { sleep })]);
  expect([one.code, two.code]).toEqual([0, 0]);
  expect(one.stderr + two.stderr).toContain('Another push of this product is under way');
  expect(await quay.list('products')).toHaveLength(1);
  expect(await quay.list('benefits')).toHaveLength(1);
});

test('what another product owns is not touched', async () => {
  const quay = await shop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES });
  const prices = [{ amount_type: 'fixed', price_amount: 500, price_currency: 'usd' }];
  await quay.post('products', { name: 'quay:blog-tides', prices, metadata: { gateway_product: 'atlas' } });
  const { code, stderr } = await quay.run('push');
  expect(code).toBe(1);
  expect(stderr).toContain('quay:blog-tides is atlas or quay’s');
  expect(await quay.list('products')).toMatchObject([{ prices: [{ price_amount: 500 }] }]);
});

test('plans, benefits, meters and discounts of a configuration are pushed once', async () => {
  const config = `${CONFIG}
benefits:
  all: { description: Every article on Quay, content_id: blog/* }
  key: { type: license_keys, description: 'Tides, for two machines', prefix: TIDES, activations: { limit: 2, enable_customer_admin: true } }
  calls: { type: meter_credit, description: A thousand calls, meter: calls, units: 1000 }
  early: { type: feature_flag, description: Early access }
meters:
  calls: { name: Calls, filter: { conjunction: and, clauses: [{ property: name, operator: eq, value: call }] }, aggregation: { func: count } }
plans:
  monthly: { price: { usd: 500, eur: 450 }, every: month, trial: 14 days, benefits: [all, early] }
  team: { price: { amount_type: seat_based, seat_tiers: { tiers: [{ min_seats: 1, max_seats: 9, price_per_seat: 900 }, { min_seats: 10, price_per_seat: 700 }] } }, every: 3 months, benefits: [all] }
  usage: { price: [900, { amount_type: metered_unit, meter: calls, unit_amount: '0.50' }], every: month, benefits: [calls] }
  gift: { price: { amount_type: custom, minimum_amount: 500 }, benefits: [key] }
discounts:
  spring: { name: Spring, code: SPRING26, type: percentage, basis_points: 2500, duration: once, products: [monthly] }
  ten: { name: Ten off, type: fixed, amounts: { usd: 1000 }, duration: repeating, duration_in_months: 3 }
`;
  const quay = await shop({ 'floe.config.yaml': config });
  expect(await quay.run('push')).toMatchObject({ code: 0 });
  expect((await quay.run('plan')).stdout).toBe('0 to create, 0 to change, 0 to archive, 11 unchanged.\n');
});

test('a configuration is TypeScript as well, and its mistakes name the field', async () => {
  const program = (product: string) =>
    `import { defineConfig } from 'floe/config';\nconst product: string = '${product}';\nexport default defineConfig({ product, plans: { monthly: { price: 500, every: 'month' } } });\n`;
  const quay = await shop({ 'floe.config.ts': program('quay') });
  expect((await quay.run('plan')).stdout).toContain('+ product quay:monthly');
  await quay.write({ 'floe.config.ts': program('Quay') });
  expect((await quay.run('plan')).stderr).toContain(
    'floe.config.ts: product: must be lower case and divided by dashes',
  );
});

test('a mistake is said with its file, line and field', async () => {
  const quay = await shop({
    'floe.config.yaml': CONFIG,
    'content/blog/tides.md': TIDES.replace('700', '7.5'),
  });
  const { code, stderr } = await quay.run('plan');
  expect(code).toBe(1);
  expect(stderr).toContain('content/blog/tides.md:3: price: must be a whole number of minor units');
});

test('a token is read of the environment or of a file of the user alone, and never printed', async () => {
  const quay = await shop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES });
  const token = quay.world.env.POLAR_SANDBOX_ACCESS_TOKEN;
  const folder = await emptyFolder();
  const file = path.join(folder, 'quay', 'polar-oat-sandbox.txt');
  const push = () =>
    quay.run('push', { configDir: path.join(folder, 'floe'), env: { POLAR_SANDBOX_ACCESS_TOKEN: '' } });
  const without = await push();
  expect(without.code).toBe(3);
  expect(without.stderr).toContain('POLAR_SANDBOX_ACCESS_TOKEN');
  await mkdir(path.dirname(file));
  await writeFile(file, `${token}\n`, { mode: 0o644 });
  const open = await push();
  expect(open.stderr).toContain(`Others on this machine can read ${file}`);
  await chmod(file, 0o600);
  const done = await push();
  expect(done.code).toBe(0);
  for (const { stdout, stderr } of [without, open, done]) expect(stdout + stderr).not.toContain(token);
});

test.each([
  ['a terminal', { terminal: {} }],
  ['a pipe', {}],
])('a wait that Polar asks for is said in %s', async (_where, more) => {
  const quay = await shop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES });
  quay.instead.push(new Response(null, { status: 429, headers: { 'retry-after': '34' } }));
  const waits: number[] = [];
  const sleep = (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  };
  const { code, stderr } = await quay.run('push', { sleep, ...more });
  expect([code, waits]).toEqual([0, [34_000]]);
  expect(stderr).toContain('Polar asks to wait 34 seconds.');
});
