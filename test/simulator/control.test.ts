import { expect, test } from 'vitest';
import { BUYER, type Setting, buy, sellable, setUp } from './world.ts';

async function confirm(setting: Setting, token: string) {
  const { product } = await sellable(setting);
  const { polar } = setting;
  const checkout = await polar.checkouts.create({ products: [product.id] });
  await polar.checkouts.clientConfirm(checkout.client_secret, {
    customer_email: BUYER,
    confirmation_token_id: token,
    customer_billing_address: { country: 'CH' },
  });
  await setting.simulator.settle();
  return { id: checkout.id, status: async () => (await polar.checkouts.get(checkout.id)).status };
}

test('a payment that is processing settles after twenty seconds of simulated time', async () => {
  const setting = await setUp();
  const checkout = await confirm(setting, 'tok_processing');
  expect(await checkout.status()).toBe('confirmed');
  await setting.simulator.advance(19_000);
  expect(await checkout.status()).toBe('confirmed');
  expect(setting.eventsOf('order.paid')).toEqual([]);
  await setting.simulator.advance(1000);
  expect(await checkout.status()).toBe('succeeded');
  expect(setting.eventsOf('order.paid')).toHaveLength(1);
});

test('the token says how long it takes, and that it fails in the end', async () => {
  const setting = await setUp();
  const checkout = await confirm(setting, 'tok_processing_3600_declined');
  await setting.simulator.advance(3_599_000);
  expect(await checkout.status()).toBe('confirmed');
  await setting.simulator.advance(1000);
  expect(await checkout.status()).toBe('open');
  expect(setting.eventsOf('order.created')).toEqual([]);
});

test.each([
  ['succeeded', 'succeeded', 1],
  ['failed', 'open', 0],
] as const)('a processing payment can be settled by hand: %s', async (outcome, status, orders) => {
  const setting = await setUp();
  const checkout = await confirm(setting, 'tok_processing');
  const settled = await setting.api('POST', `/_sim/checkouts/${checkout.id}/settle`, { outcome });
  expect(settled.json).toMatchObject({ id: checkout.id, status });
  await setting.simulator.advance(60_000);
  expect(await checkout.status()).toBe(status);
  expect(setting.eventsOf('order.paid')).toHaveLength(orders);
  expect((await setting.api('POST', `/_sim/checkouts/${checkout.id}/settle`)).status).toBe(409);
});

test('a card that 3D Secure refuses fails after the confirmation', async () => {
  const setting = await setUp();
  setting.heard();
  const checkout = await confirm(setting, 'tok_3ds_failed');
  expect(await checkout.status()).toBe('open');
  expect(setting.eventsOf('checkout.updated').map(({ status }) => status)).toEqual(['confirmed', 'open']);
});

test('a page of another origin may not change anything; a program may', async () => {
  const setting = await setUp();
  const move = (headers: Record<string, string>) =>
    setting.simulator.fetch(
      new Request('http://polar.sim/_sim/clock', { method: 'POST', headers, body: '{"advance_ms":1000}' }),
    );
  expect((await move({ origin: 'https://elsewhere.dev' })).status).toBe(403);
  expect((await move({ origin: 'null' })).status).toBe(403);
  expect((await move({ origin: 'http://polar.sim' })).status).toBe(200);
  expect((await move({})).status).toBe(200);
});

/** A person's browser at the control page: posts forms, follows the redirect, and keeps the cookie in between. */
function visit(setting: Setting) {
  const origin = 'http://polar.sim';
  const open = async (path: string, cookie = '') =>
    (await setting.simulator.fetch(new Request(origin + path, { headers: { cookie } }))).text();
  const press = async (what: string, fields: Record<string, string>, back = '/_sim/o/quay/orders') => {
    const response = await setting.simulator.fetch(
      new Request(`${origin}/_sim/do/${what}`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ ...fields, back }).toString(),
      }),
    );
    expect(response.status).toBe(303);
    await setting.simulator.settle();
    const next = response.headers.get('location') ?? '';
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    return { next, text: next.startsWith('/_sim') ? await open(next, cookie) : '' };
  };
  return { open, press };
}

async function shop(interval?: 'month') {
  const setting = await setUp();
  const { product, benefit } = await sellable(setting, interval ? { interval } : {});
  await buy(setting, product.id);
  const order = (await setting.polar.orders.list()).items[0];
  const customer = (await setting.polar.customers.list()).items[0];
  if (!order || !customer) throw new Error('nothing was bought');
  setting.heard();
  return { setting, product, benefit, order, customer, ...visit(setting) };
}

test('every tab shows what there is, escaped, and an unknown one is 404', async () => {
  const { setting, open, product } = await shop('month');
  await setting.polar.products.update(product.id, { name: '<script>alert(1)</script>' });
  const tabs = ['orders', 'subscriptions', 'customers', 'products', 'checkouts', 'webhooks', 'deliveries'];
  for (const tab of tabs) {
    const text = await open(`/_sim/o/quay/${tab}`);
    expect(text, tab).not.toContain('<script>alert');
    expect(text, tab).toMatch(/<tbody>/);
  }
  expect(await open('/_sim')).toContain('Quay');
  expect(await open('/_sim/o/quay/nothing')).toContain('There is no such page');
  expect(await open('/')).toContain('href="/_sim"');
});

test('a long list has pages, newest first', async () => {
  const setting = await setUp();
  for (let number = 0; number < 23; number++) {
    await setting.polar.customers.create({ email: `c${number}@floe-mail.dev` });
  }
  const { open } = visit(setting);
  const first = await open('/_sim/o/quay/customers');
  expect(first).toContain('c22@floe-mail.dev');
  expect(first).not.toContain('c2@floe-mail.dev');
  expect(first).toContain('Page 1 of 2, 23 in all');
  expect(await open('/_sim/o/quay/customers?page=2')).toContain('c2@floe-mail.dev');
  expect(await open('/_sim/o/quay/customers?page=x')).toContain('Page 1 of 2');
});

test('the refund button refunds as the API does, and says why it cannot', async () => {
  const { setting, order, press } = await shop();
  const partly = await press('refund', { id: order.id, amount: '4', revoke: 'yes' });
  expect(partly.text).toContain('4 USD of');
  expect(setting.heard()).toContain('benefit_grant.revoked');
  expect((await setting.polar.orders.get(order.id)).status).toBe('partially_refunded');
  const tooMuch = await press('refund', { id: order.id, amount: '9' });
  expect(tooMuch.text).toContain('higher than the refundable amount');
  expect((await press('refund', { id: order.id, amount: 'all' })).text).toContain('is not an amount');
  await press('refund', { id: order.id, amount: '6', pending: 'yes' });
  const [refund] = (await setting.polar.refunds.list({ succeeded: false })).items;
  await press('settle-refund', { id: refund?.id ?? '', outcome: 'succeeded' });
  expect((await setting.polar.orders.get(order.id)).status).toBe('refunded');
});

test('a disputed order is opened and resolved, and its access ends', async () => {
  const { setting, order, press } = await shop();
  await press('dispute', { id: order.id });
  const [dispute] = (await setting.polar.disputes.list()).items;
  expect(dispute).toMatchObject({ order_id: order.id, status: 'needs_response' });
  await press('resolve-dispute', { id: dispute?.id ?? '', outcome: 'won' });
  expect(setting.heard()).toContain('benefit_grant.revoked');
});

test('a dispute by JSON too, prevented or resolved', async () => {
  const { setting, order } = await shop();
  const opened = await setting.api('POST', `/_sim/orders/${order.id}/dispute`);
  const { dispute_id } = JSON.parse(opened.text) as { dispute_id: string };
  const lost = await setting.api('POST', `/_sim/disputes/${dispute_id}/resolve`, { outcome: 'lost' });
  expect(lost.json).toMatchObject({ status: 'lost' });
  const other = await shop();
  await other.setting.api('POST', `/_sim/orders/${other.order.id}/dispute`, { kind: 'prevented' });
  expect(other.setting.heard()).toEqual(expect.arrayContaining(['refund.created', 'order.refunded']));
});

test('the buttons of a subscription renew, fail, cancel, keep and revoke it', async () => {
  const { setting, press } = await shop('month');
  const id = (await setting.polar.subscriptions.list()).items[0]?.id ?? '';
  const get = () => setting.polar.subscriptions.get(id);
  await press('renew', { id });
  expect(setting.heard()).toContain('subscription.cycled');
  await press('cancel', { id });
  expect((await get()).cancel_at_period_end).toBe(true);
  expect((await press('cancel', { id })).text).toContain('already canceled');
  await press('uncancel', { id });
  expect((await get()).cancel_at_period_end).toBe(false);
  await press('fail-next-payment', { id });
  await press('renew', { id });
  expect((await get()).status).toBe('past_due');
  const order = (await setting.polar.orders.list({ status: 'pending' })).items[0];
  expect((await press('retry', { id: order?.id ?? '' })).text).toContain('The payment succeeded');
  expect((await get()).status).toBe('active');
  await press('revoke', { id });
  expect((await get()).status).toBe('canceled');
  expect((await press('renew', { id })).text).toContain('Only an active subscription renews');
});

test('the clock moves by steps and by what is typed, and never by nonsense', async () => {
  const { setting, press } = await shop();
  const start = setting.simulator.now();
  await press('clock', { step: 'hour' });
  await press('clock', { step: 'custom', amount: '2', unit: 'day' });
  expect(setting.simulator.now() - start).toBe(49 * 3600_000);
  await press('clock', { step: 'month' });
  expect(new Date(setting.simulator.now()).toISOString()).toMatch(/^2026-02-17T13/);
  expect((await press('clock', { step: 'custom', amount: '-1', unit: 'day' })).text).toContain(
    'only moves forward',
  );
});

test('checkout and portal open from their rows; a refused card and an endpoint are one button each', async () => {
  const { setting, product, customer, press, open } = await shop();
  expect((await press('checkout', { id: product.id })).next).toMatch(/\/checkout\/polar_c_/);
  expect((await press('portal', { id: customer.id })).next).toMatch(
    /\/quay\/portal\?customer_session_token=/,
  );
  await press('card', { id: customer.id, outcome: 'declines' });
  expect(await open('/_sim/o/quay/customers')).toContain('is refused');
  const { id } = setting.organization;
  expect((await press('new-endpoint', { id, url: 'http://localhost:1/hook' })).text).toContain('whsec_');
  expect((await press('new-endpoint', { id, url: 'nowhere' })).text).toContain('url:');
  await press('endpoint', { id: setting.endpoint.id, enabled: 'no' });
  expect((await setting.polar.webhooks.getWebhookEndpoint(setting.endpoint.id)).enabled).toBe(false);
});

test('an event is sent again under its own id', async () => {
  const { setting, press } = await shop();
  const [first] = setting.received;
  await press('redeliver', { id: first?.id ?? '' });
  expect(setting.received.filter(({ id }) => id === first?.id)).toHaveLength(2);
});

test('a button leads back to the control pages only, and an unknown one says so', async () => {
  const { press } = await shop();
  expect((await press('faults-off', {}, 'https://elsewhere.dev/')).next).toBe('/_sim');
  expect((await press('faults-off', {}, '//elsewhere.dev')).next).toBe('/_sim');
  expect((await press('nonsense', {})).text).toContain('There is no such button');
  expect((await press('renew', { id: 'gone' })).text).toContain('It is not there any more');
});

/** The form as the page shows it while nothing is turned on. */
const FAULT_FORM = {
  seed: '7',
  latency_p50: '0',
  latency_p99: '',
  rate_limited: '0',
  retry_after_s: '1',
  server_error: '0',
  server_error_status: '500',
  connection_reset: '0',
  connection_reset_when: 'either',
  methods: '',
  path: '',
  webhook_duplicate: '0',
  webhook_drop: '0',
  webhook_reorder: '0',
  webhook_reorder_window_ms: '',
  webhook_delay: '0',
};

test('the form for faults turns them on, keeps what is wrong with what to do, and turns them off', async () => {
  const { setting, press, open } = await shop();
  const send = (change: Record<string, string>) =>
    setting.simulator.fetch(
      new Request('http://polar.sim/_sim/trouble', {
        method: 'POST',
        body: new URLSearchParams({ ...FAULT_FORM, rate_limited: '100', ...change }).toString(),
      }),
    );
  const wrong = await send({ rate_limited: '400', path: 'v1', latency_p50: 'x' });
  expect(wrong.status).toBe(422);
  const text = await wrong.text();
  expect(text).toContain('href="#rate_limited"');
  expect(text).toContain('href="#path"');
  expect(text).toContain('value="400"');
  expect((await setting.api('GET', '/v1/products/')).status).toBe(200);
  expect((await send({ latency_p50: '1', latency_p99: '2', methods: 'get post' })).status).toBe(303);
  expect((await setting.api('GET', '/v1/products/')).status).toBe(429);
  expect(await open('/_sim/trouble')).toContain('1 rate limited');
  await press('faults-off', {});
  expect((await setting.api('GET', '/v1/products/')).status).toBe(200);
});
