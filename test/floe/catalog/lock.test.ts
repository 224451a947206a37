import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { catalogIds } from '../../../packages/kit/catalog.ts';
import { CONFIG, openShop, TIDES } from './shop.ts';

/* The lock file that `floe catalog push` writes, and both modes at once. */

const PLANS = `${CONFIG}plans:\n  monthly: { price: 500, every: month, benefits: [all] }\nbenefits:\n  all: { description: Everything, content_id: blog/* }\n`;
const open = () => openShop({ 'floe.config.yaml': PLANS, 'content/blog/tides.md': TIDES });
type Shop = Awaited<ReturnType<typeof open>>;
const textOf = ({ cwd }: Shop) => readFile(path.join(cwd, 'floe.lock.json'), 'utf8');
const lockOf = async (shop: Shop) => JSON.parse(await textOf(shop)) as Record<string, Record<string, object>>;

test('a push writes the ids of its mode beside those of the other one, in the order of names, and nothing secret', async () => {
  const quay = await open();
  await quay.run('push');
  const ids = async (mode: 'sandbox' | 'live') =>
    new Map((await quay.list('products', mode)).map(({ name, id }) => [name, id]));
  const sandbox = await ids('sandbox');
  expect((await lockOf(quay))['products']).toEqual({
    'quay:blog-tides': { sandbox: sandbox.get('quay:blog-tides') },
    'quay:monthly': { sandbox: sandbox.get('quay:monthly') },
  });
  expect((await quay.run('push --mode live --yes')).stdout).toContain('floe.lock.json has their ids.');
  const live = await ids('live');
  const lock = await lockOf(quay);
  expect(lock).toMatchObject({
    product: 'quay',
    products: { 'quay:monthly': { live: live.get('quay:monthly'), sandbox: sandbox.get('quay:monthly') } },
    benefits: { all: { live: expect.any(String) }, 'page:blog/tides': { live: expect.any(String) } },
  });
  const text = await textOf(quay);
  expect(Object.values(quay.world.env).filter((value) => text.includes(value))).toEqual([]);
  // Another run writes the same bytes.
  await quay.run('push');
  expect(await textOf(quay)).toBe(text);
});

test('an app reads the ids of its mode by name', async () => {
  const quay = await open();
  await quay.run('push');
  const { product } = catalogIds((await lockOf(quay)) as never, 'sandbox');
  const [found] = (await quay.list('products')).filter(({ name }) => name === 'quay:monthly');
  expect(product('quay:monthly')).toBe(found?.['id']);
});

test('what is promoted has its ids there as well', async () => {
  const quay = await open();
  await quay.run('push');
  expect((await quay.run('promote --from sandbox --to live --yes')).code).toBe(0);
  const [found] = (await quay.list('products', 'live')).filter(({ name }) => name === 'quay:monthly');
  expect((await lockOf(quay))['products']).toMatchObject({
    'quay:monthly': { live: found?.['id'], sandbox: expect.any(String) },
  });
  expect((await quay.run('plan --both')).code).toBe(0);
});

test('--no-lock neither reads nor writes the file, of push and of promote', async () => {
  const quay = await open();
  expect((await quay.run('push --no-lock')).stdout).toBe(
    'Pushed 4 changes to sandbox; 0 stayed as they are.\n',
  );
  expect(JSON.parse((await quay.run('push --no-lock --json')).stdout)).toMatchObject({
    pushed: 0,
    lock: null,
  });
  expect((await quay.run('promote --no-lock --yes')).code).toBe(0);
  await expect(textOf(quay)).rejects.toThrow('ENOENT');

  const others = '{ "product": "atlas" }';
  await quay.write({ 'floe.lock.json': others });
  expect((await quay.run('push --no-lock')).code).toBe(0);
  expect((await quay.run('promote --no-lock --yes')).code).toBe(0);
  expect(await textOf(quay)).toBe(others);
});

test('what left the source leaves the file, and stays for the mode in which it is still sold', async () => {
  const quay = await open();
  await quay.run('push');
  await quay.run('push --mode live --yes');
  await quay.write({ 'floe.config.yaml': PLANS.replace('monthly:', 'yearly:') });
  await quay.run('push');
  expect((await lockOf(quay))['products']).toMatchObject({
    'quay:monthly': { live: expect.any(String) },
    'quay:yearly': { sandbox: expect.any(String) },
  });
  expect((await lockOf(quay))['products']?.['quay:monthly']).not.toHaveProperty('sandbox');
});

test('a file that is behind is said by plan, with exit code 2, and written by the next push', async () => {
  const quay = await open();
  await quay.run('push');
  const text = await textOf(quay);
  const lock = await lockOf(quay);
  delete lock['products']?.['quay:monthly'];
  await quay.write({ 'floe.lock.json': JSON.stringify(lock) });
  const plan = await quay.run('plan');
  expect([plan.code, plan.stderr]).toEqual([
    2,
    'floe.lock.json is behind sandbox: quay:monthly. A push writes it; commit it.\n',
  ]);
  expect(JSON.parse((await quay.run('plan --json')).stdout)).toMatchObject({
    changes: [],
    lock: { file: 'floe.lock.json', behind: ['quay:monthly'] },
  });
  expect((await quay.run('push --dry-run')).stderr).toContain('is behind');
  expect(JSON.parse((await quay.run('push --json')).stdout)).toMatchObject({
    pushed: 0,
    lock: { written: true },
  });
  expect(await textOf(quay)).toBe(text);
  expect((await quay.run('plan')).code).toBe(0);
});

test('where there is no file, nothing is behind', async () => {
  const quay = await open();
  await quay.run('push');
  const other = await openShop({ 'floe.config.yaml': PLANS, 'content/blog/tides.md': TIDES });
  expect((await quay.run('plan', { cwd: other.cwd })).code).toBe(0);
});

test.each([
  ['{\n  "product": "quay",\n<<<<<<< HEAD\n', /^error: floe\.lock\.json:4: .*\(lock_invalid\)/],
  [
    '{\n  "product": "quay",\n  "products": {\n    "quay:monthly": { "live": "polar_oat_secret" }\n  }\n}',
    /floe\.lock\.json:4: products\.quay:monthly\.live: must be an id/,
  ],
  ['{ "product": "atlas" }', /floe\.lock\.json has the ids of atlas/],
])('a file that cannot be kept stops a push before anything is done: %s', async (text, said) => {
  const quay = await open();
  await quay.write({ 'floe.lock.json': text });
  quay.asked.length = 0;
  const { code, stderr } = await quay.run('push');
  expect([code, quay.asked]).toEqual([1, []]);
  expect(stderr).toMatch(said);
  expect(stderr).not.toContain('polar_oat');
});

test('a configuration with another name has a file of its own', async () => {
  const quay = await openShop({
    'shops/quay.config.yaml': 'product: quay\nplans:\n  once: { price: 500 }\n',
  });
  await quay.run('push --config shops/quay.config.yaml');
  expect(JSON.parse(await readFile(path.join(quay.cwd, 'shops/quay.lock.json'), 'utf8'))).toMatchObject({
    product: 'quay',
  });
});

test('--both does sandbox and then live, for which it asks', async () => {
  const quay = await open();
  const planned = await quay.run('plan --both --json');
  expect([planned.code, JSON.parse(planned.stdout)]).toMatchObject([
    2,
    { modes: [{ mode: 'sandbox' }, { mode: 'live' }] },
  ]);
  const alone = await quay.run('push --both --json');
  expect([alone.code, JSON.parse(alone.stdout)]).toMatchObject([
    6,
    { modes: [{ mode: 'sandbox', pushed: 4 }] },
  ]);
  expect(await quay.list('products', 'live')).toEqual([]);
  const answered = await quay.run('push --both', { answers: [true] });
  expect([answered.code, answered.asked]).toEqual([0, ['Push 4 changes to quay, live?']]);
  expect(answered.stdout).toMatch(/^sandbox:\n0 to create[^]*^live:\nPushed 4 changes to live/m);
  expect((await quay.run('plan --both')).code).toBe(0);
  expect((await quay.run('plan --both --mode live')).code).toBe(2);
});
