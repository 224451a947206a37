import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { keepHistory } from '../../src/access/explain/keep-history.ts';
import { createServices } from '../../src/wiring.ts';
import { SANDBOX_API_URL } from '../harness/bindings.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, record, startPayment } from '../harness/story.ts';

/* Why a customer may use something, now and at any moment before (ADR 102). */

const MINUTE = 60_000;
const DAY = 86_400_000;
const CONTENT = 'content:blog/extra';

interface Row {
  kind: string;
  id: string;
  payment_id: string | null;
}
interface Explained {
  allow: boolean;
  reason: string;
  expires_at: string | null;
  summary: string;
  supported_by: (Row & { resources: string[]; is_awaited: boolean; until: string | null })[];
  missing: {
    why: string;
    text: string;
    of: Row | null;
    product: { id: string } | null;
    taken_back: string[];
  }[];
  because: { at: string; type: string; event_id: string | null; polar_event: { type: string } | null }[];
  caches: { could_differ: boolean; until: string | null; changed_at: string | null };
  complete: boolean;
}

let world: World;
let quay: TestApp;
let productId: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  productId = (
    await world.createProduct({
      name: 'quay:book',
      benefits: [{ type: 'custom', description: 'Extra', metadata: { content_id: 'blog/extra' } }],
    })
  ).id;
  await world.settle();
});

afterAll(() => {
  vi.useRealTimers();
});

/** Lets some milliseconds pass between two things, and gives a time between them. */
async function moment(): Promise<number> {
  await world.advance(20);
  const at = Date.now();
  await world.advance(20);
  return at;
}

async function ask(customer: string, more: Record<string, string | number> = {}, app = quay) {
  const query = new URLSearchParams({
    customer,
    resource: CONTENT,
    ...Object.fromEntries(
      Object.entries(more).map(([name, value]) => [
        name,
        name === 'at' ? new Date(Number(value)).toISOString() : String(value),
      ]),
    ),
  });
  return call<Explained>('GET', `/v1/access/explain?${query}`, { key: app.secretKey });
}

async function explain(...args: Parameters<typeof ask>): Promise<Explained> {
  const { status, body, text } = await ask(...args);
  expect(status, text).toBe(200);
  return body;
}

/** What the question itself is answered. */
async function answer(customer: string, resource = CONTENT) {
  const { body } = await call<{ allow: boolean; reason: string }>(
    'GET',
    `/v1/access?customer=${customer}&resource=${resource}&max_age=0`,
    { key: quay.secretKey },
  );
  return `${body.allow} ${body.reason}`;
}

async function buy(email = 'ada@readers.dev', product = productId) {
  const payment = await startPayment(quay, product);
  await world.pay('sandbox', payment.checkoutUrl, { email });
  await world.settle();
  const row = await env.DB.prepare(
    'select id, customer_id from orders order by created_at desc, rowid desc',
  ).first<{
    id: string;
    customer_id: string;
  }>();
  return { orderId: row?.id ?? '', customerId: row?.customer_id ?? '', paymentId: payment.id };
}

const refund = async (orderId: string) => {
  const order = await world.polar<{ net_amount: number }>('sandbox', 'GET', `/v1/orders/${orderId}`);
  await world.polar('sandbox', 'POST', '/v1/refunds/', {
    order_id: orderId,
    amount: order.net_amount,
    reason: 'customer_request',
    revoke_benefits: true,
  });
  await world.settle();
};

const said = ({ allow, reason }: Explained) => `${allow} ${reason}`;

it('says what a purchase gave, and after a refund what took it away, each at its time', async () => {
  const { customerId, orderId, paymentId } = await buy();
  const bought = await moment();
  await refund(orderId);
  const refunded = await moment();

  const then = await explain(customerId, { at: bought });
  expect(said(then)).toBe('true granted');
  expect(then.supported_by).toMatchObject([{ kind: 'grant', payment_id: paymentId, resources: [CONTENT] }]);
  expect(then.missing).toEqual([]);
  expect(then.because.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['payment.succeeded', 'grant.created']),
  );
  expect(then.because.find(({ type }) => type === 'payment.succeeded')).toMatchObject({
    event_id: expect.stringMatching(/^evt_/),
    polar_event: { type: expect.stringMatching(/^order\./) },
  });
  expect(then.caches.could_differ).toBe(false);
  expect(then.summary).toContain(`was open by the grant ${then.supported_by[0]?.id}`);

  const now = await explain(customerId, { at: refunded });
  expect(said(now)).toBe('false revoked');
  expect(now.supported_by).toEqual([]);
  expect(now.missing.map(({ why }) => why)).toContain('revoked');
  expect(now.missing.at(-1)).toMatchObject({ why: 'not_bought', product: { id: productId } });
  const types = now.because.map(({ type }) => type);
  expect(types.indexOf('refund.succeeded')).toBeGreaterThan(types.indexOf('payment.succeeded'));
  expect(now.summary).toContain('was closed (revoked)');
});

it('says until when a cache could still have said yes, by what the caller allowed', async () => {
  const { customerId, orderId } = await buy();
  await moment();
  await refund(orderId);
  await moment();
  const { caches } = await explain(customerId);
  expect(caches.could_differ).toBe(true);
  expect(Date.parse(caches.until ?? '') - Date.parse(caches.changed_at ?? '')).toBe(300_000);
  const at = Date.parse(caches.changed_at ?? '');
  expect(said(await explain(customerId, { at }))).toBe('false revoked');
  expect(said(await explain(customerId, { at: at - 1 }))).toBe('true granted');
  expect((await explain(customerId, { max_age: 0 })).caches.could_differ).toBe(false);
  await world.advance(6 * MINUTE);
  expect((await explain(customerId)).caches.could_differ).toBe(false);
});

it('a benefit that Polar has not granted yet counts for 15 minutes, and the explanation says so', async () => {
  const payment = await startPayment(quay, productId);
  const story = await record(world, async () => {
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  });
  const paidBody = story.find(({ type }) => type === 'order.paid')?.body ?? '{}';
  const { data: order } = JSON.parse(paidBody) as { data: { customer_id: string } };
  const customerId = order.customer_id;
  for (const told of story) if (!told.type.startsWith('benefit_grant')) await deliver(world, told);
  const paid = await moment();
  expect(await answer(customerId)).toBe('true granted');
  await world.advance(16 * MINUTE);
  expect(await answer(customerId)).toBe('false not_granted');
  const then = await explain(customerId, { at: paid });
  expect(then.supported_by).toMatchObject([{ kind: 'order', is_awaited: true }]);
  const now = await explain(customerId);
  expect(said(now)).toBe('false not_granted');
  // No cache outlives an end that was known.
  expect(now.caches.could_differ).toBe(false);
});

it('time alone ends the grace of what is past due', async () => {
  await call('PATCH', `/admin/apps/${quay.slug}`, {
    key: env.FLOE_ADMIN_TOKEN,
    body: { past_due_grace_days: 3 },
  });
  const monthly = await world.createProduct({
    name: 'quay:monthly',
    recurring: 'month',
    benefits: [{ type: 'custom', description: 'Extra', metadata: { content_id: 'blog/extra' } }],
  });
  await world.settle();
  const { customerId } = await buy('eve@readers.dev', monthly.id);
  await world.simulator.fetch(
    new Request(`${SANDBOX_API_URL}/_sim/customers/${customerId}/card`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome: 'declines' }),
    }),
  );
  await world.advance(31 * DAY);
  await world.settle();
  const inGrace = await moment();
  expect(await answer(customerId)).toBe('true granted');
  await world.advance(3 * DAY);
  expect(await answer(customerId)).toBe('false expired');
  expect(said(await explain(customerId))).toBe('false expired');
  expect(said(await explain(customerId, { at: inGrace }))).toBe('true granted');
  // What the setting is now does not change what was.
  await call('PATCH', `/admin/apps/${quay.slug}`, {
    key: env.FLOE_ADMIN_TOKEN,
    body: { past_due_grace_days: 0 },
  });
  await moment();
  expect(said(await explain(customerId, { at: inGrace }))).toBe('true granted');
});

it('a product that another app got since still gave what it gave then', async () => {
  const atlas = await world.createApp({ product: 'atlas', webhook: false });
  await world.settle();
  const nobody = crypto.randomUUID();
  const { customerId } = await buy();
  await world.advance(40_000);
  const before = await moment();
  const answered = await answer(customerId, 'plan:quay:book');
  const { status, text } = await call('POST', `/admin/products/${productId}/owner`, {
    key: env.FLOE_ADMIN_TOKEN,
    body: { mode: 'sandbox', app: atlas.slug },
  });
  expect(status, text).toBeLessThan(300);
  await world.advance(40_000);
  const plan = { resource: 'plan:quay:book' };
  expect(said(await explain(customerId, { ...plan, at: before }))).toBe(answered);
  expect(said(await explain(customerId, plan))).toBe(await answer(customerId, plan.resource));
  expect((await explain(nobody, { ...plan, at: before })).missing).toMatchObject([
    { why: 'unknown_customer' },
  ]);
  const sold = { ...plan, customer: customerId };
  expect((await explain(sold.customer, { ...plan, at: before })).because.length).toBeGreaterThan(0);
});

it('an external id is the union over its customers, as they were joined', async () => {
  const ada = await buy('ada@readers.dev');
  const bob = await buy('bob@readers.dev');
  await refund(ada.orderId);
  const alone = await moment();
  const join = (customerId: string) =>
    env.DB.prepare(
      'insert into app_customers (app_id, external_id, customer_id, created_at) values (?1, ?2, ?3, ?4)',
    )
      .bind(quay.id, 'user-1', customerId, Date.now())
      .run();
  await join(ada.customerId);
  const one = await moment();
  await join(bob.customerId);
  const both = await moment();
  expect(said(await explain('external:user-1', { at: alone }))).toBe('false unknown_customer');
  expect(said(await explain('external:user-1', { at: one }))).toBe('false revoked');
  const last = await explain('external:user-1', { at: both });
  expect(said(last)).toBe('true granted');
  expect(last.supported_by).toMatchObject([{ payment_id: bob.paymentId }]);
});

it('a customer who was deleted at Polar is named as the reason', async () => {
  const { customerId } = await buy();
  const before = await moment();
  await world.polar('sandbox', 'DELETE', `/v1/customers/${customerId}`);
  await world.settle();
  await moment();
  expect(said(await explain(customerId, { at: before }))).toBe('true granted');
  const now = await explain(customerId);
  expect(said(now)).toBe(await answer(customerId));
  expect(now.allow).toBe(false);
  expect(now.missing.flatMap(({ taken_back: taken }) => taken)).toContain('customer_deleted');
});

it('what the app gave by itself is named as its own, until it is taken back', async () => {
  const before = await moment();
  const {
    status,
    body: grant,
    text,
  } = await call<{ id: string }>('POST', '/v1/grants', {
    key: quay.secretKey,
    body: { customer: 'external:press-1', resources: [CONTENT], reason: 'A press copy' },
  });
  expect(status, text).toBe(201);
  const given = await moment();
  await call('DELETE', `/v1/grants/${grant.id}`, { key: quay.secretKey });
  const taken = await moment();
  expect(said(await explain('external:press-1', { at: before }))).toBe('false unknown_customer');
  const then = await explain('external:press-1', { at: given });
  expect(said(then)).toBe('true granted');
  expect(then.supported_by).toMatchObject([{ kind: 'own_grant', source: 'app', id: grant.id }]);
  expect(then.because.map(({ type }) => type)).toContain('grant.created');
  const last = await explain('external:press-1', { at: taken });
  expect([said(last), last.missing[0]?.of]).toMatchObject(['false revoked', { id: grant.id }]);
});

it('of two alike that the app gave it names the one that holds, and each that does not', async () => {
  const give = async () => {
    const { body } = await call<{ id: string }>('POST', '/v1/grants', {
      key: quay.secretKey,
      body: { customer: 'external:press-2', resources: [CONTENT], reason: 'A press copy' },
    });
    await moment();
    return body.id;
  };
  const take = (id: string) => call('DELETE', `/v1/grants/${id}`, { key: quay.secretKey });
  const [first, second] = [await give(), await give()];
  await take(first);
  const one = await explain('external:press-2', { at: await moment() });
  expect(one.supported_by.map(({ id }) => id)).toEqual([second]);
  await take(second);
  const third = await give();
  const now = await explain('external:press-2', { at: await moment() });
  expect(now.supported_by.map(({ id }) => id)).toEqual([third]);
  await take(third);
  const none = await explain('external:press-2', { at: await moment() });
  const lost = none.missing.flatMap(({ of }) => (of ? [of.id] : []));
  expect(lost).toEqual([third, second, first]);
});

it('what an app does not have is unknown to it, and to others', async () => {
  const atlas = await world.createApp({ product: 'atlas', webhook: false });
  const { customerId } = await buy();
  const { allow, missing, because } = await explain(customerId, {}, atlas);
  expect([allow, missing.map(({ why }) => why), because]).toEqual([false, ['unknown_customer'], []]);
});

it.each([
  ['in the future', () => Date.now() + DAY],
  ['of long ago', () => Date.now() - 91 * DAY],
])('a time %s is refused', async (_name, at) => {
  const { status, body } = await ask(crypto.randomUUID(), { at: at() });
  expect([status, (body as unknown as { code: string }).code]).toEqual([422, 'validation_failed']);
});

it('a time may be a day, have an offset, or be to the nanosecond; the last of the 90 days counts', async () => {
  const { customerId } = await buy();
  const bought = await moment();
  const shifted = new Date(bought + 2 * 60 * MINUTE).toISOString().replace('Z', '');
  const raw = async (at: string) => {
    const query = new URLSearchParams({ customer: customerId, resource: CONTENT, at });
    const { status, body } = await call<Explained & { at: string }>('GET', `/v1/access/explain?${query}`, {
      key: quay.secretKey,
    });
    return status === 200 ? `${body.allow} ${body.at}` : status;
  };
  expect(await raw(`${shifted}+02:00`)).toBe(`true ${new Date(bought).toISOString()}`);
  expect(await raw(`${shifted}999999+02:00`)).toBe(`true ${new Date(bought).toISOString()}`);
  const day = new Date(bought).toISOString().slice(0, 10);
  expect(await raw(day)).toBe(`false ${day}T00:00:00.000Z`);
  vi.setSystemTime(bought + 90 * DAY);
  expect(await raw(new Date(bought).toISOString())).toBe(`true ${new Date(bought).toISOString()}`);
  vi.setSystemTime(bought + 90 * DAY + 1);
  expect(await raw(new Date(bought).toISOString())).toBe(422);
  for (const at of ['soon', '2026-02-30', '2026-11-29T25:00:00Z', '1e13', '2026-11-29T10:00:00', ''])
    expect(await raw(at)).toBe(422);
});

const countVersions = () => env.DB.prepare('select count(*) as n from row_history').first<number>('n');

it('what comes twice writes no history', async () => {
  const payment = await startPayment(quay, productId);
  const story = await record(world, async () => {
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  });
  for (const told of story) await deliver(world, told);
  const versions = await countVersions();
  expect(versions).toBeGreaterThan(3);
  for (const told of story.toReversed())
    await deliver(world, { ...told, webhookId: `${told.webhookId}-again` });
  expect(await countVersions()).toBe(versions);
});

async function keep(): Promise<void> {
  const context = createExecutionContext();
  await keepHistory(createServices(env, context));
  await waitOnExecutionContext(context);
}

it('is complete from when history began, and begins anew after a gap', async () => {
  const customer = crypto.randomUUID();
  expect((await explain(customer)).complete).toBe(false);
  await world.advance(1);
  await keep();
  expect((await explain(customer)).complete).toBe(false);
  for (let minutes = 0; minutes < 120; minutes += 10) {
    await world.advance(10 * MINUTE);
    await keep();
  }
  expect((await explain(customer)).complete).toBe(true);
  expect((await explain(customer, { at: Date.now() - 3 * 60 * MINUTE })).complete).toBe(false);
  await world.advance(2 * 60 * MINUTE);
  await keep();
  expect((await explain(customer)).complete).toBe(false);
});

it('a version is kept while a question can ask for the time before it ended, and then goes', async () => {
  const { customerId, orderId } = await buy();
  const bought = await moment();
  await refund(orderId);
  const versions = (await countVersions()) ?? 0;
  await world.advance(89 * DAY);
  await keep();
  await keep();
  expect(await countVersions()).toBe(versions);
  expect(said(await explain(customerId, { at: bought }))).toBe('true granted');
  await world.advance(4 * DAY);
  await keep();
  await keep();
  const left = await env.DB.prepare('select count(*) as n from row_history where until < ?1')
    .bind(Date.now() - 91 * DAY)
    .first<number>('n');
  expect(left).toBe(0);
});
