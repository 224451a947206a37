import { expect, test } from 'vitest';
import { BENEFITS, makeFile, makeMeter, makeProduct, PRICES } from './by-hand.ts';
import { CONFIG, openShop, TIDES } from './shop.ts';

/* What the sandbox sells is sold in live: two organizations of one simulated Polar. */

type Shop = Awaited<ReturnType<typeof openShop>>;

const EVERYTHING = `${CONFIG}
plans:
  monthly: { price: { usd: 500, eur: 450 }, every: month, trial: 14 days, benefits: [all, key, early], medias: [cover], fields: [company] }
  usage: { price: [900, { amount_type: metered_unit, meter: calls, unit_amount: '0.50' }], every: 3 months, benefits: [credit] }
  book: { price: 2900, benefits: [files] }
benefits:
  all: { description: Every article, content_id: blog/* }
  key: { type: license_keys, description: For two machines, prefix: QUAY, activations: { limit: 2, enable_customer_admin: true } }
  early: { type: feature_flag, description: Early access }
  credit: { type: meter_credit, description: A thousand calls, meter: calls, units: 1000 }
  files: { type: downloadables, description: The book, files: [book] }
meters:
  calls: { name: Calls, filter: { conjunction: and, clauses: [{ property: name, operator: eq, value: call }] }, aggregation: { func: count } }
fields:
  company: { name: Company, type: text, properties: { form_label: Company } }
discounts:
  spring: { name: Spring, code: SPRING26, type: percentage, basis_points: 2500, duration: once, products: [monthly] }
files: { book: book.txt, cover: cover.png }
`;

async function pushed(): Promise<Shop> {
  const shop = await openShop({
    'floe.config.yaml': EVERYTHING,
    'content/blog/tides.md': TIDES,
    'book.txt': 'Twice a day.',
    'cover.png': 'png',
  });
  expect(await shop.run('push')).toMatchObject({ code: 0 });
  return shop;
}

const namesIn = async (shop: Shop, kind: string, mode: 'sandbox' | 'live') =>
  (await shop.list(kind, mode)).map(({ name, description }) => String(name ?? description)).toSorted();

test('everything that the sandbox sells is sold in live, and then nothing is to do', async () => {
  const shop = await pushed();
  const dry = await shop.run('promote quay --dry-run');
  expect(dry.stdout).toContain('+ product quay:blog-tides');
  expect(dry.stderr).toContain('begin with QUAY in both');
  expect(await shop.list('products', 'live')).toEqual([]);
  expect(await shop.run('promote --from sandbox --to live')).toMatchObject({ code: 6 });
  expect(await shop.run('promote --yes')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('to live'),
  });
  for (const kind of ['products', 'benefits', 'meters', 'discounts', 'custom-fields', 'files'])
    expect(await namesIn(shop, kind, 'live')).toEqual(await namesIn(shop, kind, 'sandbox'));
  expect((await shop.run('promote --yes')).stdout).toMatch(/^0 to create, 0 to change/);
  expect((await shop.run('plan --mode live')).stdout).toMatch(/^0 to create, 0 to change/);
});

test('the diff is shown before live is asked for, and a no changes nothing', async () => {
  const shop = await pushed();
  const no = await shop.run('promote', { answers: [false] });
  expect(no.asked).toEqual([expect.stringMatching(/^Promote \d+ changes of quay to live\?$/)]);
  expect(no.stderr).toContain('+ product quay:monthly');
  expect(await shop.list('products', 'live')).toEqual([]);
});

test('a price is promoted as one change, and what left is archived only when it is asked for', async () => {
  const shop = await pushed();
  await shop.run('promote --yes');
  await shop.write({
    'floe.config.yaml': EVERYTHING.replace('price: 2900', 'price: 3900').replace(/ {2}usage:.*\n/, ''),
  });
  await shop.run('push --archive');
  const { stdout } = await shop.run('promote quay:b* --archive --dry-run --json');
  expect(JSON.parse(stdout)).toMatchObject({
    from: 'sandbox',
    mode: 'live',
    changes: [{ action: 'update', name: 'quay:book', differences: [{ field: 'prices' }] }],
    left: [],
  });
  expect((await shop.run('promote --yes --archive')).stdout).toContain('Promoted 2 changes');
  expect((await shop.list('products', 'live')).find(({ name }) => name === 'quay:usage')).toMatchObject({
    is_archived: true,
  });
});

test('made by hand on both sides, it is found by what it is called', async () => {
  const shop = await openShop({});
  for (const mode of ['sandbox', 'live'] as const) {
    const meter = await makeMeter(shop, {}, mode);
    const body = { type: 'custom', ...BENEFITS['custom']?.({ meter, file: '' }) };
    const benefit = await shop.post('benefits', body, mode);
    await makeProduct(
      shop,
      { name: 'quay:pro', ...PRICES['metered, beside a fixed one']?.(meter) },
      [benefit],
      mode,
    );
  }
  const { stdout } = await shop.run('promote quay --dry-run');
  expect(stdout).toContain(
    '0 to create, 0 to change, 0 to archive, 3 unchanged. 3 objects of them were made by hand',
  );
  await shop.run('promote quay --yes');
  expect(await shop.list('benefits', 'live')).toMatchObject([
    { metadata: { gateway_product: 'quay', catalog_key: 'benefit:every-article' } },
  ]);
});

test.each(['discord', 'github_repository', 'slack_shared_channel'])(
  'a benefit of the type %s is made by somebody first',
  async (type) => {
    const shop = await openShop({});
    const body = { type, ...BENEFITS[type]?.({ meter: '', file: '' }) };
    await makeProduct(shop, { name: 'quay:pro' }, [await shop.post('benefits', body)]);
    const refused = await shop.run('promote quay --yes');
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('in Polar’s dashboard and make the benefit'),
    });
    expect(await shop.list('products', 'live')).toEqual([]);
    await shop.post('benefits', body, 'live');
    expect(await shop.run('promote quay --yes')).toMatchObject({ code: 0 });
    expect(await shop.list('benefits', 'live')).toHaveLength(1);
    expect(await shop.list('products', 'live')).toMatchObject([{ benefits: [{ type }] }]);
    expect((await shop.run('promote quay')).stdout).toMatch(/^0 to create, 0 to change/);
  },
);

test('a file that is nowhere here is fetched as the buyer of the sandbox that it was sold to', async () => {
  const shop = await openShop({});
  const file = await makeFile(shop, { name: 'table.txt', text: 'At six.' });
  const body = { type: 'downloadables', ...BENEFITS['downloadables']?.({ meter: '', file }) };
  const product = await makeProduct(
    shop,
    { name: 'quay:table', prices: [{ amount_type: 'free', price_currency: 'usd' }] },
    [await shop.post('benefits', body)],
  );
  const refused = await shop.run('promote quay --yes');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('table.txt') });
  expect(await shop.list('products', 'live')).toEqual([]);
  await shop.buy(product);
  expect(await shop.run('promote quay --yes')).toMatchObject({ code: 0 });
  expect(await shop.list('files', 'live')).toMatchObject([
    { name: 'table.txt', size: 7, mime_type: 'text/plain' },
  ]);
});

test('what is killed at any write and run again is there once', async () => {
  const shop = await pushed();
  for (let kill = 0; kill < 20; kill++) {
    shop.dieAfter(kill % 7, kill % 2 === 1);
    await shop.run('promote --yes');
  }
  shop.dieAfter(Number.POSITIVE_INFINITY);
  expect((await shop.run('promote --yes')).code).toBe(0);
  for (const kind of ['products', 'benefits', 'meters', 'discounts', 'custom-fields'])
    expect(await namesIn(shop, kind, 'live')).toEqual(await namesIn(shop, kind, 'sandbox'));
});

test('what has another owner in live, and what is of others in the sandbox, stops it', async () => {
  const shop = await openShop({});
  await makeProduct(shop, { name: 'quay:pro' });
  await makeProduct(shop, { name: 'quay:pro', metadata: { gateway_product: 'atlas' } }, [], 'live');
  expect(await shop.run('promote quay --yes')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('atlas or quay’s'),
  });
  const theirs = await shop.post('benefits', {
    type: 'custom',
    description: 'All of Atlas',
    properties: {},
    metadata: { gateway_product: 'atlas' },
  });
  await makeProduct(shop, { name: 'quay:both' }, [theirs]);
  expect(await shop.run('promote quay:both --yes')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('not this product’s'),
  });
  expect(await shop.run('promote quay --from live --to live')).toMatchObject({ code: 2 });
  expect(await shop.run('promote kiosk')).toMatchObject({ code: 4 });
});
