import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import worker from '../../src/index.ts';
import { createWorld } from '../harness/harness.ts';
import { act, subscribe } from '../sell/subscription-calls.ts';

it('what an anonymized customer wrote when canceling goes, also from the answer that a key repeats', async () => {
  const world = await createWorld();
  const quay = await world.createApp({ product: 'quay', webhook: false });
  const monthly = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
  const id = await subscribe(world, quay, monthly.id);
  const body = { at: 'period_end', comment: 'I move to Ockham' };
  const headers = { 'idempotency-key': 'goodbye' };
  const answer = await act(quay, id, 'cancel', body, headers);
  expect(answer.body).toMatchObject({
    cancellation_comment: 'I move to Ockham',
    customer: { email: 'ada@readers.dev' },
  });
  const stored = () => env.DB.prepare('select cancellation_comment as it from subscriptions').first('it');
  expect(await stored()).toBe('I move to Ockham');

  await world.polar('sandbox', 'DELETE', `/v1/customers/${answer.body.customer.id}?anonymize=true`);
  await world.settle();
  const context = createExecutionContext();
  await worker.scheduled({} as ScheduledController, env, context);
  await waitOnExecutionContext(context);
  await world.settle();
  expect(await stored()).toBeNull();
  const again = await act(quay, id, 'cancel', body, headers);
  expect([again.status, again.body.id]).toEqual([200, id]);
  expect([again.body.cancellation_comment, again.body.customer.email]).toEqual([null, null]);
});
