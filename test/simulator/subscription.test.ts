import { expect, test } from 'vitest';
import { type Setting, buy, sellable, setUp } from './world.ts';

const DAY = 24 * 3600_000;

async function subscribed(options: Parameters<typeof sellable>[1] & { token?: string } = {}) {
  const setting = await setUp();
  const { product, benefit } = await sellable(setting, { interval: 'month', name: 'quay:pro', ...options });
  setting.heard();
  await buy(setting, product.id, {
    ...(options.token ? { token: options.token } : {}),
    metadata: { plan: 'pro' },
  });
  const subscription = setting.eventsOf('subscription.created')[0];
  if (!subscription) throw new Error('There is no subscription.');
  return { setting, product, benefit, id: subscription.id };
}

const current = async (setting: Setting, id: string) => setting.polar.subscriptions.get(id);

test('a subscription purchase says created, active and updated before its order', async () => {
  const { setting } = await subscribed();
  expect(setting.heard()).toEqual([
    'checkout.created',
    'member.created',
    'checkout.updated',
    'customer.created',
    'customer.state_changed',
    'subscription.created',
    'subscription.active',
    'subscription.updated',
    'order.created',
    'order.updated',
    'order.paid',
    'checkout.updated',
    'benefit_grant.created',
    'customer.state_changed',
    'order.updated',
  ]);
  expect(setting.eventsOf('order.created')[0]).toMatchObject({
    billing_reason: 'subscription_create',
    paid: true,
  });
  expect(setting.eventsOf('customer.state_changed').at(-1)).toMatchObject({
    active_subscriptions: [{ status: 'active' }],
    granted_benefits: [{ benefit_type: 'custom' }],
  });
});

test('a renewal cycles, orders pending, is paid, and cycles the same grant', async () => {
  const { setting, id } = await subscribed();
  const grantBefore = setting.eventsOf('benefit_grant.created')[0];
  setting.heard();
  await setting.simulator.advance(31 * DAY);
  expect(setting.heard()).toEqual([
    'subscription.cycled',
    'subscription.updated',
    'order.created',
    'order.updated',
    'order.paid',
    'benefit_grant.cycled',
    'customer.state_changed',
    'order.updated',
  ]);
  const order = setting.eventsOf('order.created')[1];
  expect(order).toMatchObject({
    status: 'pending',
    paid: false,
    billing_reason: 'subscription_cycle',
    checkout_id: null,
    metadata: { plan: 'pro' },
  });
  const cycled = setting.eventsOf('benefit_grant.cycled')[0];
  expect(cycled).toMatchObject({ id: grantBefore?.id, granted_at: grantBefore?.granted_at });
  expect((await current(setting, id)).current_period_end).toBe('2026-03-15T12:00:00.000000Z');
});

test('a trial says active at once, orders nothing, and ends as a renewal', async () => {
  const { setting } = await subscribed({ trialDays: 14 });
  const [created] = setting.eventsOf('subscription.created');
  expect(created).toMatchObject({ status: 'trialing', current_period_end: created?.trial_end });
  expect(setting.heard()).toContain('subscription.active');
  expect(setting.eventsOf('order.created')[0]).toMatchObject({ total_amount: 0, discount: null });
  await setting.simulator.advance(14 * DAY);
  const heard = setting.heard();
  expect(heard.slice(0, 3)).toEqual(['subscription.cycled', 'subscription.updated', 'order.created']);
  expect(heard).not.toContain('subscription.active');
  expect(setting.eventsOf('subscription.cycled')[0]).toMatchObject({ status: 'active' });
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({
    billing_reason: 'subscription_cycle',
    total_amount: 1000,
  });
});

test('a failed renewal is past due at once and takes the benefits; two days later it recovers with the same grant', async () => {
  const { setting, id } = await subscribed();
  await setting.api('POST', `/_sim/subscriptions/${id}/fail-next-payment`);
  setting.heard();
  await setting.simulator.advance(31 * DAY);
  expect(setting.heard()).toEqual([
    'subscription.cycled',
    'subscription.updated',
    'order.created',
    'subscription.updated',
    'subscription.past_due',
    'benefit_grant.cycled',
    'benefit_grant.revoked',
    'customer.state_changed',
  ]);
  expect(setting.eventsOf('customer.state_changed').at(-1)).toMatchObject({
    active_subscriptions: [],
    granted_benefits: [],
  });
  await setting.simulator.advance(2 * DAY);
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.active',
    'order.updated',
    'order.paid',
    'benefit_grant.created',
    'customer.state_changed',
    'order.updated',
  ]);
  const [first, again] = setting.eventsOf('benefit_grant.created');
  expect(again?.id).toBe(first?.id);
  expect(again?.granted_at).not.toBe(first?.granted_at);
  expect(await current(setting, id)).toMatchObject({ status: 'active', past_due_at: null });
});

test('dunning gives up after 21 days: canceled, revoked, the order void', async () => {
  const { setting, id } = await subscribed({ token: 'tok_renewal_fails' });
  await setting.simulator.advance(31 * DAY);
  setting.heard();
  await setting.simulator.advance(21 * DAY - 1);
  expect(setting.heard()).toEqual([]);
  await setting.simulator.advance(1);
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.canceled',
    'subscription.revoked',
    'order.updated',
    'customer.state_changed',
  ]);
  expect(await current(setting, id)).toMatchObject({ status: 'canceled' });
  expect(setting.eventsOf('order.updated').at(-1)).toMatchObject({ status: 'void', paid: false });
});

test('a cancel at period end says canceled twice: when asked and when it ends', async () => {
  const { setting, id } = await subscribed();
  setting.heard();
  await setting.polar.subscriptions.update(id, {
    cancel_at_period_end: true,
    customer_cancellation_reason: 'unused',
  });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.canceled',
    'customer.state_changed',
  ]);
  expect(await current(setting, id)).toMatchObject({ status: 'active', cancel_at_period_end: true });
  await setting.simulator.advance(31 * DAY);
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.canceled',
    'subscription.revoked',
    'benefit_grant.revoked',
    'customer.state_changed',
  ]);
});

test('an uncancel clears what the cancel wrote', async () => {
  const { setting, id } = await subscribed();
  await setting.polar.subscriptions.update(id, { cancel_at_period_end: true });
  setting.heard();
  await setting.polar.subscriptions.update(id, { cancel_at_period_end: false });
  expect(setting.heard()).toEqual(['subscription.updated', 'subscription.uncanceled']);
  expect(await current(setting, id)).toMatchObject({
    canceled_at: null,
    ends_at: null,
    cancel_at_period_end: false,
  });
  await expect(setting.polar.subscriptions.update(id, { cancel_at_period_end: false })).rejects.toMatchObject(
    {
      statusCode: 400,
    },
  );
});

test('a revocation ends everything at once', async () => {
  const { setting, id } = await subscribed();
  setting.heard();
  await setting.polar.subscriptions.revoke(id);
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.canceled',
    'subscription.revoked',
    'benefit_grant.revoked',
    'customer.state_changed',
  ]);
  await setting.simulator.advance(40 * DAY);
  expect(setting.heard()).toEqual([]);
});

test('a pause waits for the period end, and a resume begins a new period and is billed', async () => {
  const { setting, id } = await subscribed();
  setting.heard();
  await setting.polar.subscriptions.update(id, { pause_at_period_end: true });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['subscription.updated', 'customer.state_changed']);
  await setting.simulator.advance(31 * DAY);
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.paused',
    'benefit_grant.revoked',
    'customer.state_changed',
  ]);
  await setting.polar.subscriptions.update(id, { resume: true });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.resumed',
    'order.created',
    'order.updated',
    'order.paid',
    'benefit_grant.created',
    'customer.state_changed',
    'order.updated',
  ]);
  const [first, again] = setting.eventsOf('benefit_grant.created');
  expect(again?.id).toBe(first?.id);
});

test('a product change swaps only the benefits that differ', async () => {
  const { setting, id, benefit } = await subscribed();
  const other = await sellable(setting, { interval: 'month', name: 'quay:team', amount: 3000 });
  await setting.polar.products.updateBenefits(other.product.id, { benefits: [benefit.id, other.benefit.id] });
  setting.heard();
  await setting.simulator.settle();
  await setting.polar.subscriptions.update(id, {
    product_id: other.product.id,
    proration_behavior: 'prorate',
  });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'benefit_grant.created',
    'customer.state_changed',
  ]);
  expect(await current(setting, id)).toMatchObject({ amount: 3000, product_id: other.product.id });
  await setting.simulator.advance(31 * DAY);
  const order = setting.eventsOf('order.created').at(-1);
  expect(order?.items).toHaveLength(3);
  expect(order).toMatchObject({ subtotal_amount: 3000 + 2000, billing_reason: 'subscription_cycle' });
});

test('an invoiced product change is ordered before it is said', async () => {
  const { setting, id } = await subscribed();
  const other = await sellable(setting, { interval: 'month', name: 'quay:team', amount: 3000 });
  await setting.simulator.settle();
  setting.heard();
  await setting.polar.subscriptions.update(id, {
    product_id: other.product.id,
    proration_behavior: 'invoice',
  });
  await setting.simulator.settle();
  expect(setting.heard().slice(0, 4)).toEqual([
    'order.created',
    'subscription.updated',
    'order.updated',
    'order.paid',
  ]);
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({
    billing_reason: 'subscription_update',
    total_amount: 2000,
  });
});

test('a change for the next period waits in pending_update', async () => {
  const { setting, id } = await subscribed();
  const other = await sellable(setting, { interval: 'month', name: 'quay:team', amount: 3000 });
  await setting.polar.subscriptions.update(id, {
    product_id: other.product.id,
    proration_behavior: 'next_period',
  });
  expect(await current(setting, id)).toMatchObject({
    amount: 1000,
    pending_update: { product_id: other.product.id },
  });
  await setting.simulator.advance(31 * DAY);
  expect(await current(setting, id)).toMatchObject({ amount: 3000, pending_update: null });
});

test('a free subscription made by API has no order', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { interval: 'month', amount: 0 });
  const customer = await setting.polar.customers.create({ email: 'ada@floe-mail.dev', external_id: 'u1' });
  await setting.simulator.settle();
  setting.heard();
  await setting.polar.subscriptions.create({ product_id: product.id, external_customer_id: 'u1' });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'subscription.created',
    'subscription.active',
    'subscription.updated',
    'benefit_grant.created',
    'customer.state_changed',
  ]);
  expect(setting.eventsOf('subscription.created')[0]).toMatchObject({
    customer_id: customer.id,
    checkout_id: null,
  });
});

test('a second subscription of the same customer is refused', async () => {
  const { setting, product } = await subscribed();
  await expect(buy(setting, product.id)).rejects.toMatchObject({
    statusCode: 403,
    error: { error: 'AlreadyActiveSubscriptionError' },
  });
});

test('is refused as soon as the checkout knows who the buyer is, and nothing is changed then', async () => {
  const { setting, product } = await subscribed();
  const { items } = await setting.polar.customers.list({ limit: 1 });
  const email = items[0]?.email ?? '';
  const open = async () => setting.polar.checkouts.create({ products: [product.id] });
  const [typed, given] = [await open(), await open()];
  const refused = { statusCode: 403, error: { error: 'AlreadyActiveSubscriptionError' } };
  await expect(
    setting.polar.checkouts.clientUpdate(typed.client_secret, { customer_email: email }),
  ).rejects.toMatchObject(refused);
  await expect(
    setting.polar.checkouts.update(given.id, { customer_email: email.toUpperCase() }),
  ).rejects.toMatchObject(refused);
  expect(await setting.polar.checkouts.get(typed.id)).toMatchObject({ customer_email: null, status: 'open' });
  const other = await setting.polar.checkouts.clientUpdate(typed.client_secret, {
    customer_email: 'grace@floe-mail.dev',
  });
  expect(other.customer_email).toBe('grace@floe-mail.dev');
});

test('months keep their anchor day', async () => {
  const setting = await setUp({ now: () => Date.parse('2026-01-31T10:00:00Z') });
  const { product } = await sellable(setting, { interval: 'month' });
  await buy(setting, product.id);
  const id = String(setting.eventsOf('subscription.created')[0]?.id);
  expect((await current(setting, id)).current_period_end).toMatch(/^2026-02-28/);
  await setting.simulator.advance(28 * DAY);
  expect((await current(setting, id)).current_period_end).toMatch(/^2026-03-31/);
});

test('a PATCH that mixes two shapes is refused', async () => {
  const { setting, id } = await subscribed();
  const answer = await setting.api('PATCH', `/v1/subscriptions/${id}`, {
    cancel_at_period_end: true,
    revoke: true,
  });
  expect(answer).toMatchObject({ status: 422, json: { detail: [{ type: 'extra_forbidden' }] } });
});

const half = (setting: Setting, more: Record<string, unknown> = {}) =>
  setting.polar.discounts.create({
    name: 'Half',
    type: 'percentage',
    basis_points: 5000,
    duration: 'forever',
    ...more,
  });

test('a change in the middle of a period is less the discount, where it is for the product', async () => {
  const { setting, id, product } = await subscribed({ amount: 1000 });
  const other = await sellable(setting, { interval: 'month', name: 'quay:team', amount: 3000 });
  const discount = await half(setting, { products: [product.id] });
  await setting.polar.subscriptions.update(id, { discount_id: discount.id });
  const change = { product_id: other.product.id, proration_behavior: 'invoice' } as const;
  await setting.polar.subscriptions.update(id, change);
  expect(
    setting
      .eventsOf('order.created')
      .at(-1)
      ?.items.map(({ amount }) => amount),
  ).toEqual([-500, 3000]);
  expect(await current(setting, id)).toMatchObject({ amount: 3000 });
});

test('another interval begins a period at once, which is charged whole', async () => {
  const { setting, id } = await subscribed({ amount: 1000 });
  const yearly = await sellable(setting, { interval: 'year', name: 'quay:yearly', amount: 9000 });
  await setting.simulator.advance(10 * DAY);
  const changed = await setting.polar.subscriptions.update(id, { product_id: yearly.product.id });
  expect(changed).toMatchObject({
    current_period_start: '2026-01-25T12:00:00.000000Z',
    current_period_end: '2027-01-25T12:00:00.000000Z',
  });
  const items = setting
    .eventsOf('order.created')
    .at(-1)
    ?.items.map(({ amount }) => amount);
  expect(items).toEqual([-Math.round((1000 * 21) / 31), 9000]);
});

test('what is asked for now replaces what was to come', async () => {
  const { setting, id } = await subscribed();
  const other = await sellable(setting, { interval: 'month', name: 'quay:team', amount: 3000 });
  const third = await sellable(setting, { interval: 'month', name: 'quay:third', amount: 2000 });
  const later = { product_id: other.product.id, proration_behavior: 'next_period' } as const;
  expect((await setting.polar.subscriptions.update(id, later)).pending_update?.product_id).toBe(
    other.product.id,
  );
  const now = { product_id: third.product.id, proration_behavior: 'prorate' } as const;
  expect((await setting.polar.subscriptions.update(id, now)).pending_update).toBeNull();
});

test('a downgrade asks for no money, so that a card that declines is no matter', async () => {
  const { setting, id } = await subscribed({ amount: 3000 });
  const small = await sellable(setting, { interval: 'month', name: 'quay:small', amount: 500 });
  await setting.api('POST', `/_sim/subscriptions/${id}/fail-next-payment`);
  const change = { product_id: small.product.id, proration_behavior: 'invoice' } as const;
  expect(await setting.polar.subscriptions.update(id, change)).toMatchObject({ amount: 500 });
});

test('a discount that it has already is refused, and units of one that has none', async () => {
  const { setting, id } = await subscribed();
  const discount = await half(setting);
  await setting.polar.subscriptions.update(id, { discount_id: discount.id });
  const again = await setting.api('PATCH', `/v1/subscriptions/${id}`, { discount_id: discount.id });
  expect([again.status, JSON.stringify(again.json.detail)]).toEqual([
    422,
    expect.stringContaining('already applied'),
  ]);
  expect(await setting.api('PATCH', `/v1/subscriptions/${id}`, { units: 2 })).toMatchObject({
    status: 400,
    json: { error: 'NotAUnitBasedSubscription' },
  });
});

test('during a trial a change is not charged', async () => {
  const { setting, id } = await subscribed();
  const end = new Date(Date.parse('2026-01-15T12:00:00Z') + 60 * DAY).toISOString();
  await setting.polar.subscriptions.update(id, { trial_end: end });
  const other = await sellable(setting, { interval: 'month', name: 'quay:team', amount: 3000 });
  const later = { product_id: other.product.id, proration_behavior: 'next_period' } as const;
  setting.heard();
  expect(await setting.polar.subscriptions.update(id, later)).toMatchObject({
    status: 'trialing',
    pending_update: { product_id: other.product.id },
  });
  expect(setting.heard()).toEqual(['subscription.updated']);
});
