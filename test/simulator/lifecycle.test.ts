import { expect, test } from 'vitest';
import { BUYER, buy, sellable, setUp } from './world.ts';

const DAY = 24 * 3600_000;

async function subscribed(options: Parameters<typeof sellable>[1] = {}) {
  const setting = await setUp();
  const { product, benefit } = await sellable(setting, { interval: 'month', ...options });
  await buy(setting, product.id);
  const created = setting.eventsOf('subscription.created')[0];
  setting.heard();
  const id = String(created?.id);
  const patch = async (body: object) => {
    const answer = await setting.api('PATCH', `/v1/subscriptions/${id}`, body);
    await setting.simulator.settle();
    return answer;
  };
  return { setting, product, benefit, id, customerId: String(created?.customer_id), patch };
}

test('a cancel during a trial ends at its end without a charge', async () => {
  const { setting, patch } = await subscribed({ trialDays: 7 });
  await patch({ cancel_at_period_end: true });
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.canceled',
    'customer.state_changed',
  ]);
  await setting.simulator.advance(7 * DAY);
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.canceled',
    'subscription.revoked',
    'benefit_grant.revoked',
    'customer.state_changed',
  ]);
});

test('what cannot be canceled, uncanceled, paused or resumed says why', async () => {
  const { setting, id, patch } = await subscribed();
  const refusal = async (body: object) => {
    const { status, json } = await patch(body);
    return [status, json.error];
  };
  expect(await refusal({ resume: true })).toEqual([409, 'NotPausedSubscription']);
  expect(await refusal({ pause_at_period_end: false })).toEqual([409, 'NoScheduledPause']);
  expect(await refusal({ cancel_at_period_end: false })).toEqual([400, 'BadRequest']);
  await patch({ cancel_at_period_end: true });
  expect(await refusal({ cancel_at_period_end: true })).toEqual([403, 'AlreadyCanceledSubscription']);
  expect(await refusal({ pause_at_period_end: true })).toEqual([409, 'CannotPauseSubscription']);
  await setting.polar.subscriptions.revoke(id);
  expect(await refusal({ cancel_at_period_end: false })).toEqual([410, 'ResourceUnavailable']);
  expect(await refusal({ metadata: {} })).toEqual([403, 'AlreadyCanceledSubscription']);
});

test('a revocation of what was scheduled to cancel says canceled again, and works on a pause', async () => {
  const { setting, id, patch } = await subscribed();
  await patch({ pause_at_period_end: true });
  await setting.simulator.advance(31 * DAY);
  setting.heard();
  await setting.polar.subscriptions.revoke(id);
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.canceled',
    'subscription.revoked',
    'customer.state_changed',
  ]);
  expect(await setting.polar.subscriptions.get(id)).toMatchObject({ status: 'canceled' });
});

test('a pause with an end resumes by itself', async () => {
  const { setting, patch } = await subscribed();
  await patch({ pause_at_period_end: true, resumes_at: '2026-02-20T12:00:00Z' });
  setting.heard();
  await setting.simulator.advance(31 * DAY);
  expect(setting.heard()).toContain('subscription.paused');
  await setting.simulator.advance(5 * DAY);
  expect(setting.heard().slice(0, 3)).toEqual([
    'subscription.updated',
    'subscription.resumed',
    'order.created',
  ]);
  expect(setting.eventsOf('subscription.resumed')[0]?.current_period_end).toMatch(/^2026-03-20/);
});

test('a scheduled pause that is called off renews', async () => {
  const { setting, patch } = await subscribed();
  await patch({ pause_at_period_end: true });
  await patch({ pause_at_period_end: false });
  setting.heard();
  await setting.simulator.advance(31 * DAY);
  expect(setting.heard()[0]).toBe('subscription.cycled');
});

test('a trial moved to a product without one ends now and is billed', async () => {
  const { setting, patch } = await subscribed({ trialDays: 14 });
  const other = await sellable(setting, { interval: 'month', name: 'quay:other', amount: 2000 });
  setting.heard();
  await patch({ product_id: other.product.id });
  const heard = setting.heard();
  expect(heard.slice(0, 4)).toEqual([
    'subscription.updated',
    'subscription.cycled',
    'subscription.updated',
    'order.created',
  ]);
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({ total_amount: 2000 });
});

test('without any card a failed renewal tells when it is tried next', async () => {
  const setting = await setUp();
  const free = await sellable(setting, { interval: 'month', amount: 0, name: 'quay:free' });
  const paid = await sellable(setting, { interval: 'month', amount: 900, name: 'quay:paid' });
  const { id: customer_id } = await setting.polar.customers.create({ email: BUYER });
  const { id } = await setting.polar.subscriptions.create({ product_id: free.product.id, customer_id });
  await setting.polar.subscriptions.update(id, {
    product_id: paid.product.id,
    proration_behavior: 'next_period',
  });
  await setting.simulator.settle();
  setting.heard();
  await setting.simulator.advance(31 * DAY);
  const heard = setting.heard().filter((type) => /^(subscription|order)\./.test(type));
  expect(heard).toEqual([
    'subscription.cycled',
    'subscription.updated',
    'order.created',
    'subscription.updated',
    'subscription.past_due',
    'order.updated',
  ]);
  const [told] = setting.eventsOf('order.updated');
  expect(told).toMatchObject({ status: 'pending' });
  expect(told?.next_payment_attempt_at).toMatch(/^2026-02-17/);
});

test('an amount too small to charge is paid, and carried to the next order', async () => {
  const { setting, patch } = await subscribed({ amount: 100 });
  const { id: discount_id } = await setting.polar.discounts.create({
    name: 'Most of it',
    type: 'fixed',
    amount: 70,
    currency: 'usd',
    duration: 'once',
  });
  await patch({ discount_id });
  setting.heard();
  await setting.simulator.advance(31 * DAY);
  expect(setting.heard().slice(2, 5)).toEqual(['order.created', 'order.updated', 'order.paid']);
  await setting.simulator.advance(28 * DAY);
  const amounts = setting
    .eventsOf('order.paid')
    .map((order) => [order.total_amount, order.applied_balance_amount, order.due_amount]);
  expect(amounts).toEqual([
    [100, 0, 100],
    [30, -30, 0],
    [100, 30, 130],
  ]);
});

test('a customer’s second trial is refused where that was asked for', async () => {
  const { setting, product, id } = await subscribed({ trialDays: 7 });
  await setting.api('PATCH', `/v1/organizations/${setting.organization.id}`, {
    subscription_settings: { prevent_trial_abuse: true },
  });
  await setting.polar.subscriptions.revoke(id);
  await expect(buy(setting, product.id)).rejects.toMatchObject({
    statusCode: 403,
    error: { error: 'TrialAlreadyRedeemed' },
  });
});

test('an anonymized customer leaves nothing personal behind', async () => {
  const setting = await setUp();
  const customer = await setting.polar.customers.create({ email: BUYER, name: 'Ada', external_id: 'u1' });
  await setting.simulator.settle();
  setting.heard();
  await setting.polar.customers.delete(customer.id, { anonymize: true });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['member.deleted', 'customer.deleted', 'customer.state_changed']);
  const [gone] = setting.eventsOf('customer.deleted');
  // Hashed, not emptied, as Polar documents it.
  expect(gone).toMatchObject({
    name: expect.stringMatching(/^[0-9a-f]{64}$/),
    email: expect.stringMatching(/^[0-9a-f]{64}@/),
    external_id: 'u1',
  });
  expect(JSON.stringify(gone)).not.toContain('Ada');
  expect(JSON.stringify(gone)).not.toContain(BUYER);
  await setting.polar.customers.create({ email: BUYER, external_id: 'u1' });
});

test('a benefit added to a product reaches orders that were refunded', async () => {
  const setting = await setUp();
  const { product, benefit } = await sellable(setting);
  await buy(setting, product.id);
  const order_id = String(setting.eventsOf('order.paid')[0]?.id);
  await setting.polar.refunds.create({ order_id, amount: 1000, reason: 'other', revoke_benefits: true });
  const extra = await setting.polar.benefits.create({
    type: 'feature_flag',
    description: 'Extra',
    properties: {},
  });
  await setting.simulator.settle();
  setting.heard();
  await setting.polar.products.updateBenefits(product.id, { benefits: [benefit.id, extra.id] });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['product.updated', 'benefit_grant.created', 'customer.state_changed']);
  expect(setting.eventsOf('benefit_grant.created').at(-1)).toMatchObject({ benefit_id: extra.id, order_id });
});

test('two purchases of one benefit give two grants; revoking one leaves the other', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  await buy(setting, product.id);
  await buy(setting, product.id);
  const [first, second] = setting.eventsOf('benefit_grant.created');
  expect(second?.id).not.toBe(first?.id);
  await setting.polar.refunds.create({
    order_id: first?.order_id ?? '',
    amount: 1000,
    reason: 'other',
    revoke_benefits: true,
  });
  await setting.simulator.settle();
  expect(setting.eventsOf('benefit_grant.revoked').map((each) => each.id)).toEqual([first?.id]);
  expect(setting.eventsOf('customer.state_changed').at(-1)?.granted_benefits).toMatchObject([
    { id: second?.id },
  ]);
});

test('a payload is forgotten after ninety days, and then not sent again', async () => {
  const setting = await setUp();
  await sellable(setting);
  await setting.simulator.settle();
  const [first] = setting.received;
  await setting.simulator.advance(90 * DAY);
  const before = setting.received.length;
  await setting.polar.webhooks.redeliverWebhookEvent(first?.id ?? '');
  await setting.simulator.settle();
  expect(setting.received).toHaveLength(before);
  const { items } = await setting.polar.webhooks.listWebhookDeliveries();
  expect(items.at(-1)?.webhook_event).toMatchObject({ is_archived: true, payload: null });
});
