import { createPolar } from '@polar-sh/sdk/2026-10';
import { expect, test } from 'vitest';
import { upload } from './files.ts';
import { BUYER, PUBLIC_URL, type Setting, buy, sellable, setUp } from './world.ts';

/** The official SDK with a customer's or member's token. */
const portal = (accessToken: string) => createPolar({ accessToken, baseUrl: PUBLIC_URL }).customerPortal;

async function customer(options: { interval?: 'month' } = {}) {
  const setting = await setUp();
  const { product, benefit } = await sellable(setting, options);
  const { confirmed } = await buy(setting, product.id);
  const token = confirmed.customer_session_token ?? '';
  setting.heard();
  return { setting, product, benefit, token, mine: portal(token) };
}

/** A team of an owner, a billing manager and a plain member, each with a token. */
async function team() {
  const setting = await setUp();
  const owned = await setting.polar.customers.create({ type: 'team', email: BUYER });
  const tokens: Record<string, string> = {};
  for (const role of ['billing_manager', 'member'] as const) {
    await setting.polar.customers.members.create(owned.id, { email: `${role}@floe-mail.dev`, role });
  }
  const list = await setting.api('GET', `/v1/members/?customer_id=${owned.id}`);
  for (const { id, role } of list.json.items as { id: string; role: string }[]) {
    const session = await setting.polar.customerSessions.create({ customer_id: owned.id, member_id: id });
    tokens[role] = session.token;
  }
  await setting.simulator.settle();
  setting.heard();
  return { setting, customerId: owned.id, tokens };
}

const status = async (
  setting: Setting,
  token: string | undefined,
  method: string,
  path: string,
  body?: unknown,
) => (await setting.api(method, `/v1/customer-portal/${path}`, body, token)).status;

test('a customer sees itself, its session and the seller', async () => {
  const { setting, mine, token } = await customer();
  expect(await mine.customers.get()).toMatchObject({ email: BUYER, oauth_accounts: {} });
  expect(await mine.customerSession.introspect()).toMatchObject({ return_url: null });
  expect(await mine.customerSession.getAuthenticatedUser()).toMatchObject({ type: 'customer', email: BUYER });
  const { organization, products } = await mine.organizations.get('quay');
  expect(organization).toMatchObject({ slug: 'quay', customer_portal_settings: { usage: { show: true } } });
  expect(products).toHaveLength(1);
  await mine.customers.update({ billing_name: 'Ada Ltd', billing_address: { country: 'FR' } });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['customer.updated', 'customer.state_changed']);
  const cards = await mine.customers.listPaymentMethods();
  expect(cards.items).toMatchObject([{ method_metadata: { last4: '4242' } }]);
  expect(await status(setting, token, 'DELETE', `customers/me/payment-methods/${cards.items[0]?.id}`)).toBe(
    204,
  );
});

test('without a token, with the seller’s, or an hour later nobody gets in', async () => {
  const { setting, token } = await customer();
  const bare = await setting.simulator.fetch(new Request(`${PUBLIC_URL}/v1/customer-portal/customers/me`));
  expect(bare.status).toBe(401);
  expect(await status(setting, setting.organization.accessToken, 'GET', 'customers/me')).toBe(401);
  expect(await status(setting, token, 'GET', 'orders')).toBe(307);
  await setting.simulator.advance(3600_000);
  expect(await status(setting, token, 'GET', 'customers/me')).toBe(401);
});

test('orders are listed with their product, and invoiced', async () => {
  const { setting, mine, product } = await customer();
  const { items } = await mine.orders.list();
  const id = items[0]?.id ?? '';
  expect(items).toMatchObject([{ product: { id: product.id, organization: { slug: 'quay' } }, paid: true }]);
  expect(await mine.orders.get(id)).toMatchObject({ id });
  await expect(mine.orders.receipt(id)).rejects.toThrow();
  await setting.simulator.settle();
  expect(await mine.orders.receipt(id)).toMatchObject({ url: expect.stringContaining('/receipt') as string });
  expect(await mine.orders.getPaymentStatus(id)).toEqual({ status: 'succeeded', error: null });
  await mine.orders.update(id, { billing_name: 'Ada Ltd', billing_address: { country: 'CH' } });
  expect(setting.heard()).toEqual(['order.updated']);
  await mine.orders.generateInvoice(id);
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['order.updated']);
  expect(await mine.orders.invoice(id)).toMatchObject({ url: expect.stringContaining('/invoice') as string });
});

test('a subscription is canceled, uncanceled, paused and moved by its customer', async () => {
  const { setting, mine, token } = await customer({ interval: 'month' });
  const { items } = await mine.subscriptions.list();
  const id = items[0]?.id ?? '';
  expect(await mine.subscriptions.cancel(id)).toMatchObject({ cancel_at_period_end: true });
  expect(await status(setting, token, 'DELETE', `subscriptions/${id}`)).toBe(403);
  await mine.subscriptions.update(id, { cancel_at_period_end: false });
  await mine.subscriptions.update(id, { pause_at_period_end: true });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.canceled',
    'subscription.updated',
    'subscription.uncanceled',
    'subscription.updated',
    'customer.state_changed',
  ]);
  const other = await sellable(setting, { interval: 'month', name: 'quay:other', amount: 2000 });
  await mine.subscriptions.update(id, { product_id: other.product.id });
  expect(await mine.subscriptions.get(id)).toMatchObject({ product_id: other.product.id, amount: 2000 });
  await setting.polar.organizations.update(setting.organization.id, {
    customer_portal_settings: {
      usage: { show: true },
      subscription: { update_seats: true, update_plan: false, pause: false },
    },
  });
  const again = { product_id: other.product.id };
  expect(await status(setting, token, 'PATCH', `subscriptions/${id}`, again)).toBe(422);
  expect(await status(setting, token, 'PATCH', `subscriptions/${id}`, { resume: true })).toBe(403);
});

test('a failed renewal is paid from the portal', async () => {
  const { setting, mine, token } = await customer({ interval: 'month' });
  const id = String(setting.eventsOf('subscription.created')[0]?.id);
  await setting.api('POST', `/_sim/subscriptions/${id}/fail-next-payment`);
  await setting.simulator.advance(31 * 24 * 3600_000);
  const { customer_id } = await setting.polar.subscriptions.get(id);
  const session = await setting.polar.customerSessions.create({ customer_id });
  const later = portal(session.token);
  const open = (await later.orders.list()).items.find((order) => order.status === 'pending');
  expect(await later.orders.getPaymentStatus(open?.id ?? '')).toMatchObject({ status: 'failed' });
  setting.heard();
  const paid = await later.orders.confirmRetryPayment(open?.id ?? '', { confirmation_token_id: 'tok' });
  expect(paid).toMatchObject({ status: 'succeeded' });
  expect(setting.heard().slice(0, 4)).toEqual([
    'subscription.updated',
    'subscription.active',
    'order.updated',
    'order.paid',
  ]);
  expect(mine).not.toBe(later);
  expect(await status(setting, token, 'GET', 'orders/')).toBe(401);
});

test('a new card pays what is owed at once, and a card may need the bank first', async () => {
  const { setting } = await customer({ interval: 'month' });
  const [created] = setting.eventsOf('subscription.created');
  await setting.api('POST', `/_sim/customers/${created?.customer_id}/card`, { outcome: 'declines' });
  await setting.simulator.advance(31 * 24 * 3600_000);
  const session = await setting.polar.customerSessions.create({ customer_id: created?.customer_id ?? '' });
  const mine = portal(session.token);
  const add = (confirmation_token_id: string) =>
    mine.customers.addPaymentMethod({
      confirmation_token_id,
      set_default: true,
      return_url: 'https://q.example',
    });
  await expect(add('tok_declined')).rejects.toMatchObject({ statusCode: 400 });
  expect(await add('tok_requires_action')).toMatchObject({ status: 'requires_action' });
  setting.heard();
  const kept = await mine.customers.confirmPaymentMethod({ setup_intent_id: 'seti_1', set_default: true });
  expect(kept).toMatchObject({ status: 'succeeded', payment_method: { type: 'card' } });
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.active',
    'order.updated',
    'order.paid',
  ]);
  expect(await add('tok_visa')).toMatchObject({ status: 'succeeded' });
  const { items } = await mine.customers.listPaymentMethods();
  expect(await status(setting, session.token, 'DELETE', `customers/me/payment-methods/${items[0]?.id}`)).toBe(
    400,
  );
});

test('grants are shown unless their benefit is private, and waiting ones are connected', async () => {
  const { setting, product, benefit, token, mine } = await customer();
  const flag = await setting.polar.benefits.create({
    type: 'feature_flag',
    description: 'Hidden',
    properties: {},
  });
  const { json: discord } = await setting.api('POST', '/v1/benefits/', {
    type: 'discord',
    description: 'The room',
    properties: { guild_token: 't', role_id: '1', kick_member: true },
  });
  await setting.polar.products.updateBenefits(product.id, { benefits: [benefit.id, flag.id, discord.id] });
  await setting.simulator.settle();
  setting.heard();
  const { items } = await mine.benefitGrants.list();
  expect(new Set(items.map((each) => each.benefit.type))).toEqual(new Set(['custom', 'discord']));
  const waiting = items.find((each) => each.benefit.type === 'discord');
  expect(waiting).toMatchObject({ is_granted: false });
  await mine.benefitGrants.update(waiting?.id ?? '', {
    benefit_type: 'discord',
    properties: { account_id: 'ada#1' },
  });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['benefit_grant.updated', 'customer.state_changed']);
  expect(await mine.benefitGrants.get(waiting?.id ?? '')).toMatchObject({ is_granted: true });
  expect(
    await status(setting, token, 'PATCH', `benefit-grants/${waiting?.id}`, { benefit_type: 'custom' }),
  ).toBe(422);
});

test('keys, downloads, meters and wallets of a customer', async () => {
  const setting = await setUp();
  const file = await upload(setting);
  const meter = await setting.polar.meters.create({
    name: 'Requests',
    filter: { conjunction: 'and', clauses: [] },
    aggregation: { func: 'count' },
  });
  const benefits = await Promise.all([
    setting.polar.benefits.create({
      type: 'license_keys',
      description: 'A key',
      properties: { activations: { limit: 2, enable_customer_admin: true } },
    }),
    setting.polar.benefits.create({
      type: 'downloadables',
      description: 'A book',
      properties: { files: [file.id] },
    }),
    setting.polar.benefits.create({
      type: 'meter_credit',
      description: 'Credits',
      properties: { units: 10, rollover: false, meter_id: meter.id },
    }),
  ]);
  const { product } = await sellable(setting);
  await setting.polar.products.updateBenefits(product.id, { benefits: benefits.map((each) => each.id) });
  const { confirmed } = await buy(setting, product.id);
  const mine = portal(confirmed.customer_session_token ?? '');
  expect((await mine.benefitGrants.list()).items).toHaveLength(3);

  const keys = await mine.licenseKeys.list();
  const [key] = keys.items;
  const organization_id = setting.organization.id;
  const activation = await mine.licenseKeys.activate({
    key: key?.key ?? '',
    organization_id,
    label: 'laptop',
  });
  expect(await mine.licenseKeys.get(key?.id ?? '')).toMatchObject({ activations: [{ id: activation.id }] });
  expect((await mine.downloadables.list()).items).toMatchObject([{ file: { id: file.id } }]);
  const meters = await mine.customerMeters.list();
  expect(meters.items).toMatchObject([{ credited_units: 10, balance: 10, meter: { name: 'Requests' } }]);
  expect(await mine.customerMeters.get(meters.items[0]?.id ?? '')).toMatchObject({ balance: 10 });
  expect(
    (
      await setting.api(
        'GET',
        '/v1/customer-portal/wallets/',
        undefined,
        confirmed.customer_session_token ?? '',
      )
    ).json.items,
  ).toEqual([]);
});

test('plain members bill nothing and manage nobody; billing managers do', async () => {
  const { setting, customerId, tokens } = await team();
  for (const path of ['orders/', 'subscriptions/', 'members', 'customers/me/payment-methods']) {
    expect(await status(setting, tokens['member'], 'GET', path), path).toBe(403);
    expect(await status(setting, tokens['billing_manager'], 'GET', path), path).toBe(200);
  }
  const manager = portal(tokens['billing_manager'] ?? '');
  const added = await manager.members.addMember({ email: 'new@floe-mail.dev', name: 'New' });
  await manager.members.updateMember(added.id, { role: 'billing_manager' });
  await manager.members.removeMember(added.id);
  expect(setting.heard()).toEqual(['member.created', 'member.updated', 'member.deleted']);
  const { items } = await manager.members.listMembers();
  expect(items).toHaveLength(3);
  const self = items.find((each) => each.role === 'billing_manager');
  expect(await status(setting, tokens['billing_manager'], 'DELETE', `members/${self?.id}`)).toBe(400);
  const owner = items.find((each) => each.role === 'owner');
  expect(await status(setting, tokens['billing_manager'], 'DELETE', `members/${owner?.id}`)).toBe(400);
  const whole = await setting.polar.customerSessions.create({ customer_id: customerId }).then(
    () => 'a session',
    () => 'refused',
  );
  expect(whole).toBe('refused');
});

test('a team’s seats are managed in the portal, and a member sees only its own benefits', async () => {
  const setting = await setUp();
  const benefit = await setting.polar.benefits.create({
    type: 'license_keys',
    description: 'A key',
    properties: {},
  });
  const product = await setting.polar.products.create({
    name: 'quay:desks',
    recurring_interval: 'month',
    prices: [
      {
        amount_type: 'seat_based',
        price_currency: 'usd',
        seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] },
      },
    ],
  });
  await setting.polar.products.updateBenefits(product.id, { benefits: [benefit.id] });
  const checkout = await setting.polar.checkouts.create({ products: [product.id], seats: 3 });
  const confirmed = await setting.polar.checkouts.clientConfirm(checkout.client_secret, {
    customer_email: BUYER,
    confirmation_token_id: 'tok',
    customer_billing_address: { country: 'CH' },
  });
  await setting.simulator.settle();
  const subscription_id = String(setting.eventsOf('subscription.created')[0]?.id);
  const owner = portal(confirmed.customer_session_token ?? '');
  expect(await owner.seats.listSeats({ subscription_id })).toMatchObject({ available_seats: 2 });
  const seat = await owner.seats.assignSeat({ subscription_id, email: 'bo@floe-mail.dev' });
  await owner.seats.resendInvitation(seat.id);
  const { json } = await setting.api('GET', `/_sim/seats/${seat.id}/invitation`);
  const { invitation_token } = json as unknown as { invitation_token: string };
  const claimed = await setting.polar.customerSeats.claimSeat({ invitation_token });
  await setting.simulator.settle();
  const bo = portal(claimed.customer_session_token);
  expect(await bo.customerSession.getAuthenticatedUser()).toMatchObject({ type: 'member', role: 'member' });
  expect((await bo.licenseKeys.list()).items).toHaveLength(1);
  expect((await owner.licenseKeys.list()).items).toHaveLength(2);
  expect((await bo.benefitGrants.list()).items).toMatchObject([{ member_id: seat.member_id }]);
  expect((await bo.seats.listClaimedSubscriptions()).items).toMatchObject([{ id: subscription_id }]);
  expect(await status(setting, claimed.customer_session_token, 'DELETE', `seats/${seat.id}`)).toBe(403);
  await owner.seats.revokeSeat(seat.id);
  await setting.simulator.settle();
  expect((await bo.benefitGrants.list()).items).toEqual([]);
});
