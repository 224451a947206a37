import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import { call, createWorld, ORIGIN, type TestApp, type World } from '../harness/harness.ts';
import { SANDBOX_API_URL } from '../harness/bindings.ts';

/* Discounts are the organization's, and each app has its own all the same (ADR 77). */

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

interface Answered {
  code: string;
  detail: string;
  id: string;
  amount: number;
  checkout_url: string;
  discount: { id: string; code: string } | null;
  errors?: { path: string; message: string }[];
}

const pay = (body: unknown, app: TestApp = quay) =>
  call<Answered>('POST', '/v1/payments', { key: app.secretKey, body });

async function createDiscount(input: {
  code?: string;
  products?: string[];
  metadata?: Record<string, string>;
  [field: string]: unknown;
}): Promise<string> {
  const { id } = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/discounts/', {
    name: input.code ?? 'No code',
    type: 'percentage',
    duration: 'once',
    basis_points: 5000,
    ...input,
  });
  return id;
}

/** Types a code on Polar's page; the amount to pay then. */
async function typeCode(checkoutUrl: string, code: string): Promise<number> {
  const secret = new URL(checkoutUrl).pathname.split('/').pop() ?? '';
  const response = await world.simulator.fetch(
    new Request(`${SANDBOX_API_URL}/v1/checkouts/client/${secret}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ discount_code: code }),
    }),
  );
  const { total_amount } = await response.json<{ total_amount: number }>();
  return total_amount;
}

/** Everything a refused request must leave alone. */
const countPayments = () => env.DB.prepare('select count(*) as n from payments').first<number>('n');
const isRefused = ({ status, body }: Awaited<ReturnType<typeof pay>>, path: string) =>
  expect([status, body.code, body.errors?.[0]?.path]).toEqual([422, 'unknown_discount', path]);

describe('a discount of the app', () => {
  test('lowers the amount: by its code in any case, by its id, by the mark in its metadata', async () => {
    const bound = await createDiscount({ code: 'HALF50', products: [lifetime] });
    await createDiscount({ code: 'MARKED', metadata: { gateway_product: 'quay' } });
    for (const named of [{ discount_code: 'half50' }, { discount_id: bound }, { discount_code: 'MARKED' }]) {
      const { status, body } = await pay({ product_id: lifetime, ...named });
      expect([status, body.amount], JSON.stringify(named)).toEqual([201, 450]);
    }
    const { body } = await pay({ product_id: lifetime, discount_code: 'half50' });
    expect(body.discount).toMatchObject({ id: bound, code: 'HALF50' });
  });

  test('is found among others whose codes contain it, behind the first page too', async () => {
    for (let i = 0; i < 101; i++) await createDiscount({ code: `HALF50N${i}`, products: [atlasPro] });
    await createDiscount({ code: 'HALF50', products: [lifetime] });
    const { status, body } = await pay({ product_id: lifetime, discount_code: 'HALF50' });
    expect([status, body.amount]).toEqual([201, 450]);
  });

  test('that has ended or is used up is refused, and the answer says so', async () => {
    await createDiscount({ code: 'PAST', products: [lifetime], ends_at: '2020-01-01T00:00:00Z' });
    const ended = await pay({ product_id: lifetime, discount_code: 'PAST' });
    isRefused(ended, 'body.discount_code');
    expect(ended.body.detail).toContain('has ended');
    const later = await createDiscount({ products: [lifetime], starts_at: '2100-01-01T00:00:00Z' });
    isRefused(await pay({ product_id: lifetime, discount_id: later }), 'body.discount_id');
    expect(await countPayments()).toBe(0);
  });

  test('that is unbound is the app’s while it is alone and owns what nobody claims', async () => {
    world = await createWorld();
    const only = await world.createApp({ product: 'quay', ownsUnclaimed: true });
    const book = (await world.createProduct({ name: 'A book' })).id;
    await world.settle();
    await createDiscount({ code: 'HALF50' });
    const buy = () => pay({ product_id: book, discount_code: 'HALF50', allow_discount_codes: true }, only);
    expect((await buy()).status).toBe(201);
    await world.createApp({ product: 'atlas', webhook: false });
    expect((await buy()).body.code).toBe('foreign_discount_codes');
  });
});

describe('a discount that is not the app’s', () => {
  test('is refused in the same words as one that does not exist, and nothing is stored or opened', async () => {
    const others = await createDiscount({ code: 'ATLAS', products: [atlasPro] });
    const both = await createDiscount({ code: 'BOTH', products: [atlasPro, lifetime] });
    const all = await createDiscount({ code: 'EVERYBODY' });
    const marked = await createDiscount({
      code: 'MARKED',
      products: [lifetime],
      metadata: { gateway_product: 'atlas' },
    });
    const unknown = await pay({ product_id: lifetime, discount_code: 'NOPE' });
    isRefused(unknown, 'body.discount_code');
    for (const discount_code of ['ATLAS', 'both', 'EVERYBODY', 'MARKED', 'EVERY', '50%']) {
      const answer = await pay({ product_id: lifetime, discount_code });
      isRefused(answer, 'body.discount_code');
      expect(answer.body.detail).toBe(unknown.body.detail);
    }
    const unknownId = await pay({ product_id: lifetime, discount_id: crypto.randomUUID() });
    for (const discount_id of [others, both, all, marked]) {
      const answer = await pay({ product_id: lifetime, discount_id });
      isRefused(answer, 'body.discount_id');
      expect(answer.body.detail).toBe(unknownId.body.detail);
    }
    expect(world.polarRequests).not.toContain('POST /v1/checkouts/');
    expect(await countPayments()).toBe(0);
    expect((await pay({ product_id: atlasPro, discount_code: 'ATLAS' }, atlas)).body.amount).toBe(600);
  });

  test('changes nothing when it is typed at Polar: codes are not taken there', async () => {
    await createDiscount({ code: 'EVERYBODY' });
    await createDiscount({ code: 'ATLAS', products: [atlasPro] });
    const { body } = await pay({ product_id: lifetime });
    expect(await typeCode(body.checkout_url, 'EVERYBODY')).toBe(900);
  });

  test('by code and id together is refused', async () => {
    const answer = await pay({
      product_id: lifetime,
      discount_code: 'HALF50',
      discount_id: crypto.randomUUID(),
    });
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([422, 'body.discount_code']);
  });
});

describe('codes that buyers type at Polar', () => {
  const open = (body: object = {}) => pay({ product_id: lifetime, allow_discount_codes: true, ...body });

  test('are taken when all that apply to the product are the app’s', async () => {
    await createDiscount({ code: 'HALF50', products: [lifetime] });
    await createDiscount({ code: 'ATLAS', products: [atlasPro] });
    await createDiscount({ code: 'PAST', ends_at: '2020-01-01T00:00:00Z' });
    await createDiscount({});
    const { status, body } = await open();
    expect(status).toBe(201);
    expect(await typeCode(body.checkout_url, 'HALF50')).toBe(450);
  });

  test('are refused while another app’s, or one of all, would be taken: foreign_discount_codes', async () => {
    await createDiscount({ code: 'HALF50', products: [lifetime] });
    const foreign = await createDiscount({ code: 'EVERYBODY' });
    const refused = await open({ discount_code: 'HALF50' });
    expect([refused.status, refused.body.code, refused.body.errors?.[0]?.path]).toEqual([
      422,
      'foreign_discount_codes',
      'body.allow_discount_codes',
    ]);
    expect(refused.body.detail).toContain('allows_foreign_codes');
    expect(refused.text).not.toContain('EVERYBODY');
    expect(world.polarRequests).not.toContain('POST /v1/checkouts/');

    await world.polar('sandbox', 'PATCH', `/v1/discounts/${foreign}`, {
      metadata: { gateway_product: 'quay' },
    });
    expect((await open({ discount_code: 'HALF50' })).body.amount).toBe(450);
  });

  test('may be others’ when the operator has allowed it', async () => {
    await createDiscount({ code: 'EVERYBODY' });
    const allowed = await call('PATCH', `/admin/apps/${quay.slug}`, {
      key: env.FLOE_ADMIN_TOKEN,
      body: { allows_foreign_codes: true },
    });
    expect(allowed.status).toBe(200);
    const { status, body } = await open();
    expect(status).toBe(201);
    expect(await typeCode(body.checkout_url, 'EVERYBODY')).toBe(450);
    // It is about what buyers type: the app itself names its own discounts only.
    isRefused(await open({ discount_code: 'EVERYBODY' }), 'body.discount_code');
  });

  test('follow the same rules from a browser', async () => {
    await createDiscount({ code: 'HALF50', products: [lifetime] });
    const browse = (body: object) =>
      call<{ url: string; code: string }>('POST', '/v1/checkout', {
        key: quay.publishableKey,
        body: { product_id: lifetime, ...body },
        headers: { origin: ORIGIN },
      });
    const link = (query: string) =>
      call<Answered>('GET', `/checkout/${quay.slug}?product=${lifetime}${query}`, {
        headers: { accept: 'application/json' },
      });
    const opened = await browse({ allow_discount_codes: true });
    expect(opened.status).toBe(201);
    expect(await typeCode(opened.body.url, 'HALF50')).toBe(450);
    expect(await typeCode((await browse({})).body.url, 'HALF50')).toBe(900);
    expect((await link('&allow_discount_codes=true')).status).toBe(303);
    await createDiscount({ code: 'EVERYBODY' });
    expect((await browse({ allow_discount_codes: true })).body.code).toBe('foreign_discount_codes');
    const refused = await link('&discount_code=EVERYBODY');
    expect([refused.body.code, refused.body.errors?.[0]?.path]).toEqual([
      'unknown_discount',
      'query.discount_code',
    ]);
    expect((await link('&allow_discount_codes=yes')).status).toBe(422);
  });
});
