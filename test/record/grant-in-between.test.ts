import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import worker from '../../src/index.ts';
import { createWorld, GATEWAY_URL } from '../harness/harness.ts';
import { deliver, record, type Told } from '../harness/story.ts';

/* Two webhooks at once: what the one writes after the other has read, and before that writes, is not lost. */

it('a grant has the payment of its subscription, also when the order that began it is written in between', async () => {
  const world = await createWorld();
  await world.createApp({ product: 'quay', webhook: false });
  const { id } = await world.createProduct({
    name: 'quay:monthly',
    recurring: 'month',
    benefits: [{ type: 'custom', description: 'The newsletter' }],
  });
  await world.settle();
  // Bought past the gateway: only its order says which payment it is.
  const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
    products: [id],
  });
  const story = await record(world, async () => {
    await world.pay('sandbox', checkout.url, { email: 'ada@readers.dev' });
  });
  const told = (type: string): Told => {
    const found = story.find((event) => event.type === type);
    if (!found) throw new Error(`no ${type}`);
    return found;
  };
  expect(await deliver(world, told('subscription.created'))).toBe(200);

  const hasRead = Promise.withResolvers<void>();
  const mayWrite = Promise.withResolvers<void>();
  let batches = 0;
  const DB = new Proxy(env.DB, {
    get: (target, name) =>
      name === 'batch'
        ? async (statements: D1PreparedStatement[]) => {
            batches += 1;
            // What it reads is one statement.
            if (batches === 1) {
              hasRead.resolve();
              await mayWrite.promise;
            }
            return target.batch(statements);
          }
        : (Reflect.get(target, name) as unknown),
  });
  const grant = told('benefit_grant.created');
  const headers = await world.simulator.sign(
    world.polarEndpoints.sandbox,
    grant.webhookId,
    grant.body,
    Date.now(),
  );
  const context = createExecutionContext();
  const request = new Request(`${GATEWAY_URL}/webhooks/polar`, {
    method: 'POST',
    headers,
    body: grant.body,
  });
  const answer = worker.fetch(request as Parameters<typeof worker.fetch>[0], { ...env, DB }, context);
  await hasRead.promise;
  expect(await deliver(world, told('order.paid'))).toBe(200);
  mayWrite.resolve();
  expect((await answer).status).toBe(200);
  await waitOnExecutionContext(context);

  const payment = await env.DB.prepare('select id from payments').first<string>('id');
  expect(payment).toMatch(/^pay_/);
  expect(await env.DB.prepare('select payment_id from subscriptions').first('payment_id')).toBe(payment);
  expect(await env.DB.prepare('select payment_id from grants').first('payment_id')).toBe(payment);
});
