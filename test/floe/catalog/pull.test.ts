import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { BENEFITS, INTERVALS, makeFile, makeMeter, makeProduct, PRICES } from './by-hand.ts';
import { CONFIG, openShop, TIDES } from './shop.ts';
import { emptyFolder } from '../harness.ts';

/* An organization as a configuration: what was pulled and is planned is no difference. */

type Shop = Awaited<ReturnType<typeof openShop>>;

/** Pulls, and plans what came: nothing would change. @returns the configuration */
async function pullAndPlan(shop: Shop, typed = 'pull quay', more: object = {}): Promise<string> {
  const pulled = await shop.run(typed, more);
  expect(pulled).toMatchObject({ code: 0, stderr: expect.not.stringContaining('cannot be said') });
  const planned = await shop.run('plan', more);
  expect(planned.stdout).toMatch(/^0 to create, 0 to change, 0 to archive, [1-9]\d* unchanged\./);
  expect(planned.code).toBe(0);
  return readFile(path.join(shop.cwd, 'floe.config.yaml'), 'utf8');
}

test.each(Object.keys(PRICES))('a price that is %s', async (type) => {
  const shop = await openShop({});
  const meter = await makeMeter(shop);
  await makeProduct(shop, { name: 'quay:pro', ...PRICES[type]?.(meter) });
  expect(await pullAndPlan(shop)).toContain('  pro:');
});

test('every interval, by one and by three, with a trial and without', async () => {
  const shop = await openShop({});
  for (const [i, each] of INTERVALS.entries()) {
    const trial = i % 2 === 0 ? {} : { trial_interval: each.recurring_interval, trial_interval_count: i };
    await makeProduct(shop, { name: `quay:plan-${i}`, ...each, ...trial });
  }
  expect(await pullAndPlan(shop)).toContain('every: 3 weeks');
});

test.each(Object.keys(BENEFITS))('a benefit of the type %s', async (type) => {
  const shop = await openShop({});
  const meter = await makeMeter(shop);
  const file = await makeFile(shop, { name: 'high water.txt', text: 'At six.' });
  const body = { type, ...BENEFITS[type]?.({ meter, file }) };
  await makeProduct(shop, { name: 'quay:pro' }, [await shop.post('benefits', body)]);
  const text = await pullAndPlan(shop);
  // Who has the configuration does not have the server.
  expect(text).not.toContain('secret-token');
});

test('custom fields of every type, in order', async () => {
  const shop = await openShop({});
  const types = {
    text: { form_label: 'Who?', textarea: true, max_length: 90 },
    number: { ge: 1 },
    date: {},
    checkbox: { form_help_text: 'Yes: *or* no' },
    select: { options: [{ value: 'a', label: 'A: first' }] },
  };
  const ids = [];
  for (const [type, properties] of Object.entries(types))
    ids.push(
      await shop.post('custom-fields', {
        type,
        slug: type === 'date' ? 'quay-date' : `our_${type}`,
        name: `A ${type}`,
        properties,
      }),
    );
  const attached_custom_fields = ids
    .toReversed()
    .map((custom_field_id, i) => ({ custom_field_id, required: i === 1 }));
  await makeProduct(shop, { name: 'quay:pro', attached_custom_fields });
  expect(await pullAndPlan(shop)).toContain('slug: our_select');
});

test('discounts of a product, by percent and by amount, and not those of all products', async () => {
  const shop = await openShop({});
  const products = [await makeProduct(shop, { name: 'quay:pro' })];
  const old = await makeProduct(shop, { name: 'quay:old' });
  await shop.call('sandbox', 'PATCH', `/v1/products/${old}`, { is_archived: true });
  const window = {
    starts_at: '2026-01-01T00:00:00+01:00',
    max_redemptions: 9,
    max_redemptions_per_customer: 1,
  };
  await shop.post('discounts', {
    name: 'Spring',
    code: 'SPRING26',
    basis_points: 2500,
    duration: 'once',
    products,
    ...window,
  });
  await shop.post('discounts', {
    name: 'Ten off',
    amounts: { usd: 1000, eur: 900 },
    duration: 'repeating',
    duration_in_months: 3,
    products: [...products, old],
  });
  await shop.post('discounts', { name: 'Everything', basis_points: 100, duration: 'forever' });
  const text = await pullAndPlan(shop);
  expect(text).toContain('# quay:old');
  expect(text).not.toContain('Everything');
});

test('pictures and files come along, and are found again where they are', async () => {
  const shop = await openShop({ 'papers/table.txt': 'At six.' });
  const picture = await makeFile(shop, {
    name: 'cover.png',
    text: 'png',
    service: 'product_media',
    type: 'image/png',
  });
  const files = [
    await makeFile(shop, { name: 'table.txt', text: 'At six.' }),
    await makeFile(shop, { name: 'table.txt', text: 'At seven.' }),
  ];
  const benefit = await shop.post('benefits', {
    type: 'downloadables',
    description: 'Tables',
    properties: { files },
  });
  await makeProduct(shop, { name: 'quay:pro', medias: [picture] }, [benefit]);
  const text = await pullAndPlan(shop);
  expect(text).toContain('path: papers/table.txt');
  expect(await readFile(path.join(shop.cwd, 'files/cover.png'), 'utf8')).toBe('png');
  // Nobody has bought it, so nobody can be shown it.
  expect(text).toMatch(/sha256: [0-9a-f]{64}/);
});

test('what is called alike is told apart, always in the same way', async () => {
  const shop = await openShop({});
  const benefits = [];
  for (const note of ['one', 'two'])
    benefits.push(
      await shop.post('benefits', { type: 'custom', description: 'Äll of it', properties: { note } }),
    );
  await makeProduct(shop, { name: 'quay:pro' }, benefits);
  await makeProduct(shop, { name: 'Pro for ever', metadata: { gateway_product: 'quay', by: 'hand' } });
  const text = await pullAndPlan(shop);
  expect(text).toContain('benefits: [all-of-it, all-of-it-');
  expect(text).toContain('name: Pro for ever');
  await shop.post('benefits', {
    type: 'custom',
    description: 'Another',
    metadata: { gateway_product: 'quay' },
    properties: {},
  });
  expect((await shop.run('pull --dry-run')).stdout).toContain(/ {2}all-of-it-[0-9a-f]{6}:/.exec(text)?.[0]);
  // A push writes what they are, and then says nothing more. A name of another form stops it until somebody has looked.
  expect(await shop.run('push')).toMatchObject({ code: 1, stderr: expect.stringContaining('product_name') });
  await shop.write({ 'floe.config.yaml': `${text}audit: { off: [product_name] }\n` });
  expect((await shop.run('push')).stdout).toContain('Pushed 4 changes');
  expect((await shop.run('plan')).stdout).toMatch(/[45] unchanged\.\n/);
});

test('a catalogue that was pushed comes back, pages left to their frontmatter', async () => {
  const shop = await openShop({
    'floe.config.yaml': `${CONFIG}owner: ada@quay.example\nplans:\n  monthly: { price: 500, every: month, benefits: [all, page:blog/tides] }\nbenefits:\n  all: { description: Everything, content_id: blog/* }\n`,
    'content/blog/tides.md': TIDES.replace('price', 'downloads: [{ title: A, file: a.txt }]\nprice'),
    'content/blog/a.txt': 'a',
  });
  await shop.run('push');
  expect((await shop.run('pull quay')).stderr).toContain('floe.config.yaml is there already');
  const text = await pullAndPlan(shop, 'pull --force');
  expect(text).toContain('content:\n  - content/blog/*.md\n');
  expect(text).toContain('owner: ada@quay.example');
  expect(text).not.toContain('tides:');
  // Without the configuration the pages are found, and without the pages they are plans.
  const found = await shop.run('pull quay --config other.yaml');
  expect(found.stdout).toContain('1 page sold by frontmatter');
  expect(await readFile(path.join(shop.cwd, 'other.yaml'), 'utf8')).toContain(
    'siteUrl: https://quay.example',
  );
  const elsewhere = { cwd: await emptyFolder() };
  expect((await shop.run('pull quay', elsewhere)).code).toBe(0);
  expect((await shop.run('plan', elsewhere)).stdout).toContain('0 to create, 0 to change');
  expect(await readFile(path.join(elsewhere.cwd, 'floe.config.yaml'), 'utf8')).toContain(
    'key: page:blog/tides',
  );
});

test('by name, of everything, and what nobody claims', async () => {
  const shop = await openShop({});
  await makeProduct(shop, { name: 'quay:pro' });
  await makeProduct(shop, { name: 'quay:basic' });
  await makeProduct(shop, { name: 'atlas:pro' });
  await makeProduct(shop, { name: 'Pro' });
  const whole = await shop.run('pull');
  expect(whole).toMatchObject({ code: 2, stderr: expect.stringContaining('atlas, quay') });
  const some = await shop.run('pull quay:p* --dry-run');
  expect(some.stdout).toContain('  pro:');
  expect(some.stdout).not.toContain('basic');
  expect(some.stderr).toContain('Nobody claims "Pro"');
  expect(await readdir(shop.cwd)).toEqual([]);
  expect(await shop.run('pull kiosk')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('nothing of kiosk'),
  });
  expect(await pullAndPlan(shop, 'pull quay --take Pr*')).toContain('name: Pro');
  await shop.run('pull --all');
  expect((await readdir(shop.cwd)).toSorted()).toEqual(['atlas', 'floe.config.yaml', 'quay']);
});

test('what another product’s benefit is given with is said by its id', async () => {
  const shop = await openShop({});
  const theirs = await shop.post('benefits', {
    type: 'custom',
    description: 'All of Atlas',
    metadata: { gateway_product: 'atlas' },
    properties: {},
  });
  await makeProduct(shop, { name: 'quay:both' }, [theirs]);
  expect(await pullAndPlan(shop)).toContain(`- id:${theirs} # All of Atlas`);
});

test('nothing is written over, and --force keeps the settings', async () => {
  const kept = 'product: quay # the harbour\naudit: { off: [free_tier] }\ncurrency: eur\n';
  const shop = await openShop({ 'floe.config.yaml': kept });
  await makeProduct(shop, { name: 'quay:pro' });
  expect(await shop.run('pull')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--force writes over it'),
  });
  expect(shop.asked).toEqual([]);
  const dry = await shop.run('pull --dry-run');
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('currency: eur') });
  expect(await readFile(path.join(shop.cwd, 'floe.config.yaml'), 'utf8')).toBe(kept);
  expect((await shop.run('pull atlas --force')).stderr).toContain('is of quay, and not of atlas');
  expect(await pullAndPlan(shop, 'pull --force')).toContain('free_tier');
});
