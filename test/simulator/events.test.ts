import { expect, test, vi } from 'vitest';
import { BUYER, buy, sellable, setUp } from './world.ts';

const DAY = 24 * 3600_000;

test('settings of the organization say organization.updated', async () => {
  const setting = await setUp();
  const { id } = setting.organization;
  setting.heard();
  expect(await setting.polar.organizations.get(id)).toMatchObject({ slug: 'quay' });
  expect((await setting.polar.organizations.list()).items).toHaveLength(1);
  const updated = await setting.polar.organizations.update(id, { name: 'Quay & Sons' });
  expect(updated.name).toBe('Quay & Sons');
  expect(setting.heard()).toEqual(['organization.updated']);
});

test('products say created and updated', async () => {
  const setting = await setUp();
  setting.heard();
  const product = await setting.polar.products.create({
    name: 'quay:one',
    prices: [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 500 }],
  });
  await setting.polar.products.update(product.id, { name: 'quay:two' });
  expect(setting.heard()).toEqual(['product.created', 'product.updated']);
  expect(await setting.polar.products.get(product.id)).toMatchObject({ name: 'quay:two' });
});

test('a changed limit of a licence key benefit is told for each grant, a changed note is not', async () => {
  const setting = await setUp();
  const { product, benefit } = await sellable(setting);
  const keys = await setting.polar.benefits.create({
    type: 'license_keys',
    description: 'A key',
    properties: { activations: { limit: 1, enable_customer_admin: true } },
  });
  await setting.polar.products.updateBenefits(product.id, { benefits: [benefit.id, keys.id] });
  await buy(setting, product.id);
  setting.heard();
  await setting.polar.benefits.update(keys.id, {
    type: 'license_keys',
    properties: { activations: { limit: 5, enable_customer_admin: true } },
  });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['benefit.updated', 'benefit_grant.updated', 'customer.state_changed']);
  expect((await setting.polar.licenseKeys.list()).items).toMatchObject([{ limit_activations: 5 }]);
  await setting.polar.benefits.update(benefit.id, { type: 'custom', properties: { note: 'New' } });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['benefit.updated']);
  expect(await setting.polar.benefits.get(benefit.id)).toMatchObject({ properties: { note: 'New' } });
  expect((await setting.polar.benefits.grants(keys.id)).items).toMatchObject([{ is_granted: true }]);
  expect((await setting.polar.benefitGrants.list({ is_granted: true })).items).toHaveLength(2);
});

test('a key revoked and granted again gives the same grant; disabled says nothing', async () => {
  const setting = await setUp();
  const keys = await setting.polar.benefits.create({
    type: 'license_keys',
    description: 'A key',
    properties: { activations: { limit: 1, enable_customer_admin: true } },
  });
  const { product } = await sellable(setting);
  await setting.polar.products.updateBenefits(product.id, { benefits: [keys.id] });
  await buy(setting, product.id);
  const [first] = setting.eventsOf('benefit_grant.created');
  const [row] = (await setting.polar.licenseKeys.list()).items;
  const id = row?.id ?? '';
  setting.heard();
  const change = async (status: 'granted' | 'revoked' | 'disabled') => {
    await setting.polar.licenseKeys.update(id, { status });
    await setting.simulator.settle();
    return setting.heard();
  };
  expect(await change('revoked')).toEqual(['benefit_grant.revoked', 'customer.state_changed']);
  expect(await change('granted')).toEqual(['benefit_grant.created', 'customer.state_changed']);
  expect(setting.eventsOf('benefit_grant.created').at(-1)?.id).toBe(first?.id);
  expect(await change('disabled')).toEqual([]);
  const key = { key: row?.key ?? '', organization_id: setting.organization.id };
  expect((await setting.api('POST', '/v1/license-keys/validate', key)).status).toBe(404);
  expect(await change('granted')).toEqual([]);
  const activation = await setting.polar.licenseKeys.activate({ ...key, label: 'laptop' });
  expect(await setting.polar.licenseKeys.validate({ ...key, increment_usage: 2 })).toMatchObject({
    usage: 2,
  });
  expect(await setting.polar.licenseKeys.getActivation(id, activation.id)).toMatchObject({ label: 'laptop' });
  await setting.polar.licenseKeys.deactivate({ ...key, activation_id: activation.id });
  expect(await setting.polar.licenseKeys.get(id)).toMatchObject({ activations: [], key: row?.key });
});

test('a free subscription upgraded through a checkout is updated, not created', async () => {
  const setting = await setUp();
  const free = await sellable(setting, { interval: 'month', amount: 0, name: 'quay:free' });
  const paid = await sellable(setting, { interval: 'month', amount: 900, name: 'quay:paid' });
  const customer = await setting.polar.customers.create({ email: BUYER });
  const before = await setting.polar.subscriptions.create({
    product_id: free.product.id,
    customer_id: customer.id,
    metadata: { kept: 'yes' },
  });
  await setting.simulator.settle();
  const checkout = await setting.polar.checkouts.create({
    products: [paid.product.id],
    subscription_id: before.id,
    metadata: { added: 'yes' },
  });
  setting.heard();
  await setting.polar.checkouts.clientConfirm(checkout.client_secret, {
    confirmation_token_id: 'tok',
    customer_billing_address: { country: 'CH' },
  });
  await setting.simulator.settle();
  const heard = setting.heard();
  expect(heard).not.toContain('subscription.created');
  expect(heard.filter((type) => /^(subscription|order|checkout)\./.test(type))).toEqual([
    'checkout.updated',
    'subscription.updated',
    'order.created',
    'order.updated',
    'order.paid',
    'checkout.updated',
    'order.updated',
  ]);
  expect(new Set(heard.filter((type) => type.startsWith('benefit_grant')))).toEqual(
    new Set(['benefit_grant.revoked', 'benefit_grant.created']),
  );
  expect(setting.eventsOf('order.paid')[0]).toMatchObject({ billing_reason: 'subscription_update' });
  expect(await setting.polar.subscriptions.get(before.id)).toMatchObject({
    metadata: { kept: 'yes', added: 'yes' },
    amount: 900,
  });
});

test('a downgrade with an invoice is paid by its credit, and the credit pays the next order', async () => {
  const setting = await setUp();
  const big = await sellable(setting, { interval: 'month', amount: 3000, name: 'quay:big' });
  const small = await sellable(setting, { interval: 'month', amount: 1000, name: 'quay:small' });
  await buy(setting, big.product.id);
  const id = String(setting.eventsOf('subscription.created')[0]?.id);
  setting.heard();
  await setting.polar.subscriptions.update(id, {
    product_id: small.product.id,
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
    total_amount: -2000,
    due_amount: 0,
    receipt_number: null,
  });
  await setting.simulator.advance(31 * DAY);
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({
    total_amount: 1000,
    applied_balance_amount: -1000,
    due_amount: 0,
  });
});

test('an invoiced change whose charge fails changes nothing and says nothing', async () => {
  const setting = await setUp();
  const small = await sellable(setting, { interval: 'month', amount: 1000, name: 'quay:small' });
  const big = await sellable(setting, { interval: 'month', amount: 3000, name: 'quay:big' });
  await buy(setting, small.product.id);
  const id = String(setting.eventsOf('subscription.created')[0]?.id);
  await setting.api('POST', `/_sim/subscriptions/${id}/fail-next-payment`);
  setting.heard();
  const change = { product_id: big.product.id, proration_behavior: 'invoice' };
  expect(await setting.api('PATCH', `/v1/subscriptions/${id}`, change)).toMatchObject({
    status: 402,
    json: { error: 'PaymentFailed' },
  });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([]);
  expect(await setting.polar.subscriptions.get(id)).toMatchObject({ product_id: small.product.id });
});

test('metadata, discount, trial end and period end each say subscription.updated', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { interval: 'month' });
  await buy(setting, product.id);
  const id = String(setting.eventsOf('subscription.created')[0]?.id);
  const discount = await setting.polar.discounts.create({
    name: 'Half',
    type: 'percentage',
    basis_points: 5000,
    duration: 'forever',
  });
  setting.heard();
  const patch = async (body: object) => {
    const { status } = await setting.api('PATCH', `/v1/subscriptions/${id}`, body);
    return [status, ...setting.heard()];
  };
  expect(await patch({ metadata: { a: 'b' } })).toEqual([200, 'subscription.updated']);
  expect(await patch({ discount_id: discount.id })).toEqual([200, 'subscription.updated']);
  expect(await patch({ current_billing_period_end: '2026-03-01T00:00:00Z' })).toEqual([
    200,
    'subscription.updated',
  ]);
  expect(await patch({ trial_end: '2026-04-01T00:00:00Z' })).toEqual([200, 'subscription.updated']);
  expect(await setting.polar.subscriptions.get(id)).toMatchObject({ status: 'trialing', amount: 500 });
  expect(await patch({ pause_at_period_end: true })).toEqual([409]);
});

test('a grace period keeps the benefits for a while after a failed renewal', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { interval: 'month' });
  await setting.api('PATCH', `/v1/organizations/${setting.organization.id}`, {
    subscription_settings: { benefit_revocation_grace_period: 7 },
  });
  await buy(setting, product.id, { token: 'tok_renewal_fails' });
  await setting.simulator.advance(31 * DAY);
  expect(setting.heard()).not.toContain('benefit_grant.revoked');
  await setting.simulator.advance(7 * DAY);
  expect(setting.heard()).toContain('benefit_grant.revoked');
});

test('a renewal with nothing to pay is created pending and paid at once', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { interval: 'month', amount: 0 });
  const checkout = await setting.polar.checkouts.create({ products: [product.id] });
  await setting.polar.checkouts.clientConfirm(checkout.client_secret, { customer_email: BUYER });
  await setting.simulator.settle();
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
  ]);
  expect(setting.eventsOf('order.created').at(-1)).toMatchObject({ status: 'pending', total_amount: 0 });
});

test('a newer event waits until the older one of its endpoint was tried', async () => {
  const setting = await setUp();
  await setting.simulator.settle();
  setting.received.length = 0;
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  setting.answerWith(async () => {
    if (setting.received.length === 1) await held;
    return new Response(null, { status: 204 });
  });
  await sellable(setting);
  const settled = setting.simulator.settle();
  await vi.waitFor(() => expect(setting.received).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(setting.received.map((each) => each.type)).toEqual(['benefit.created']);
  release();
  await settled;
  expect(setting.received.map((each) => each.type)).toEqual([
    'benefit.created',
    'product.created',
    'product.updated',
  ]);
});

test('a receiver that does not answer within ten seconds has failed', async () => {
  const setting = await setUp();
  await setting.simulator.settle();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    setting.answerWith(
      (request) =>
        new Promise((_resolve, reject) => {
          request.signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    );
    await sellable(setting);
    const pending = new Set(['settle']);
    const settled = setting.simulator.settle().then(() => pending.clear());
    while (pending.size > 0) {
      vi.advanceTimersByTime(1000);
      // Signing is done elsewhere and comes back when it is done.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await settled;
  } finally {
    vi.useRealTimers();
  }
  const deliveries = await setting.polar.webhooks.listWebhookDeliveries({ succeeded: false });
  expect(deliveries.items.at(-1)).toMatchObject({ http_code: null, response: 'Timed out' });
});

test('endpoints are listed, changed, given a new secret and deleted', async () => {
  const setting = await setUp();
  const { id, secret } = setting.endpoint;
  expect((await setting.polar.webhooks.listWebhookEndpoints()).items).toHaveLength(1);
  const reset = await setting.polar.webhooks.resetWebhookEndpointSecret(id);
  expect(reset.secret).toMatch(/^whsec_[0-9A-Za-z]{43}$/);
  expect(reset.secret).not.toBe(secret);
  await setting.polar.webhooks.updateWebhookEndpoint(id, { events: ['product.created'], name: 'Mine' });
  setting.heard();
  await sellable(setting);
  expect(setting.heard()).toEqual(['product.created']);
  await setting.polar.webhooks.deleteWebhookEndpoint(id);
  await sellable(setting);
  expect(setting.heard()).toEqual([]);
});

test.each([
  ['discord', 'embeds'],
  ['slack', 'blocks'],
] as const)('a %s endpoint gets words instead of the object', async (format, key) => {
  const setting = await setUp();
  await setting.api('POST', '/v1/webhooks/endpoints', {
    url: 'http://receiver.sim/chat',
    format,
    events: ['order.paid'],
  });
  const { product } = await sellable(setting);
  await buy(setting, product.id);
  const message = setting.received.find((each) => each.body.includes(`"${key}"`));
  expect(message?.headers.get('webhook-signature')).toMatch(/^v1,/);
  expect(message?.body).toContain('Order Paid: quay:article, ada@floe-mail.dev, 10.00 USD');
});
