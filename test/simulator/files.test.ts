import { expect, test } from 'vitest';
import { CONTENT, announce, sha256, upload } from './files.ts';
import { BUYER, buy, sellable, setUp } from './world.ts';

test('a file is put in parts, completed with their ETags, and listed only then', async () => {
  const setting = await setUp();
  await announce(setting, 'never-finished.txt');
  const file = await upload(setting);
  expect(file).toMatchObject({
    is_uploaded: true,
    size: CONTENT.length,
    checksum_sha256_base64: sha256(CONTENT),
    size_readable: '400 B',
  });
  const list = await setting.polar.files.list();
  expect(list.items.map((each) => each.id)).toEqual([file.id]);
  expect(await setting.polar.files.update(file.id, { name: 'quays.txt', version: '2' })).toMatchObject({
    name: 'quays.txt',
    version: '2',
  });
  await setting.polar.files.delete(file.id);
  expect((await setting.polar.files.list()).items).toEqual([]);
});

test('a part with other bytes, an old address or a wrong ETag is refused', async () => {
  const setting = await setUp();
  const { file, chunks } = await announce(setting);
  const [first] = file.upload.parts;
  if (!first) throw new Error('There is no part.');
  const put = (body: string | Uint8Array<ArrayBuffer>, url = first.url) =>
    fetch(url, { method: 'PUT', headers: first.headers ?? {}, body });
  expect((await put('something else')).status).toBe(400);
  expect((await put(chunks[0] ?? '', first.url.replace(/signature=\w{5}/, 'signature=00000'))).status).toBe(
    403,
  );
  expect((await put(chunks[0] ?? '')).status).toBe(200);
  const wrong = file.upload.parts.map(({ number }) => ({
    number,
    checksum_etag: '"no"',
    checksum_sha256_base64: null,
  }));
  const { id, path } = file.upload;
  const answer = await setting.api('POST', `/v1/files/${file.id}/uploaded`, { id, path, parts: wrong });
  expect(answer).toMatchObject({
    status: 422,
    json: { detail: [{ loc: ['body', 'parts', 0, 'checksum_etag'] }] },
  });
  await setting.simulator.advance(3600_000);
  expect((await put(chunks[0] ?? '')).status).toBe(403);
});

test('an image must be an image and of a bearable size', async () => {
  const setting = await setUp();
  const image = {
    name: 'cover.png',
    mime_type: 'image/png',
    size: 3,
    service: 'product_media',
    upload: { parts: [{ number: 1, chunk_start: 0, chunk_end: 3 }] },
  };
  expect((await setting.api('POST', '/v1/files/', { ...image, mime_type: 'text/plain' })).status).toBe(422);
  expect((await setting.api('POST', '/v1/files/', { ...image, size: 11 * 1024 * 1024 })).status).toBe(422);
  const made = await setting.api('POST', '/v1/files/', image);
  const { upload: to } = made.json as unknown as {
    upload: { id: string; path: string; parts: { url: string }[] };
  };
  const put = await fetch(to.parts[0]?.url ?? '', { method: 'PUT', body: 'png' });
  const done = await setting.api('POST', `/v1/files/${made.json.id}/uploaded`, {
    id: to.id,
    path: to.path,
    parts: [{ number: 1, checksum_etag: put.headers.get('etag'), checksum_sha256_base64: null }],
  });
  const { public_url } = done.json as unknown as { public_url: string };
  expect(await (await fetch(public_url)).text()).toBe('png');
  const product = await setting.polar.products.create({
    name: 'quay:cover',
    prices: [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 500 }],
    medias: [made.json.id],
  });
  expect(product.medias).toMatchObject([{ id: made.json.id, public_url }]);
});

test('a downloadable is listed to its holder, leads to the bytes for an hour, and needs no credentials', async () => {
  const setting = await setUp();
  const file = await upload(setting);
  const missing = '11111111-1111-4111-8111-111111111111';
  const benefit = (files: string[]) => ({
    type: 'downloadables',
    description: 'The book',
    properties: { files },
  });
  expect((await setting.api('POST', '/v1/benefits/', benefit([missing]))).status).toBe(422);
  const { json: made } = await setting.api('POST', '/v1/benefits/', benefit([file.id]));
  const { product } = await sellable(setting);
  await setting.polar.products.updateBenefits(product.id, { benefits: [made.id] });
  const { confirmed } = await buy(setting, product.id);
  expect(setting.eventsOf('benefit_grant.created').at(-1)?.properties).toEqual({ files: [file.id] });

  const token = confirmed.customer_session_token ?? '';
  const mine = await setting.api('GET', '/v1/customer-portal/downloadables/', undefined, token);
  const [item] = mine.json.items as { benefit_id: string; file: { download: { url: string } } }[];
  expect(item?.benefit_id).toBe(made.id);
  const url = item?.file.download.url ?? '';
  const redirect = await fetch(url, { redirect: 'manual' });
  expect(redirect.status).toBe(302);
  const content = await fetch(redirect.headers.get('location') ?? '');
  expect(new Uint8Array(await content.arrayBuffer())).toEqual(CONTENT);
  const files = await setting.polar.benefits.files(made.id);
  expect(files.items).toMatchObject([{ id: file.id, downloads: 1, downloaders: 1 }]);

  expect((await fetch(`${url}x`, { redirect: 'manual' })).status).toBe(404);
  await setting.simulator.advance(3600_000);
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(410);
});

test('a file that leaves the benefit updates the grants of those who have it', async () => {
  const setting = await setUp();
  const [first, second] = [await upload(setting, 'a.txt'), await upload(setting, 'b.txt')];
  const { json: made } = await setting.api('POST', '/v1/benefits/', {
    type: 'downloadables',
    description: 'Two files',
    properties: { files: [first.id, second.id] },
  });
  const { product } = await sellable(setting);
  await setting.polar.products.updateBenefits(product.id, { benefits: [made.id] });
  await buy(setting, product.id, { email: BUYER });
  setting.heard();
  await setting.api('PATCH', `/v1/benefits/${made.id}`, {
    type: 'downloadables',
    properties: { archived: { [second.id]: true } },
  });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['benefit.updated', 'benefit_grant.updated', 'customer.state_changed']);
  expect(setting.eventsOf('benefit_grant.updated').at(-1)?.properties).toEqual({ files: [first.id] });
});

test('a file that two purchases give is one entry, with an id of its own, and each link keeps its own hour', async () => {
  const setting = await setUp();
  const file = await upload(setting);
  const { json: made } = await setting.api('POST', '/v1/benefits/', {
    type: 'downloadables',
    description: 'The book',
    properties: { files: [file.id] },
  });
  const { product } = await sellable(setting);
  await setting.polar.products.updateBenefits(product.id, { benefits: [made.id] });
  const { confirmed } = await buy(setting, product.id, { email: BUYER });
  await buy(setting, product.id, { email: BUYER });
  const token = confirmed.customer_session_token ?? '';
  const list = async () =>
    (await setting.api('GET', '/v1/customer-portal/downloadables/', undefined, token)).json.items as {
      id: string;
      file: { id: string; download: { url: string } };
    }[];
  const [first, ...others] = await list();
  expect([first?.file.id, others.length]).toEqual([file.id, 0]);
  expect(first?.id).not.toBe(file.id);
  await setting.simulator.advance(30 * 60_000);
  const [second] = await list();
  expect(second?.id).toBe(first?.id);
  await setting.simulator.advance(31 * 60_000);
  const follow = async (url = '') => (await fetch(url, { redirect: 'manual' })).status;
  expect([await follow(first?.file.download.url), await follow(second?.file.download.url)]).toEqual([
    410, 302,
  ]);
});
