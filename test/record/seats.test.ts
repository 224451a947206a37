import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { call, createWorld } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';

/* A team buys seats: the buyer pays, members use. */

interface Seat {
  id: string;
  member_id: string | null;
}

it('a member’s seat opens the benefit to that member, not to the buyer, until it is revoked; each step is told', async () => {
  const world = await createWorld();
  const quay = await world.createApp({ product: 'quay' });
  const product = await world.createProduct({
    name: 'quay:desks',
    recurring: 'month',
    seat: 500,
    benefits: [{ type: 'custom', description: 'The desk', metadata: { content_id: 'team/handbook' } }],
  });
  const payment = await startPayment(quay, product.id, { seats: 3 });
  await world.pay('sandbox', payment.checkoutUrl, { email: 'owner@readers.dev' });
  await world.settle();

  const [subscription] = (
    await env.DB.prepare('select id, customer_id from subscriptions').all<{
      id: string;
      customer_id: string;
    }>()
  ).results;
  const customer = String(subscription?.customer_id);
  const access = async (member?: string) =>
    (
      await call<{ allow: boolean }>(
        'GET',
        `/v1/access?max_age=0&customer=${customer}&resource=content:team/handbook${member === undefined ? '' : `&member=${member}`}`,
        { key: quay.secretKey },
      )
    ).body.allow;
  expect(await access()).toBe(false);

  const seat = await world.polar<Seat>('sandbox', 'POST', '/v1/customer-seats', {
    subscription_id: subscription?.id,
    email: 'member@readers.dev',
    immediate_claim: true,
  });
  await world.settle();
  const member = String(seat.member_id);
  expect([await access(member), await access()]).toEqual([true, false]);

  await world.polar('sandbox', 'DELETE', `/v1/customer-seats/${seat.id}`);
  await world.settle();
  expect(await access(member)).toBe(false);

  const told = world.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  expect(told).toEqual(
    expect.arrayContaining(['seat.claimed', 'grant.created', 'seat.revoked', 'grant.revoked']),
  );
});
