import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Answer,
  call,
  CALLBACK,
  createWorld,
  GATEWAY_URL,
  ORIGIN,
  type TestApp,
  type World,
} from '../harness/harness.ts';

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
  world.received.length = 0;
});

// What the queue still sends must find the fakes in place.
afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

interface Payment {
  id: string;
  status: string;
  checkout_id: string;
  checkout_url: string;
  amount: number;
  metadata: Record<string, unknown>;
  customer: { id: string | null; external_id: string | null; email: string | null };
}

const pay = (body: unknown, options: { key?: string; headers?: Record<string, string> } = {}) =>
  call<Payment & Problem>('POST', '/v1/payments', { key: quay.secretKey, body, ...options });

interface Problem {
  code: string;
  errors?: { path: string; message: string }[];
}

const checkoutsCreated = () => world.polarRequests.filter((line) => line === 'POST /v1/checkouts/').length;

/** Everything a refused request must leave alone. */
async function countRows(): Promise<Record<string, unknown> | null> {
  return env.DB.prepare(
    'select (select count(*) from payments) as payments, (select count(*) from events where payment_id is not null) as events, (select count(*) from idempotency_keys) as keys, (select count(*) from sessions) as sessions',
  ).first();
}

describe('a payment', () => {
  test('opens a checkout that carries the gateway’s metadata and leads back to the gateway', async () => {
    const answer = await pay({
      method: 'polar',
      metadata: { polar_product_id: lifetime, order_ref: 'A-7', seats: 2, gift: true },
      customer: { email: 'ada@readers.dev', name: 'Ada', external_id: 'user-7' },
      success_url: `${CALLBACK}/premium?article=7`,
      return_url: CALLBACK,
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(answer.body).toMatchObject({
      status: 'pending',
      kind: 'checkout',
      method: 'polar',
      product: { id: lifetime, name: 'quay:lifetime', plan: 'lifetime' },
      amount: 900,
      net_amount: 900,
      tax_amount: 0,
      discount_amount: 0,
      discount: null,
      currency: 'usd',
      customer: { id: null, external_id: 'user-7', email: 'ada@readers.dev' },
      metadata: { order_ref: 'A-7', seats: 2, gift: true },
    });
    const checkout = await world.polar<Record<string, string>>(
      'sandbox',
      'GET',
      `/v1/checkouts/${answer.body.checkout_id}`,
    );
    expect(checkout['metadata']).toEqual({
      order_ref: 'A-7',
      seats: 2,
      gift: true,
      gateway_payment_id: answer.body.id,
      gateway_app: 'quay-sandbox',
    });
    expect(checkout['url']).toBe(answer.body.checkout_url);
    expect(checkout['customer_email']).toBe('ada@readers.dev');
    expect(checkout['return_url']).toBe(CALLBACK);
    // Trust rule 2: an app's name for a customer never becomes the organization's.
    expect(checkout['external_customer_id']).toBeNull();
    const back = new URL(checkout['success_url'] ?? '');
    expect(back.origin + back.pathname).toBe(`${GATEWAY_URL}/return`);
    expect(back.searchParams.get('payment')).toBe(answer.body.id);
    const nonce = back.searchParams.get('nonce') ?? '';
    expect(nonce).toMatch(/^[\w-]{43}$/);
    const row = await env.DB.prepare('select * from payments where id = ?').bind(answer.body.id).first();
    expect(JSON.stringify(row)).not.toContain(nonce);
    expect(answer.text).not.toContain(nonce);
    expect(world.polarRequests.filter((line) => line.startsWith('POST'))).toEqual(['POST /v1/checkouts/']);
  });

  test('is told as payment.pending, once, without the address that opens its checkout', async () => {
    const answer = await pay({ product_id: lifetime });
    await world.settle();
    const told = world.received.map(
      ({ body }) => JSON.parse(body) as { type: string; data: { payment: Payment } },
    );
    expect(told.map(({ type }) => type)).toEqual(['payment.pending']);
    expect(told[0]?.data.payment).toEqual({ ...answer.body, checkout_url: null });
  });

  test('takes the product from the top level, from the metadata, or from both when they agree', async () => {
    expect((await pay({ method: 'polar', product_id: lifetime })).status).toBe(201);
    expect(
      (await pay({ method: 'polar', metadata: { polar_product_id: lifetime.toUpperCase() } })).status,
    ).toBe(201);
    expect((await pay({ product_id: lifetime, metadata: { polar_product_id: lifetime } })).status).toBe(201);
    const differing = await pay({ product_id: lifetime, metadata: { polar_product_id: atlasPro } });
    expect(differing.status).toBe(422);
    expect(differing.body.errors?.[0]?.path).toBe('body.product_id');
  });

  test('goes back to the first callback URL when the app names none', async () => {
    const { body } = await pay({ product_id: lifetime });
    const row = await env.DB.prepare('select success_url from payments where id = ?').bind(body.id).first();
    expect(row).toEqual({ success_url: CALLBACK });
  });

  test('for a pay-what-you-want product takes the amount', async () => {
    const product = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/products/', {
      name: 'quay:gift',
      recurring_interval: null,
      prices: [{ amount_type: 'custom', price_currency: 'usd', minimum_amount: 100, preset_amount: 500 }],
    });
    const answer = await pay({ product_id: product.id, amount: 1234 });
    expect(answer.body.amount).toBe(1234);
    const low = await pay({ product_id: product.id, amount: 99 });
    expect([low.status, low.body.code, low.body.errors]).toEqual([
      422,
      'validation_failed',
      [{ path: 'body.amount', message: 'Must be from 100 to 99999999 (usd), in minor units.' }],
    ]);
  });

  test('reads a product that was never seen, once', async () => {
    await env.DB.prepare('delete from products').run();
    world.polarRequests.length = 0;
    expect((await pay({ product_id: lifetime })).status).toBe(201);
    expect(world.polarRequests).toEqual([`GET /v1/products/${lifetime}`, 'POST /v1/checkouts/']);
    world.polarRequests.length = 0;
    expect((await pay({ product_id: lifetime })).status).toBe(201);
    expect(world.polarRequests).toEqual(['POST /v1/checkouts/']);
  });
});

describe('a product that is not the app’s', () => {
  test('is refused in the same words, whoever owns it, if anybody does', async () => {
    const unowned = (await world.createProduct({ name: 'nobody:thing' })).id;
    await world.settle();
    const answers = [];
    for (const id of [atlasPro, unowned, crypto.randomUUID()]) answers.push(await pay({ product_id: id }));
    const shown = answers.map(({ status, body }) => {
      const { request_id: _id, ...rest } = body as unknown as Record<string, unknown>;
      return { status, ...rest };
    });
    expect(shown[0]).toMatchObject({
      status: 422,
      code: 'unknown_product',
      errors: [{ path: 'body.product_id' }],
    });
    expect(shown[1]).toEqual(shown[0]);
    expect(shown[2]).toEqual(shown[0]);
    expect(checkoutsCreated()).toBe(0);
    expect(await countRows()).toMatchObject({ payments: 0, events: 0, keys: 0 });
  });

  test('of the other mode is unknown too', async () => {
    const live = await world.createApp({ product: 'quay', mode: 'live', webhook: false });
    const answer = await pay({ product_id: lifetime }, { key: live.secretKey });
    expect([answer.status, answer.body.code]).toEqual([422, 'unknown_product']);
  });

  test('or archived is refused, known to be archived or not yet', async () => {
    world.holdWebhooks = true;
    await world.polar('sandbox', 'PATCH', `/v1/products/${lifetime}`, { is_archived: true });
    await world.simulator.settle();
    const stale = await pay({ product_id: lifetime });
    expect([stale.status, stale.body.code]).toEqual([422, 'product_archived']);
    await env.DB.prepare('update products set is_archived = 1 where id = ?').bind(lifetime).run();
    const known = await pay({ product_id: lifetime });
    expect([known.status, known.body.code]).toEqual([422, 'product_archived']);
    expect(known.body.errors).toEqual(stale.body.errors);
    expect(await countRows()).toMatchObject({ payments: 0, events: 0 });
  });
});

describe('a customer', () => {
  const makeCustomer = (email: string) =>
    world.polar<{ id: string }>('sandbox', 'POST', '/v1/customers/', { email });
  const prove = (customerId: string, externalId = 'user-7') =>
    env.DB.prepare(
      'insert into app_customers (app_id, external_id, customer_id, created_at) values (?, ?, ?, 0)',
    )
      .bind(quay.id, externalId, customerId)
      .run();

  test('whom the app has proven gets the checkout in their name', async () => {
    const { id } = await makeCustomer('ada@readers.dev');
    await prove(id);
    const { body } = await pay({ product_id: lifetime, customer: { external_id: 'user-7' } });
    expect(body.customer).toEqual({ id, external_id: 'user-7', email: 'ada@readers.dev' });
    const row = await env.DB.prepare('select customer_proven from payments where id = ?')
      .bind(body.id)
      .first();
    expect(row).toEqual({ customer_proven: 1 });
  });

  test('whose external id another app uses too is not theirs', async () => {
    const { id } = await makeCustomer('ada@readers.dev');
    await prove(id);
    const { body } = await pay(
      { product_id: atlasPro, customer: { external_id: 'user-7' } },
      { key: atlas.secretKey },
    );
    expect(body.customer).toEqual({ id: null, external_id: 'user-7', email: null });
  });

  test('who is one of several behind an external id is not guessed', async () => {
    await prove((await makeCustomer('ada@readers.dev')).id);
    await prove((await makeCustomer('ada@work.dev')).id);
    const { body } = await pay({ product_id: lifetime, customer: { external_id: 'user-7' } });
    expect(body.customer.id).toBeNull();
  });

  test('who no longer exists at Polar is left out', async () => {
    await prove(crypto.randomUUID());
    const { status, body } = await pay({ product_id: lifetime, customer: { external_id: 'user-7' } });
    expect([status, body.customer.id]).toEqual([201, null]);
    const row = await env.DB.prepare('select customer_proven from payments where id = ?')
      .bind(body.id)
      .first();
    expect(row).toEqual({ customer_proven: 0 });
  });

  test('cannot be named by Polar’s id', async () => {
    const answer = await pay({ product_id: lifetime, customer: { id: crypto.randomUUID() } });
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([422, 'body.customer.id']);
  });

  test('with an e-mail that Polar refuses is refused, naming our field', async () => {
    const answer = await pay({ product_id: lifetime, customer: { email: 'ada@example.com' } });
    expect([answer.status, answer.body.code]).toEqual([422, 'polar_rejected']);
    expect(answer.body.errors?.[0]?.path).toBe('body.customer.email');
  });
});

describe('an Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'order 7/A' };

  test('gives the same answer again, byte by byte, and one checkout', async () => {
    const first = await pay({ product_id: lifetime }, { headers });
    const again = await pay({ product_id: lifetime }, { headers });
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(checkoutsCreated()).toBe(1);
    await world.settle();
    expect(world.received).toHaveLength(1);
  });

  test('used twice at once opens one checkout', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => pay({ product_id: lifetime }, { headers })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(201);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect([answer.status, answer.body.code]).toEqual([409, 'idempotency_in_progress']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id)).size).toBe(1);
    expect(checkoutsCreated()).toBe(1);
    expect(await countRows()).toMatchObject({ payments: 1, events: 1 });
    expect((await pay({ product_id: lifetime }, { headers })).status).toBe(201);
    expect(checkoutsCreated()).toBe(1);
  });

  test('with another request is refused', async () => {
    await pay({ product_id: lifetime }, { headers });
    const other = await pay({ product_id: lifetime, locale: 'de' }, { headers });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
  });

  test('of another app is another key', async () => {
    const mine = await pay({ product_id: lifetime }, { headers });
    const theirs = await pay({ product_id: atlasPro }, { key: atlas.secretKey, headers });
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  test('does not keep a failure: the same request works once Polar is back', async () => {
    world.polarDown = true;
    const down = await pay({ product_id: lifetime }, { headers });
    expect([down.status, down.body.code]).toEqual([503, 'polar_unavailable']);
    expect(down.headers.get('retry-after')).not.toBeNull();
    expect(await countRows()).toMatchObject({ payments: 0, events: 0, keys: 0 });
    world.polarDown = false;
    expect((await pay({ product_id: lifetime }, { headers })).status).toBe(201);
  });

  test('survives a crash after Polar’s answer: nothing half-written, and the request can be repeated', async () => {
    await env.DB.prepare(
      "create trigger crash before insert on payments begin select raise(abort, 'crash'); end",
    ).run();
    const crashed = await pay({ product_id: lifetime }, { headers });
    await env.DB.prepare('drop trigger crash').run();
    expect(crashed.status).toBeGreaterThanOrEqual(500);
    expect(checkoutsCreated()).toBe(1);
    expect(await countRows()).toMatchObject({ payments: 0, events: 0 });
    const again = await pay({ product_id: lifetime }, { headers });
    expect(again.status).toBe(201);
    expect(await countRows()).toMatchObject({ payments: 1, events: 1 });
  });

  test('left behind by a crashed isolate is free after 30 seconds, for the same request only', async () => {
    await env.DB.prepare(
      "create trigger crash before insert on payments begin select raise(abort, 'crash'); end",
    ).run();
    await env.DB.prepare(
      "create trigger keep before delete on idempotency_keys begin select raise(abort, 'crash'); end",
    ).run();
    await pay({ product_id: lifetime }, { headers });
    await env.DB.prepare('drop trigger crash').run();
    await env.DB.prepare('drop trigger keep').run();
    expect(await countRows()).toMatchObject({ payments: 0, keys: 1 });
    expect((await pay({ product_id: lifetime }, { headers })).body.code).toBe('idempotency_in_progress');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30_000 });
    expect((await pay({ product_id: lifetime, locale: 'de' }, { headers })).body.code).toBe(
      'idempotency_mismatch',
    );
    expect((await pay({ product_id: lifetime }, { headers })).status).toBe(201);
    expect(await countRows()).toMatchObject({ payments: 1 });
  });

  test('taken over while Polar was slow: the slow request writes nothing', async () => {
    const outside = globalThis.fetch;
    vi.stubGlobal('fetch', async (...call: Parameters<typeof fetch>) => {
      const answer = await outside(...call);
      await env.DB.prepare("update idempotency_keys set lease_token = 'another request'").run();
      return answer;
    });
    const slow = await pay({ product_id: lifetime }, { headers });
    expect([slow.status, slow.body.code]).toEqual([409, 'idempotency_in_progress']);
    expect(await countRows()).toMatchObject({ payments: 0, events: 0, keys: 1 });
  });

  test('is forgotten after a day', async () => {
    const first = await pay({ product_id: lifetime }, { headers });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
    const next = await pay({ product_id: lifetime, locale: 'de' }, { headers });
    expect(next.status).toBe(201);
    expect(next.body.id).not.toBe(first.body.id);
  });

  test('keeps no checkout address in clear', async () => {
    const { body } = await pay({ product_id: lifetime }, { headers });
    const row = await env.DB.prepare('select * from idempotency_keys').first<{ sealed_body: string }>();
    const text = row?.sealed_body ?? '';
    expect(text.length).toBeGreaterThan(100);
    expect(text).not.toContain(body.checkout_url);
  });

  test.each(['', 'é', 'x'.repeat(256), 'tab\there'])('%j is no key', async (key) => {
    const answer = await pay({ product_id: lifetime }, { headers: { 'idempotency-key': key } });
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([422, 'header.idempotency-key']);
    expect(await countRows()).toMatchObject({ payments: 0, keys: 0 });
  });
});

describe('bad input is refused with a clear problem and nothing stored', () => {
  const body = () => ({ product_id: lifetime });
  const cases: [string, number, string, string | undefined, () => Promise<Answer<Payment & Problem>>][] = [
    [
      'not JSON',
      400,
      'invalid_json',
      undefined,
      () => call('POST', '/v1/payments', { key: quay.secretKey, rawBody: '{"product_id":' }),
    ],
    [
      'an empty body',
      400,
      'invalid_json',
      undefined,
      () => call('POST', '/v1/payments', { key: quay.secretKey, rawBody: '' }),
    ],
    ['a list', 422, 'validation_failed', 'body', () => pay([])],
    [
      'a wrong content type',
      415,
      'unsupported_media_type',
      undefined,
      () => pay(body(), { headers: { 'content-type': 'text/plain' } }),
    ],
    [
      'a huge body',
      413,
      'payload_too_large',
      undefined,
      () => pay({ ...body(), metadata: { a: 'x'.repeat(10_000_000) } }),
    ],
    ['no key', 401, 'unauthorized', undefined, () => call('POST', '/v1/payments', { body: body() })],
    [
      'an unknown key',
      401,
      'unauthorized',
      undefined,
      () => pay(body(), { key: `floe_sk_sandbox_${'x'.repeat(43)}` }),
    ],
    ['a publishable key', 403, 'forbidden_key', undefined, () => pay(body(), { key: quay.publishableKey })],
    ['another method', 422, 'unsupported_method', undefined, () => pay({ method: 'stripe', ...body() })],
    [
      'a method named like a property',
      422,
      'unsupported_method',
      undefined,
      () => pay({ method: 'constructor', ...body() }),
    ],
    ['no product', 422, 'validation_failed', 'body.product_id', () => pay({ method: 'polar' })],
    [
      'a product that is no UUID',
      422,
      'validation_failed',
      'body.product_id',
      () => pay({ product_id: "'; drop table payments; --" }),
    ],
    [
      'a metadata product that is no UUID',
      422,
      'validation_failed',
      'body.metadata.polar_product_id',
      () => pay({ metadata: { polar_product_id: 7 } }),
    ],
    ['an unknown field', 422, 'validation_failed', 'body.prodct', () => pay({ ...body(), prodct: 1 })],
    [
      'an amount with a fraction',
      422,
      'validation_failed',
      'body.amount',
      () => pay({ ...body(), amount: 9.99 }),
    ],
    ['an amount as text', 422, 'validation_failed', 'body.amount', () => pay({ ...body(), amount: '900' })],
    ['a negative amount', 422, 'validation_failed', 'body.amount', () => pay({ ...body(), amount: -1 })],
    [
      'an amount beyond numbers',
      422,
      'validation_failed',
      'body.amount',
      () =>
        call('POST', '/v1/payments', {
          key: quay.secretKey,
          rawBody: `{"product_id":"${lifetime}","amount":1e999}`,
        }),
    ],
    ['half a seat', 422, 'validation_failed', 'body.seats', () => pay({ ...body(), seats: 0.5 })],
    [
      'an e-mail that is none',
      422,
      'validation_failed',
      'body.customer.email',
      () => pay({ ...body(), customer: { email: 'ada' } }),
    ],
    [
      'control characters',
      422,
      'validation_failed',
      'body.customer.name',
      () => pay({ ...body(), customer: { name: 'Ada\r\nBcc: x' } }),
    ],
    [
      'a NUL in metadata',
      422,
      'validation_failed',
      'body.metadata.a',
      () => pay({ ...body(), metadata: { a: 'x\u0000' } }),
    ],
    [
      'nested metadata',
      422,
      'validation_failed',
      'body.metadata.a',
      () => pay({ ...body(), metadata: { a: { b: 1 } } }),
    ],
    [
      '49 metadata keys',
      422,
      'validation_failed',
      'body.metadata',
      () =>
        pay({ ...body(), metadata: Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`k${i}`, i])) }),
    ],
    [
      'a metadata key of 41 characters',
      422,
      'validation_failed',
      undefined,
      () => pay({ ...body(), metadata: { ['k'.repeat(41)]: 1 } }),
    ],
    [
      'a metadata value of 501 characters',
      422,
      'validation_failed',
      'body.metadata.k',
      () => pay({ ...body(), metadata: { k: 'v'.repeat(501) } }),
    ],
    [
      'a plain code challenge',
      422,
      'validation_failed',
      'body.code_challenge',
      () => pay({ ...body(), code_challenge: 'secret' }),
    ],
    [
      'a locale that is none',
      422,
      'validation_failed',
      'body.locale',
      () => pay({ ...body(), locale: '../..' }),
    ],
    [
      'an embed origin of another site',
      422,
      'disallowed_url',
      'body.embed_origin',
      () => pay({ ...body(), embed_origin: 'https://evil.dev' }),
    ],
  ];
  test.each(cases)('%s', async (_name, status, code, path, send) => {
    const answer = await send();
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    if (path !== undefined) expect(answer.body.errors?.map((error) => error.path)).toContain(path);
    expect(checkoutsCreated()).toBe(0);
    expect(await countRows()).toMatchObject({ payments: 0, events: 0, keys: 0 });
  });

  test('a revoked key', async () => {
    const { body: keys } = await call<{ data: { id: string; kind: string }[] }>(
      'GET',
      '/admin/apps/quay-sandbox/keys',
      { key: env.FLOE_ADMIN_TOKEN },
    );
    const secret = keys.data.find(({ kind }) => kind === 'secret')?.id;
    await call('DELETE', `/admin/apps/quay-sandbox/keys/${secret}`, { key: env.FLOE_ADMIN_TOKEN });
    const answer = await pay(body());
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthorized']);
    expect(await countRows()).toMatchObject({ payments: 0 });
  });

  test.each([
    '//evil.dev',
    'https://evil.dev/thanks',
    `${ORIGIN}@evil.dev/thanks`,
    `https://user@${ORIGIN.slice(8)}/thanks`,
    `${ORIGIN}.evil.dev/thanks`,
    `${ORIGIN}/thanksx`,
    `${ORIGIN}/thanks/../evil`,
    `${ORIGIN}/thanks/%2e%2e/evil`,
    `${ORIGIN}\\@evil.dev/thanks`,
    `${ORIGIN.replace('https', 'http')}/thanks`,
    'javascript:alert(1)',
    `${ORIGIN}:444/thanks`,
  ])('an open redirect: %s', async (url) => {
    for (const field of ['success_url', 'return_url']) {
      const answer = await pay({ ...body(), [field]: url });
      expect([answer.status, answer.body.code]).toEqual([422, 'disallowed_url']);
      expect(answer.body.errors?.[0]?.path).toBe(`body.${field}`);
    }
    expect(checkoutsCreated()).toBe(0);
    expect(await countRows()).toMatchObject({ payments: 0 });
  });

  test('SQL in every text stays text', async () => {
    const sql = "Robert'); drop table payments; --";
    const answer = await pay({
      ...body(),
      metadata: { note: sql },
      customer: { name: sql, external_id: sql },
    });
    expect(answer.status).toBe(201);
    const listed = await call<{ data: Payment[] }>(
      'GET',
      `/v1/payments?customer=${encodeURIComponent(`external:${sql}`)}`,
      { key: quay.secretKey },
    );
    expect(listed.body.data.map(({ metadata }) => metadata['note'])).toEqual([sql]);
  });
});

describe('attack: forged gateway metadata', () => {
  test.each(['gateway_payment_id', 'gateway_app', 'GATEWAY_payment_id', 'gateway_anything'])(
    '%s is refused',
    async (key) => {
      const answer = await pay({ product_id: lifetime, metadata: { [key]: 'pay_of_someone_else' } });
      expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([422, 'body.metadata']);
      expect(await countRows()).toMatchObject({ payments: 0 });
    },
  );
});

describe('reading payments', () => {
  const list = async (query: string, key = quay.secretKey) => {
    const answer = await call<{ data: Payment[]; next_cursor: string | null } & Problem>(
      'GET',
      `/v1/payments${query}`,
      { key },
    );
    return { ...answer, ids: answer.body.data?.map(({ id }) => id) };
  };

  test('gives one, and another app’s is as unknown as none', async () => {
    const { body } = await pay({ product_id: lifetime });
    const mine = await call<Payment>('GET', `/v1/payments/${body.id}`, { key: quay.secretKey });
    expect([mine.status, mine.body]).toEqual([200, body]);
    const strip = ({ status, body: { request_id: _id, ...rest } }: Answer<Record<string, unknown>>) => ({
      status,
      ...rest,
    });
    const theirs = strip(await call('GET', `/v1/payments/${body.id}`, { key: atlas.secretKey }));
    const none = strip(
      await call('GET', '/v1/payments/pay_01h455vb4pex5vsknk084sn02q', { key: atlas.secretKey }),
    );
    const odd = strip(await call('GET', "/v1/payments/' or 1=1 --", { key: atlas.secretKey }));
    expect(theirs).toMatchObject({ status: 404, code: 'not_found' });
    expect(none).toEqual(theirs);
    expect(odd).toEqual(theirs);
    expect((await list('', atlas.secretKey)).ids).toEqual([]);
  });

  test('pages newest first, without gaps or repeats', async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await pay({ product_id: lifetime })).body.id);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await list(`?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      seen.push(...page.ids);
      cursor = page.body.next_cursor;
    }
    expect(seen).toEqual(made);
  });

  test('filters by status, customer, product and time', async () => {
    const yearly = (await world.createProduct({ name: 'quay:yearly', recurring: 'year' })).id;
    const one = (await pay({ product_id: lifetime, customer: { external_id: 'user-1' } })).body;
    const two = (await pay({ product_id: yearly, customer: { external_id: 'user-2' } })).body;
    await world.pay('sandbox', one.checkout_url, { email: 'ada@readers.dev' });
    await world.settle();
    expect((await list('?status=succeeded')).ids).toEqual([one.id]);
    expect((await list('?status=pending')).ids).toEqual([two.id]);
    expect((await list(`?product=${yearly}`)).ids).toEqual([two.id]);
    expect((await list('?customer=external:user-1')).ids).toEqual([one.id]);
    const customerId = (await call<Payment>('GET', `/v1/payments/${one.id}`, { key: quay.secretKey })).body
      .customer.id;
    expect((await list(`?customer=${customerId}`)).ids).toEqual([one.id]);
    await env.DB.prepare(
      "insert into app_customers (app_id, external_id, customer_id, created_at) values (?, 'vouched', ?, 0)",
    )
      .bind(quay.id, customerId)
      .run();
    expect((await list('?customer=external:vouched')).ids).toEqual([one.id]);
    const later = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect((await list(`?created_after=${later}`)).ids).toEqual([]);
    expect((await list(`?created_before=${later}&limit=1`)).ids).toEqual([two.id]);
  });

  test.each([
    ['status=paid', 'query.status'],
    ['limit=0', 'query.limit'],
    ['limit=x', 'query.limit'],
    ['cursor=nonsense', 'query.cursor'],
    ['created_after=yesterday', 'query.created_after'],
    ['product=1', 'query.product'],
    ['colour=red', 'query.colour'],
  ])('refuses %s', async (query, path) => {
    const answer = await list(`?${query}`);
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([422, path]);
  });
});

describe('GET /v1/products', () => {
  interface Product {
    id: string;
    name: string;
    prices: { price_amount: number }[];
    metadata?: Record<string, string>;
  }
  const products = (key: string, headers: Record<string, string> = {}) =>
    call<{ data: Product[] } & Problem>('GET', '/v1/products', { key, headers });

  test('shows an app its products before anything was ever heard of them, and asks Polar once', async () => {
    await env.DB.batch([env.DB.prepare('delete from products'), env.DB.prepare('delete from snapshots')]);
    world.polarRequests.length = 0;
    const first = await products(quay.secretKey);
    expect(first.body.data.map(({ name }) => name)).toEqual(['quay:lifetime']);
    expect(first.body.data[0]?.prices[0]?.price_amount).toBe(900);
    expect((await products(atlas.secretKey)).body.data.map(({ id }) => id)).toEqual([atlasPro]);
    expect((await products(quay.secretKey)).body).toEqual(first.body);
    expect(world.polarRequests).toEqual(['GET /v1/products/']);
  });

  test('leaves archived products out and follows price changes', async () => {
    const yearly = (await world.createProduct({ name: 'quay:yearly', recurring: 'year', price: 5000 })).id;
    await world.settle();
    await products(quay.secretKey);
    await world.polar('sandbox', 'PATCH', `/v1/products/${lifetime}`, { is_archived: true });
    await world.polar('sandbox', 'PATCH', `/v1/products/${yearly}`, {
      prices: [{ amount_type: 'fixed', price_amount: 4000, price_currency: 'usd' }],
    });
    await world.settle();
    const { body } = await products(quay.secretKey);
    expect(body.data.map(({ id, prices }) => [id, prices.map((price) => price.price_amount)])).toEqual([
      [yearly, [4000]],
    ]);
  });

  test('shows a publishable key what buyers may see', async () => {
    const secret = (await world.createProduct({ name: 'quay:noted', metadata: { margin: '80' } })).id;
    await world.settle();
    const shown = await products(quay.publishableKey, { origin: ORIGIN });
    expect(shown.status).toBe(200);
    expect(shown.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(shown.headers.get('cache-control')).toBe('private, max-age=60');
    expect(shown.headers.get('vary')).toMatch(/Authorization.*Origin/i);
    expect(shown.text).not.toContain('margin');
    const server = await products(quay.secretKey);
    expect(server.body.data.find(({ id }) => id === secret)?.metadata).toEqual({ margin: '80' });
  });

  test('hides private products and drafts from a publishable key', async () => {
    const row = await env.DB.prepare('select data from products where id = ?')
      .bind(lifetime)
      .first<{ data: string }>();
    const write = (visibility: string) =>
      env.DB.prepare('update products set data = ? where id = ?')
        .bind(JSON.stringify({ ...JSON.parse(row?.data ?? '{}'), visibility }), lifetime)
        .run();
    await products(quay.secretKey);
    await write('private');
    expect((await products(quay.publishableKey)).body.data).toEqual([]);
    expect((await products(quay.secretKey)).body.data).toHaveLength(1);
    await write('draft');
    expect((await products(quay.secretKey)).body.data).toEqual([]);
  });

  test('tells a browser of an unregistered origin how its page is registered, and no product', async () => {
    const answer = await products(quay.publishableKey, { origin: 'https://evil.dev' });
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden_origin']);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://evil.dev');
    expect(answer.body.data).toBeUndefined();
  });

  test('goes on without Polar once the list was read', async () => {
    await products(quay.secretKey);
    world.polarDown = true;
    expect((await products(quay.secretKey)).body.data).toHaveLength(1);
  });

  test('finds within the hour what changed while no webhook came, behind an answer', async () => {
    const price = async () => (await products(quay.secretKey)).body.data[0]?.prices[0]?.price_amount;
    await products(quay.secretKey);
    world.holdWebhooks = true;
    await world.polar('sandbox', 'PATCH', `/v1/products/${lifetime}`, {
      prices: [{ amount_type: 'fixed', price_amount: 700, price_currency: 'usd' }],
    });
    await world.simulator.settle();
    expect(await price()).toBe(900);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_700_000 });
    expect(await price()).toBe(900);
    await vi.waitFor(async () => expect(await price()).toBe(700));
  });

  describe('for a resource', () => {
    const openers = async (resource: string, key = quay.secretKey) => {
      const headers = key === quay.publishableKey ? { origin: ORIGIN } : undefined;
      const path = `/v1/products?resource=${encodeURIComponent(resource)}`;
      const { status, body } = await call<{ data: Product[] }>('GET', path, {
        key,
        ...(headers ? { headers } : {}),
      });
      expect(status).toBe(200);
      return body.data.map(({ name }) => name);
    };

    test('names the products that open it, by themselves, by a benefit, or by a star', async () => {
      await world.createProduct({ name: 'quay:one', metadata: { content_id: 'blog/one' } });
      await world.createProduct({
        name: 'quay:all',
        recurring: 'month',
        benefits: [{ type: 'custom', description: 'All of it', metadata: { content_id: 'blog/*' } }],
      });
      await world.createProduct({
        name: 'quay:dark',
        benefits: [{ type: 'feature_flag', description: 'Dark mode' }],
      });
      await world.createProduct({ name: 'atlas:one', metadata: { content_id: 'blog/one' } });
      await world.settle();
      expect(await openers('content:blog/one')).toEqual(['quay:all', 'quay:one']);
      expect(await openers('content:blog/one', quay.publishableKey)).toEqual(['quay:all', 'quay:one']);
      expect(await openers('content:blog/tw%6F')).toEqual(['quay:all']);
      expect(await openers('feature:dark-mode')).toEqual(['quay:dark']);
      expect(await openers('plan:quay:lifetime')).toEqual(['quay:lifetime']);
      expect(await openers(`product:${lifetime}`)).toEqual(['quay:lifetime']);
      expect(await openers('content:courses/git')).toEqual([]);
      expect(await openers(`product:${atlasPro}`), 'another app’s').toEqual([]);
      expect(await openers('content:blog/one', atlas.secretKey)).toEqual(['atlas:one']);
    });

    test('knows them before anything was ever heard of them', async () => {
      await world.createProduct({
        name: 'quay:all',
        benefits: [{ type: 'custom', description: 'All of it', metadata: { content_id: 'blog/*' } }],
      });
      await world.settle();
      await env.DB.batch([
        env.DB.prepare('delete from products'),
        env.DB.prepare('delete from benefits'),
        env.DB.prepare('delete from snapshots'),
      ]);
      expect(await openers('content:blog/one')).toEqual(['quay:all']);
    });

    test('offers nothing that is archived, private or a draft, whichever key asks', async () => {
      const archived = await world.createProduct({ name: 'quay:old', metadata: { content_id: 'blog/one' } });
      const hidden = await world.createProduct({ name: 'quay:link', metadata: { content_id: 'blog/one' } });
      await world.settle();
      expect(await openers('content:blog/one')).toEqual(['quay:link', 'quay:old']);
      await world.polar('sandbox', 'PATCH', `/v1/products/${archived.id}`, { is_archived: true });
      await world.settle();
      expect(await openers('content:blog/one')).toEqual(['quay:link']);
      for (const visibility of ['private', 'draft']) {
        await env.DB.prepare(`update products set data = json_set(data, '$.visibility', ?) where id = ?`)
          .bind(visibility, hidden.id)
          .run();
        expect(await openers('content:blog/one')).toEqual([]);
      }
    });

    test('refuses a name that is none, and parameters that it does not know', async () => {
      const refused = async (query: string) => {
        const { status, body } = await call<Problem>('GET', `/v1/products?${query}`, { key: quay.secretKey });
        return [status, body.errors?.map(({ path }) => path)];
      };
      expect(await refused('resource=')).toEqual([422, ['query.resource']]);
      expect(await refused('resource=content:a&resource=content:b')).toEqual([422, ['query.resource']]);
      expect(await refused('resourse=content:a')).toEqual([422, ['query.resourse']]);
    });
  });

  test('says that Polar is down while the list was never read', async () => {
    world.polarDown = true;
    const answer = await products(quay.secretKey);
    expect([answer.status, answer.body.code]).toEqual([503, 'polar_unavailable']);
  });
});
