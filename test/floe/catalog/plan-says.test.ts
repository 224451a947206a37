import { expect, test } from 'vitest';
import { CONFIG, openShop, TIDES } from './shop.ts';

/* What a plan says in words. */

const SHOP = `${CONFIG}
benefits:
  all: { description: Every article on Quay, content_id: blog/* }
  early: { type: feature_flag, description: Early access }
plans:
  monthly: { price: { eur: 450, cad: 600, usd: 500 }, every: month, trial: 14 days, benefits: [all, early] }
  team: { price: 900, every: 3 months }
  gift: { price: { amount_type: custom, minimum_amount: 500 } }
discounts:
  spring: { name: Spring, code: SPRING26, type: percentage, basis_points: 2550, duration: once }
  ten: { name: Ten off, type: fixed, amounts: { eur: 900, usd: 1000 }, duration: repeating, duration_in_months: 3 }
`;

test('a plan says what is new: prices, trial and benefits of a product, what a discount takes off', async () => {
  const quay = await openShop({ 'floe.config.yaml': SHOP, 'content/blog/tides.md': TIDES });
  expect((await quay.run('plan')).stdout.split('\n')).toEqual([
    '+ benefit Every article on Quay (custom)',
    '+ benefit Early access (feature_flag)',
    '+ benefit High and low water (custom)',
    '+ product quay:monthly: $5.00, CA$6.00, €4.50 every month, trial of 14 days',
    '    gives Every article on Quay, Early access',
    '+ product quay:team: $9.00 every 3 months',
    '+ product quay:gift: from $5.00 once',
    '+ product quay:blog-tides: $7.00 once',
    '    gives High and low water',
    '+ discount Spring: 25.5% off once, code SPRING26',
    '+ discount Ten off: $10.00 or €9.00 off for 3 months',
    '9 to create, 0 to change, 0 to archive, 0 unchanged.',
    '',
  ]);
});

test('prices stand in one order on both sides, the catalogue’s own currency first, and benefits have their names', async () => {
  const config = (price: string, benefits: string) =>
    `${CONFIG}currency: eur\nbenefits:\n  all: { description: Every article }\nplans:\n  monthly: { price: ${price}, every: month, benefits: ${benefits} }\n`;
  const quay = await openShop({ 'floe.config.yaml': config('{ usd: 500, gbp: 400, eur: 450 }', '[]') });
  await quay.run('push');
  await quay.write({ 'floe.config.yaml': config('{ gbp: 500, eur: 450, usd: 600 }', '[all]') });
  const { stdout } = await quay.run('plan');
  expect(stdout).toContain('    prices: €4.50, $5.00, £4.00 → €4.50, $6.00, £5.00\n');
  expect(stdout).toContain('    benefits: [] → Every article\n');
});

test('what left the source and stays is named, ten of it', async () => {
  const plan = (name: string) => `  ${name}: { price: 500, every: month }\n`;
  const all = Array.from({ length: 13 }, (_, i) => plan(`p${i + 10}`));
  const quay = await openShop({ 'floe.config.yaml': `${CONFIG}plans:\n${all.join('')}` });
  await quay.run('push');
  await quay.write({ 'floe.config.yaml': `${CONFIG}plans:\n${all.slice(1).join('')}` });
  expect((await quay.run('plan')).stdout).toBe(
    '0 to create, 0 to change, 0 to archive, 12 unchanged. 1 object left the source and stays (--archive):\n    product quay:p10\n',
  );
  await quay.write({ 'floe.config.yaml': `${CONFIG}plans:\n${all.slice(12).join('')}` });
  const { stdout } = await quay.run('plan');
  expect(stdout.split('\n').filter((line) => line.startsWith('    product '))).toHaveLength(10);
  expect(stdout).toContain('12 objects left the source and stay (--archive):\n');
  expect(stdout).toMatch(/\n {4}and 2 more\n$/);
  expect((await quay.run('plan --archive')).stdout).toMatch(
    /0 to create, 0 to change, 12 to archive, 1 unchanged\.\n$/,
  );
});

test('a page whose interval changes has ways of its own, and they work', async () => {
  const page = (interval: string) => TIDES.replace('price', `interval: ${interval}\nprice`);
  const quay = await openShop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': page('month') });
  await quay.run('push');
  await quay.write({ 'content/blog/tides.md': page('year') });
  const { stdout } = await quay.run('plan');
  expect(stdout).toContain('Polar does not change how often it is paid (interval)');
  expect(stdout).toContain('sell the other one as a plan that gives `page:blog/tides`');
  await quay.write({
    'floe.config.yaml': `${CONFIG}plans:\n  tides-yearly: { price: 7000, every: year, benefits: ['page:blog/tides'] }\n`,
    'content/blog/tides.md': page('month'),
  });
  expect((await quay.run('push')).code).toBe(0);
  expect(await quay.list('products')).toHaveLength(2);
  await quay.write({
    'floe.config.yaml': CONFIG,
    'content/blog/tides.md': page('year').replace('price', 'slug: tides-again\nprice'),
  });
  expect((await quay.run('push')).code).toBe(0);
  expect(await quay.list('products')).toHaveLength(3);
});

test.each([
  ['another product’s', { gateway_product: 'reef' }, ' of reef'],
  ['nobody’s', {}, ''],
])('a code that %s discount has is said before anything is written', async (_whose, metadata, said) => {
  const quay = await openShop({
    'floe.config.yaml': `${CONFIG}plans:\n  monthly: { price: 500, every: month }\ndiscounts:\n  spring: { name: Spring, code: spring26, type: percentage, basis_points: 2500, duration: once }\n`,
  });
  const discount = { type: 'percentage', basis_points: 1000, duration: 'once', metadata };
  const id = await quay.post('discounts', { ...discount, name: 'Autumn', code: 'SPRING26' });
  const planned = await quay.run('plan');
  expect([planned.code, planned.stdout]).toEqual([
    2,
    expect.stringContaining(`! discount Spring: the discount "Autumn"${said} (${id}) has its code spring26`),
  ]);
  expect((await quay.run('push')).stderr).toContain('(discount_code_taken)');
  expect(await quay.list('products')).toEqual([]);
});

test('a code that left the source with its discount is taken as well', async () => {
  const config = (name: string) =>
    `${CONFIG}discounts:\n  ${name}: { name: Spring, code: SPRING26, type: percentage, basis_points: 2500, duration: once }\n`;
  const quay = await openShop({ 'floe.config.yaml': config('spring') });
  await quay.run('push');
  expect((await quay.run('plan')).code).toBe(0);
  await quay.write({ 'floe.config.yaml': config('summer') });
  expect((await quay.run('plan')).stdout).toContain('has its code SPRING26');
});

test('the lock file is behind what is at Polar, and not what the plan itself makes, renames or takes away', async () => {
  const quay = await openShop({
    'floe.config.yaml': `product: quay\nplans:\n  monthly: { price: 500, every: month }\n  old: { price: 500 }\n`,
  });
  await quay.run('push');
  await quay.write({
    'floe.config.yaml': `product: quay\nplans:\n  monthly: { name: 'quay:per-month', price: 500, every: month }\n  new: { price: 500 }\n`,
  });
  const planned = await quay.run('plan --archive');
  expect([planned.code, planned.stderr]).toEqual([2, '']);
  expect(planned.stdout).toContain('1 to create, 1 to change, 1 to archive');
  const [product] = (await quay.list('products')).filter(({ name }) => name === 'quay:monthly');
  await quay.call('sandbox', 'PATCH', `/v1/products/${String(product?.['id'])}`, { name: 'quay:per-month' });
  expect((await quay.run('plan')).stderr).toBe(
    'floe.lock.json is behind sandbox: quay:per-month. A push writes it; commit it.\n',
  );
});

test('a plan says what a push refuses of the files, with the rule, and ends as it would otherwise', async () => {
  const quay = await openShop({
    'floe.config.yaml': `product: quay\nplans:\n  monthly: { name: Quay Monthly, price: 500, every: month }\n`,
  });
  const planned = await quay.run('plan');
  expect(planned).toMatchObject({ code: 2, stdout: expect.stringContaining('+ product Quay Monthly') });
  expect(planned.stderr).toMatch(
    /^floe\.config\.yaml:3: push refuses this: .* Quay Monthly is not called so\. .* \(product_name\)\n$/,
  );
  expect(JSON.parse((await quay.run('plan --json')).stdout)).toMatchObject({
    refused: [{ code: 'product_name', about: 'Quay Monthly', file: 'floe.config.yaml', line: 3 }],
  });
  expect((await quay.run('push')).stderr).toContain('(product_name)');
  expect(await quay.list('products')).toEqual([]);
});

test('a push says what it does as a plan does, on standard error, and nothing of it with --quiet', async () => {
  const quay = await openShop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES });
  const pushed = await quay.run('push');
  expect(pushed.stderr).toContain('+ product quay:blog-tides: $7.00 once\n    gives High and low water\n');
  expect(pushed.stdout).toBe(
    'Pushed 2 changes to sandbox; 0 stayed as they are. floe.lock.json has their ids.\n',
  );
  await quay.write({ 'content/blog/tides.md': TIDES.replace('700', '900') });
  expect((await quay.run('push --quiet')).stderr).toBe('');
  await quay.write({ 'content/blog/tides.md': TIDES });
  const live = await quay.run('push --mode live --yes');
  expect(live.stderr.split('+ product quay:blog-tides')).toHaveLength(2);
  expect((await quay.run('push --json')).stderr).not.toContain('prices:');
});
