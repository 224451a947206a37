import { expect, test } from 'vitest';
import { CONFIG, openShop, TIDES } from './shop.ts';

/* What Polar refuses of a change, and what is there already where it would be made. */

const PRICES = [{ amount_type: 'fixed', price_amount: 500, price_currency: 'usd' }];
const NOTHING_LEFT = '0 to create, 0 to change, 0 to archive';

test('a content id that is taken out is taken out at Polar, and what others wrote stays', async () => {
  const config = (opens: string) =>
    `${CONFIG}plans:\n  monthly: { price: 500, every: month, benefits: [all] }\nbenefits:\n  all: { description: Every article${opens} }\n`;
  const quay = await openShop({ 'floe.config.yaml': config(', content_id: blog/*') });
  await quay.run('push');
  const [benefit] = await quay.list('benefits');
  const metadata = { ...Object(benefit?.['metadata']), note: 'by hand' };
  await quay.call('sandbox', 'PATCH', `/v1/benefits/${String(benefit?.['id'])}`, {
    type: 'custom',
    metadata,
  });
  await quay.write({ 'floe.config.yaml': config('') });
  expect((await quay.run('plan')).stdout).toContain('metadata.content_id: blog/* → null');
  expect((await quay.run('push')).code).toBe(0);
  const [now] = await quay.list('benefits');
  expect(now?.['metadata']).toEqual({
    catalog_key: 'benefit:all',
    gateway_product: 'quay',
    note: 'by hand',
  });
  expect((await quay.run('plan')).stdout).toContain(NOTHING_LEFT);
});

test.each([
  ['that says so under other keys', { uncle_z_product: 'reef' }, 'Reef for a year'],
  ['whose name says so', {}, 'reef:yearly'],
])(
  'a benefit that nobody claims stays as it is when it is given by a product %s',
  async (_whose, owner, name) => {
    const quay = await openShop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES });
    const metadata = { content_id: 'blog/tides' };
    const benefit = { type: 'custom', description: 'Tides on Reef', properties: {} };
    const theirs = await quay.post('benefits', { ...benefit, metadata });
    const product = await quay.post('products', {
      name,
      prices: PRICES,
      metadata: { ...metadata, ...owner },
    });
    await quay.call('sandbox', 'POST', `/v1/products/${product}/benefits`, { benefits: [theirs] });
    const before = [await quay.list('benefits'), await quay.list('products')].flat();
    expect((await quay.run('push')).code).toBe(0);
    const after = [await quay.list('benefits'), await quay.list('products')].flat();
    for (const each of before) expect(after).toContainEqual(each);
    expect(after).toHaveLength(before.length + 2);
  },
);

test('a plan whose product somebody gave another’s name is not made a second time', async () => {
  const quay = await openShop({
    'floe.config.yaml': `${CONFIG}plans:\n  monthly: { price: 500, every: month }\n`,
  });
  await quay.run('push');
  const [product] = await quay.list('products');
  await quay.call('sandbox', 'PATCH', `/v1/products/${String(product?.['id'])}`, { name: 'reef:monthly' });
  const { code, stderr } = await quay.run('push');
  expect([code, stderr]).toEqual([1, expect.stringContaining('is quay or reef’s')]);
  expect(await quay.list('products')).toHaveLength(1);
});

const METERED = (name: string, filter = 'call') =>
  `${CONFIG}meters:
  calls: { name: ${name}, filter: { conjunction: and, clauses: [{ property: name, operator: eq, value: ${filter} }] }, aggregation: { func: count } }
benefits:
  calls: { type: meter_credit, description: A thousand calls, meter: calls, units: 1000 }
plans:
  usage: { price: 900, every: month, benefits: [calls] }
`;

test('a meter that has counted is renamed, and archived when nothing counts with it any more', async () => {
  const quay = await openShop({ 'floe.config.yaml': METERED('Calls') });
  await quay.run('push');
  const made = await quay.post('customers', { email: 'ada@example-site.dev' });
  const events = [{ name: 'call', customer_id: made }];
  await quay.call('sandbox', 'POST', '/v1/events/ingest', { events });
  await quay.write({ 'floe.config.yaml': METERED('Requests') });
  expect((await quay.run('push')).code).toBe(0);
  expect(await quay.list('meters')).toMatchObject([{ name: 'Requests' }]);
  expect(await quay.run('push')).toMatchObject({ code: 0, stdout: expect.stringContaining(NOTHING_LEFT) });
  // Another count is another meter.
  await quay.write({ 'floe.config.yaml': METERED('Requests', 'ask') });
  expect((await quay.run('push')).stderr).toContain('already aggregating events');
  // The benefit stays at Polar, which archives no meter that it counts with.
  await quay.write({ 'floe.config.yaml': CONFIG });
  expect(await quay.run('push --archive')).toMatchObject({ code: 0 });
  expect(await quay.list('products')).toMatchObject([{ is_archived: true }]);
  const [benefit] = await quay.list('benefits');
  await quay.call('sandbox', 'DELETE', `/v1/benefits/${String(benefit?.['id'])}`);
  await quay.run('push --archive');
  expect(await quay.list('meters')).toMatchObject([{ archived_at: expect.any(String) }]);
});

test('a discount is of all products again, and never because its list is empty', async () => {
  const config = (products: string) =>
    `${CONFIG}plans:\n  monthly: { price: 500, every: month }\ndiscounts:\n  spring: { name: Spring, type: percentage, basis_points: 2500, duration: once${products} }\n`;
  const quay = await openShop({ 'floe.config.yaml': config(', products: [monthly]') });
  await quay.run('push');
  await quay.write({ 'floe.config.yaml': config(', products: []') });
  expect((await quay.run('push')).stderr).toContain(
    'floe.config.yaml:7: discounts.spring.products: is empty, and would be of every product',
  );
  expect(await quay.list('discounts')).toMatchObject([{ products: [{ name: 'quay:monthly' }] }]);
  await quay.write({ 'floe.config.yaml': config('') });
  await quay.run('push');
  expect(await quay.list('discounts')).toMatchObject([{ products: [] }]);
  expect((await quay.run('plan')).stdout).toContain(NOTHING_LEFT);
});

test('a description of several lines is the same when Polar has cut the last line break', async () => {
  const quay = await openShop({
    'floe.config.yaml': `${CONFIG}plans:\n  monthly:\n    price: 500\n    description: |\n      Every article,\n      every month.\n`,
  });
  await quay.run('push');
  expect(await quay.list('products')).toMatchObject([{ description: 'Every article,\nevery month.' }]);
  expect((await quay.run('plan')).stdout).toContain(NOTHING_LEFT);
});

test('what moved up while a list was read is seen all the same', async () => {
  const quay = await openShop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES });
  await quay.run('push');
  let lists = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const answer = await quay.world.fetch(input, init);
    if (!new Request(input, init).url.includes('/v1/benefits/?') || ++lists > 1) return answer;
    const body = await answer.json();
    return Response.json({ ...Object(body), items: [] });
  };
  expect((await quay.run('plan', { fetch })).stdout).toContain(NOTHING_LEFT);
});
