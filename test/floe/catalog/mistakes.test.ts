import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONFIG, openShop, TIDES } from './shop.ts';

/* What a newcomer gets wrong, and what is said of it. */

/** What `plan` says is wrong, before Polar is asked. */
async function faultsOf(config: string): Promise<string[]> {
  const quay = await openShop({ 'floe.config.yaml': config });
  const { code, stderr } = await quay.run('plan --json');
  expect([code, quay.asked]).toEqual([1, []]);
  const { error } = JSON.parse(stderr) as { error: { errors: { path: string; message: string }[] } };
  return error.errors.map(({ path: at, message }) => `${at}: ${message}`);
}

const AMOUNT = 'must be a whole number of minor units: 700 is $7.00';

describe('each field says what is wanted', () => {
  test.each([
    ['{ usd: 12.5 }', `.usd: ${AMOUNT}`],
    ['{ usd: "500" }', `.usd: ${AMOUNT}`],
    ['{ euro: 450 }', '.euro: must be a currency of three letters, such as usd'],
    ['[500, cheap]', `.1: ${AMOUNT}`],
    [
      '{ amount_type: fixd }',
      '.amount_type: must be one of fixed, custom, seat_based, metered_unit, unit_based',
    ],
    ['{ amount_type: metered_unit, meter: calls }', '.unit_amount: is missing'],
    ['{ amount_type: fixed, price_amount: 7.5 }', `.price_amount: ${AMOUNT}`],
  ])('price: %s', async (price, said) => {
    expect(await faultsOf(`${CONFIG}plans: { monthly: { price: ${price} } }\n`)).toEqual([
      `floe.config.yaml:4: plans.monthly.price${said}`,
    ]);
  });

  test.each([
    ['prodct: quay\n', [':1: product: is missing', ':1: prodct: is no field; product is']],
    [
      'product: quay\ncontent:\n  - a/*.md\n  - { include: b/*.md, group: index }\n',
      [':4: content.1.group: must be { index: … }, with the name of the page that sells its folder'],
    ],
    [
      'product: quay\nplans:\n  Monthly: { price: 500 }\n',
      [':3: plans.Monthly: must be lower case and divided by dashes'],
    ],
    [
      'product: quay\nplans:\n  monthly:\n    price: 500\n    evry: month\n    colour: red\n',
      [':5: plans.monthly.evry: is no field; every is', ':6: plans.monthly.colour: is no field'],
    ],
    [
      'product: quay\nbenefits:\n  all: { description: Everything, contentid: blog/*, type: feature_flag }\n',
      [':3: benefits.all.contentid: is no field; content_id is'],
    ],
    ['product: quay\nlocales: de\n', [':2: locales: must be a list']],
  ])('%j', async (config, said) => {
    expect(await faultsOf(config)).toEqual(said.map((each) => `floe.config.yaml${each}`));
  });

  test.each(['blog*', '*', '/blog/*', 'content:blog', 'blog/**'])(
    'content_id: %s opens nothing',
    async (id) => {
      const config = `${CONFIG}benefits:\n  all:\n    description: Everything\n    content_id: '${id}'\n`;
      expect(await faultsOf(config)).toEqual([
        `floe.config.yaml:7: benefits.all.content_id: "${id}" opens nothing; it is a path such as blog/tides, or blog/* with all beneath it`,
      ]);
    },
  );
});

test('a pattern that names no page is a warning, of a site that has none yet too', async () => {
  const quay = await openShop({ 'floe.config.yaml': CONFIG });
  for (const typed of ['plan', 'push', 'audit --files'])
    expect(await quay.run(typed)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('warning: floe.config.yaml: content: content/blog/*.md names no page.'),
    });
});

describe('a field of a page that is nearly ours', () => {
  test.each([
    ['prise: 700', 'prise: does nothing; did you mean price?'],
    ['pirce: "7.00"', 'pirce: does nothing; did you mean price?'],
    ['Price: 700', 'Price: does nothing; did you mean price?'],
    ['intervall: month', 'intervall: does nothing; did you mean interval?'],
    ['fre: true', 'fre: does nothing; did you mean free?'],
  ])('%s is warned of', async (field, said) => {
    const page = `---\ntitle: Tides\n${field}\n---\n`;
    const quay = await openShop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': page });
    const { code, stderr } = await quay.run('plan');
    expect([code, stderr]).toEqual([0, `warning: content/blog/tides.md:3: ${said}\n`]);
  });

  test.each([
    'price: 700\nprise: 800',
    'prime: true',
    'prices: [1]',
    'review: true',
    'internal: true',
    'download: table.pdf',
    'pride: of place',
    'previous: notes',
  ])('%j is not', async (field) => {
    const page = `---\ntitle: Tides\n${field}\n---\n`;
    const quay = await openShop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': page });
    expect((await quay.run('plan')).stderr).not.toContain('warning');
  });
});

describe('which configuration is read', () => {
  test('two of them are refused, and --config says which is meant', async () => {
    const quay = await openShop({
      'floe.config.yaml': CONFIG,
      'floe.config.ts': 'export default { product: "reef" };\n',
    });
    expect(await quay.run('plan')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /This folder has floe\.config\.ts and floe\.config\.yaml\.[^]*--config floe\.config\.ts/,
      ),
    });
    expect((await quay.run('plan --config floe.config.yaml')).code).toBe(0);
  });

  test('one that has to be named is named', async () => {
    const quay = await openShop({ 'quay.config.yaml': CONFIG, 'astro.config.ts': '' });
    expect(await quay.run('plan')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('There is quay.config.yaml: add --config quay.config.yaml'),
    });
    await rm(path.join(quay.cwd, 'quay.config.yaml'));
    expect((await quay.run('plan')).stderr).toContain('floe catalog init writes one.');
  });
});

describe('who is asked, and by which token', () => {
  const open = () => openShop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES });

  test('a token that is refused is said with where it came from, and where one is made', async () => {
    const quay = await open();
    const configDir = path.join(quay.cwd, 'config/floe');
    const file = path.join(quay.cwd, 'config/quay/polar-oat-sandbox.txt');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, 'polar_oat_wrong', { mode: 0o600 });
    const fetch = () => Promise.resolve(Response.json({ error: 'invalid_token' }, { status: 401 }));
    const run = (env: Record<string, string>) => quay.run('plan', { fetch, configDir, env });
    const kept = await run({ POLAR_SANDBOX_ACCESS_TOKEN: '', POLAR_SANDBOX_API_URL: '' });
    expect(kept.code).toBe(3);
    expect(kept.stderr).toContain(`Polar refuses the access token of sandbox (${file}).`);
    expect(kept.stderr).toContain('Make one at https://sandbox.polar.sh/dashboard/');
    const set = await run({ POLAR_SANDBOX_ACCESS_TOKEN: 'polar_oat_wrong' });
    expect(set.stderr).toContain('(POLAR_SANDBOX_ACCESS_TOKEN)');
    expect(set.stderr).toContain('http://polar.example-site.dev, which POLAR_SANDBOX_API_URL names');
    expect(set.stderr).not.toMatch(/polar_oat_wrong|\.\./);
  });

  test.each([
    ['a page', new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['a page that is not found', new Response('<html>', { status: 404 })],
    ['another API', Response.json({ status: 'ok' })],
  ])('%s is not Polar, and its address is named', async (_, answer) => {
    const quay = await open();
    const { code, stderr } = await quay.run('plan', { fetch: () => Promise.resolve(answer.clone()) });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('http://polar.example-site.dev does not answer as Polar does'),
    ]);
    expect(stderr).not.toContain('fault of floe');
  });

  test('what cannot be reached is named, and a refusal ends with one full stop', async () => {
    const quay = await open();
    const away = await quay.run('plan', { fetch: () => Promise.reject(new TypeError('fetch failed')) });
    expect(away.stderr).toContain('Polar could not be reached at http://polar.example-site.dev.');
    quay.instead.push(Response.json({ detail: 'It is closed.' }, { status: 409 }));
    expect((await quay.run('plan')).stderr).toContain('Polar does not list meters: It is closed.\n');
  });
});
