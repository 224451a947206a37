import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { call, CALLBACK, createWorld, type TestApp, type World } from '../harness/harness.ts';

/* Links that begin a payment each time that they are followed (ADR 106). */

let world: World;
let quay: TestApp;
let atlas: TestApp;
let lifetime: string;
let atlasPro: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
  lifetime = (await world.createProduct({ name: 'quay:lifetime', price: 900 })).id;
  atlasPro = (await world.createProduct({ name: 'atlas:pro', price: 1200 })).id;
  await world.settle();
});

afterEach(() => world.settle());

interface Shown {
  id: string;
  url: string;
  code: string;
  opened: number;
  label: string | null;
  data: { id: string; metadata: Record<string, unknown>; amount: number }[];
  errors?: { path: string }[];
}

const ask = (method: string, path: string, body?: object, app: TestApp = quay) =>
  call<Shown>(method, path, { key: app.secretKey, ...(body ? { body } : {}) });
const make = (settings: object, more: object = {}) =>
  ask('POST', '/v1/checkout-links', { settings, ...more });

/** People get a page that says what is wrong. */
const AS_JSON = { accept: 'application/json' };

let visitors = 0;
const follow = (url: string, headers: Record<string, string> = {}) =>
  call<Shown>('GET', url, {
    headers: {
      accept: 'text/html,*/*;q=0.8',
      'cf-connecting-ip': `198.18.106.${(++visitors % 200) + 20}`,
      ...headers,
    },
  });
const payments = async () => (await ask('GET', '/v1/payments')).body.data;

describe('a checkout link', () => {
  test('begins a payment of the app each time, with what was said of it', async () => {
    const made = await make({
      product_id: lifetime,
      success_url: `${CALLBACK}/link`,
      metadata: { channel: 'mail' },
      prices: { [lifetime]: [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 700 }] },
    });
    expect(made.status, made.text).toBe(201);
    for (const _ of [1, 2]) {
      const visit = await follow(made.body.url);
      expect(visit.status).toBe(303);
      expect(visit.headers.get('location')).toContain('/checkout/');
    }
    const begun = await payments();
    expect(begun.map(({ amount }) => amount)).toEqual([700, 700]);
    expect(begun[0]?.metadata).toEqual({ channel: 'mail', checkout_link: made.body.id });
    const listed = await ask('GET', `/v1/payments?metadata[checkout_link]=${made.body.id}`);
    expect(listed.body.data).toHaveLength(2);
    expect((await ask('GET', `/v1/checkout-links/${made.body.id}`)).body.opened).toBe(2);
  });

  test('is sold and counted as the app’s', async () => {
    const { body } = await make({ product_id: lifetime });
    const { headers } = await follow(`${body.url}?email=ada@readers.dev`);
    await world.pay('sandbox', headers.get('location') ?? '', { email: 'ada@readers.dev' });
    await world.settle();
    const paid = await ask('GET', `/v1/payments?status=succeeded&metadata[checkout_link]=${body.id}`);
    expect(paid.body.data).toHaveLength(1);
  });

  test('leaves out a discount that is used up meanwhile', async () => {
    const discount = await ask('POST', '/v1/discounts', {
      name: 'Few',
      basis_points: 5000,
      max_redemptions: 1,
    });
    const { body } = await make({ product_id: lifetime, discount_id: discount.body.id });
    const first = await follow(body.url);
    await world.pay('sandbox', first.headers.get('location') ?? '', { email: 'ada@readers.dev' });
    await world.settle();
    expect((await follow(body.url)).status).toBe(303);
    expect((await payments()).map(({ amount }) => amount)).toEqual([900, 450]);
  });

  test('goes on when another app’s code could be typed meanwhile, and then lets none be typed', async () => {
    const discount = await ask('POST', '/v1/discounts', { name: 'Half', basis_points: 5000 });
    const settings = { product_id: lifetime, discount_id: discount.body.id, allow_discount_codes: true };
    const { body } = await make(settings);
    await world.polar('sandbox', 'POST', '/v1/discounts/', {
      name: 'Everywhere',
      code: 'ATLAS',
      type: 'percentage',
      duration: 'once',
      basis_points: 9000,
    });
    const visit = await follow(body.url);
    expect(visit.status).toBe(303);
    expect((await payments()).map(({ amount }) => amount)).toEqual([450]);
    const secret = visit.headers.get('location')?.split('/').at(-1);
    const checkout = await world.polar('sandbox', 'GET', `/v1/checkouts/client/${secret}`);
    expect(checkout).toMatchObject({ allow_discount_codes: false });
  });

  test('keeps both of two changes at once', async () => {
    const { body } = await make({ product_id: lifetime }, { label: 'Mail' });
    const path = `/v1/checkout-links/${body.id}`;
    const changes = [{ label: null }, { settings: { product_id: lifetime, locale: 'de' } }];
    await Promise.all(changes.map((change) => ask('PATCH', path, change)));
    expect((await ask('GET', path)).body).toMatchObject({
      label: null,
      settings: { product_id: lifetime, locale: 'de' },
    });
  });

  test('is not followed by what is no person', async () => {
    const { body } = await make({ product_id: lifetime });
    expect((await follow(body.url, { 'sec-purpose': 'prefetch', ...AS_JSON })).status).toBe(405);
    expect((await follow(body.url, { 'sec-fetch-dest': 'image', ...AS_JSON })).status).toBe(403);
    expect(await payments()).toHaveLength(0);
  });

  test('is refused when no checkout could begin by it', async () => {
    const refused = async (settings: object, code: string, path: string) => {
      const { status, body } = await make(settings);
      expect([status, body.code, body.errors?.[0]?.path]).toEqual([422, code, path]);
    };
    await refused({}, 'validation_failed', 'body.settings.product_id');
    await refused({ product_id: atlasPro }, 'unknown_product', 'body.settings.product_id');
    await refused({ product_ids: [lifetime, atlasPro] }, 'unknown_product', 'body.settings.product_ids');
    await refused(
      { product_id: atlasPro, product_ids: [lifetime] },
      'validation_failed',
      'body.settings.product_id',
    );
    await refused(
      { product_id: lifetime, discount_code: 'NONE' },
      'unknown_discount',
      'body.settings.discount_code',
    );
    await refused(
      { product_id: lifetime, success_url: 'https://elsewhere.dev/' },
      'disallowed_url',
      'body.settings.success_url',
    );
    await refused(
      { product_id: lifetime, metadata: { checkout_link: 'mine' } },
      'validation_failed',
      'body.settings.metadata',
    );
    await refused({ product_id: lifetime, currency: 'eur' }, 'validation_failed', 'body.settings.currency');
  });

  test('is the app’s: another app neither sees, changes nor leads anybody by it', async () => {
    const { body } = await make({ product_id: lifetime });
    const path = `/v1/checkout-links/${body.id}`;
    expect((await ask('GET', path, undefined, atlas)).status).toBe(404);
    expect((await ask('PATCH', path, { label: 'Mine' }, atlas)).status).toBe(404);
    expect((await ask('DELETE', path, undefined, atlas)).status).toBe(404);
    expect((await follow(body.url.replace('quay-sandbox', 'atlas-sandbox'))).status).toBe(404);
  });

  test('is one of a thousand at most', async () => {
    await env.DB.prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)
       insert into checkout_links (id, app_id, settings, opened, created_at, updated_at)
       select 'lnk_' || i, ?, '{}', 0, i, i from n`,
    )
      .bind(quay.id)
      .run();
    const { status, body } = await make({ product_id: lifetime });
    expect([status, body.code]).toEqual([409, 'conflict']);
  });

  test('is changed under its address, and found no more once it was deleted', async () => {
    const { body } = await make({ product_id: lifetime }, { label: 'Mail' });
    const path = `/v1/checkout-links/${body.id}`;
    const prices = { [lifetime]: [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 500 }] };
    const changed = await ask('PATCH', path, { label: null, settings: { product_id: lifetime, prices } });
    expect([changed.status, changed.body.label, changed.body.url]).toEqual([200, null, body.url]);
    await follow(body.url);
    expect((await payments())[0]?.amount).toBe(500);
    await world.polar('sandbox', 'PATCH', `/v1/products/${lifetime}`, { is_archived: true });
    await world.settle();
    const archived = await follow(body.url);
    expect([archived.status, archived.text]).toEqual([422, expect.stringContaining('This is not sold here')]);
    expect((await follow(body.url, AS_JSON)).body.code).toBe('product_archived');
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await follow(body.url)).headers.get('content-type')).toContain('text/html');
    expect((await follow(body.url, AS_JSON)).status).toBe(404);
    expect((await ask('GET', path)).status).toBe(404);
  });
});
