import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { call, createWorld, ORIGIN, type TestApp, type World } from '../harness/harness.ts';
import { SANDBOX_API_URL } from '../harness/bindings.ts';

/*
 * Two apps share an organization, and Polar lets a customer have one subscription in all unless the organization allows
 * several (ADR 77).
 */

let world: World;
let quay: TestApp;
let atlas: TestApp;
let quayMonthly: string;
let atlasMonthly: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
  quayMonthly = (await world.createProduct({ name: 'quay:monthly', recurring: 'month' })).id;
  atlasMonthly = (await world.createProduct({ name: 'atlas:monthly', recurring: 'month' })).id;
  await world.settle();
});
afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

interface Payment {
  id: string;
  status: string;
  failure_reason: string | null;
  checkout_url: string;
  subscription_id: string | null;
  customer: { id: string | null };
  code: string;
  detail: string;
}

const ada = { email: 'ada@readers.dev' };
const pay = (app: TestApp, product_id: string, more: object = {}) =>
  call<Payment>('POST', '/v1/payments', { key: app.secretKey, body: { product_id, ...more } });
const show = async (app: TestApp, id: string) =>
  (await call<Payment>('GET', `/v1/payments/${id}`, { key: app.secretKey })).body;

/** Sells a subscription to Ada, by a real purchase; the payment. */
async function subscribe(app: TestApp, product: string): Promise<Payment> {
  const { body } = await pay(app, product);
  expect((await world.pay('sandbox', body.checkout_url, ada)).status).toBe(200);
  await world.settle();
  const payment = await show(app, body.id);
  expect(payment.status).toBe('succeeded');
  return payment;
}

/** From now on the app knows Ada by this name of its own. */
async function vouch(app: TestApp, externalId: string, customerId: string | null): Promise<void> {
  await env.DB.prepare(
    'insert into app_customers (app_id, external_id, customer_id, created_at) values (?, ?, ?, 0)',
  )
    .bind(app.id, externalId, customerId)
    .run();
}

async function allowSeveral(isAllowed: boolean, how: { quietly?: boolean } = {}): Promise<void> {
  world.holdWebhooks = how.quietly ?? false;
  await world.polar('sandbox', 'PATCH', `/v1/organizations/${world.organizations.sandbox.id}`, {
    subscription_settings: { allow_multiple_subscriptions: isAllowed },
  });
  await world.settle();
  world.holdWebhooks = false;
}

const told = (type: string) =>
  world.received
    .map(({ url, body }) => ({ url, ...(JSON.parse(body) as { type: string; data: { payment: Payment } }) }))
    .filter((event) => event.type === type);

describe('a second subscription while Polar allows one', () => {
  test('of the same app is 409 already_subscribed, with the subscription and how to change it', async () => {
    const first = await subscribe(quay, quayMonthly);
    await vouch(quay, 'user-1', first.customer.id);
    world.polarRequests.length = 0;
    const refused = await pay(quay, quayMonthly, { customer: { external_id: 'user-1' } });
    expect([refused.status, refused.body.code, refused.body.subscription_id]).toEqual([
      409,
      'already_subscribed',
      first.subscription_id,
    ]);
    expect(refused.body.detail).toContain(`POST /v1/subscriptions/${first.subscription_id}/change`);
    expect(world.polarRequests).not.toContain('POST /v1/checkouts/');
  });

  test('of a user whom the app has sold one to is refused, whoever the buyer turns out to be', async () => {
    const user = { customer: { external_id: 'user-2' } };
    const { body } = await pay(quay, quayMonthly, user);
    await world.pay('sandbox', body.checkout_url, ada);
    await world.settle();
    const { subscription_id } = await show(quay, body.id);
    expect((await pay(quay, quayMonthly, user)).body).toMatchObject({
      code: 'already_subscribed',
      subscription_id,
    });
    // The name is the app's own: another app means somebody else by it.
    expect((await pay(atlas, atlasMonthly, user)).status).toBe(201);
  });

  test('of another app is refused without a word about which', async () => {
    const first = await subscribe(quay, quayMonthly);
    await vouch(atlas, 'reader-1', await buyBook());
    const refused = await pay(atlas, atlasMonthly, { customer: { external_id: 'reader-1' } });
    expect([refused.status, refused.body.code]).toEqual([409, 'already_subscribed']);
    expect(refused.body.detail).toContain('allow_multiple_subscriptions');
    for (const secret of ['quay', String(first.subscription_id), quayMonthly])
      expect(refused.text).not.toContain(secret);
    expect(refused.body).not.toHaveProperty('subscription_id');
    // What is bought once is no subscription.
    const book = (await world.createProduct({ name: 'atlas:book' })).id;
    await world.settle();
    expect((await pay(atlas, book, { customer: { external_id: 'reader-1' } })).status).toBe(201);
  });

  test('is not refused by what only a buyer says: the checkout is opened, and Polar refuses there', async () => {
    await subscribe(quay, quayMonthly);
    const opened = await pay(atlas, atlasMonthly, { customer: { email: ada.email, external_id: 'nobody' } });
    expect(opened.status).toBe(201);
    const refused = await world.pay('sandbox', opened.body.checkout_url, ada);
    expect([refused.status, refused.text]).toEqual([
      403,
      expect.stringContaining('AlreadyActiveSubscriptionError'),
    ]);
    const fromBrowser = await call<{ url: string }>('POST', '/v1/checkout', {
      key: atlas.publishableKey,
      body: { product_id: atlasMonthly, email: ada.email },
      headers: { origin: ORIGIN },
    });
    expect(fromBrowser.status).toBe(201);
  });

  test('is possible once the first has ended, or several are allowed, heard of or not', async () => {
    const first = await subscribe(quay, quayMonthly);
    await vouch(quay, 'user-1', first.customer.id);
    const again = () => pay(quay, quayMonthly, { customer: { external_id: 'user-1' } });
    expect((await again()).status).toBe(409);

    await allowSeveral(true, { quietly: true });
    expect((await again()).status).toBe(201);
    await allowSeveral(false, { quietly: true });
    expect((await again()).status).toBe(409);

    world.holdWebhooks = true;
    await world.polar('sandbox', 'DELETE', `/v1/subscriptions/${first.subscription_id}`);
    await world.settle();
    expect((await again()).status).toBe(201);
    world.holdWebhooks = false;
  });

  test('is not refused while the setting cannot be known', async () => {
    const first = await subscribe(quay, quayMonthly);
    await vouch(quay, 'user-1', first.customer.id);
    const allow = (scopes: string[] | null) =>
      world.simulator.fetch(
        new Request(`${SANDBOX_API_URL}/_sim/organizations/${world.organizations.sandbox.id}/scopes`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ scopes }),
        }),
      );
    await allow(['checkouts:write']);
    const again = () => pay(quay, quayMonthly, { customer: { external_id: 'user-1' } });
    expect((await again()).status).toBe(201);
    // Once the setting was heard of, what is stored of the subscription counts.
    await allow(null);
    await allowSeveral(true);
    await allowSeveral(false);
    await allow(['checkouts:write']);
    expect((await again()).body.code).toBe('already_subscribed');
    await allow(null);
  });
});

/** Ada buys something of Atlas once; her customer's id. */
async function buyBook(): Promise<string | null> {
  const book = (await world.createProduct({ name: 'atlas:letter' })).id;
  await world.settle();
  return (await subscribe(atlas, book)).customer.id;
}

describe('two subscriptions of two apps by one customer', () => {
  test('are bought, live and end apart once the organization allows several', async () => {
    await allowSeveral(true);
    const first = await subscribe(quay, quayMonthly);
    await vouch(quay, 'user-1', first.customer.id);
    const second = await subscribe(atlas, atlasMonthly);
    expect(second.customer.id).toBe(first.customer.id);
    const opens = async (app: TestApp, resource: string) => {
      const answer = await call<{ allow: boolean }>(
        'GET',
        `/v1/access?customer=${first.customer.id}&resource=${resource}&max_age=0`,
        { key: app.secretKey },
      );
      return answer.body.allow;
    };
    expect([await opens(quay, 'plan:quay:monthly'), await opens(atlas, 'plan:atlas:monthly')]).toEqual([
      true,
      true,
    ]);
    expect([await opens(quay, 'plan:atlas:monthly'), await opens(atlas, 'plan:quay:monthly')]).toEqual([
      false,
      false,
    ]);
    await world.polar('sandbox', 'DELETE', `/v1/subscriptions/${first.subscription_id}`);
    await world.settle();
    expect([await opens(quay, 'plan:quay:monthly'), await opens(atlas, 'plan:atlas:monthly')]).toEqual([
      false,
      true,
    ]);
    expect(told('subscription.revoked').map(({ url }) => url)).toEqual([expect.stringMatching(/\/quay$/)]);
  });

  test('are one while it does not: the payment that nobody could finish failed, and says why', async () => {
    await allowSeveral(true);
    await allowSeveral(false);
    await subscribe(quay, quayMonthly);
    const opened = await pay(atlas, atlasMonthly);
    const abandoned = await pay(atlas, atlasMonthly);
    expect((await world.pay('sandbox', opened.body.checkout_url, ada)).status).toBe(403);
    expect(await show(atlas, opened.body.id)).toMatchObject({ status: 'pending', failure_reason: null });

    world.received.length = 0;
    await world.advance(25 * 60 * 60_000);
    await world.settle();
    const failed = await show(atlas, opened.body.id);
    expect(failed).toMatchObject({
      status: 'failed',
      failure_reason: 'already_subscribed',
      checkout_url: null,
    });
    expect(told('payment.failed').map(({ data }) => data.payment)).toEqual([failed]);
    expect(world.received.map(({ body }) => body).join('\n')).not.toContain('quay');
    // Nobody came to the other one, so it has only expired.
    const expired = await show(atlas, abandoned.body.id);
    expect(expired).toMatchObject({ status: 'expired', failure_reason: null });
    expect(told('payment.expired').map(({ data }) => data.payment)).toEqual([expired]);
  });

  test('heard of twice and later, with the first one ended: the payment stays failed, and is told once', async () => {
    await allowSeveral(true);
    await allowSeveral(false);
    const first = await subscribe(quay, quayMonthly);
    const opened = await pay(atlas, atlasMonthly);
    await world.pay('sandbox', opened.body.checkout_url, ada);
    await world.advance(25 * 60 * 60_000);
    await world.settle();
    await world.polar('sandbox', 'DELETE', `/v1/subscriptions/${first.subscription_id}`);
    await world.settle();
    const events = world.simulator.events(world.organizations.sandbox.id);
    const again = events.find(({ type }) => type === 'checkout.expired');
    for (const id of [again?.id ?? '', crypto.randomUUID()]) {
      const headers = await world.simulator.sign(world.polarEndpoints.sandbox, id, again?.body ?? '');
      await call('POST', '/webhooks/polar', {
        rawBody: again?.body ?? '',
        headers: { ...headers, 'content-type': 'application/json' },
      });
    }
    await world.settle();
    expect(await show(atlas, opened.body.id)).toMatchObject({
      status: 'failed',
      failure_reason: 'already_subscribed',
    });
    expect(told('payment.failed')).toHaveLength(1);
    expect(told('payment.expired')).toEqual([]);
  });
});
