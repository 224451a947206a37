import { expect, test } from 'vitest';
import { BUYER, PUBLIC_URL, sellable, setUp } from './world.ts';

async function linked() {
  const setting = await setUp();
  const first = await sellable(setting, { name: 'quay:first' });
  const second = await sellable(setting, { name: 'quay:second', amount: 2000 });
  const link = await setting.polar.checkoutLinks.create({
    payment_processor: 'stripe',
    products: [first.product.id, second.product.id],
    label: 'Spring',
    success_url: 'https://quay.example/thanks?id={CHECKOUT_ID}',
    metadata: { campaign: 'spring' },
  });
  const visit = async (query = '') => {
    const response = await setting.simulator.fetch(new Request(`${link.url}${query}`));
    return { status: response.status, secret: response.headers.get('location')?.split('/').at(-1) ?? '' };
  };
  setting.heard();
  return { setting, link, visit, first: first.product, second: second.product };
}

test('each visit begins a checkout of its own with what the address says', async () => {
  const { setting, link, visit, second } = await linked();
  expect(link.url).toMatch(/\/buy\/polar_cl_/);
  await setting.polar.discounts.create({
    name: 'Ten',
    code: 'TEN',
    type: 'percentage',
    basis_points: 1000,
    duration: 'once',
  });
  setting.heard();
  const query = new URLSearchParams({
    product_id: second.id,
    customer_email: BUYER,
    customer_name: 'Ada',
    discount_code: 'ten',
    locale: 'fr',
    reference_id: 'r-1',
    utm_source: 'letter',
    unknown: 'x',
  });
  const { status, secret } = await visit(`?${query.toString()}`);
  expect(status).toBe(303);
  expect(setting.heard()).toEqual(['checkout.created']);
  const shown = await setting.polar.checkouts.clientGet(secret);
  expect(shown).toMatchObject({
    product_id: second.id,
    customer_email: BUYER,
    customer_name: 'Ada',
    locale: 'fr',
    total_amount: 1800,
  });
  expect(setting.eventsOf('checkout.created')[0]).toMatchObject({
    metadata: { campaign: 'spring', reference_id: 'r-1', utm_source: 'letter' },
    success_url: `https://quay.example/thanks?id=${shown.id}`,
  });
  expect((await visit()).secret).not.toBe(secret);
});

test('what does not fit in an address is left out', async () => {
  const { setting, visit, first } = await linked();
  const { secret } = await visit('?customer_email=nonsense&discount_code=none&amount=x&product_id=y');
  expect(await setting.polar.checkouts.clientGet(secret)).toMatchObject({
    product_id: first.id,
    customer_email: null,
    discount: null,
    total_amount: 1000,
  });
});

test('links are listed, changed and deleted; a deleted one leads nowhere', async () => {
  const { setting, link, visit, second } = await linked();
  expect((await setting.polar.checkoutLinks.list({ product_id: second.id })).items).toHaveLength(1);
  expect(await setting.polar.checkoutLinks.get(link.id)).toMatchObject({ label: 'Spring' });
  const updated = await setting.polar.checkoutLinks.update(link.id, { products: [second.id], label: null });
  expect(updated).toMatchObject({ label: null, products: [{ id: second.id }] });
  const unknown = '11111111-1111-4111-8111-111111111111';
  expect((await setting.api('PATCH', `/v1/checkout-links/${link.id}`, { discount_id: unknown })).status).toBe(
    422,
  );
  await setting.polar.checkoutLinks.delete(link.id);
  expect((await visit()).status).toBe(404);
  expect((await setting.api('GET', `/v1/checkout-links/${link.id}`)).status).toBe(404);
});

test('a product asks for custom fields: required ones are needed, answers fit, and go to the order', async () => {
  const { polar, api, simulator, ...setting } = await setUp();
  const size = await polar.customFields.create({
    type: 'select',
    slug: 'size',
    name: 'Size',
    properties: { options: [{ value: 's', label: 'Small' }] },
  });
  const terms = await polar.customFields.create({
    type: 'checkbox',
    slug: 'terms',
    name: 'Terms',
    properties: {},
  });
  const product = await polar.products.create({
    name: 'quay:shirt',
    prices: [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 500 }],
    attached_custom_fields: [
      { custom_field_id: size.id, required: false },
      { custom_field_id: terms.id, required: true },
    ],
  });
  expect(product.attached_custom_fields).toMatchObject([{ order: 0 }, { order: 1, required: true }]);
  const checkout = await polar.checkouts.create({ products: [product.id] });
  expect(checkout.attached_custom_fields).toHaveLength(2);
  const path = `/v1/checkouts/client/${checkout.client_secret}`;
  expect(await api('PATCH', path, { custom_field_data: { size: 'xl' } })).toMatchObject({
    status: 422,
    json: { detail: [{ loc: ['body', 'custom_field_data', 'size'] }] },
  });
  const confirm = {
    customer_email: BUYER,
    confirmation_token_id: 'tok',
    customer_billing_address: { country: 'CH' },
  };
  expect(await api('POST', `${path}/confirm`, confirm)).toMatchObject({
    status: 422,
    json: { detail: [{ loc: ['body', 'custom_field_data', 'terms'] }] },
  });
  const custom_field_data = { size: 's', terms: true, stray: 'x' };
  await api('POST', `${path}/confirm`, { ...confirm, custom_field_data });
  await simulator.settle();
  expect(setting.eventsOf('order.paid')[0]?.custom_field_data).toEqual({ size: 's', terms: true });
});

test('custom fields are made once per slug, changed, and keep their type', async () => {
  const { polar, api } = await setUp();
  const fields = [
    { type: 'text', slug: 'note', name: 'Note', properties: { max_length: 5 } },
    { type: 'number', slug: 'count', name: 'Count', properties: { ge: 1 } },
    { type: 'date', slug: 'day', name: 'Day', properties: {} },
  ];
  for (const field of fields) expect((await api('POST', '/v1/custom-fields/', field)).status).toBe(201);
  expect((await api('POST', '/v1/custom-fields/', fields[0])).status).toBe(422);
  const { items } = await polar.customFields.list({ type: 'text' });
  const id = items[0]?.id ?? '';
  expect(await polar.customFields.get(id)).toMatchObject({ slug: 'note' });
  expect(await polar.customFields.update(id, { type: 'text', name: 'A note' })).toMatchObject({
    name: 'A note',
  });
  expect((await api('PATCH', `/v1/custom-fields/${id}`, { type: 'number' })).status).toBe(422);
  await polar.customFields.delete(id);
  expect((await polar.customFields.list()).items).toHaveLength(2);
});

test('an address of nobody is the framework’s 404', async () => {
  const { simulator } = await setUp();
  expect((await simulator.fetch(new Request(`${PUBLIC_URL}/buy/polar_cl_none`))).status).toBe(404);
});
