import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import { reconcile } from '../compare/reconcile-calls.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';

/* Disputes: what an app sees of them, accepting one, the time for evidence, and what is open meanwhile. */

const OPERATOR = env.FLOE_ADMIN_TOKEN;
const DAY = 86_400_000;
const BENEFITS = [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }];

interface Dispute {
  id: string;
  payment_id: string;
  status: string;
  open: boolean;
  access: string;
  evidence_due_by: string | null;
  past_due: boolean;
}

let world: World;
let quay: TestApp;
let atlas: TestApp;
let productId: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
  ({ id: productId } = await world.createProduct({ name: 'quay:lifetime', benefits: BENEFITS }));
  await reconcile(world);
});
afterEach(() => {
  vi.useRealTimers();
});

const get = <T>(path: string, app = quay) => call<T>('GET', path, { key: app.secretKey });
const read = async (id: string) => (await get<Dispute>(`/v1/disputes/${id}`)).body;
const accept = (id: string, app = quay) => call('POST', `/v1/disputes/${id}/accept`, { key: app.secretKey });
const typesTold = async () =>
  (
    await env.DB.prepare(
      `select type, origin from events where app_id = ? and type like 'dispute.%' order by sequence`,
    )
      .bind(quay.id)
      .all<{ type: string; origin: string }>()
  ).results;

async function buy(product = productId): Promise<{ id: string; orderId: string; customerId: string }> {
  const { id, checkoutUrl } = await startPayment(quay, product);
  await world.pay('sandbox', checkoutUrl, { email: `${id}@readers.dev` });
  await world.settle();
  const row = await env.DB.prepare('select order_id, customer_id from payments where id = ?')
    .bind(id)
    .first<{ order_id: string; customer_id: string }>();
  return { id, orderId: row?.order_id ?? '', customerId: row?.customer_id ?? '' };
}

async function dispute(orderId: string): Promise<string> {
  const id = world.simulator.openDispute(orderId);
  await reconcile(world);
  await world.settle();
  return id;
}

async function sweep(): Promise<void> {
  const context = createExecutionContext();
  const controller = {
    scheduledTime: Date.now(),
    cron: '* * * * *',
    noRetry: () => undefined,
    type: 'scheduled',
  };
  await worker.scheduled(controller, env, context);
  await waitOnExecutionContext(context);
}

describe('disputes of an app', () => {
  it('are listed, newest first, by status, payment and time, and not for another app', async () => {
    const one = await buy();
    const other = await buy();
    const first = await dispute(one.orderId);
    await world.advance(60_000);
    const second = await dispute(other.orderId);
    const list = async (query = '') =>
      (await get<{ data: Dispute[]; next_cursor: string | null }>(`/v1/disputes${query}`)).body;
    const { data } = await list();
    expect(data.map(({ id }) => id)).toEqual([second, first]);
    expect(data[1]).toMatchObject({
      payment_id: one.id,
      status: 'needs_response',
      open: true,
      access: 'kept',
      past_due: false,
      evidence_due_by: expect.any(String),
    });
    const page = await list('?limit=1');
    expect(page.data.map(({ id }) => id)).toEqual([second]);
    expect((await list(`?limit=1&cursor=${page.next_cursor}`)).data.map(({ id }) => id)).toEqual([first]);
    expect((await list(`?payment=${one.id}`)).data.map(({ id }) => id)).toEqual([first]);
    expect((await list('?status=won')).data).toEqual([]);
    expect((await list('?created_before=2020-01-01')).data).toEqual([]);
    expect((await get<{ data: unknown[] }>('/v1/disputes', atlas)).body.data).toEqual([]);
    expect((await get(`/v1/disputes/${first}`, atlas)).status).toBe(404);
    expect((await accept(first, atlas)).status).toBe(404);
    expect(await read(first)).toEqual(data[1]);
  });

  it('can be accepted once: it is lost, told, and what was bought is closed', async () => {
    const { orderId, customerId } = await buy();
    const id = await dispute(orderId);
    const answer = await accept(id);
    expect(answer.body).toMatchObject({ id, status: 'lost', open: false, access: 'ended' });
    await world.settle();
    expect(await typesTold()).toEqual([
      { type: 'dispute.created', origin: 'reconcile' },
      { type: 'dispute.lost', origin: 'api' },
    ]);
    const open = await get<{ allow: boolean }>(
      `/v1/access?max_age=0&customer=${customerId}&resource=content:extra`,
    );
    expect(open.body.allow).toBe(false);
    const again = await accept(id);
    expect([again.status, again.body['code']]).toEqual([409, 'conflict']);
    const audited = await call<{ data: { target: string }[] }>(
      'GET',
      '/admin/audit?action=dispute.accepted',
      {
        key: OPERATOR,
      },
    );
    expect(audited.body.data).toMatchObject([{ target: id }]);
  });

  it('that was decided at Polar meanwhile is learned by accepting it', async () => {
    const { orderId } = await buy();
    const id = await dispute(orderId);
    world.simulator.resolveDispute(id, 'won');
    const answer = await accept(id);
    expect([answer.status, answer.body['code']]).toEqual([409, 'conflict']);
    expect(await read(id)).toMatchObject({ status: 'won', open: false });
  });

  it('while Polar is away cannot be accepted', async () => {
    const { orderId } = await buy();
    const id = await dispute(orderId);
    world.polarDown = true;
    expect((await accept(id)).status).toBe(503);
    world.polarDown = false;
    expect(await read(id)).toMatchObject({ open: true });
  });
});

describe('the time for evidence', () => {
  it('is told two days before, once', async () => {
    const { orderId } = await buy();
    await dispute(orderId);
    await sweep();
    expect((await typesTold()).map(({ type }) => type)).toEqual(['dispute.created']);
    await world.advance(6 * DAY);
    await sweep();
    await sweep();
    expect(await typesTold()).toEqual([
      { type: 'dispute.created', origin: 'reconcile' },
      { type: 'dispute.evidence_due', origin: 'gateway' },
    ]);
    const { body } = await get<{
      data: { body: { data: { polar: { data: object }; payment: { id: string } } } }[];
    }>('/v1/events?type=dispute.evidence_due');
    expect(body.data[0]?.body.data.polar.data).toMatchObject({
      order_id: orderId,
      evidence_due_by: expect.any(String),
    });
  });

  it('that is over is not told', async () => {
    const { orderId } = await buy();
    const id = await dispute(orderId);
    await world.advance(8 * DAY);
    await sweep();
    expect((await typesTold()).map(({ type }) => type)).toEqual(['dispute.created']);
    expect(await read(id)).toMatchObject({ past_due: true });
  });
});

describe('access while a dispute is open', () => {
  const setAccess = (dispute_access: string) =>
    call('PATCH', `/admin/apps/${quay.slug}`, { key: OPERATOR, body: { dispute_access } });
  const ask = async (customerId: string, resource = 'content:extra') =>
    (
      await get<{ allow: boolean; reason: string }>(
        `/v1/access?max_age=0&customer=${customerId}&resource=${resource}`,
      )
    ).body;

  it('is kept, or suspended when the app is set so, and follows the setting', async () => {
    const { orderId, customerId } = await buy();
    const id = await dispute(orderId);
    expect(await ask(customerId)).toMatchObject({ allow: true });
    expect((await setAccess('suspend')).status).toBe(200);
    expect(await ask(customerId)).toMatchObject({ allow: false, reason: 'revoked' });
    expect(await ask(customerId, `product:${productId}`)).toMatchObject({ allow: false });
    expect(await read(id)).toMatchObject({ access: 'suspended' });
    await setAccess('keep');
    expect(await ask(customerId)).toMatchObject({ allow: true });
    expect((await setAccess('close')).status).toBe(422);
  });

  it('of a subscription is suspended by the dispute of one of its orders', async () => {
    await setAccess('suspend');
    const { id: monthly } = await world.createProduct({
      name: 'quay:monthly',
      recurring: 'month',
      benefits: BENEFITS,
    });
    const { orderId, customerId } = await buy(monthly);
    expect(await ask(customerId)).toMatchObject({ allow: true });
    await dispute(orderId);
    expect(await ask(customerId)).toMatchObject({ allow: false, reason: 'revoked' });
    expect(await ask(customerId, 'plan:quay:monthly')).toMatchObject({ allow: false });
  });

  it('of what was bought twice stays, since the other purchase is not disputed', async () => {
    await setAccess('suspend');
    const one = await buy();
    await dispute(one.orderId);
    const { checkoutUrl } = await startPayment(quay, productId);
    await world.pay('sandbox', checkoutUrl, { email: `${one.id}@readers.dev` });
    await world.settle();
    expect(await ask(one.customerId)).toMatchObject({ allow: true });
  });

  it('is explained as it was then', async () => {
    const { orderId, customerId } = await buy();
    await dispute(orderId);
    await setAccess('suspend');
    const explained = await get<{ allow: boolean; reason: string }>(
      `/v1/access/explain?customer=${customerId}&resource=content:extra`,
    );
    expect(explained.body).toMatchObject({ allow: false, reason: 'revoked' });
  });
});
