import { expect, test } from 'vitest';
import { type Setting, setUp } from './world.ts';

const OWNER = 'owner@floe-mail.dev';

/** Three seats of a product with one benefit, bought by the owner. */
async function seated(options: { interval?: 'month'; successUrl?: string; seats?: number } = {}) {
  const setting = await setUp();
  const benefit = await setting.polar.benefits.create({
    type: 'custom',
    description: 'The desk',
    properties: { note: null },
  });
  const product = await setting.polar.products.create({
    name: 'quay:desks',
    ...(options.interval ? { recurring_interval: options.interval } : {}),
    prices: [
      {
        amount_type: 'seat_based',
        price_currency: 'usd',
        seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] },
      },
    ],
  });
  await setting.polar.products.updateBenefits(product.id, { benefits: [benefit.id] });
  const checkout = await setting.polar.checkouts.create({
    products: [product.id],
    seats: options.seats ?? 3,
    success_url: options.successUrl ?? 'https://quay.example/thanks',
  });
  setting.heard();
  await setting.polar.checkouts.clientConfirm(checkout.client_secret, {
    customer_email: OWNER,
    confirmation_token_id: 'tok_visa',
    customer_billing_address: { country: 'CH' },
  });
  await setting.simulator.settle();
  const order = setting.eventsOf('order.paid')[0];
  return { setting, product, benefit, orderId: String(order?.id), customerId: String(order?.customer_id) };
}

async function invitationOf(setting: Setting, seatId: string): Promise<string> {
  const { json } = await setting.api('GET', `/_sim/seats/${seatId}/invitation`);
  return (json as unknown as { invitation_token: string }).invitation_token;
}

test('seats bought make the customer a team and grant nothing yet', async () => {
  const { setting, orderId } = await seated();
  const heard = setting.heard();
  expect(heard).not.toContain('benefit_grant.created');
  expect(heard).not.toContain('customer_seat.claimed');
  expect(setting.eventsOf('customer.updated').at(-1)).toMatchObject({ type: 'team' });
  expect(setting.eventsOf('order.paid')[0]).toMatchObject({ seats: 3, total_amount: 1500 });
  expect(await setting.polar.customerSeats.listSeats({ order_id: orderId })).toEqual({
    seats: [],
    available_seats: 3,
    total_seats: 3,
  });
});

test('without a success page of the seller the buyer takes one seat', async () => {
  const setting = await setUp();
  const product = await setting.polar.products.create({
    name: 'quay:desks',
    prices: [
      {
        amount_type: 'seat_based',
        price_currency: 'usd',
        seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] },
      },
    ],
  });
  const checkout = await setting.polar.checkouts.create({ products: [product.id], seats: 2 });
  await setting.polar.checkouts.clientConfirm(checkout.client_secret, {
    customer_email: OWNER,
    confirmation_token_id: 'tok',
    customer_billing_address: { country: 'CH' },
  });
  await setting.simulator.settle();
  expect(setting.eventsOf('customer_seat.claimed')).toMatchObject([{ email: OWNER, status: 'claimed' }]);
});

test('a seat is assigned, claimed with its invitation once, and granted to its member', async () => {
  const { setting, orderId, customerId } = await seated();
  setting.heard();
  const seat = await setting.polar.customerSeats.assignSeat({ order_id: orderId, email: 'bo@floe-mail.dev' });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['customer_seat.assigned']);
  expect(seat).toMatchObject({ status: 'pending', email: 'bo@floe-mail.dev', customer_id: customerId });
  expect(seat.invitation_token_expires_at).toMatch(/^2026-01-16/);

  const invitation = await invitationOf(setting, seat.id);
  expect(await setting.polar.customerSeats.getClaimInfo(invitation)).toMatchObject({
    product_name: 'quay:desks',
    customer_email: 'bo@floe-mail.dev',
    can_claim: true,
  });
  const claimed = await setting.polar.customerSeats.claimSeat({ invitation_token: invitation });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'customer_seat.claimed',
    'benefit_grant.created',
    'customer.state_changed',
  ]);
  expect(claimed.customer_session_token).toMatch(/^polar_mst_/);
  expect(setting.eventsOf('benefit_grant.created')[0]).toMatchObject({
    customer_id: customerId,
    member_id: seat.member_id,
    order_id: orderId,
  });
  expect(
    await setting.api('POST', '/v1/customer-seats/claim', { invitation_token: invitation }),
  ).toMatchObject({
    status: 400,
    json: { error: 'InvalidInvitationToken' },
  });
  expect((await setting.api('GET', `/v1/customer-seats/claim/${invitation}`)).status).toBe(404);
});

test('an immediate claim says claimed only; a revoked seat is emptied and used again under its id', async () => {
  const { setting, orderId } = await seated({ seats: 1 });
  setting.heard();
  const seat = await setting.polar.customerSeats.assignSeat({
    order_id: orderId,
    email: 'bo@floe-mail.dev',
    immediate_claim: true,
    metadata: { desk: 'window' },
  });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'customer_seat.claimed',
    'benefit_grant.created',
    'customer.state_changed',
  ]);
  expect(seat.seat_metadata).toEqual({ desk: 'window' });
  const full = await setting.api('POST', '/v1/customer-seats', {
    order_id: orderId,
    email: 'cy@floe-mail.dev',
  });
  expect(full).toMatchObject({ status: 400, json: { error: 'SeatNotAvailable' } });

  const revoked = await setting.polar.customerSeats.revokeSeat(seat.id);
  await setting.simulator.settle();
  expect(revoked).toMatchObject({ status: 'revoked', customer_id: null, member_id: null, email: null });
  expect(setting.heard()).toEqual([
    'customer_seat.revoked',
    'benefit_grant.revoked',
    'customer.state_changed',
  ]);
  const again = await setting.polar.customerSeats.assignSeat({
    order_id: orderId,
    email: 'cy@floe-mail.dev',
  });
  expect(again).toMatchObject({ id: seat.id, status: 'pending', email: 'cy@floe-mail.dev' });
});

test('the same person cannot sit twice, and strangers cannot sit at all', async () => {
  const { setting, orderId } = await seated();
  const seat = { order_id: orderId, email: 'bo@floe-mail.dev' };
  await setting.polar.customerSeats.assignSeat(seat);
  expect(await setting.api('POST', '/v1/customer-seats', seat)).toMatchObject({
    status: 400,
    json: { error: 'SeatAlreadyAssigned' },
  });
  const stranger = '11111111-1111-4111-8111-111111111111';
  expect(
    await setting.api('POST', '/v1/customer-seats', { order_id: orderId, member_id: stranger }),
  ).toMatchObject({ status: 404, json: { error: 'MemberNotFound' } });
  expect(
    await setting.api('POST', '/v1/customer-seats', { order_id: orderId, customer_id: stranger }),
  ).toMatchObject({ status: 404, json: { error: 'CustomerNotFound' } });
  expect((await setting.api('GET', `/v1/customer-seats?order_id=${stranger}`)).status).toBe(404);
});

test('an invitation sent again replaces the first, and lasts a day', async () => {
  const { setting, orderId } = await seated();
  const seat = await setting.polar.customerSeats.assignSeat({ order_id: orderId, email: 'bo@floe-mail.dev' });
  const first = await invitationOf(setting, seat.id);
  await setting.polar.customerSeats.resendInvitation(seat.id);
  const second = await invitationOf(setting, seat.id);
  expect(second).not.toBe(first);
  expect((await setting.api('GET', `/v1/customer-seats/claim/${first}`)).status).toBe(404);
  await setting.simulator.advance(24 * 3600_000);
  expect((await setting.api('GET', `/v1/customer-seats/claim/${second}`)).status).toBe(404);
});

test('more seats say subscription.updated once; the same number says nothing; fewer than are taken is refused', async () => {
  const { setting } = await seated({ interval: 'month', seats: 2 });
  const id = String(setting.eventsOf('subscription.created')[0]?.id);
  await setting.polar.customerSeats.assignSeat({ subscription_id: id, email: 'bo@floe-mail.dev' });
  await setting.polar.customerSeats.assignSeat({ subscription_id: id, email: 'cy@floe-mail.dev' });
  await setting.simulator.settle();
  setting.heard();
  await setting.polar.subscriptions.update(id, { seats: 2 });
  expect(setting.heard()).toEqual([]);
  const updated = await setting.polar.subscriptions.update(id, { seats: 4, proration_behavior: 'prorate' });
  await setting.simulator.settle();
  expect(updated).toMatchObject({ seats: 4, amount: 2000 });
  expect(setting.heard()).toEqual(['subscription.updated', 'customer.state_changed']);
  expect(await setting.api('PATCH', `/v1/subscriptions/${id}`, { seats: 1 })).toMatchObject({
    status: 400,
    json: { error: 'SeatsAlreadyAssigned' },
  });
});

test('more seats are one item of the difference, not charged during a trial; the present number takes back what was to come', async () => {
  const { setting } = await seated({ interval: 'month', seats: 2 });
  const id = String(setting.eventsOf('subscription.created')[0]?.id);
  await setting.simulator.advance(10 * 24 * 3600_000);
  await setting.polar.subscriptions.update(id, { seats: 5, proration_behavior: 'invoice' });
  const items = setting
    .eventsOf('order.created')
    .at(-1)
    ?.items.map(({ amount }) => amount);
  expect(items).toEqual([Math.trunc((1500 * 21) / 31)]);
  await setting.polar.subscriptions.update(id, { seats: 3, proration_behavior: 'next_period' });
  expect(await setting.polar.subscriptions.update(id, { seats: 5 })).toMatchObject({
    seats: 5,
    pending_update: null,
  });
  const end = new Date(setting.simulator.now() + 60 * 24 * 3600_000).toISOString();
  await setting.polar.subscriptions.update(id, { trial_end: end });
  const orders = setting.eventsOf('order.created').length;
  await setting.polar.subscriptions.update(id, { seats: 8, proration_behavior: 'invoice' });
  expect(setting.eventsOf('order.created')).toHaveLength(orders);
});

test('a revoked subscription takes the benefits of everyone who sits', async () => {
  const { setting } = await seated({ interval: 'month' });
  const id = String(setting.eventsOf('subscription.created')[0]?.id);
  for (const email of ['bo@floe-mail.dev', 'cy@floe-mail.dev']) {
    await setting.polar.customerSeats.assignSeat({ subscription_id: id, email, immediate_claim: true });
  }
  await setting.simulator.settle();
  setting.heard();
  await setting.polar.subscriptions.revoke(id);
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.canceled',
    'subscription.revoked',
    'benefit_grant.revoked',
    'benefit_grant.revoked',
    'customer.state_changed',
  ]);
});
