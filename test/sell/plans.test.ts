import { beforeEach, describe, expect, it } from 'vitest';
import type { PlanFamilyView } from '../../src/sell/plans/plans.answers.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { act, subscribe } from './subscription-calls.ts';

/* Which plan is up from which, and what a change does by default (ADR 114). */

let world: World;
let quay: TestApp;
let atlas: TestApp;
let monthly: string;
let pro: string;
let proYear: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
  const metadata = { gateway_plan: 'pro' };
  monthly = (await world.createProduct({ name: 'quay:monthly', recurring: 'month', price: 900 })).id;
  pro = (await world.createProduct({ name: 'quay:pro', recurring: 'month', price: 2900, metadata })).id;
  proYear = (await world.createProduct({ name: 'quay:pro-year', recurring: 'year', price: 29_000, metadata }))
    .id;
  await world.createProduct({ name: 'quay:lifetime', price: 9900 });
  await world.createProduct({ name: 'atlas:pro', recurring: 'month', price: 500 });
  await world.settle();
});

const plans = (app: TestApp, query = '') =>
  call<{ data: PlanFamilyView[]; code?: string }>('GET', `/v1/plans${query}`, { key: app.secretKey });

describe('GET /v1/plans', () => {
  it('has the app’s recurring products from the lowest up', async () => {
    const { body } = await plans(quay);
    expect(body.data).toHaveLength(1);
    expect(body.data[0]).toMatchObject({ family: null, currency: 'usd' });
    expect(body.data[0]?.plans.map(({ product_id, level }) => [product_id, level])).toEqual([
      [monthly, 0],
      [pro, 1],
      [proYear, 2],
    ]);
  });

  it('says which way each is from a product, and nothing of another app’s', async () => {
    const { body } = await plans(quay, `?from=${pro}`);
    expect(body.data[0]?.plans.map(({ direction }) => direction)).toEqual(['down', null, 'up']);
    const foreign = await plans(atlas, `?from=${pro}`);
    const unknown = await plans(atlas, `?from=${crypto.randomUUID()}`);
    expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found']);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
  });
});

describe('a change that does not say when it is charged', () => {
  it('is made now when it is up, and its order is there', async () => {
    const id = await subscribe(world, quay, monthly);
    const preview = await act(quay, id, 'preview', { product_id: pro });
    expect(preview.body).toMatchObject({ proration: 'invoice' });
    const { body } = await act(quay, id, 'change', { product_id: pro });
    expect(body).toMatchObject({ product: { id: pro }, pending_update: null });
  });

  it('waits for the end of the period when it is down, and asked again stays so', async () => {
    const id = await subscribe(world, quay, pro);
    const preview = await act(quay, id, 'preview', { product_id: monthly });
    expect(preview.body).toMatchObject({ proration: 'next_period' });
    const { body } = await act(quay, id, 'change', { product_id: monthly });
    expect(body).toMatchObject({ product: { id: pro }, pending_update: { product_id: monthly } });
    expect((await act(quay, id, 'change', { product_id: monthly })).body).toEqual(body);
  });

  it('is as the caller says, when the caller says it', async () => {
    const id = await subscribe(world, quay, pro);
    const { body } = await act(quay, id, 'change', { product_id: monthly, proration: 'invoice' });
    expect(body).toMatchObject({ product: { id: monthly }, pending_update: null });
  });

  it('changes nothing when the card of an upgrade is declined', async () => {
    const id = await subscribe(world, quay, monthly);
    const customer = (
      await call<{ customer: { id: string } }>('GET', `/v1/subscriptions/${id}`, { key: quay.secretKey })
    ).body;
    await world.polar('sandbox', 'POST', `/_sim/customers/${customer.customer.id}/card`, {
      outcome: 'declines',
    });
    const answer = await act(quay, id, 'change', { product_id: pro });
    expect([answer.status, answer.body.code]).toEqual([402, 'payment_failed']);
  });
});
