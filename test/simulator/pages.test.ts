import { expect, test } from 'vitest';
import { upload } from './files.ts';
import { BUYER, type Setting, buy, sellable, setUp } from './world.ts';

async function open(setting: Setting, success_url = 'https://shop.dev/thanks?order={CHECKOUT_ID}') {
  const { product } = await sellable(setting);
  const checkout = await setting.polar.checkouts.create({ products: [product.id], success_url });
  return { checkout, path: new URL(checkout.url).pathname };
}

const get = async (setting: Setting, url: string) =>
  setting.simulator.fetch(new Request(new URL(url, 'http://polar.sim')));

const submit = async (setting: Setting, path: string, fields: Record<string, string>) =>
  setting.simulator.fetch(
    new Request(new URL(path, 'http://polar.sim'), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    }),
  );

const FIELDS = {
  action: 'pay',
  email: BUYER,
  name: 'Ada',
  country: 'CH',
  card_number: '4242 4242 4242 4242',
};

test('the page shows what is bought and that it is a simulation', async () => {
  const setting = await setUp();
  const { path } = await open(setting);
  const text = await (await get(setting, path)).text();
  expect(text).toContain('quay:article');
  expect(text).toContain('$10.00');
  expect(text).toContain('Simulated Polar — no real money');
});

test('pages of this machine may have the checkout in a frame, and nobody the control pages', async () => {
  const setting = await setUp();
  const policyOf = async (path: string) => (await get(setting, path)).headers.get('content-security-policy');
  const { path } = await open(setting);
  expect(await policyOf(path)).toBe("frame-ancestors 'self' http://127.0.0.1:* http://localhost:*");
  for (const control of ['/_sim', '/_sim/trouble', '/_sim/o/none/orders'])
    expect(await policyOf(control), control).toBe("frame-ancestors 'self'");
  expect(await policyOf('/_sim/clock')).toBeNull();
});

test('a paid form leads to a page that waits, then to the seller with a session token', async () => {
  const setting = await setUp();
  const { checkout, path } = await open(setting);
  const paid = await submit(setting, path, FIELDS);
  expect(paid.status).toBe(303);
  const confirmation = paid.headers.get('location') ?? '';
  const waiting = await get(setting, confirmation);
  expect(waiting.status).toBe(200);
  expect(waiting.headers.get('refresh')).toMatch(/^1;url=\/checkout\//);
  await setting.simulator.settle();
  const done = await get(setting, confirmation);
  const target = new URL(done.headers.get('location') ?? '');
  expect(target.origin + target.pathname).toBe('https://shop.dev/thanks');
  expect(target.searchParams.get('order')).toBe(checkout.id);
  expect(target.searchParams.get('customer_session_token')).toMatch(/^polar_cst_/);
});

test('the redirect waits for the 2xx of checkout.updated, fifteen seconds at most', async () => {
  const setting = await setUp();
  const { path } = await open(setting);
  await setting.simulator.settle();
  setting.answerWith(() => new Response(null, { status: 500 }));
  const paid = await submit(setting, path, FIELDS);
  await setting.simulator.settle();
  const confirmation = new URL(paid.headers.get('location') ?? '');
  expect(await (await get(setting, confirmation.href)).text()).toContain('Confirming your order');
  confirmation.searchParams.set('since', String(Date.now() - 15_000));
  expect(await (await get(setting, confirmation.href)).text()).toContain('Go on to the seller');
});

test('a declined card says so, keeps what was typed, and another card pays', async () => {
  const setting = await setUp();
  const { checkout, path } = await open(setting);
  const declined = await submit(setting, path, { ...FIELDS, card_number: '4000000000000002' });
  expect(declined.status).toBe(422);
  const text = await declined.text();
  expect(text).toContain('Your card was declined');
  expect(text).toContain(BUYER);
  expect(text).toContain('value="Ada"');
  expect((await setting.polar.checkouts.get(checkout.id)).status).toBe('open');
  expect((await submit(setting, path, FIELDS)).status).toBe(303);
  await setting.simulator.settle();
  expect((await setting.polar.checkouts.get(checkout.id)).status).toBe('succeeded');
});

test('mistakes are named beside their field', async () => {
  const setting = await setUp();
  const { path } = await open(setting);
  const text = await (
    await submit(setting, path, { ...FIELDS, email: 'a@example.com', card_number: '1' })
  ).text();
  expect(text).toContain('id="email-error"');
  expect(text).toContain('id="card_number-error"');
  expect(await (await submit(setting, path, { ...FIELDS, country: 'US' })).text()).toContain(
    'id="line1-error"',
  );
});

test('a code that was typed but not applied changes the total before anything is paid', async () => {
  const setting = await setUp();
  const { checkout, path } = await open(setting);
  await setting.polar.discounts.create({
    name: 'Spring',
    code: 'SPRING',
    type: 'percentage',
    basis_points: 2500,
    duration: 'once',
  });
  const first = await submit(setting, path, { ...FIELDS, discount_code: 'spring' });
  expect(await first.text()).toContain('Pay $7.50');
  expect((await setting.polar.checkouts.get(checkout.id)).status).toBe('open');
  expect((await submit(setting, path, { ...FIELDS, discount_code: 'spring' })).status).toBe(303);
});

test('what a buyer types is escaped', async () => {
  const setting = await setUp();
  const { path } = await open(setting);
  const text = await (
    await submit(setting, path, { ...FIELDS, card_number: '1', name: '"><script>alert(1)</script>' })
  ).text();
  expect(text).not.toContain('<script>alert');
});

test('a succeeded checkout opened again goes to the seller without a token; without a success_url it stays', async () => {
  const setting = await setUp();
  const { path } = await open(setting, 'https://shop.dev/thanks');
  await submit(setting, path, FIELDS);
  await setting.simulator.settle();
  expect((await get(setting, path)).headers.get('location')).toBe('https://shop.dev/thanks');
});

test('an expired checkout says so', async () => {
  const setting = await setUp();
  const { path } = await open(setting);
  await setting.simulator.advance(25 * 3600_000);
  const page = await get(setting, path);
  expect(page.status).toBe(410);
  expect(await page.text()).toContain('This checkout has expired');
});

test('the portal opens with a session and with nothing else', async () => {
  const setting = await setUp();
  const customer = await setting.polar.customers.create({ email: BUYER });
  const session = await setting.polar.customerSessions.create({ customer_id: customer.id });
  expect(await (await get(setting, session.customer_portal_url)).text()).toContain(BUYER);
  expect((await get(setting, '/quay/portal?customer_session_token=no')).status).toBe(401);
});

test('a card that takes its time sends the buyer on while the payment is pending, and settles later', async () => {
  const setting = await setUp();
  const { checkout, path } = await open(setting);
  const paid = await submit(setting, path, { ...FIELDS, card_number: '4000 0000 0000 0077' });
  await setting.simulator.settle();
  const sent = await get(setting, paid.headers.get('location') ?? '');
  expect(sent.status).toBe(303);
  expect(sent.headers.get('location')).toMatch(
    /^https:\/\/shop\.dev\/thanks\?order=.*customer_session_token=/,
  );
  expect((await setting.polar.checkouts.get(checkout.id)).status).toBe('confirmed');
  await setting.simulator.advance(20_000);
  expect((await setting.polar.checkouts.get(checkout.id)).status).toBe('succeeded');
});

test('a payment that fails after all is said on the checkout, which is open again', async () => {
  const setting = await setUp();
  const { checkout, path } = await open(setting);
  await submit(setting, path, { ...FIELDS, card_number: '4000 0000 0000 0077' });
  await setting.api('POST', `/_sim/checkouts/${checkout.id}/settle`, { outcome: 'failed' });
  const page = await get(setting, path);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('The last payment failed. Your card was declined.');
});

test('a test card that is pressed is filled in without JavaScript, and nothing else is lost', async () => {
  const setting = await setUp();
  const { checkout, path } = await open(setting);
  const { action: _action, ...typed } = FIELDS;
  const filled = await submit(setting, path, { ...typed, card_number: '', fill: '4000000000000341' });
  expect(filled.status).toBe(200);
  const text = await filled.text();
  expect(text).toContain('value="4000 0000 0000 0341"');
  expect(text).toContain(`value="${BUYER}"`);
  expect((await setting.polar.checkouts.get(checkout.id)).status).toBe('open');
});

test('3D Secure that fails says so and charges nothing', async () => {
  const setting = await setUp();
  const { checkout, path } = await open(setting);
  const refused = await submit(setting, path, { ...FIELDS, card_number: '4000000000003220' });
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain('3D Secure');
  expect((await setting.polar.checkouts.get(checkout.id)).status).toBe('open');
});

test('a code can be taken off again', async () => {
  const setting = await setUp();
  const { path } = await open(setting);
  await setting.polar.discounts.create({
    name: 'Spring',
    code: 'SPRING',
    type: 'percentage',
    basis_points: 2500,
    duration: 'once',
  });
  const applied = await submit(setting, path, { ...FIELDS, action: 'discount', discount_code: 'SPRING' });
  expect(await applied.text()).toContain('Pay $7.50');
  const removed = await submit(setting, path, { ...FIELDS, action: 'remove_discount' });
  expect(await removed.text()).toContain('Pay $10.00');
  const wrong = await submit(setting, path, { ...FIELDS, action: 'discount', discount_code: 'NOPE' });
  expect(wrong.status).toBe(422);
  expect(await wrong.text()).toContain('href="#discount_code"');
});

test('what is free asks for no card', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { amount: 0 });
  const checkout = await setting.polar.checkouts.create({ products: [product.id] });
  const { pathname } = new URL(checkout.url);
  const text = await (await get(setting, pathname)).text();
  expect(text).toContain('Get it for free');
  expect(text).not.toContain('Card number');
  const { email, action } = FIELDS;
  const done = await submit(setting, pathname, { email, action });
  await setting.simulator.settle();
  const thanks = await (await get(setting, done.headers.get('location') ?? '')).text();
  expect(thanks).toContain('Thank you');
  expect(thanks).toContain('QUAY-');
  const portal = /href="(\/quay\/portal[^"]+)"/.exec(thanks)?.[1] ?? '';
  expect(await (await get(setting, portal)).text()).toContain(BUYER);
});

test('the portal shows benefits and documents, and ends and keeps a subscription', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { interval: 'month' });
  const key = await setting.polar.benefits.create({
    type: 'license_keys',
    description: 'A licence',
    properties: { prefix: 'quay' },
  });
  await setting.polar.products.updateBenefits(product.id, { benefits: [key.id] });
  await buy(setting, product.id);
  const customer = (await setting.polar.customers.list()).items[0];
  const subscription = (await setting.polar.subscriptions.list()).items[0];
  const session = await setting.polar.customerSessions.create({ customer_id: customer?.id ?? '' });
  const portal = session.customer_portal_url;
  const text = await (await get(setting, portal)).text();
  expect(text).toMatch(/QUAY-[0-9A-F]{8}-/);
  expect(text).toContain('Renews <time');
  const invoice = /href="(\/documents\/[^"]+\/invoice)"/.exec(text)?.[1] ?? '';
  expect(await (await get(setting, invoice)).text()).toContain('Invoice QUAY-');

  const press = async (action: string) => {
    const response = await submit(setting, portal, { action, subscription: subscription?.id ?? '' });
    expect(response.status).toBe(303);
    return (await setting.polar.subscriptions.get(subscription?.id ?? '')).cancel_at_period_end;
  };
  expect(await press('cancel')).toBe(true);
  expect(await (await get(setting, portal)).text()).toContain('Ends <time');
  expect(await press('uncancel')).toBe(false);
  expect(await press('nonsense')).toBe(false);
});

test('a file that was bought can be downloaded from the portal', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  const file = await upload(setting, 'article.txt');
  const download = await setting.polar.benefits.create({
    type: 'downloadables',
    description: 'The file',
    properties: { files: [file.id] },
  });
  await setting.polar.products.updateBenefits(product.id, { benefits: [download.id] });
  await buy(setting, product.id);
  const customer = (await setting.polar.customers.list()).items[0];
  const session = await setting.polar.customerSessions.create({ customer_id: customer?.id ?? '' });
  const text = await (await get(setting, session.customer_portal_url)).text();
  expect(text).toContain('article.txt');
  expect(text).toContain('/v1/customer-portal/downloadables/');
});

test('the questions of a product are asked, must be answered when they must, and reach the order', async () => {
  const setting = await setUp();
  const { polar } = setting;
  const { product } = await sellable(setting);
  const terms = await polar.customFields.create({
    type: 'checkbox',
    slug: 'terms',
    name: 'Terms',
    properties: {},
  });
  const size = await polar.customFields.create({
    type: 'select',
    slug: 'size',
    name: 'Size',
    properties: { options: [{ value: 'l', label: 'Large' }] },
  });
  const age = await polar.customFields.create({
    type: 'number',
    slug: 'age',
    name: 'Age',
    properties: { ge: 18 },
  });
  await polar.products.update(product.id, {
    attached_custom_fields: [
      { custom_field_id: terms.id, required: true },
      { custom_field_id: size.id, required: true },
      { custom_field_id: age.id, required: false },
    ],
  });
  const checkout = await polar.checkouts.create({ products: [product.id] });
  const { pathname } = new URL(checkout.url);
  const missing = await (await submit(setting, pathname, FIELDS)).text();
  expect(missing).toContain('href="#question_terms"');
  expect(missing).toContain('href="#question_size"');
  expect(missing).not.toContain('href="#question_age"');
  const answers = { ...FIELDS, question_terms: 'true', question_size: 'l' };
  const young = await (await submit(setting, pathname, { ...answers, question_age: '7' })).text();
  expect(young).toContain('id="question_age-error"');
  expect(young).toContain('value="7"');
  await submit(setting, pathname, { ...answers, question_age: '30' });
  await setting.simulator.settle();
  const [order] = (await polar.orders.list()).items;
  expect(order?.custom_field_data).toEqual({ terms: true, size: 'l', age: 30 });
});
