import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import type { PreviewView } from '../../src/sell/subscriptions/subscriptions.answers.ts';
import { act, createSeatProduct, DAY, interfere, read, subscribe } from './subscription-calls.ts';

/* What a change would cost, at the front door; the sums themselves are held against the simulator in preview.rules.test.ts. */

let world: World;
let quay: TestApp;
let monthly: string;
let pro: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  monthly = (await world.createProduct({ name: 'quay:monthly', recurring: 'month', price: 900 })).id;
  pro = (await world.createProduct({ name: 'quay:pro', recurring: 'month', price: 2900 })).id;
});

afterEach(() => {
  vi.useRealTimers();
});

type Preview = PreviewView & { code: string; errors?: { path: string }[] };

const preview = (id: string, body: Record<string, unknown>, app = quay) =>
  act(app, id, 'preview', body) as unknown as Promise<Answer<Preview>>;

const setDefault = (proration_behavior: string) =>
  world.polar('sandbox', 'PATCH', `/v1/organizations/${world.organizations.sandbox.id}`, {
    subscription_settings: { proration_behavior },
  });

describe('a preview', () => {
  it('says what is due now, what at the renewal, and what a period costs then, and changes nothing', async () => {
    const id = await subscribe(world, quay, monthly);
    const before = await read(quay, id);
    await world.advance(Math.floor((Date.parse(before.current_period_end) - Date.now()) / 2));
    const answer = await preview(id, { product_id: pro, proration: 'invoice' });
    expect(answer.body).toMatchObject({
      estimated: true,
      proration: 'invoice',
      currency: 'usd',
      now: {
        amount: 1000,
        credit: 0,
        items: [
          { type: 'unused_time', amount: -450 },
          { type: 'remaining_time', amount: 1450 },
        ],
      },
      next_renewal: {
        at: before.current_period_end,
        amount: 2900,
        items: [{ type: 'period', amount: 2900 }],
      },
      amount: 2900,
    });
    expect(await read(quay, id)).toEqual(before);
    const changed = await act(quay, id, 'change', { product_id: pro, proration: 'invoice' });
    const payment = await call<{ net_amount: number; tax_amount: number }>(
      'GET',
      `/v1/payments/${changed.body.latest_payment_id}`,
      { key: quay.secretKey },
    );
    // The buyer's price has the tax inside.
    expect(payment.body.net_amount + payment.body.tax_amount).toBe(answer.body.now.amount);
  });

  it('of a cheaper product is a credit, which the renewal is lowered by', async () => {
    const id = await subscribe(world, quay, pro);
    const answer = await preview(id, { product_id: monthly, proration: 'invoice' });
    const { credit } = answer.body.now;
    expect(credit).toBeGreaterThan(1900);
    expect(answer.body.next_renewal).toMatchObject({ amount: 0, credit: credit - 900 });
  });

  it('of what is neither up nor down takes the organization’s setting, and Polar’s default when it cannot be read', async () => {
    const beside = await world.createProduct({ name: 'quay:beside', recurring: 'month', price: 900 });
    const id = await subscribe(world, quay, monthly);
    await setDefault('next_period');
    expect((await preview(id, { product_id: beside.id })).body).toMatchObject({
      proration: 'next_period',
      now: { amount: 0, items: [] },
    });
    const stop = interfere(
      world,
      ({ url }) => url.includes('/v1/organizations/'),
      async () =>
        Response.json({ error: 'insufficient_scope', scope: 'organizations:read' }, { status: 403 }),
    );
    expect((await preview(id, { product_id: beside.id })).body.proration).toBe('prorate');
    stop();
  });

  it('counts a discount for the products that it is for', async () => {
    const { id: discount } = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/discounts/', {
      name: 'Half',
      type: 'percentage',
      basis_points: 5000,
      duration: 'once',
      products: [monthly],
    });
    const id = await subscribe(world, quay, monthly);
    await act(quay, id, 'discount', { discount_id: discount });
    const other = await preview(id, { product_id: pro, proration: 'next_period' });
    expect(other.body.next_renewal?.items).toEqual([{ type: 'period', amount: 2900 }]);
    const { id: both } = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/discounts/', {
      name: 'Both',
      type: 'percentage',
      basis_points: 5000,
      duration: 'once',
      products: [monthly, pro],
    });
    await act(quay, id, 'discount', { discount_id: both });
    const same = await preview(id, { product_id: pro, proration: 'next_period' });
    // It has lowered nothing yet, so that the next period is the one.
    expect(same.body.next_renewal?.items).toEqual([
      { type: 'period', amount: 2900 },
      { type: 'discount', amount: -1450 },
    ]);
  });

  it('of seats, and of none', async () => {
    const team = await createSeatProduct(world, 'quay:team', 700);
    const id = await subscribe(world, quay, team, { seats: 2 });
    const answer = await preview(id, { seats: 4, proration: 'prorate' });
    expect(answer.body).toMatchObject({ now: { amount: 0 }, amount: 2800 });
    expect(answer.body.next_renewal?.items.map(({ type }) => type)).toEqual(['period', 'seats']);
    const none = await subscribe(world, quay, monthly, { email: 'bob@readers.dev' });
    const refused = await preview(none, { seats: 4 });
    expect([refused.status, refused.body.errors?.[0]?.path]).toEqual([422, 'body.seats']);
  });

  it('tells nothing of another app’s product, which the subscription was given at Polar', async () => {
    await world.createApp({ product: 'atlas' });
    const others = (await world.createProduct({ name: 'atlas:pro', recurring: 'month', price: 7700 })).id;
    const id = await subscribe(world, quay, monthly);
    await act(quay, id, 'cancel', { at: 'period_end', comment: 'Later' });
    await act(quay, id, 'uncancel');
    const change = { product_id: others, proration_behavior: 'next_period' };
    await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${id}`, change);
    await world.settle();
    expect((await read(quay, id)).pending_update).toMatchObject({ product_id: null });
    await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${id}`, {
      ...change,
      proration_behavior: 'invoice',
    });
    await world.settle();
    expect(await read(quay, id)).toMatchObject({
      product: { id: others, name: null, plan: null },
      amount: null,
      seats: null,
    });
    const answer = await preview(id, { product_id: pro });
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
    expect(answer.text).not.toContain('7700');
    expect((await act(quay, id, 'change', { product_id: pro })).body).toMatchObject({ amount: 2900 });
  });

  it('is refused as the change would be', async () => {
    const id = await subscribe(world, quay, monthly);
    const codeOf = async (body: Record<string, unknown>, app = quay) => {
      const answer = await preview(id, body, app);
      return [answer.status, answer.body.code];
    };
    expect(await codeOf({})).toEqual([422, 'validation_failed']);
    expect(await codeOf({ product_id: pro, seats: 2 })).toEqual([422, 'validation_failed']);
    expect(await codeOf({ product_id: crypto.randomUUID() })).toEqual([422, 'unknown_product']);
    const once = (await world.createProduct({ name: 'quay:once' })).id;
    expect(await codeOf({ product_id: once })).toEqual([422, 'validation_failed']);
    await world.polar('sandbox', 'PATCH', `/v1/products/${once}`, { is_archived: true });
    await world.settle();
    expect(await codeOf({ product_id: once })).toEqual([422, 'product_archived']);
    const atlas = await world.createApp({ product: 'atlas' });
    expect(await codeOf({ product_id: pro }, atlas)).toEqual([404, 'not_found']);
    await act(quay, id, 'cancel', { at: 'period_end' });
    expect(await codeOf({ product_id: pro })).toEqual([409, 'subscription_ending']);
    await act(quay, id, 'uncancel');
    await act(quay, id, 'pause');
    const paused = await preview(id, { product_id: pro, proration: 'next_period' });
    expect(paused.body.next_renewal).toBeNull();
    await world.advance(32 * DAY);
    await world.settle();
    expect(await codeOf({ product_id: pro })).toEqual([409, 'subscription_inactive']);
    await act(quay, id, 'cancel', { at: 'now' });
    expect(await codeOf({ product_id: pro })).toEqual([409, 'subscription_ended']);
  });
});
