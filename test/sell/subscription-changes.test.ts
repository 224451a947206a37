import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { act, createSeatProduct, DAY, read, subscribe } from './subscription-calls.ts';

/* An app changes its customers' subscriptions through the gateway: what Polar accepted is there when the answer is. */

let world: World;
let quay: TestApp;
let atlas: TestApp;
let monthly: string;
let pro: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
  monthly = (await world.createProduct({ name: 'quay:monthly', recurring: 'month', price: 900 })).id;
  pro = (await world.createProduct({ name: 'quay:pro', recurring: 'month', price: 2900 })).id;
});

afterEach(() => {
  vi.useRealTimers();
});

async function told(): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "select type from events where type like 'subscription.%' order by sequence",
  ).all<{ type: string }>();
  return results.map(({ type }) => type);
}

const card = (outcome: 'pays' | 'declines') =>
  env.DB.prepare('select id from customers')
    .first<string>('id')
    .then((id) => world.polar('sandbox', 'POST', `/_sim/customers/${id}/card`, { outcome }));

describe('a cancellation', () => {
  it('at the end of the period is there when it is answered, and its webhook tells nothing twice', async () => {
    const id = await subscribe(world, quay, monthly);
    world.holdWebhooks = true;
    const answer = await act(quay, id, 'cancel', {
      at: 'period_end',
      reason: 'too_expensive',
      comment: 'Until spring',
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      status: 'active',
      cancel_at_period_end: true,
      ends_at: answer.body.current_period_end,
      cancellation_reason: 'too_expensive',
      cancellation_comment: 'Until spring',
    });
    expect(await read(quay, id)).toEqual(answer.body);
    expect(await told()).toContain('subscription.canceled');
    const before = await told();
    world.holdWebhooks = false;
    await world.simulator.settle();
    for (const request of world.held.splice(0))
      await call('POST', '/webhooks/polar', {
        rawBody: await request.text(),
        headers: Object.fromEntries(request.headers),
      });
    await world.settle();
    expect((await told()).filter((type) => type !== 'subscription.updated')).toEqual(
      before.filter((type) => type !== 'subscription.updated'),
    );
  });

  it('that is asked for twice is one, and so are two at once', async () => {
    const id = await subscribe(world, quay, monthly);
    const first = await act(quay, id, 'cancel', { at: 'period_end' });
    expect((await act(quay, id, 'cancel', { at: 'period_end' })).body).toEqual(first.body);
    await act(quay, id, 'uncancel');
    const both = await Promise.all([
      act(quay, id, 'cancel', { at: 'period_end' }),
      act(quay, id, 'cancel', { at: 'period_end' }),
    ]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both[0].body.canceled_at).toBe(both[1].body.canceled_at);
  });

  it('now ends it at once, as DELETE does, and again is no failure', async () => {
    const id = await subscribe(world, quay, monthly);
    const answer = await act(quay, id, 'cancel', { at: 'now', reason: 'unused' });
    expect(answer.body).toMatchObject({ status: 'canceled', cancellation_reason: 'unused' });
    expect(answer.body.ended_at).not.toBeNull();
    const again = await call('DELETE', `/v1/subscriptions/${id}`, { key: quay.secretKey });
    expect([again.status, again.body]).toEqual([200, answer.body]);
  });

  it('can be taken back until the subscription has ended', async () => {
    const id = await subscribe(world, quay, monthly);
    const unscheduled = await act(quay, id, 'uncancel');
    expect([unscheduled.status, unscheduled.body.code]).toEqual([409, 'not_scheduled']);
    await act(quay, id, 'cancel', { at: 'period_end', reason: 'other' });
    const answer = await act(quay, id, 'uncancel');
    expect(answer.body).toMatchObject({
      cancel_at_period_end: false,
      canceled_at: null,
      ends_at: null,
      cancellation_reason: null,
    });
    expect(await told()).toContain('subscription.uncanceled');
    await act(quay, id, 'cancel', { at: 'now' });
    const ended = await act(quay, id, 'uncancel');
    expect([ended.status, ended.body.code]).toEqual([409, 'subscription_ended']);
  });
});

describe('a pause', () => {
  it('begins at the end of the period, and resuming begins and charges a new one', async () => {
    const id = await subscribe(world, quay, monthly);
    const early = await act(quay, id, 'resume');
    expect([early.status, early.body.code]).toEqual([409, 'not_paused']);
    const until = new Date(Date.now() + 90 * DAY).toISOString();
    const scheduled = await act(quay, id, 'pause', { resumes_at: until });
    expect(scheduled.body).toMatchObject({
      status: 'active',
      pause_at_period_end: true,
      resumes_at: until,
    });
    expect((await act(quay, id, 'pause', { resumes_at: until })).body).toEqual(scheduled.body);
    await world.advance(32 * DAY);
    await world.settle();
    expect(await read(quay, id)).toMatchObject({ status: 'paused' });
    const resumed = await act(quay, id, 'resume');
    expect(resumed.body).toMatchObject({ status: 'active', paused_at: null, resumes_at: null });
    expect(resumed.body.latest_payment_id).not.toBe(resumed.body.first_payment_id);
  });

  it('that is only scheduled is taken back by resuming', async () => {
    const id = await subscribe(world, quay, monthly);
    await act(quay, id, 'pause');
    const answer = await act(quay, id, 'resume');
    expect(answer.body).toMatchObject({ status: 'active', pause_at_period_end: false });
  });

  it('needs an active subscription that is not to end, and a time after its period', async () => {
    const id = await subscribe(world, quay, monthly);
    const soon = await act(quay, id, 'pause', { resumes_at: new Date(Date.now() + DAY).toISOString() });
    expect([soon.status, soon.body.errors?.[0]?.path]).toEqual([422, 'body.resumes_at']);
    await act(quay, id, 'cancel', { at: 'period_end' });
    const refused = await act(quay, id, 'pause');
    expect([refused.status, refused.body.code]).toEqual([409, 'cannot_pause']);
    expect(refused.body.detail).toContain('Uncancel');
  });
});

describe('a change of the product', () => {
  it('with an invoice has its payment in the answer', async () => {
    const id = await subscribe(world, quay, monthly);
    const before = await read(quay, id);
    world.holdWebhooks = true;
    const answer = await act(quay, id, 'change', { product_id: pro, proration: 'invoice' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      product: { id: pro, name: 'quay:pro', plan: 'pro' },
      amount: 2900,
      first_payment_id: before.first_payment_id,
    });
    expect(answer.body.latest_payment_id).not.toBe(before.latest_payment_id);
    const payment = await call<{ status: string; subscription_id: string }>(
      'GET',
      `/v1/payments/${answer.body.latest_payment_id}`,
      { key: quay.secretKey },
    );
    expect(payment.body).toMatchObject({ status: 'succeeded', subscription_id: id });
  });

  it('at the next period is pending until then, and is taken back by asking for what it has', async () => {
    const id = await subscribe(world, quay, monthly);
    const answer = await act(quay, id, 'change', { product_id: pro, proration: 'next_period' });
    expect(answer.body).toMatchObject({
      product: { id: monthly },
      pending_update: { product_id: pro, seats: null, units: null },
    });
    expect((await act(quay, id, 'change', { product_id: pro })).body).toEqual(answer.body);
    const back = await act(quay, id, 'change', { product_id: monthly });
    expect(back.body).toMatchObject({ product: { id: monthly }, pending_update: null });
  });

  it('to what it has already makes no second order', async () => {
    const id = await subscribe(world, quay, monthly);
    const first = await act(quay, id, 'change', { product_id: pro, proration: 'invoice' });
    const again = await act(quay, id, 'change', { product_id: pro, proration: 'invoice' });
    expect(again.body).toEqual(first.body);
    const { items } = await world.polar<{ items: unknown[] }>('sandbox', 'GET', '/v1/orders/');
    expect(items).toHaveLength(2);
  });

  it('reads another app’s product as one that does not exist', async () => {
    const id = await subscribe(world, quay, monthly);
    const others = (await world.createProduct({ name: 'atlas:pro', recurring: 'month' })).id;
    const [foreign, unknown] = await Promise.all(
      [others, crypto.randomUUID()].map((product_id) => act(quay, id, 'change', { product_id })),
    );
    expect([foreign?.status, foreign?.body.code]).toEqual([422, 'unknown_product']);
    expect({ ...foreign?.body, request_id: '' }).toEqual({ ...unknown?.body, request_id: '' });
  });

  it('is refused for an archived product, and for one that does not recur', async () => {
    const id = await subscribe(world, quay, monthly);
    await world.polar('sandbox', 'PATCH', `/v1/products/${pro}`, { is_archived: true });
    await world.settle();
    const archived = await act(quay, id, 'change', { product_id: pro });
    expect([archived.status, archived.body.code]).toEqual([422, 'product_archived']);
    const once = (await world.createProduct({ name: 'quay:once' })).id;
    const refused = await act(quay, id, 'change', { product_id: once });
    expect([refused.status, refused.body.code]).toEqual([422, 'polar_rejected']);
    expect(refused.body.errors).toEqual([{ path: 'body.product_id', message: 'Product is not recurring.' }]);
  });

  it('changes nothing when its payment fails', async () => {
    const id = await subscribe(world, quay, monthly);
    const before = await read(quay, id);
    await card('declines');
    const answer = await act(quay, id, 'change', { product_id: pro, proration: 'invoice' });
    expect([answer.status, answer.body.code]).toEqual([402, 'payment_failed']);
    expect(await read(quay, id)).toEqual(before);
  });

  it('waits for nothing that is to end, has ended or is past due', async () => {
    const id = await subscribe(world, quay, monthly);
    await act(quay, id, 'cancel', { at: 'period_end' });
    const ending = await act(quay, id, 'change', { product_id: pro });
    expect([ending.status, ending.body.code]).toEqual([409, 'subscription_ending']);
    await act(quay, id, 'cancel', { at: 'now' });
    const ended = await act(quay, id, 'change', { product_id: pro });
    expect([ended.status, ended.body.code]).toEqual([409, 'subscription_ended']);
  });
});

describe('seats and units', () => {
  it('are changed, and a number that is not there is refused', async () => {
    const team = await createSeatProduct(world, 'quay:team', 700);
    const id = await subscribe(world, quay, team, { seats: 2 });
    const answer = await act(quay, id, 'seats', { seats: 5, proration: 'invoice' });
    expect(answer.body).toMatchObject({ seats: 5, amount: 3500 });
    expect(answer.body.latest_payment_id).not.toBe(answer.body.first_payment_id);
    const later = await act(quay, id, 'seats', { seats: 3, proration: 'next_period' });
    expect(later.body).toMatchObject({ seats: 5, pending_update: { seats: 3 } });
    const kept = await act(quay, id, 'seats', { seats: 5 });
    expect(kept.body).toMatchObject({ seats: 5, pending_update: null });
    const units = await act(quay, id, 'units', { units: 3 });
    expect([units.status, units.body.errors?.[0]?.path]).toEqual([422, 'body.units']);
  });

  it('of a subscription without seats are refused', async () => {
    const id = await subscribe(world, quay, monthly);
    const answer = await act(quay, id, 'seats', { seats: 2 });
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([422, 'body.seats']);
  });

  it('of one that is past due are refused', async () => {
    const team = await createSeatProduct(world, 'quay:team', 700);
    const id = await subscribe(world, quay, team, { seats: 2 });
    await card('declines');
    await world.advance(32 * DAY);
    await world.settle();
    expect(await read(quay, id)).toMatchObject({ status: 'past_due' });
    const answer = await act(quay, id, 'seats', { seats: 3 });
    expect([answer.status, answer.body.code]).toEqual([409, 'subscription_inactive']);
  });
});

describe('a discount', () => {
  const create = (more: Record<string, unknown>) =>
    world.polar<{ id: string }>('sandbox', 'POST', '/v1/discounts/', {
      name: 'Spring',
      type: 'percentage',
      basis_points: 5000,
      duration: 'forever',
      ...more,
    });

  it('of the app is given and taken away', async () => {
    const id = await subscribe(world, quay, monthly);
    const { id: bound } = await create({ products: [monthly] });
    const answer = await act(quay, id, 'discount', { discount_id: bound });
    expect(answer.body).toMatchObject({ discount: { id: bound, name: 'Spring' }, amount: 450 });
    expect((await act(quay, id, 'discount', { discount_id: bound })).body).toEqual(answer.body);
    const { id: marked } = await create({ metadata: { gateway_product: 'quay' } });
    expect((await act(quay, id, 'discount', { discount_id: marked })).body.discount?.id).toBe(marked);
    const none = await act(quay, id, 'discount', { discount_id: null });
    expect(none.body).toMatchObject({ discount: null, amount: 900 });
  });

  it('of nobody, of another app or unknown is refused in the same words', async () => {
    const id = await subscribe(world, quay, monthly);
    const others = (await world.createProduct({ name: 'atlas:pro', recurring: 'month' })).id;
    const ids = [
      (await create({})).id,
      (await create({ products: [others] })).id,
      (await create({ products: [others, monthly] })).id,
      (await create({ metadata: { gateway_product: 'atlas' } })).id,
      crypto.randomUUID(),
    ];
    const details = new Set<string>();
    for (const discount_id of ids) {
      const answer = await act(quay, id, 'discount', { discount_id });
      expect([answer.status, answer.body.code]).toEqual([422, 'unknown_discount']);
      details.add(answer.body.detail);
    }
    expect(details.size).toBe(1);
    // Its own, which Polar does not take for this product.
    const elsewhere = await create({ products: [pro] });
    const refused = await act(quay, id, 'discount', { discount_id: elsewhere.id });
    expect([refused.status, refused.body.code]).toEqual([422, 'unknown_discount']);
  });
});

describe('a trial', () => {
  it('begins by a time, and ends by a charge', async () => {
    const id = await subscribe(world, quay, monthly);
    const end = new Date(Date.now() + 60 * DAY).toISOString();
    const trialing = await act(quay, id, 'trial', { trial_end: end });
    expect(trialing.body).toMatchObject({ status: 'trialing', trial_end: end, current_period_end: end });
    const over = await act(quay, id, 'trial', { trial_end: 'now' });
    expect(over.body).toMatchObject({ status: 'active' });
    expect(over.body.latest_payment_id).not.toBe(over.body.first_payment_id);
    const none = await act(quay, id, 'trial', { trial_end: 'now' });
    expect([none.status, none.body.code, none.body.errors?.[0]?.path]).toEqual([
      422,
      'validation_failed',
      'body.trial_end',
    ]);
    const early = await act(quay, id, 'trial', { trial_end: new Date(Date.now() - DAY).toISOString() });
    expect([early.status, early.body.errors?.[0]?.path]).toEqual([422, 'body.trial_end']);
  });
});

describe('whose it is', () => {
  it('another app’s subscription is not there, whatever is asked', async () => {
    const id = await subscribe(world, quay, monthly);
    const asked: [string, Record<string, unknown>][] = [
      ['cancel', { at: 'now' }],
      ['uncancel', {}],
      ['pause', {}],
      ['resume', {}],
      ['change', { product_id: pro }],
      ['seats', { seats: 2 }],
      ['units', { units: 2 }],
      ['discount', { discount_id: null }],
      ['trial', { trial_end: 'now' }],
    ];
    const requests = world.polarRequests.length;
    for (const [action, body] of asked) {
      const answer = await act(atlas, id, action, body);
      expect([action, answer.status, answer.body.code]).toEqual([action, 404, 'not_found']);
    }
    const deleted = await call('DELETE', `/v1/subscriptions/${id}`, { key: atlas.secretKey });
    expect(deleted.status).toBe(404);
    expect((await call('GET', `/v1/subscriptions/${id}`, { key: atlas.secretKey })).status).toBe(404);
    expect(world.polarRequests.length).toBe(requests);
    expect(await read(quay, id)).toMatchObject({ status: 'active', cancel_at_period_end: false });
  });

  it('a publishable key may not ask', async () => {
    const id = await subscribe(world, quay, monthly);
    const answer = await call<{ code: string }>('POST', `/v1/subscriptions/${id}/cancel`, {
      key: quay.publishableKey,
      body: { at: 'now' },
    });
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden_key']);
  });
});
