import { beforeEach, describe, expect, test } from 'vitest';
import { call, createWorld, ORIGIN, type TestApp, type World } from '../harness/harness.ts';

/* Every option of a checkout, at Polar as the simulator has it. */

let world: World;
let quay: TestApp;
let lifetime: string;
let monthly: string;
let atlasPro: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  await world.createApp({ product: 'atlas', webhook: false });
  lifetime = (await world.createProduct({ name: 'quay:lifetime', price: 900 })).id;
  monthly = await createProduct({ name: 'quay:monthly', recurring_interval: 'month' });
  atlasPro = (await world.createProduct({ name: 'atlas:pro', price: 1200 })).id;
  await world.settle();
});

interface Answered {
  id: string;
  code: string;
  amount: number;
  currency: string;
  checkout_id: string;
  product: { id: string };
  errors?: { path: string; message: string }[];
}

const pay = (body: object) => call<Answered>('POST', '/v1/payments', { key: quay.secretKey, body });

async function createProduct(input: { name: string; [field: string]: unknown }): Promise<string> {
  const { id } = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/products/', {
    recurring_interval: null,
    prices: [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 500 }],
    ...input,
  });
  return id;
}

/** The checkout of a payment, as Polar has it. */
async function open(body: object): Promise<Record<string, unknown>> {
  const answer = await pay(body);
  expect(answer.status, answer.text).toBe(201);
  return world.polar('sandbox', 'GET', `/v1/checkouts/${answer.body.checkout_id}`);
}

async function expectRefused(body: object, path: string, code = 'validation_failed'): Promise<string> {
  const before = created();
  const { status, body: problem } = await pay(body);
  expect([status, problem.code, problem.errors?.[0]?.path]).toEqual([422, code, path]);
  expect(created()).toBe(before);
  return problem.errors?.[0]?.message ?? '';
}

const created = () => world.polarRequests.filter((line) => line === 'POST /v1/checkouts/').length;

describe('several products', () => {
  test('are offered in their order, and the one that was bought is the payment’s', async () => {
    const checkout = await open({ product_ids: [lifetime, monthly] });
    expect((checkout['products'] as { id: string }[]).map(({ id }) => id)).toEqual([lifetime, monthly]);
    expect(checkout['product_id']).toBe(lifetime);
    const preset = await open({ product_id: monthly, product_ids: [lifetime, monthly] });
    expect(preset['product_id']).toBe(monthly);
  });

  test('must all be the app’s, each once, and not archived', async () => {
    await expectRefused({ product_ids: [lifetime, atlasPro] }, 'body.product_ids', 'unknown_product');
    await expectRefused(
      { product_ids: [lifetime, crypto.randomUUID()] },
      'body.product_ids',
      'unknown_product',
    );
    await expectRefused({ product_ids: [atlasPro, lifetime] }, 'body.product_id', 'unknown_product');
    await expectRefused({ product_ids: [lifetime, lifetime] }, 'body.product_ids');
    await expectRefused({ product_id: monthly, product_ids: [lifetime] }, 'body.product_id');
    await expectRefused({ product_ids: [] }, 'body.product_ids');
    await world.polar('sandbox', 'PATCH', `/v1/products/${monthly}`, { is_archived: true });
    await world.settle();
    await expectRefused({ product_ids: [lifetime, monthly] }, 'body.product_ids', 'product_archived');
  });

  test('with codes to be typed need all codes of all of them to be the app’s', async () => {
    await world.polar('sandbox', 'POST', '/v1/discounts/', {
      name: 'Everywhere',
      code: 'EVERYWHERE',
      type: 'percentage',
      duration: 'once',
      basis_points: 1000,
    });
    const { body } = await pay({ product_ids: [lifetime, monthly], allow_discount_codes: true });
    expect(body.code).toBe('foreign_discount_codes');
  });
});

describe('prices for one checkout', () => {
  test('replace those of the product, and amounts are compared with them', async () => {
    const fixed = [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 4200 }];
    expect((await open({ product_id: lifetime, prices: { [lifetime]: fixed } }))['amount']).toBe(4200);
    const custom = [{ amount_type: 'custom', price_currency: 'usd', minimum_amount: 100 }];
    expect(
      (await open({ product_id: lifetime, prices: { [lifetime]: custom }, amount: 700 }))['amount'],
    ).toBe(700);
    await expectRefused({ product_id: lifetime, prices: { [lifetime]: custom }, amount: 50 }, 'body.amount');
  });

  test('must be of a product of the checkout, and of a kind that belongs to no meter', async () => {
    const fixed = [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 4200 }];
    await expectRefused({ product_id: lifetime, prices: { [monthly]: fixed } }, `body.prices.${monthly}`);
    const { status } = await pay({
      product_id: monthly,
      prices: { [monthly]: [{ amount_type: 'metered_unit', price_currency: 'usd', unit_amount: 1 }] },
    });
    expect(status).toBe(422);
  });

  test('by the seat take a number of seats', async () => {
    const bySeat = [
      {
        amount_type: 'seat_based',
        price_currency: 'usd',
        seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 300 }] },
      },
    ];
    const checkout = await open({
      product_id: lifetime,
      prices: { [lifetime]: bySeat },
      seats: 3,
      min_seats: 2,
      max_seats: 5,
    });
    expect([checkout['amount'], checkout['min_seats'], checkout['max_seats']]).toEqual([900, 2, 5]);
    await expectRefused({ product_id: lifetime, seats: 1, min_seats: 2 }, 'body.seats');
  });
});

describe('units', () => {
  test('are counted by a price that has them, between the least and the most', async () => {
    const byUnit = [
      {
        amount_type: 'unit_based',
        price_currency: 'usd',
        tiers: {
          type: 'graduated',
          tiers: [{ bound: 10, unit_amount: 100 }, { unit_amount: 50 }],
        },
      },
    ];
    const prices = { [lifetime]: byUnit };
    const checkout = await open({ product_id: lifetime, prices, units: 12, min_units: 5, max_units: 20 });
    expect(checkout).toMatchObject({ amount: 1100, units: 12, min_units: 5, max_units: 20 });
    await expectRefused({ product_id: lifetime, prices, units: 4, min_units: 5 }, 'body.units');
    await expectRefused({ product_id: lifetime, prices, min_units: 5, max_units: 4 }, 'body.min_units');
    // Of the product's own prices Polar knows the most.
    const { body } = await pay({ product_id: lifetime, units: 2 });
    expect([body.code, body.errors?.[0]?.path]).toEqual(['polar_rejected', 'body.units']);
  });
});

describe('a trial', () => {
  test('may be another than the product’s, or none', async () => {
    const other = await open({ product_id: monthly, trial_interval: 'day', trial_interval_count: 10 });
    expect([other['active_trial_interval'], other['active_trial_interval_count']]).toEqual(['day', 10]);
    const tried = await createProduct({
      name: 'quay:tried',
      recurring_interval: 'month',
      trial_interval: 'week',
      trial_interval_count: 1,
    });
    await world.settle();
    expect((await open({ product_id: tried }))['active_trial_interval']).toBe('week');
    expect((await open({ product_id: tried, allow_trial: false }))['active_trial_interval']).toBeNull();
  });

  test('needs a subscription, and both of its fields', async () => {
    const trial = { trial_interval: 'day', trial_interval_count: 10 };
    await expectRefused({ product_id: lifetime, ...trial }, 'body.trial_interval');
    await expectRefused({ product_id: monthly, trial_interval: 'day' }, 'body.trial_interval_count');
    await expectRefused({ product_id: monthly, trial_interval_count: 3 }, 'body.trial_interval');
    await expectRefused({ product_id: monthly, ...trial, allow_trial: false }, 'body.allow_trial');
  });
});

describe('custom fields', () => {
  test('are answered by their slugs, and an answer to no question is named', async () => {
    const { id } = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/custom-fields/', {
      type: 'text',
      slug: 'size',
      name: 'Size',
      properties: {},
    });
    const shirt = await createProduct({
      name: 'quay:shirt',
      attached_custom_fields: [{ custom_field_id: id, required: true }],
    });
    await world.settle();
    const checkout = await open({ product_id: shirt, custom_field_data: { size: 'M' } });
    expect(checkout['custom_field_data']).toEqual({ size: 'M' });
    await expectRefused(
      { product_id: shirt, custom_field_data: { hue: 'red' } },
      'body.custom_field_data.hue',
    );
    await expectRefused(
      { product_id: lifetime, custom_field_data: { size: 'M' } },
      'body.custom_field_data.size',
    );
  });
});

describe('what an invoice names', () => {
  test('is passed on, and kept nowhere here', async () => {
    const checkout = await open({
      product_id: lifetime,
      require_billing_address: true,
      customer: {
        billing_name: 'Ada Lovelace Ltd',
        billing_address: { country: 'DE', city: 'Berlin', postal_code: '10115', line1: 'Torstr. 1' },
        tax_id: 'DE123456789',
        is_business: true,
      },
    });
    expect(checkout).toMatchObject({
      require_billing_address: true,
      customer_billing_name: 'Ada Lovelace Ltd',
      customer_billing_address: { country: 'DE', city: 'Berlin' },
      customer_tax_id: 'DE123456789',
      is_business_customer: true,
    });
    const { body } = await pay({
      product_id: lifetime,
      customer: { billing_address: { country: 'Germany' } },
    });
    expect(body.errors?.[0]?.path).toBe('body.customer.billing_address.country');
    // What a tax id of a country looks like, and which countries there are, Polar knows.
    const address = (country: string) => ({ billing_address: { country } });
    for (const [customer, path] of [
      [{ ...address('DE'), tax_id: 'DE12345678' }, 'tax_id'],
      [{ ...address('FR'), tax_id: '61954506077' }, 'tax_id'],
      [{ ...address('US'), tax_id: 'DE123456789' }, 'tax_id'],
      [{ tax_id: 'DE123456789' }, 'billing_address'],
    ] as const) {
      const wrong = await pay({ product_id: lifetime, customer });
      expect([wrong.status, wrong.body.code, wrong.body.errors?.map((each) => each.path)]).toEqual([
        422,
        'polar_rejected',
        [`body.customer.${path}`],
      ]);
    }
    const unheard = await pay({ product_id: lifetime, customer: { billing_address: { country: 'XQ' } } });
    expect([unheard.body.code, unheard.body.errors?.[0]?.path]).toEqual([
      'polar_rejected',
      'body.customer.billing_address.country',
    ]);
  });
});

describe('a currency', () => {
  test('must be one of the product’s', async () => {
    const both = await createProduct({
      name: 'quay:both',
      prices: [
        { amount_type: 'fixed', price_currency: 'usd', price_amount: 1000 },
        { amount_type: 'fixed', price_currency: 'eur', price_amount: 800 },
      ],
    });
    await world.settle();
    const checkout = await open({ product_id: both, currency: 'EUR' });
    expect([checkout['currency'], checkout['amount']]).toEqual(['eur', 800]);
    expect(await expectRefused({ product_id: lifetime, currency: 'eur' }, 'body.currency')).toContain('usd');
    await expectRefused({ product_id: lifetime, currency: 'euro' }, 'body.currency');
  });
});

describe('a page that embeds the checkout', () => {
  test('must be in Polar’s list once there is one', async () => {
    expect((await open({ product_id: lifetime, embed_origin: ORIGIN }))['embed_origin']).toBe(ORIGIN);
    const organization = world.organizations.sandbox.id;
    const setHosts = (hosts: string[]) =>
      world.polar('sandbox', 'PATCH', `/v1/organizations/${organization}`, { embed_hosts: hosts });
    await setHosts(['elsewhere.dev']);
    await world.settle();
    await expectRefused(
      { product_id: lifetime, embed_origin: ORIGIN },
      'body.embed_origin',
      'disallowed_url',
    );
    // The word of the change may be lost: Polar is asked before anybody is refused.
    world.holdWebhooks = true;
    await setHosts([new URL(ORIGIN).host]);
    expect((await open({ product_id: lifetime, embed_origin: ORIGIN }))['embed_origin']).toBe(ORIGIN);
  });
});

test('what is not as it should be is named by its field, before Polar is asked', async () => {
  const fixed = { amount_type: 'fixed', price_currency: 'usd', price_amount: 4200 };
  const ofPrices = (...prices: object[]) => ({ prices: { [lifetime]: prices } });
  const at = `body.prices.${lifetime}`;
  const odd: [more: object, path: string][] = [
    [{ product_ids: ['x'] }, 'body.product_ids.0'],
    [{ product_ids: Array.from({ length: 11 }, () => crypto.randomUUID()) }, 'body.product_ids'],
    [ofPrices(), at],
    [ofPrices({ ...fixed, price_amount: -1 }), `${at}.0.price_amount`],
    [ofPrices({ ...fixed, price_currency: 'dollars' }), `${at}.0.price_currency`],
    [ofPrices({ ...fixed, tax_behavior: 'none' }), `${at}.0.tax_behavior`],
    [ofPrices(fixed, { ...fixed, extra: 1 }), `${at}.1.extra`],
    [{ seats: 0 }, 'body.seats'],
    [{ seats: 10_001 }, 'body.seats'],
    [{ min_seats: '2' }, 'body.min_seats'],
    [{ max_seats: 1.5 }, 'body.max_seats'],
    [{ units: 0 }, 'body.units'],
    [{ min_units: -1 }, 'body.min_units'],
    [{ max_units: null }, 'body.max_units'],
    [{ trial_interval: 'decade', trial_interval_count: 1 }, 'body.trial_interval'],
    [{ trial_interval: 'day', trial_interval_count: 0 }, 'body.trial_interval_count'],
    [{ allow_trial: 'no' }, 'body.allow_trial'],
    [{ custom_field_data: { size: {} } }, 'body.custom_field_data.size'],
    [{ require_billing_address: 1 }, 'body.require_billing_address'],
    [{ currency: '' }, 'body.currency'],
    [{ embed_origin: 'shop' }, 'body.embed_origin'],
    [{ allow_discount_codes: 'yes' }, 'body.allow_discount_codes'],
    [{ locale: 'German' }, 'body.locale'],
    [{ customer: { billing_name: '' } }, 'body.customer.billing_name'],
    [{ customer: { billing_address: {} } }, 'body.customer.billing_address.country'],
    [{ customer: { billing_address: { country: 'DE', zip: '1' } } }, 'body.customer.billing_address.zip'],
    [{ customer: { tax_id: 7 } }, 'body.customer.tax_id'],
    [{ customer: { is_business: 'yes' } }, 'body.customer.is_business'],
  ];
  world.polarRequests.length = 0;
  const named = [];
  for (const [more] of odd) {
    const { status, body } = await pay({ product_id: lifetime, ...more });
    named.push([status, body.errors?.[0]?.path]);
  }
  expect(named).toEqual(odd.map(([, path]) => [422, path]));
  expect(world.polarRequests).toEqual([]);
});

test('a language and codes that buyers may type arrive as given', async () => {
  const checkout = await open({ product_id: lifetime, locale: 'de', allow_discount_codes: true });
  expect(checkout).toMatchObject({ locale: 'de', allow_discount_codes: true });
});

test('browsers may choose units and a currency, and nothing else of it', async () => {
  const post = (body: object) =>
    call<Answered>('POST', '/v1/checkout', {
      key: quay.publishableKey,
      body,
      headers: { origin: ORIGIN, 'cf-connecting-ip': '198.18.106.1' },
    });
  expect((await post({ product_id: lifetime, currency: 'usd' })).status).toBe(201);
  for (const field of [
    'product_ids',
    'prices',
    'min_seats',
    'max_seats',
    'min_units',
    'max_units',
    'trial_interval',
    'allow_trial',
    'custom_field_data',
    'require_billing_address',
  ]) {
    const { status, body } = await post({ product_id: lifetime, [field]: true });
    expect([status, body.errors?.[0]?.path]).toEqual([422, `body.${field}`]);
  }
});
