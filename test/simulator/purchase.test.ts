import { expect, test } from 'vitest';
import { buy, sellable, setUp } from './world.ts';

test('a one-time purchase tells order, checkout, grant and state in the order that Polar does', async () => {
  const setting = await setUp();
  const { product, benefit } = await sellable(setting);
  setting.heard();
  const { confirmed } = await buy(setting, product.id, { metadata: { campaign: 'spring' } });
  expect(setting.heard()).toEqual([
    'checkout.created',
    'member.created',
    'checkout.updated',
    'customer.created',
    'customer.state_changed',
    'order.created',
    'order.updated',
    'order.paid',
    'checkout.updated',
    'benefit_grant.created',
    'customer.state_changed',
    'order.updated',
  ]);
  expect(confirmed).toMatchObject({ status: 'confirmed' });
  expect(confirmed.customer_session_token).toMatch(/^polar_cst_/);

  const [created] = setting.eventsOf('order.created');
  expect(created).toMatchObject({
    status: 'paid',
    paid: true,
    billing_reason: 'purchase',
    checkout_id: confirmed.id,
    subscription: null,
    receipt_number: null,
    platform_fee_amount: 0,
    platform_fee_currency: null,
    metadata: { campaign: 'spring' },
  });
  expect(created?.invoice_number).toMatch(/^QUAY-[A-Z]{8}-0001$/);
  expect(setting.eventsOf('order.paid')[0]?.receipt_number).toMatch(/^RCPT-[A-Z]{8}-0001$/);
  expect(setting.eventsOf('order.updated').at(-1)).toMatchObject({ platform_fee_currency: 'usd' });
  expect(setting.eventsOf('benefit_grant.created')[0]).toMatchObject({
    order_id: created?.id,
    subscription_id: null,
    is_granted: true,
    is_revoked: false,
    benefit_id: benefit.id,
    benefit: { id: benefit.id },
    previous_properties: {},
  });
});

test('every event of a purchase arrives at the endpoint, in the order it was made', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  await buy(setting, product.id);
  const made = setting.simulator.events(setting.organization.id).map((event) => event.id);
  expect(setting.received.map((each) => each.id)).toEqual(made);
});

test('a second purchase updates the customer instead of creating one, and confirm gives no session', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  await buy(setting, product.id);
  setting.heard();
  const { confirmed } = await buy(setting, product.id);
  expect(setting.heard().slice(0, 4)).toEqual([
    'checkout.created',
    'checkout.updated',
    'customer.updated',
    'customer.state_changed',
  ]);
  expect(confirmed.customer_session_token).toBeNull();
});

test('a declined card brings the checkout back to open without an order', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  setting.heard();
  const { checkout } = await buy(setting, product.id, { token: 'tok_declined' });
  const heard = setting.heard();
  expect(heard.at(-1)).toBe('checkout.updated');
  expect(heard.filter((type) => type.startsWith('order'))).toEqual([]);
  expect(setting.eventsOf('checkout.updated').map((each) => each.status)).toEqual(['confirmed', 'open']);
  const again = await setting.polar.checkouts.get(checkout.id);
  expect(again).toMatchObject({ status: 'open', payment_processor_metadata: {} });
});

test('a card rejected at once answers 400 and nothing happens', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  const checkout = await setting.polar.checkouts.create({ products: [product.id] });
  setting.heard();
  await expect(
    setting.polar.checkouts.clientConfirm(checkout.client_secret, {
      customer_email: 'ada@floe-mail.dev',
      confirmation_token_id: 'tok_rejected',
      customer_billing_address: { country: 'FR' },
    }),
  ).rejects.toMatchObject({ statusCode: 400, error: { error: 'PaymentError' } });
  expect(setting.heard()).toEqual([]);
});

test('a free product needs no card, and its order comes before customer.created', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { amount: 0 });
  const checkout = await setting.polar.checkouts.create({ products: [product.id] });
  expect(checkout).toMatchObject({
    is_payment_form_required: false,
    is_free_product_price: true,
    tax_amount: 0,
  });
  setting.heard();
  await setting.polar.checkouts.clientConfirm(checkout.client_secret, {
    customer_email: 'ada@floe-mail.dev',
  });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'member.created',
    'checkout.updated',
    'order.created',
    'order.updated',
    'order.paid',
    'checkout.updated',
    'customer.created',
    'customer.state_changed',
    'benefit_grant.created',
    'customer.state_changed',
  ]);
  expect(setting.eventsOf('order.paid')[0]).toMatchObject({ total_amount: 0, receipt_number: null });
});

test('an open checkout expires at the quarter of an hour after its 24 hours', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  const checkout = await setting.polar.checkouts.create({ products: [product.id] });
  setting.heard();
  await setting.simulator.advance(24 * 3600_000);
  const gone = await setting.api('GET', `/v1/checkouts/client/${checkout.client_secret}`);
  expect(gone).toMatchObject({ status: 410, json: { error: 'ExpiredCheckoutError' } });
  await setting.simulator.advance(15 * 60_000);
  expect(setting.heard()).toEqual(['checkout.expired']);
  expect(setting.eventsOf('checkout.expired')[0]).toMatchObject({ id: checkout.id, status: 'expired' });
});

test('an update of a checkout is told even when nothing changed', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  const checkout = await setting.polar.checkouts.create({ products: [product.id] });
  setting.heard();
  await setting.polar.checkouts.clientUpdate(checkout.client_secret, {});
  await setting.polar.checkouts.update(checkout.id, { metadata: { a: 'b' } });
  expect(setting.heard()).toEqual(['checkout.updated', 'checkout.updated']);
});

test('tax is inside the price in Europe, and a refund is counted without it', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { amount: 1200 });
  await buy(setting, product.id, { country: 'FR' });
  expect(setting.eventsOf('order.paid')[0]).toMatchObject({
    subtotal_amount: 1200,
    net_amount: 1000,
    tax_amount: 200,
    total_amount: 1200,
    refundable_amount: 1000,
    refundable_tax_amount: 200,
  });
});

test('a discount code lowers the price, case-insensitively, and a wrong one is refused at its field', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  await setting.polar.discounts.create({
    name: 'Spring',
    code: 'SPRING',
    type: 'percentage',
    basis_points: 2500,
    duration: 'once',
  });
  const checkout = await setting.polar.checkouts.create({ products: [product.id] });
  const updated = await setting.polar.checkouts.clientUpdate(checkout.client_secret, {
    discount_code: 'spring',
  });
  expect(updated).toMatchObject({ amount: 1000, discount_amount: 250, total_amount: 750 });
  await expect(
    setting.polar.checkouts.clientUpdate(checkout.client_secret, { discount_code: 'WINTER' }),
  ).rejects.toMatchObject({
    statusCode: 422,
    error: { detail: [{ loc: ['body', 'discount_code'], msg: 'Discount does not exist.' }] },
  });
});

test('an address at a reserved domain is refused as undeliverable', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  for (const customer_email of ['a@example.com', 'a@shop.test', 'not an address']) {
    const answer = await setting.api('POST', '/v1/checkouts/', { products: [product.id], customer_email });
    expect(answer).toMatchObject({ status: 422, json: { detail: [{ loc: ['body', 'customer_email'] }] } });
  }
});
