import { expect, test } from 'vitest';
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
