import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CONFIG, openShop, TIDES } from './shop.ts';

/** What `plan` says is wrong with a configuration: each with its file, line and field. */
async function faultsOf(config: string, files: Record<string, string> = {}): Promise<string[]> {
  const quay = await openShop({ ...files, 'floe.config.yaml': `${CONFIG}${config}` });
  const { code, stderr } = await quay.run('plan --json');
  expect(code).toBe(1);
  expect(quay.asked).toEqual([]);
  const { error } = JSON.parse(stderr) as { error: { errors: { path: string; message: string }[] } };
  return error.errors.map(({ path: at, message }) => `${at}: ${message}`);
}

// The three lines of every shop come first.
test('a name that stands for nothing is said where it stands, whatever it is a name of', async () => {
  const faults = await faultsOf(`plans:
  monthly:
    every: month
    price: [500, { amount_type: metered_unit, meter: calls, unit_amount: 1 }]
    benefits:
      - all
      - constructor
    medias: [cover]
    fields: [company]
benefits:
  all:
    description: Everything
  files: { type: downloadables, description: Files, files: [handbook, gone] }
  credit:
    type: meter_credit
    description: Calls
    meter: calls
    units: 9
discounts:
  spring: { name: Spring, type: percentage, basis_points: 100, duration: once, products: [yearly, 'page:blog/tides'] }
files:
  gone: ./gone.pdf
`);
  expect(faults.toSorted()).toEqual([
    'floe.config.yaml:10: plans.monthly.benefits.1: there is no benefit "constructor"',
    'floe.config.yaml:11: plans.monthly.medias.0: there is no file "cover" among files',
    'floe.config.yaml:12: plans.monthly.fields.0: there is no field "company"',
    'floe.config.yaml:16: benefits.files.files.0: there is no file "handbook" among files',
    'floe.config.yaml:16: benefits.files.files.1: there is no file ./gone.pdf',
    'floe.config.yaml:20: benefits.credit.meter: there is no meter "calls"',
    'floe.config.yaml:23: discounts.spring.products.0: there is no plan "yearly"',
    'floe.config.yaml:23: discounts.spring.products.1: there is no plan "page:blog/tides"',
    'floe.config.yaml:7: plans.monthly.price: there is no meter "calls"',
  ]);
});

test.each([
  ['plans: { tip: { price: 500, trial: 14 days } }', ':4: plans.tip.trial: is of a subscription'],
  ['plans:\n  tip:\n    price: []', ':6: plans.tip.price: '],
  ['plans:\n  tip:\n    price: 500\n    every: 0 months', ':7: plans.tip.every: '],
  [`plans:\n  ${'a'.repeat(64)}:\n    price: 500`, `:5: plans.${'a'.repeat(64)}.name: `],
  [
    'plans:\n  tip:\n    price: { amount_type: metered_unit, meter: id:1, unit_amount: 1 }',
    ':6: plans.tip.price: has a metered price, which only a subscription can have',
  ],
  [`benefits:\n  all:\n    description: ${'a'.repeat(43)}`, ':6: benefits.all.description: '],
  ['benefits:\n  all:\n    type: custom', ':5: benefits.all.description: '],
  [
    'discounts:\n  ten: { name: Ten, type: percentage, duration: once }',
    ':5: discounts.ten.basis_points: is missing',
  ],
  [
    'discounts:\n  ten: { name: Ten, type: fixed, duration: repeating, amounts: { usd: 1 } }',
    ':5: discounts.ten.duration_in_months: is missing',
  ],
  [
    'plans:\n  one: { key: same, price: 500 }\n  two: { key: same, price: 500 }',
    ':6: "same" is the key of two products',
  ],
])('%j is a mistake', async (config, said) => {
  expect((await faultsOf(config))[0]).toContain(`floe.config.yaml${said}`);
});

test('a page that would be called like a plan is a mistake of the page', async () => {
  expect(await faultsOf('plans: { blog-tides: { price: 500 } }', { 'content/blog/tides.md': TIDES })).toEqual(
    [
      'content/blog/tides.md:3: would be called "quay:blog-tides", as plan:blog-tides is; give it another name',
    ],
  );
});

test('files and media of a configuration are uploaded, and one that Polar has is known by its SHA-256', async () => {
  const config = `${CONFIG}plans:
  book: { price: 900, benefits: [files], medias: [cover], fields: [company] }
benefits:
  files: { type: downloadables, description: The handbook, files: [handbook] }
fields:
  company: { name: Company, type: text }
files:
  handbook: { path: files/handbook.pdf, version: '2' }
  cover: files/cover.png
`;
  const quay = await openShop({
    'floe.config.yaml': config,
    'files/handbook.pdf': 'All about tides.',
    'files/cover.png': 'A picture.',
  });
  expect(await quay.run('push')).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') });
  const files = await quay.list('files');
  expect(files.map(({ name, service, version }) => [name, service, version]).toSorted()).toEqual([
    ['cover.png', 'product_media', null],
    ['handbook.pdf', 'downloadable', '2'],
  ]);
  expect(await quay.list('products')).toMatchObject([
    {
      medias: [{ name: 'cover.png' }],
      attached_custom_fields: [{ custom_field: { slug: 'quay-company' } }],
      benefits: [{ properties: { files: [expect.any(String)] } }],
    },
  ]);
  expect((await quay.run('plan')).code).toBe(0);

  const sha256 = createHash('sha256').update('All about tides.').digest('hex');
  const elsewhere = config.replace('files/handbook.pdf', `elsewhere/handbook.pdf, sha256: ${sha256}`);
  await writeFile(path.join(quay.cwd, 'floe.config.yaml'), elsewhere);
  expect((await quay.run('plan')).code).toBe(0);
});
