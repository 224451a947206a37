import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import { buy, get, refund, refundsAtPolar, type RefundView } from './refund-calls.ts';
import { DAY, interfere } from './subscription-calls.ts';

/* Polar refunds, and says it otherwise than it documents: nothing is refunded twice. */

let world: World;
let quay: TestApp;
let payment: { id: string; order_id: string };

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  payment = await buy(world, quay, (await world.createProduct({ name: 'quay:book' })).id);
});
afterEach(() => {
  vi.useRealTimers();
});

const isOfRefunds = (request: Request) => new URL(request.url).pathname.startsWith('/v1/refunds');

/** Time goes by, and what is due is done. */
async function nextDay(): Promise<void> {
  await world.advance(DAY);
  const context = createExecutionContext();
  await worker.scheduled({} as ScheduledController, env, context);
  await waitOnExecutionContext(context);
  await world.settle();
}

it('an answer without the metadata by which it would be found is taken as what it is', async () => {
  interfere(world, isOfRefunds, async (_request, answer) => {
    const page = await (await answer()).json<{ items?: { metadata?: object }[]; metadata?: object }>();
    for (const each of [page, ...(page.items ?? [])]) delete each.metadata;
    return Response.json(page, { status: page.items ? 200 : 201 });
  });
  const asked = await refund(quay, payment.id, { amount: 100, metadata: { ticket: 7 } }, 'once');
  expect([asked.status, asked.body]).toMatchObject([201, { status: 'succeeded', metadata: { ticket: 7 } }]);
  await nextDay();
  expect(await refundsAtPolar(world, payment.order_id)).toHaveLength(1);
});

it('an answer that says nothing leaves it open until Polar is looked at again', async () => {
  const calm = interfere(
    world,
    (request) => isOfRefunds(request) && request.method === 'POST',
    async (_request, answer) => {
      await answer();
      return Response.json({}, { status: 201 });
    },
  );
  const asked = await refund(quay, payment.id, { amount: 100 }, 'once');
  expect([asked.status, asked.body]).toMatchObject([202, { status: 'pending' }]);
  calm();
  await nextDay();
  const found = await get<RefundView>(quay, `/v1/refunds/${asked.body.id}`);
  expect(found.body).toMatchObject({ id: asked.body.id, status: 'succeeded', amount: 100 });
  expect(await refundsAtPolar(world, payment.order_id)).toHaveLength(1);
});

it.each([429, 401])(
  'a %i says that nothing was done: the caller is told, and nothing is left behind',
  async (status) => {
    const calm = interfere(
      world,
      (request) => isOfRefunds(request) && request.method === 'POST',
      async () => Response.json({ error: 'No' }, { status, headers: { 'retry-after': '30' } }),
    );
    const asked = await refund(quay, payment.id, { amount: 100 }, 'once');
    expect([asked.status, asked.headers.has('retry-after')]).toEqual([status === 429 ? 503 : 502, true]);
    calm();
    await nextDay();
    expect(await refundsAtPolar(world, payment.order_id)).toEqual([]);
    expect((await refund(quay, payment.id, { amount: 100 }, 'once')).status).toBe(201);
  },
);

it('all that is left is what Polar has left, when somebody refunded there a moment ago', async () => {
  world.holdWebhooks = true;
  await world.polar('sandbox', 'POST', '/v1/refunds/', {
    order_id: payment.order_id,
    amount: 6,
    reason: 'other',
  });
  const asked = await refund(quay, payment.id, {});
  expect([asked.status, asked.body]).toMatchObject([201, { status: 'succeeded', amount: 750 }]);
});
