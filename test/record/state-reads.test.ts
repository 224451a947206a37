import { env } from 'cloudflare:workers';
import { beforeEach, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { runCron } from '../compare/reconcile-calls.ts';
import { deliver, record, startPayment, type Told } from '../harness/story.ts';

/* A customer's state comes with everything that a customer does. Polar is asked about a difference, not about each state. */

let world: World;
let quay: TestApp;

/** Reads of one customer's grants. The comparisons with Polar that the schedule starts read lists of all. */
let reads: number;

beforeEach(async () => {
  world = await createWorld();
  reads = 0;
  const answer = world.simulator.fetch.bind(world.simulator);
  world.simulator.fetch = (request) => {
    if (/\/v1\/benefit-grants\/\?.*customer_id=/.test(request.url)) reads += 1;
    return answer(request);
  };
  quay = await world.createApp({ product: 'quay', webhook: false });
});

const BENEFITS = [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }];
const STATES = 20;

/** Buys and hears all of it; gives the customer's last state. */
async function buy(name: string): Promise<Told> {
  const product = await world.createProduct({ name, benefits: BENEFITS });
  const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
    products: [product.id],
  });
  const story = await record(world, async () => {
    await world.pay('sandbox', checkout.url, { email: 'ada@readers.dev' });
  });
  for (const told of story) expect(await deliver(world, told)).toBe(200);
  await world.settle();
  const state = story.filter(({ type }) => type === 'customer.state_changed').at(-1);
  if (!state) throw new Error('no state');
  return state;
}

/** The same state once more, as new: one a minute, with what the minute's schedule asks of Polar. */
async function hearAgain(state: Told, index: number, change: object = {}): Promise<void> {
  const event = JSON.parse(state.body) as { timestamp: string; data: object };
  const timestamp = new Date(Date.parse(event.timestamp) + (index + 1) * 1000).toISOString();
  const body = JSON.stringify({ ...event, timestamp, data: { ...event.data, ...change } });
  expect(await deliver(world, { webhookId: crypto.randomUUID(), type: state.type, body })).toBe(200);
  vi.setSystemTime(Date.now() + 61_000);
  await runCron();
  await world.settle();
}

it('a customer with a grant that nobody owns costs no read, however many states come', async () => {
  const state = await buy('Nobody’s book');
  const before = reads;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  for (let i = 0; i < STATES; i++) await hearAgain(state, i);
  expect(reads - before).toBe(0);
});

it('a difference that Polar’s answer does not remove is asked about once, and once more when it is another', async () => {
  const state = await buy('quay:lifetime');
  // As if Polar had forgotten it: neither its state nor its list has this grant, and nothing says that it is revoked.
  await env.DB.prepare(
    `insert into grants (mode, id, app_id, payment_id, benefit_id, customer_id, member_id, member_role, order_id, subscription_id,
      is_granted, is_revoked, granted_at, revoked_at, properties, created_at, version, seen_version, digest)
    select mode, 'ghost', app_id, payment_id, benefit_id, customer_id, member_id, member_role, order_id,
      subscription_id, is_granted, is_revoked, granted_at, revoked_at, properties, created_at, version, seen_version, digest from grants`,
  ).run();
  const before = reads;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  for (let i = 0; i < STATES; i++) await hearAgain(state, i);
  expect(reads - before).toBe(1);
  const granted = [{ id: crypto.randomUUID() }];
  for (let i = 0; i < STATES; i++) await hearAgain(state, STATES + i, { granted_benefits: granted });
  expect(reads - before).toBe(2);
});

it('is asked about again when a purchase that nobody owned is somebody’s, and the grant was missed', async () => {
  const state = await buy('Nobody’s book');
  // The owner has come, and what that leads to was lost.
  await env.DB.batch([
    env.DB.prepare('update products set app_id = ?1, assigned_app_id = ?1').bind(quay.id),
    env.DB.prepare('update orders set app_id = ?1').bind(quay.id),
  ]);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  await hearAgain(state, 0);
  const { results } = await env.DB.prepare('select app_id, customer_id from grants').all();
  expect(results).toMatchObject([{ app_id: quay.id }]);
  const path = `/v1/access?max_age=0&customer=${String(results[0]?.['customer_id'])}&resource=content:extra`;
  expect((await call('GET', path, { key: quay.secretKey })).body).toMatchObject({ allow: true });
});

it('a purchase that was heard as it should be asks nothing', async () => {
  const product = await world.createProduct({ name: 'quay:lifetime', benefits: BENEFITS });
  const payment = await startPayment(quay, product.id);
  await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  await world.settle();
  expect(reads).toBe(0);
});
