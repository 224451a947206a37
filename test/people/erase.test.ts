import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import { findEverywhere } from '../harness/find-everywhere.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { type Failure, failingDatabase, requestInterrupted } from '../harness/interrupted.ts';
import { startPayment } from '../harness/story.ts';
import { openDesk } from './sign-in-calls.ts';

/* An app erases its customer for itself; Polar's deletion erases everywhere. Amounts and ids stay. */

const EMAIL = 'ada.canary@readers.dev';
/** All that anybody has typed here about the customer. */
const TYPED = /canary/i;
let world: World;
let quay: TestApp;
let atlas: TestApp;
let book: string;
let map: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
  const benefits = [{ type: 'custom', description: 'The book', metadata: { content_id: 'books/one' } }];
  book = (await world.createProduct({ name: 'quay:book', price: 900, benefits })).id;
  map = (await world.createProduct({ name: 'atlas:map', price: 500 })).id;
  await world.settle();
});
afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

async function runCron(bindings: object = {}): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled({} as ScheduledController, { ...env, ...bindings }, context);
  await waitOnExecutionContext(context).catch(() => undefined);
}

async function finish(): Promise<void> {
  await runCron();
  await world.settle();
}

async function buy(
  app: TestApp,
  product: string,
  note: string,
): Promise<{ customer: string; payment: string }> {
  const body = { metadata: { note }, customer: { external_id: 'user-1' } };
  const { id, checkoutUrl } = await startPayment(app, product, body);
  await world.pay('sandbox', checkoutUrl, { email: EMAIL, name: 'Ada Canary' });
  await world.settle();
  const row = await env.DB.prepare('select customer_id as id from payments where id = ?')
    .bind(id)
    .first<{ id: string }>();
  return { customer: String(row?.id), payment: id };
}

const own = (method: string, path: string, body?: object, headers = {}) =>
  call(method, path, { key: quay.secretKey, headers, ...(body ? { body } : {}) });
const erase = (who: string, app = quay) =>
  call('DELETE', `/v1/customers/${encodeURIComponent(who)}`, { key: app.secretKey });
const money = async () =>
  (await env.DB.prepare('select id, status, amount, refunded_amount from payments order by id').all())
    .results;

/** Everything that an app may come to know of somebody, in as many places as there are. */
async function liveOn(): Promise<{ customer: string; payment: string }> {
  world.receiver = (_, { body }) => new Response(body);
  const bought = await buy(quay, book, 'canary-note');
  const { customer, payment } = bought;
  await own('PUT', `/v1/customers/${customer}/external-ids/user-1`);
  const said = { external_id: 'user-1', email: EMAIL, name: 'Ada Canary' };
  await own('POST', '/v1/customers', said, { 'idempotency-key': 'said' });
  await own(
    'POST',
    `/v1/payments/${payment}/refunds`,
    { amount: 100, comment: 'canary comment', metadata: { why: 'canary' } },
    { 'idempotency-key': 'back' },
  );
  await own('POST', '/v1/sessions', { customer, user_agent: 'Canary/1.0' });
  await openDesk().send('POST', '/v1/sign-in', { key: quay.secretKey, body: { email: EMAIL } });
  for (const given of [customer, 'external:user-1'])
    await own(
      'POST',
      '/v1/grants',
      { customer: given, resources: ['content:x'], reason: 'canary reason' },
      { 'idempotency-key': `to ${given}` },
    );
  const gift = { product_id: book, to_email: EMAIL, from_name: 'Canary', message: 'canary message' };
  const { body } = await own(
    'POST',
    '/v1/gifts',
    { ...gift, customer: { email: EMAIL } },
    { 'idempotency-key': 'gift' },
  );
  await world.pay('sandbox', String(body['checkout_url']), { email: EMAIL, name: 'Ada Canary' });
  // One that nobody has paid, and one whose subscription is over.
  await own('POST', '/v1/payments', {
    product_id: book,
    customer: { email: EMAIL },
    metadata: { n: 'canary' },
  });
  const monthly = (await world.createProduct({ name: 'quay:monthly', recurring: 'month' })).id;
  await world.settle();
  await buy(quay, monthly, 'canary-monthly');
  const sold = await env.DB.prepare('select id from subscriptions').first<string>('id');
  await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${sold}`, {
    revoke: true,
    customer_cancellation_comment: 'canary farewell',
  });
  await world.settle();
  return bought;
}

describe('an app that erases its customer', () => {
  it('keeps amounts and ids, and nothing that describes the person is anywhere', async () => {
    const { customer } = await liveOn();
    expect(await findEverywhere(TYPED)).toEqual(
      expect.arrayContaining([
        'customers.email',
        'delivery_attempts.response',
        'events.body',
        'gifts.message',
        'idempotency_keys.sealed_body',
        'known_customers.name',
        'own_grants.reason',
        'payment_metadata.value',
        'payments.customer_email',
        'polar_events.sealed_body customer.created',
        'polar_events.sealed_body order.paid',
        'prepared_customers.email',
        'refund_requests.comment',
        'sign_in_attempts.email',
        'snapshots.data',
      ]),
    );
    const before = await money();
    expect((await erase(customer)).status).toBe(204);
    await finish();
    expect(await findEverywhere(TYPED)).toEqual([]);
    expect(await money()).toEqual(before);
    expect(await env.DB.prepare('select is_due, address from erased_customers').first()).toEqual({
      is_due: 0,
      address: null,
    });
    // What was bought is still open to the app's user.
    const access = await own(
      'GET',
      '/v1/access?resource=content:books/one&max_age=0&customer=external:user-1',
    );
    expect(access.body['allow']).toBe(true);
    const { body } = await own('GET', `/v1/customers/${customer}`);
    expect(body).toMatchObject({ email: null, name: null, external_ids: ['user-1'] });
  });

  it('keeps what another app knows, and its own rows have nothing of it', async () => {
    const { customer } = await buy(quay, book, 'canary-of-quay');
    await buy(atlas, map, 'canary-of-atlas');
    expect((await erase(customer)).status).toBe(204);
    await finish();
    expect(await findEverywhere(/canary-of-quay/)).toEqual([]);
    expect(await findEverywhere(TYPED, (row) => row['app_id'] === quay.id)).toEqual([]);
    expect(await findEverywhere(/canary-of-atlas/)).toContain('payments.metadata');
    expect(await findEverywhere(new RegExp(EMAIL))).toContain('customers.email');
    // Nobody is told by another app's knowledge who that was.
    const desk = openDesk();
    for (const { secretKey: key } of [quay, atlas])
      expect((await desk.send('POST', '/v1/sign-in', { key, body: { email: EMAIL } })).status).toBe(202);
    expect(desk.mails.map(({ to }) => to)).toEqual([EMAIL]);
  });

  it('is told nothing of it by what Polar shows later', async () => {
    const { customer } = await buy(quay, book, 'canary-note');
    const [order] = (await env.DB.prepare('select id from orders').all<{ id: string }>()).results;
    expect((await erase(customer)).status).toBe(204);
    await world.settle();
    world.received.length = 0;
    // Before the cron has run, and after it.
    for (const amount of [100, 200]) {
      await world.polar('sandbox', 'POST', '/v1/refunds/', {
        order_id: order?.id,
        amount,
        reason: 'customer_request',
        comment: 'canary comment',
      });
      await world.polar('sandbox', 'PATCH', `/v1/customers/${customer}`, { name: `Ada Canary ${amount}` });
      await world.settle();
      await finish();
      expect(await findEverywhere(TYPED)).toEqual([]);
    }
    const types = world.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(types).toContain('refund.succeeded');
    expect(world.received.filter(({ body }) => TYPED.test(body))).toEqual([]);
  });

  it('knows the person anew who buys again, and not what was before', async () => {
    const { customer, payment } = await buy(quay, book, 'canary-before');
    await erase(customer);
    await finish();
    const again = await buy(quay, book, 'canary-again');
    expect(again.customer).toBe(customer);
    await finish();
    expect(await findEverywhere(/canary-before/)).toEqual([]);
    const { body } = await own('GET', `/v1/customers/${customer}`);
    expect(body).toMatchObject({ email: EMAIL });
    expect(await findEverywhere(new RegExp(EMAIL))).toEqual(
      expect.arrayContaining(['customers.email', 'polar_events.sealed_body order.paid']),
    );
    const { body: first } = await own('GET', `/v1/payments/${payment}`);
    expect(first).toMatchObject({ customer: { email: null }, metadata: {} });
    const told = world.received.findLast(({ body: sent }) => sent.includes('"payment.succeeded"'));
    expect(told?.body).toContain('canary-again');
  });

  it('ends a subscription first', async () => {
    const monthly = (await world.createProduct({ name: 'quay:monthly', recurring: 'month' })).id;
    await world.settle();
    const { customer } = await buy(quay, monthly, 'canary-of-quay');
    const refused = await erase(customer);
    expect([refused.status, refused.body['code']]).toEqual([409, 'conflict']);
    expect(await env.DB.prepare('select count(*) as n from erased_customers').first()).toEqual({ n: 0 });
  });

  it('erases nobody of another app', async () => {
    const { customer } = await buy(atlas, map, 'canary-of-atlas');
    expect((await erase(customer)).status).toBe(404);
    expect((await erase('external:user-1')).status).toBe(404);
  });

  it('forgets whom it had only named', async () => {
    const body = { external_id: 'user-9', email: EMAIL, name: 'Ada Canary' };
    await own('POST', '/v1/customers', body, { 'idempotency-key': 'nine' });
    await own('POST', '/v1/sessions', { external_id: 'user-9', user_agent: 'Canary/1.0' });
    expect((await erase('external:user-9')).status).toBe(204);
    expect(await findEverywhere(TYPED)).toEqual([]);
    expect((await own('GET', '/v1/sessions?customer=external:user-9')).body['data']).toEqual([]);
    expect((await erase('external:user-9')).status).toBe(404);
    // Asked again by its key, the request is the same one, and its answer says nothing any more.
    const again = await own('POST', '/v1/customers', body, { 'idempotency-key': 'nine' });
    expect([again.status, again.body['email'], again.body['name']]).toEqual([201, null, null]);
    expect(await findEverywhere(TYPED)).toEqual([]);
  });

  it('forgets what a user began, and what the user paid without being said to be anybody', async () => {
    const said = { metadata: { note: 'canary-begun' }, customer: { external_id: 'user-1', email: EMAIL } };
    await own('POST', '/v1/payments', { product_id: book, ...said }, { 'idempotency-key': 'begun' });
    await buy(quay, book, 'canary-paid');
    await world.settle();
    const before = await money();
    expect((await erase('external:user-1')).status).toBe(204);
    await finish();
    expect(await findEverywhere(TYPED)).toEqual([]);
    // The checkout runs out later, and Polar still has what was typed there.
    await world.advance(2 * 86_400_000);
    await world.settle();
    await finish();
    expect(await findEverywhere(TYPED)).toEqual([]);
    expect((await money()).length).toBe(before.length);
  });

  it('does not take a customer away by a checkout of a user where somebody typed the customer’s address', async () => {
    const bought = await startPayment(quay, book, { metadata: { note: 'hers' } });
    await world.pay('sandbox', bought.checkoutUrl, { email: EMAIL, name: 'Ada Canary' });
    await world.settle();
    await own('POST', '/v1/customers', { external_id: 'user-1', name: 'User One' });
    const { customer, payment } = await buy(quay, book, 'canary-of-user-1');
    const listed = async (q: string) => (await own('GET', `/v1/customers?q=${q}`)).body['data'];
    expect(await listed('user%20one')).toMatchObject([{ id: customer, name: 'User One' }]);
    expect((await erase('external:user-1')).status).toBe(204);
    await finish();
    expect(await findEverywhere(/user one/i)).toEqual([]);
    expect(await listed('user-1')).toMatchObject([{ id: customer, name: null }]);
    expect(await findEverywhere(/canary-of-user-1/, ({ app_id: app }) => app === quay.id)).not.toContain(
      'payments.metadata',
    );
    const { body } = await own('GET', `/v1/customers/${customer}`);
    expect(body).toMatchObject({ email: EMAIL });
    expect((await own('GET', `/v1/payments/${payment}`)).body).toMatchObject({
      customer: { email: null },
      metadata: {},
    });
    const desk = openDesk();
    await desk.send('POST', '/v1/sign-in', { key: quay.secretKey, body: { email: EMAIL } });
    expect(desk.mails.map(({ to }) => to)).toEqual([EMAIL]);
  });

  it('does not learn by a new checkout whom it has erased', async () => {
    const { customer } = await buy(quay, book, 'canary');
    await own('PUT', `/v1/customers/${customer}/external-ids/user-1`);
    await erase(customer);
    await finish();
    const byId = await own('POST', '/v1/payments', { product_id: book, customer: { id: customer } });
    expect(byId.status).toBe(422);
    const byUser = await own('POST', '/v1/payments', {
      product_id: book,
      customer: { external_id: 'user-1' },
    });
    expect([byUser.status, byUser.text]).toEqual([201, expect.not.stringMatching(TYPED)]);
    const { pathname } = new URL(String(byUser.body['checkout_url']));
    const shown = await world.polar('sandbox', 'GET', `/v1/checkouts/client/${pathname.split('/').pop()}`);
    expect(JSON.stringify(shown)).not.toMatch(TYPED);
  });

  it('has erased all of it in the end, wherever the request and the cron are killed', async () => {
    const deaths = [1, 2].flatMap((at): Failure[] => [false, true].map((after) => ({ call: at, after })));
    for (const [nth, death] of deaths.entries()) {
      const { customer } = await buy(quay, book, `canary-${nth}`);
      const path = `/v1/customers/${customer}`;
      await requestInterrupted('DELETE', path, { key: quay.secretKey }, death);
      // Whoever got no answer asks again.
      expect((await own('DELETE', path)).status).toBe(204);
      // Every run dies one call later than the one before, until one lives.
      for (let at = 1; ; at += 1) {
        const { DB, state } = failingDatabase({ call: at, after: nth % 2 === 0 }, true);
        await runCron({ DB });
        if (!state.hasFailed) break;
        expect(at).toBeLessThan(60);
      }
      await finish();
      expect([death, await findEverywhere(TYPED)]).toEqual([death, []]);
    }
    const erased = await env.DB.prepare(
      "select count(*) as n from audit_log where action = 'customer.erased'",
    ).first('n');
    expect(erased).toBeGreaterThanOrEqual(deaths.length);
  });
});

describe('a customer whom Polar has deleted', () => {
  it('is forgotten everywhere, anonymized or not', async () => {
    const { customer } = await buy(quay, book, 'canary-of-quay');
    await buy(atlas, map, 'atlas');
    await own('PUT', `/v1/customers/${customer}/external-ids/user-1`);
    const said = { external_id: 'user-1', email: EMAIL, name: 'Ada Canary' };
    await own('POST', '/v1/customers', said, { 'idempotency-key': 'said' });
    await world.polar('sandbox', 'DELETE', `/v1/customers/${customer}`);
    await world.settle();
    await finish();
    expect(await findEverywhere(new RegExp(EMAIL, 'i'))).toEqual([]);
    expect(await findEverywhere(/Ada Canary/)).toEqual([]);
  });

  it('is deleted there by the operator alone', async () => {
    const { customer } = await buy(quay, book, 'canary-of-quay');
    const path = `/admin/customers/${customer}?mode=sandbox`;
    expect((await own('DELETE', path)).status).toBe(403);
    world.polarDown = true;
    expect((await call('DELETE', path, { key: env.FLOE_ADMIN_TOKEN })).status).toBe(503);
    world.polarDown = false;
    expect((await call('DELETE', path, { key: env.FLOE_ADMIN_TOKEN })).status).toBe(204);
    await world.settle();
    await finish();
    expect(await findEverywhere(new RegExp(EMAIL, 'i'))).toEqual([]);
    const unknown = '/admin/customers/3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607?mode=sandbox';
    expect((await call('DELETE', unknown, { key: env.FLOE_ADMIN_TOKEN })).status).toBe(404);
  });
});
