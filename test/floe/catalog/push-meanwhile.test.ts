import { expect, test } from 'vitest';
import { CONFIG, openShop, TIDES } from './shop.ts';

/* What happens at Polar, on this machine and to the clock while a push is under way. */

const LEASE = '/v1/custom-fields/';
const FILES = { 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES };

test('in live nothing is archived that was not in the plan that somebody agreed to', async () => {
  const quay = await openShop(FILES);
  const prices = [{ amount_type: 'fixed', price_amount: 500, price_currency: 'usd' }];
  let isMade = false;
  quay.holdWrites(async (path) => {
    if (path !== LEASE || isMade) return;
    isMade = true;
    await quay.post('products', { name: 'quay:lifetime', prices }, 'live');
  });
  const { code, stderr } = await quay.run('push --mode live --archive --yes');
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('quay:lifetime: archive: it was not in the plan'),
  ]);
  expect(await quay.list('products', 'live')).toMatchObject([{ name: 'quay:lifetime', is_archived: false }]);
  expect((await quay.run('push --mode live --yes')).code).toBe(0);
});

test('a file that changes before it is uploaded is not uploaded under the checksum that it had', async () => {
  const page = TIDES.replace('price', 'downloads: [{ title: Table, file: table.txt }]\nprice');
  const table = 'content/blog/table.txt';
  const quay = await openShop({ ...FILES, 'content/blog/tides.md': page, [table]: 'At six.' });
  quay.holdWrites((path) => (path === LEASE ? quay.write({ [table]: 'At ten.' }) : Promise.resolve()));
  const { code, stderr } = await quay.run('push');
  expect([code, stderr]).toEqual([1, expect.stringContaining('table.txt was changed while it was read')]);
  expect(await quay.list('files')).toEqual([]);
  quay.holdWrites(() => Promise.resolve());
  expect((await quay.run('push')).code).toBe(0);
});

test('the answer to taking the lease may be lost', async () => {
  const quay = await openShop(FILES);
  let isLost = false;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const answer = await quay.world.fetch(input, init);
    if (isLost || new Request(input, init).method !== 'POST') return answer;
    isLost = true;
    return new Response(null, { status: 502 });
  };
  expect(await quay.run('push', { fetch })).toMatchObject({ code: 0 });
  expect(await quay.list('custom-fields')).toEqual([]);
});

test('a lease that Polar refuses for another reason is asked for a few times, and not for ever', async () => {
  const quay = await openShop(FILES);
  const fetch: typeof globalThis.fetch = (input, init) => {
    const { method, url } = new Request(input, init);
    return method === 'POST' && url.endsWith(LEASE)
      ? Promise.resolve(Response.json({ detail: [] }, { status: 422 }))
      : quay.world.fetch(input, init);
  };
  const { code, stderr } = await quay.run('push', { fetch });
  expect([code, stderr]).toEqual([1, expect.stringContaining('it answers 422 to floe-push-quay')]);
});

test('content that names no page archives none', async () => {
  const quay = await openShop(FILES);
  await quay.run('push');
  await quay.write({ 'floe.config.yaml': CONFIG.replace('content/blog', 'content/blgo') });
  expect(await quay.run('plan')).toMatchObject({
    stderr: expect.stringContaining('content: content/blgo/*.md names no page'),
  });
  expect(await quay.run('push --archive')).toMatchObject({ code: 1 });
  expect(await quay.list('products')).toMatchObject([{ is_archived: false }]);
});
