import { createServer } from 'node:http';
import { createPolar } from '@polar-sh/sdk/2026-10';
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { type SimulatorServer, startSimulatorServer } from '../../packages/polar-simulator/server.ts';
import { EVENT_TYPES } from '../../packages/polar-simulator/webhooks/types.ts';
import { collectComplaints } from './complaints.ts';
import { takePictures } from './pictures.ts';

/* The simulator's own pages in Chromium: checkout, control page and portal, as people meet them. */

const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync --disable-background-networking --disable-component-update'.split(
    ' ',
  );
const PATIENCE_MS = 45_000;
const PAID = '4242 4242 4242 4242';

const started = await setUp();
const { server, polar, products, heard } = started;
let browser: Browser;
const complaints = collectComplaints(() => true);

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: inject('chromium'), args: FLAGS });
});
afterEach(() => complaints.check());
afterAll(async () => {
  await browser.close();
  await server.close();
  started.close();
});

async function setUp() {
  const heard: string[] = [];
  const receiver = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      heard.push(String(request.headers['webhook-id']));
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const server: SimulatorServer = await startSimulatorServer({ port: 0 });
  const { accessToken } = server.simulator.createOrganization({ slug: 'quay', name: 'Quay' });
  const polar = createPolar({ accessToken, baseUrl: server.url });
  const price = { amount_type: 'fixed' as const, price_currency: 'usd' as const, price_amount: 900 };
  const article = await polar.products.create({ name: 'One article', prices: [price] });
  const monthly = await polar.products.create({
    name: 'Every month',
    recurring_interval: 'month',
    prices: [price],
  });
  const key = await polar.benefits.create({
    type: 'license_keys',
    description: 'A licence',
    properties: { prefix: 'quay' },
  });
  for (const { id } of [article, monthly]) await polar.products.updateBenefits(id, { benefits: [key.id] });
  await polar.discounts.create({
    name: 'Spring',
    code: 'SPRING',
    type: 'percentage',
    basis_points: 5000,
    duration: 'once',
  });
  await polar.webhooks.createWebhookEndpoint({
    url: `http://127.0.0.1:${port}/`,
    format: 'raw',
    events: [...EVENT_TYPES],
  });
  const products = { article: article.id, monthly: monthly.id };
  return { server, polar, products, heard, close: () => receiver.close() };
}

async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  complaints.listen(context);
  // A form that was filled in wrongly is answered with 422, which the browser mentions.
  complaints.expect(/the server responded with a status of 422/);
  return context.newPage();
}

async function openCheckout(page: Page, product: keyof typeof products = 'article'): Promise<string> {
  const checkout = await polar.checkouts.create({ products: [products[product]] });
  await page.goto(checkout.url);
  return checkout.id;
}

async function pay(page: Page, email: string, card: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('button', { name: card }).click();
  expect(await page.getByLabel('Card number').inputValue()).toBe(card);
  await page.getByRole('button', { name: /^Pay/ }).click();
}

const thanks = (page: Page) => page.getByRole('heading', { name: 'Thank you' });
const sim = (page: Page, tab: string) => page.goto(`${server.url}/_sim/o/quay/${tab}`);

/** Opens the buttons of the first row that has this text, and presses one. */
async function pressInRow(page: Page, text: string, button: string): Promise<void> {
  const row = page.getByRole('row').filter({ hasText: text }).first();
  const details = row.locator('details.actions > summary');
  if ((await details.count()) > 0) await details.click();
  await row.getByRole('button', { name: button }).click();
  await page.getByRole('status').waitFor();
}

test('the card that is paid leads to a page that says thank you, and on to the portal', async () => {
  const page = await newPage();
  await openCheckout(page);
  await takePictures(page, 'simulator', 'checkout');
  await pay(page, 'ada@floe-mail.dev', PAID);
  await thanks(page).waitFor();
  await page.getByRole('link', { name: 'See your purchases' }).click();
  await page.getByText(/^QUAY-[0-9A-F]{8}-/).waitFor();
  await takePictures(page, 'simulator', 'portal');
});

test.each([
  ['4000 0000 0000 0002', 'Your card was declined'],
  ['4000 0000 0000 3220', '3D Secure'],
])('the card %s is refused, keeps the form, and another one pays', async (card, words) => {
  const page = await newPage();
  await openCheckout(page);
  await page.getByLabel('Name').fill('Ben');
  await pay(page, `refused-${card.at(-1)}@floe-mail.dev`, card);
  await page.getByRole('alert').filter({ hasText: words }).waitFor();
  expect(await page.getByLabel('Name').inputValue()).toBe('Ben');
  await page.getByRole('button', { name: PAID }).click();
  await page.getByRole('button', { name: /^Pay/ }).click();
  await thanks(page).waitFor();
});

test('the card that processes waits, and settles when the bank says so on the control page', async () => {
  const page = await newPage();
  const id = await openCheckout(page);
  await pay(page, 'slow@floe-mail.dev', '4000 0000 0000 0077');
  await page.getByRole('heading', { name: 'Your payment is being processed' }).waitFor();
  expect((await polar.checkouts.get(id)).status).toBe('confirmed');
  const control = await newPage();
  await sim(control, 'checkouts');
  await pressInRow(control, 'slow@floe-mail.dev', 'The payment succeeds');
  await thanks(page).waitFor();
});

test('the card that fails at renewal pays once; the control page renews, retries and shows it', async () => {
  const page = await newPage();
  await openCheckout(page, 'monthly');
  await pay(page, 'later@floe-mail.dev', '4000 0000 0000 0341');
  await thanks(page).waitFor();
  await sim(page, 'subscriptions');
  await pressInRow(page, 'later@floe-mail.dev', 'Renew now');
  await expect
    .poll(async () => (await polar.subscriptions.list({ status: ['past_due'] })).items)
    .toHaveLength(1);
  await sim(page, 'orders');
  await pressInRow(page, 'pending', 'Try the payment again');
  expect(await page.getByRole('status').innerText()).toContain('failed');
  await sim(page, 'customers');
  // A new card is tried at once.
  await pressInRow(page, 'later@floe-mail.dev', 'Give a card that pays');
  await expect
    .poll(async () => (await polar.subscriptions.list({ status: ['past_due'] })).items)
    .toHaveLength(0);
  await sim(page, 'orders');
  expect(await page.getByRole('row').filter({ hasText: 'pending' }).count()).toBe(0);
});

test('who was declined may correct the e-mail address, and the order is of the new one', async () => {
  const page = await newPage();
  const id = await openCheckout(page);
  await pay(page, 'slip@floe-mail.dev', '4000 0000 0000 0002');
  await page.getByRole('alert').filter({ hasText: 'declined' }).waitFor();
  expect(await page.getByLabel('E-mail').inputValue()).toBe('slip@floe-mail.dev');
  await pay(page, 'right@floe-mail.dev', PAID);
  await thanks(page).waitFor();
  await page.getByText('right@floe-mail.dev').waitFor();
  const { items } = await polar.orders.list({ checkout_id: [id] });
  expect(items.map(({ customer }) => customer.email)).toEqual(['right@floe-mail.dev']);
});

test('the seller’s buyer keeps the address that the seller gave', async () => {
  const page = await newPage();
  const customer = await polar.customers.create({ email: 'given@floe-mail.dev' });
  const checkout = await polar.checkouts.create({ products: [products.article], customer_id: customer.id });
  await page.goto(checkout.url);
  await page.getByText('Buying as given@floe-mail.dev').waitFor();
  expect(await page.getByLabel('E-mail').count()).toBe(0);
});

test.each([
  ['de-AT', 'AT'],
  ['ja', 'JP'],
  ['en-US', 'US'],
])(
  'a browser in %s begins with the country %s, and pays without choosing another',
  async (locale, country) => {
    const page = await newPage({ locale });
    const id = await openCheckout(page);
    expect(await page.getByLabel('Country').inputValue()).toBe(country);
    await pay(page, `${locale}@floe-mail.dev`.toLowerCase(), PAID);
    await thanks(page).waitFor();
    expect((await polar.checkouts.get(id)).customer_billing_address?.country).toBe(country);
  },
);

test('the test address of a country goes when another is chosen', async () => {
  const page = await newPage({ locale: 'en-US' });
  await openCheckout(page);
  expect(await page.getByLabel('City').inputValue()).toBe('San Francisco');
  await page.getByLabel('Country').selectOption('DE');
  await expect.poll(() => page.getByLabel('City').inputValue()).toBe('');
});

test('the checkout names the shop, and the organization that it is of', async () => {
  const page = await newPage();
  const named = await polar.checkouts.create({
    products: [products.article],
    metadata: { shop: 'Atlas' },
    return_url: 'https://atlas.dev/guide',
  });
  await page.goto(named.url);
  await page.getByText('Sold by Quay, for Atlas.').waitFor();
  await page.getByRole('link', { name: 'Back to Atlas' }).waitFor();
  const unnamed = await polar.checkouts.create({
    products: [products.article],
    return_url: 'https://atlas.dev/guide',
  });
  await page.goto(unnamed.url);
  await page.getByText('Sold by Quay, for atlas.dev.').waitFor();
  await openCheckout(page);
  expect(await page.getByText('Sold by').count(), 'a shop that is the organization').toBe(0);
});

test('a product is made by a form that says what is wrong with it, with its benefits, and sells', async () => {
  const page = await newPage();
  await sim(page, 'products');
  await page.getByLabel('Name', { exact: true }).fill('All of it');
  await page.getByLabel('Price in USD').fill('cheap');
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('alert').getByRole('link', { name: 'Enter an amount' }).click();
  expect(await focused(page)).toContain('price');
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('All of it');
  await page.getByLabel('Price in USD').fill('12.50');
  await page.getByLabel('Price in another currency').fill('11');
  await page.getByLabel('Other currency', { exact: true }).selectOption('gbp');
  await page.getByLabel('Paid').selectOption('year');
  await page.getByLabel('A licence').check();
  await page.getByLabel('A new benefit').fill('The newsletter');
  await page.getByLabel('Content that it opens').fill('blog/*');
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('status').filter({ hasText: 'All of it can be bought now' }).waitFor();
  const row = page.getByRole('row').filter({ hasText: 'All of it' });
  expect(await row.innerText()).toMatch(/\$12\.50, £11\.00\s+every year\s+A licence, The newsletter/);
  const [made] = (await polar.products.list({ query: 'All of it' })).items;
  expect(made?.metadata).toEqual({ content_id: 'blog/*' });
  await row.getByRole('button', { name: 'Buy it' }).click();
  await page.getByRole('heading', { name: 'All of it' }).waitFor();
});

test('a discount code halves the price, a wrong one is named beside its field, and it comes off again', async () => {
  const page = await newPage();
  await openCheckout(page);
  await page.getByLabel('E-mail').fill('typed@floe-mail.dev');
  await page.getByLabel('Discount code').fill('WRONG');
  await page.getByLabel('Discount code').press('Enter');
  await page.getByRole('alert').getByRole('link').click();
  expect(await focused(page)).toContain('discount_code');
  await page.getByLabel('Discount code').fill('spring');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: 'Pay $4.50' }).waitFor();
  expect(await page.getByLabel('E-mail').inputValue()).toBe('typed@floe-mail.dev');
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Pay $9.00' }).waitFor();
});

test('the tax of a chosen country is shown before anything is paid', async () => {
  const page = await newPage();
  await openCheckout(page);
  await page.getByLabel('Country').selectOption('DE');
  await page.getByLabel('Summary').getByText('Tax').waitFor();
});

test('everything works without JavaScript', async () => {
  const page = await newPage({ javaScriptEnabled: false });
  await openCheckout(page);
  await pay(page, 'plain@floe-mail.dev', PAID);
  await thanks(page).waitFor();
});

test('a checkout is found, filled in and paid with the keyboard only', async () => {
  const page = await newPage();
  await page.goto(`${server.url}/_sim`);
  await tabTo(page, 'Quay');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/orders');
  await tabTo(page, 'Products');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/products');
  await tabTo(page, 'Buy it');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/checkout/*');
  await page.keyboard.press('Enter');
  await tabTo(page, 'email');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  expect(await focused(page), 'the summary of mistakes takes the focus').toContain('form-error');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await focused(page)).toContain('email');
  await page.keyboard.type('keys@floe-mail.dev');
  await tabTo(page, PAID);
  await page.keyboard.press('Space');
  expect(await focused(page)).toContain('card_number');
  await page.keyboard.press('Enter');
  await thanks(page).waitFor();
});

/** The id and text of what has the focus. */
const focused = async (page: Page): Promise<string> =>
  String(await page.evaluate('`${document.activeElement.id} ${document.activeElement.textContent}`'));

async function tabTo(page: Page, wanted: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if ((await focused(page)).includes(wanted)) return;
  }
  throw new Error(`Tab never reached ${wanted}.`);
}

test('the control page refunds, cancels, moves the clock and redelivers', async () => {
  const page = await newPage();
  await openCheckout(page, 'monthly');
  await pay(page, 'carla@floe-mail.dev', PAID);
  await thanks(page).waitFor();
  await sim(page, 'orders');
  const row = page.getByRole('row').filter({ hasText: 'carla@floe-mail.dev' });
  await row.locator('summary').click();
  await row.getByLabel(/^Refund, up to/).fill('2.00');
  await row.getByRole('button', { name: 'Refund', exact: true }).click();
  await page.getByRole('status').filter({ hasText: '2 USD' }).waitFor();
  await row.getByText('partially refunded').waitFor();

  await sim(page, 'subscriptions');
  await pressInRow(page, 'carla@floe-mail.dev', 'Fail the next payment');
  await page.getByText('next payment fails').waitFor();
  await pressInRow(page, 'carla@floe-mail.dev', 'Cancel at the period’s end');
  await page.getByRole('button', { name: '+1 month' }).click();
  await page.getByRole('status').filter({ hasText: 'The clock moved' }).waitFor();
  await page.getByRole('row').filter({ hasText: 'carla@floe-mail.dev' }).getByText('canceled').waitFor();

  await sim(page, 'deliveries');
  const before = heard.length;
  await page.getByRole('button', { name: 'Redeliver' }).first().click();
  await page.getByRole('status').filter({ hasText: 'was sent again' }).waitFor();
  expect(heard.length).toBe(before + 1);
  expect(new Set(heard).size, 'under the same id').toBeLessThan(heard.length);
});

test('faults go on by a form that says what is wrong with it, and off again', async () => {
  const page = await newPage();
  await page.goto(`${server.url}/_sim/trouble`);
  await page.getByLabel('Too many requests').fill('much');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('alert').getByRole('link', { name: 'Enter a percentage' }).click();
  expect(await focused(page)).toContain('rate_limited');
  await page.getByLabel('Too many requests').fill('100');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('status').filter({ hasText: 'Faults are on' }).waitFor();
  await expect(polar.products.list()).rejects.toMatchObject({ name: 'PolarRateLimitError' });
  await page.getByRole('button', { name: 'Turn all faults off' }).click();
  await page.getByRole('status').filter({ hasText: 'off' }).waitFor();
  expect((await polar.products.list()).items.map(({ id }) => id)).toContain(products.article);
});

test('the portal cancels a subscription, keeps it after all, and has the invoice', async () => {
  const page = await newPage();
  await openCheckout(page, 'monthly');
  await pay(page, 'dora@floe-mail.dev', PAID);
  await thanks(page).waitFor();
  await page.getByRole('link', { name: 'See your purchases' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('status').filter({ hasText: 'ends with its period' }).waitFor();
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByRole('status').filter({ hasText: 'goes on' }).waitFor();
  await page.getByRole('link', { name: 'Invoice' }).click();
  await page.getByRole('heading', { name: /^Invoice QUAY-/ }).waitFor();
});

test.each(['light', 'dark'] as const)('no page is wider than a phone, %s', async (colorScheme) => {
  const page = await newPage({ viewport: { width: 360, height: 740 }, colorScheme });
  const tabs = ['orders', 'subscriptions', 'customers', 'products', 'checkouts', 'webhooks', 'deliveries'];
  for (const path of ['/', '/_sim', '/_sim/trouble', ...tabs.map((tab) => `/_sim/o/quay/${tab}`)]) {
    await page.goto(server.url + path);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width, path).toBeLessThanOrEqual(360);
  }
});
