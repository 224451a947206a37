import { describe, expect, test } from 'vitest';
import { BUYER, buy, sellable, setUp } from './world.ts';

test('a customer made by API says member, customer and state', async () => {
  const setting = await setUp();
  setting.heard();
  const customer = await setting.polar.customers.create({ email: 'Ada@Floe-Mail.dev', external_id: 'u1' });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['member.created', 'customer.created', 'customer.state_changed']);
  expect(await setting.polar.customers.getExternal('u1')).toMatchObject({ id: customer.id });
  expect(await setting.polar.customers.getStateExternal('u1')).toMatchObject({ active_subscriptions: [] });
  await setting.polar.customers.update(customer.id, {});
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['customer.updated', 'customer.state_changed']);
});

test('an e-mail or external id that is taken is refused at its field', async () => {
  const setting = await setUp();
  await setting.polar.customers.create({ email: BUYER, external_id: 'u1' });
  expect(await setting.api('POST', '/v1/customers/', { email: BUYER.toUpperCase() })).toMatchObject({
    status: 422,
    json: { detail: [{ loc: ['body', 'email'], msg: 'A customer with this email address already exists.' }] },
  });
  expect(
    await setting.api('POST', '/v1/customers/', { email: 'b@floe-mail.dev', external_id: 'u1' }),
  ).toMatchObject({ status: 422, json: { detail: [{ loc: ['body', 'external_id'] }] } });
});

test('a deleted customer says so before what it had is revoked', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { interval: 'month' });
  await buy(setting, product.id);
  const [customer] = (await setting.polar.customers.list({ email: BUYER })).items;
  setting.heard();
  await setting.polar.customers.delete(customer?.id ?? '');
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'member.deleted',
    'customer.deleted',
    'customer.state_changed',
    'subscription.updated',
    'subscription.canceled',
    'subscription.revoked',
    'benefit_grant.revoked',
  ]);
  expect(await setting.api('GET', `/v1/customers/${customer?.id}`)).toMatchObject({ status: 404 });
});

test('a checkout with a known external id is prefilled with that customer', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  const customer = await setting.polar.customers.create({ email: BUYER, external_id: 'u1' });
  const checkout = await setting.polar.checkouts.create({
    products: [product.id],
    external_customer_id: 'u1',
  });
  expect(checkout).toMatchObject({ customer_id: customer.id, customer_email: BUYER });
});

test('an external id is dropped in silence when the e-mail is another customer’s', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  await setting.polar.customers.create({ email: BUYER });
  const checkout = await setting.polar.checkouts.create({
    products: [product.id],
    external_customer_id: 'u9',
  });
  await setting.polar.checkouts.clientConfirm(checkout.client_secret, {
    customer_email: BUYER,
    confirmation_token_id: 'tok',
    customer_billing_address: { country: 'CH' },
  });
  await setting.simulator.settle();
  expect(setting.eventsOf('customer.updated').at(-1)).toMatchObject({ email: BUYER, external_id: null });
});

test('a customer session names the portal and the customer', async () => {
  const setting = await setUp();
  const customer = await setting.polar.customers.create({ email: BUYER });
  const session = await setting.polar.customerSessions.create({ customer_id: customer.id });
  expect(session.token).toMatch(/^polar_mst_/);
  expect(session.customer_portal_url).toContain(`/quay/portal?customer_session_token=${session.token}`);
});

test('the only owner cannot be removed', async () => {
  const setting = await setUp();
  const customer = await setting.polar.customers.create({ email: BUYER });
  const members = await setting.api('GET', `/v1/members/?customer_id=${customer.id}`);
  const [member] = members.json.items as { id: string }[];
  expect(await setting.api('DELETE', `/v1/customers/${customer.id}/members/${member?.id}`)).toMatchObject({
    status: 422,
  });
});

describe('a tax id', () => {
  const SHAPES: [country: string, typed: string, kept: [string, string]][] = [
    ['DE', 'de 123.456-789', ['DE123456789', 'eu_vat']],
    ['AT', 'FR61954506077', ['FR61954506077', 'eu_vat']],
    ['GR', 'EL123456789', ['EL123456789', 'eu_vat']],
    ['GB', 'GB 980 7806 84', ['980780684', 'gb_vat']],
    ['US', '91-1144442', ['911144442', 'us_ein']],
    ['CH', 'CHE-107.787.577', ['CHE-107.787.577', 'ch_uid']],
  ];

  test.each(SHAPES)('of %s is kept in its format: %s', async (country, tax_id, kept) => {
    const { api } = await setUp();
    const made = await api('POST', '/v1/customers/', {
      email: BUYER,
      billing_address: { country },
      tax_id,
    });
    expect(made).toMatchObject({ status: 201, json: { tax_id: kept } });
  });

  test.each([
    ['DE', 'DE12345678'],
    ['DE', '123456789'],
    ['NL', 'NL123456789C01'],
    ['GB', '12345'],
    ['US', 'EL123456789'],
    ['CH', 'x'],
    ['AQ', 'AQ123456789'],
  ])('that cannot be one of %s is refused: %s', async (country, typed) => {
    const setting = await setUp();
    const { product } = await sellable(setting);
    const refusal = (field: string) => ({
      status: 422,
      json: { detail: [{ loc: ['body', field], msg: 'Invalid tax ID.', input: typed }] },
    });
    const customer = { email: BUYER, billing_address: { country }, tax_id: typed };
    expect(await setting.api('POST', '/v1/customers/', customer)).toMatchObject(refusal('tax_id'));
    const checkout = {
      products: [product.id],
      customer_billing_address: { country },
      customer_tax_id: typed,
    };
    expect(await setting.api('POST', '/v1/checkouts/', checkout)).toMatchObject(refusal('customer_tax_id'));
  });

  test('needs an address; what a buyer changes afterwards is checked by the one that is there', async () => {
    const setting = await setUp();
    const { product } = await sellable(setting);
    expect(
      await setting.api('POST', '/v1/checkouts/', { products: [product.id], customer_tax_id: 'DE123456789' }),
    ).toMatchObject({
      status: 422,
      json: { detail: [{ type: 'missing', loc: ['body', 'customer_billing_address'] }] },
    });
    const { id } = await setting.polar.checkouts.create({
      products: [product.id],
      customer_billing_address: { country: 'DE' },
      customer_tax_id: 'DE123456789',
    });
    const change = (tax_id: string | null) =>
      setting.api('PATCH', `/v1/checkouts/${id}`, { customer_tax_id: tax_id });
    expect(await change('DE1')).toMatchObject({ status: 422 });
    expect(await setting.polar.checkouts.get(id)).toMatchObject({ customer_tax_id: 'DE123456789' });
    expect(await change(null)).toMatchObject({ status: 200, json: { customer_tax_id: null } });
  });
});
