import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { refundNewestOrder } from '../harness/story.ts';
import { createKeyProduct } from '../use/license-keys/license-calls.ts';

/* Gifts that are sold: a checkout at Polar, whose giver pays, and refunds. */

let world: World;
let quay: TestApp;
let book: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  book = (
    await world.createProduct({
      name: 'quay:book',
      benefits: [{ type: 'custom', description: 'Reader', metadata: { content_id: 'blog/one' } }],
    })
  ).id;
  await world.settle();
});
afterEach(async () => {
  world.polarDown = false;
  vi.useRealTimers();
  await world.settle();
});

interface Gift {
  id: string;
  status: string;
  payment_id: string;
  checkout_url: string;
  claim_url: string;
  refund_id: string | null;
  code: string;
}
const ada = { email: 'ada@readers.dev' };
const post = (path: string, body: object) => call<Gift>('POST', path, { key: quay.secretKey, body });
const sell = async (more: object = {}) => {
  const answer = await post('/v1/gifts', { product_id: book, ...more });
  expect(answer.status).toBe(201);
  return answer.body;
};
const show = async (id: string) => (await call<Gift>('GET', `/v1/gifts/${id}`, { key: quay.secretKey })).body;
const pay = async (gift: Gift) => {
  expect((await world.pay('sandbox', gift.checkout_url, ada)).status).toBe(200);
  await world.settle();
};
const mayRead = async (customer: string) =>
  (
    await call<{ allow: boolean }>(
      'GET',
      `/v1/access?max_age=0&resource=content:blog/one&customer=${encodeURIComponent(customer)}`,
      { key: quay.secretKey },
    )
  ).body.allow;

describe('a gift that is sold', () => {
  test('is open once it is paid; its giver never has it, also not for a moment, and the recipient does', async () => {
    const gift = await sell({ customer: { external_id: 'giver' } });
    expect(gift.status).toBe('awaiting_payment');
    expect(
      (await post('/v1/gift-claims', { code: gift.claim_url, customer: 'external:friend' })).body.code,
    ).toBe('not_paid');
    await pay(gift);
    const buyer = await env.DB.prepare('select customer_id from payments where id = ?')
      .bind(gift.payment_id)
      .first<string>('customer_id');
    expect((await show(gift.id)).status).toBe('open');
    expect([await mayRead('external:giver'), await mayRead(buyer ?? '')]).toEqual([false, false]);
    expect(
      (await post('/v1/gift-claims', { code: gift.claim_url, customer: 'external:friend' })).status,
    ).toBe(200);
    expect([await mayRead('external:giver'), await mayRead(buyer ?? '')]).toEqual([false, false]);
    expect(await mayRead('external:friend')).toBe(true);
  });

  test('sends its giver back from the checkout without a code', async () => {
    const gift = await sell();
    const link = await env.DB.prepare('select checkout_id from payments where id = ?')
      .bind(gift.payment_id)
      .first<string>('checkout_id');
    const checkout = await world.polar<{ success_url: string }>('sandbox', 'GET', `/v1/checkouts/${link}`);
    await pay(gift);
    const url = new URL(checkout.success_url);
    const back = await call('GET', url.pathname + url.search);
    expect(back.status).toBe(303);
    const location = new URL(back.headers.get('location') ?? '');
    expect(location.searchParams.get('code')).toBeNull();
    expect(location.searchParams.get('status')).toBe('succeeded');
  });

  test('taken back, gives the money back once, and the link is dead', async () => {
    const gift = await sell({ customer: { external_id: 'giver' } });
    await pay(gift);
    const canceled = await post(`/v1/gifts/${gift.id}/cancel`, {});
    expect(canceled.status).toBe(200);
    expect(canceled.body.refund_id).toMatch(/^ref_/);
    await world.settle();
    expect((await post(`/v1/gifts/${gift.id}/cancel`, {})).body.refund_id).toBeNull();
    const refunds = await call<{ data: { status: string }[] }>(
      'GET',
      `/v1/refunds?payment=${gift.payment_id}`,
      {
        key: quay.secretKey,
      },
    );
    expect(refunds.body.data.map(({ status }) => status)).toEqual(['succeeded']);
    expect(
      (await post('/v1/gift-claims', { code: gift.claim_url, customer: 'external:friend' })).body.code,
    ).toBe('gift_ended');
    expect([await mayRead('external:giver'), await mayRead('external:friend')]).toEqual([false, false]);
  });

  test('taken back while Polar is away, is refunded later; nobody has it meanwhile but its buyer', async () => {
    const gift = await sell();
    await pay(gift);
    world.polarDown = true;
    const canceled = await post(`/v1/gifts/${gift.id}/cancel`, {});
    expect(canceled.status).toBe(200);
    world.polarDown = false;
    const due = await env.DB.prepare(
      'select next_attempt_at, status from refund_requests where payment_id = ?',
    )
      .bind(gift.payment_id)
      .first();
    expect(due).toMatchObject({ status: 'asked', next_attempt_at: expect.any(Number) });
    expect((await post('/v1/gift-claims', { code: gift.claim_url, customer: 'external:x' })).body.code).toBe(
      'gift_ended',
    );
  });

  test('refunded in Polar’s dashboard before it is claimed: ended; after: the recipient loses it', async () => {
    const before = await sell();
    await pay(before);
    await refundNewestOrder(world);
    await world.settle();
    expect((await show(before.id)).status).toBe('refunded');
    expect(
      (await post('/v1/gift-claims', { code: before.claim_url, customer: 'external:friend' })).body.code,
    ).toBe('gift_ended');
    const after = await sell();
    await pay(after);
    expect(
      (await post('/v1/gift-claims', { code: after.claim_url, customer: 'external:friend' })).status,
    ).toBe(200);
    expect(await mayRead('external:friend')).toBe(true);
    await refundNewestOrder(world, { revoke_benefits: true });
    await world.settle();
    expect(await mayRead('external:friend')).toBe(false);
  });

  test('cannot be a subscription, nor sold by the seat, nor with a licence key, nor another app’s product; no checkout is opened', async () => {
    const atlas = await world.createApp({ product: 'atlas' });
    expect(atlas).toBeDefined();
    const foreign = (await world.createProduct({ name: 'atlas:pro' })).id;
    const monthly = (await world.createProduct({ name: 'quay:monthly', recurring: 'month' })).id;
    const team = (await world.createProduct({ name: 'quay:team', seat: 500, recurring: 'month' })).id;
    const { productId: keyed } = await createKeyProduct(world, 'quay:studio');
    await world.settle();
    world.polarRequests.length = 0;
    const codes = [];
    for (const product_id of [monthly, team, keyed, foreign])
      codes.push((await post('/v1/gifts', { product_id })).body.code);
    expect(codes).toEqual(['not_giftable', 'not_giftable', 'not_giftable', 'unknown_product']);
    expect(world.polarRequests.filter((request) => request.startsWith('POST /v1/checkouts'))).toEqual([]);
  });

  test('for nothing, by a discount of the whole price, is a gift like any other; taken back there is nothing to refund', async () => {
    const discount = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/discounts/', {
      name: 'Press',
      type: 'percentage',
      basis_points: 10_000,
      duration: 'once',
      products: [book],
    });
    const [one, other] = [
      await sell({ discount_id: discount.id, customer: { external_id: 'giver' } }),
      await sell({ discount_id: discount.id }),
    ];
    await pay(one);
    await pay(other);
    expect(await mayRead('external:giver')).toBe(false);
    const claimed = await post('/v1/gift-claims', { code: one.claim_url, customer: 'external:friend' });
    expect(claimed.status).toBe(200);
    expect(await mayRead('external:friend')).toBe(true);
    const canceled = await post(`/v1/gifts/${other.id}/cancel`, {});
    expect([canceled.status, canceled.body.status, canceled.body.refund_id]).toEqual([200, 'canceled', null]);
  });

  test('cannot be of a product that is archived, nor begun while Polar is away', async () => {
    world.polarDown = true;
    const away = await post('/v1/gifts', { product_id: book });
    expect([502, 503]).toContain(away.status);
    expect(away.text).not.toContain('/gift/');
    world.polarDown = false;
    await world.polar('sandbox', 'PATCH', `/v1/products/${book}`, { is_archived: true });
    await world.settle();
    const archived = await post('/v1/gifts', { product_id: book });
    expect([archived.status, archived.body.code]).toEqual([422, 'product_archived']);
  });

  test('says which field is wrong', async () => {
    const wrong = async (body: object) => {
      const { status, text } = await post('/v1/gifts', body);
      return [status, (JSON.parse(text) as { errors?: { path: string }[] }).errors?.map(({ path }) => path)];
    };
    expect(await wrong({})).toEqual([422, ['body']]);
    expect(await wrong({ product_id: book, payment: 'pay_x' })).toEqual([422, ['body']]);
    expect(await wrong({ product_id: book, send_at: '2027-01-01' })).toEqual([422, ['body.send_at']]);
    expect(await wrong({ payment: 'pay_x', amount: 5 })).toEqual([422, ['body']]);
    expect(await wrong({ product_id: book, redirect_url: 'https://evil.example/' })).toEqual([
      422,
      ['body.redirect_url'],
    ]);
    expect(await wrong({ product_id: book, expires_in_days: 0 })).toEqual([422, ['body.expires_in_days']]);
  });
});
