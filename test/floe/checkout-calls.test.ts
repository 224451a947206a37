import { expect, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { exampleGateway, type Given, TOKENS } from './example-gateway.ts';
import { runFloe } from './harness.ts';

/* What the commands for checkouts, links, plans and prepared customers ask of a gateway. */

const ID = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
const OTHER = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f60a';
const LINK = 'lnk_01kb3z8q4yf6dvkwm2t5n9cr7e';

/** Runs a command beside a gateway of examples. What has spaces or quotes is given as a word of its own. */
async function run(typed: readonly string[], answers: Record<string, readonly Given[]> = {}) {
  const { fetch, asked } = exampleGateway(answers);
  const ran = await runFloe(typed, { fetch, env: TOKENS });
  const changes = asked.filter(({ line }) => !line.startsWith('GET '));
  return { ...ran, lines: asked.map(({ line }) => line), bodies: changes.map(({ body }) => body) };
}

const words = (typed: string) => typed.split(' ');

test.each<[string[], object]>([
  [words(`payments create --product ${ID}`), { product_id: ID, customer: {} }],
  [
    words(
      `payments create --product ${ID} --product ${OTHER} --trial 14d --currency EUR --discount-codes on`,
    ),
    {
      product_id: ID,
      product_ids: [ID, OTHER],
      trial_interval: 'day',
      trial_interval_count: 14,
      currency: 'eur',
      allow_discount_codes: true,
      customer: {},
    },
  ],
  [
    words(`payments create --product ${ID} --price eur=7.00 --price ${OTHER}=jpy=900 --without-trial`),
    {
      product_id: ID,
      prices: {
        [ID]: [{ amount_type: 'fixed', price_currency: 'eur', price_amount: 700 }],
        [OTHER]: [{ amount_type: 'fixed', price_currency: 'jpy', price_amount: 900 }],
      },
      allow_trial: false,
      customer: {},
    },
  ],
  [
    [
      ...words(`payments create --product ${ID} --amount usd=15.00 --units 3 --min-units 2 --max-units 9`),
      '--prices',
      '{"a": []}',
      '--custom-fields',
      '{"newsletter": true}',
      '--discount-codes',
      'off',
    ],
    {
      product_id: ID,
      amount: 1500,
      currency: 'usd',
      units: 3,
      min_units: 2,
      max_units: 9,
      prices: { a: [] },
      custom_field_data: { newsletter: true },
      allow_discount_codes: false,
      customer: {},
    },
  ],
  [
    [
      ...words(`payments create --product ${ID} --customer-id ${OTHER} --tax-id DE123456789 --business`),
      '--billing-name',
      'Lovelace Ltd',
      '--billing-address',
      '{"country": "DE"}',
      '--require-address',
      ...words(`--embed-origin https://shop.example --return-url https://shop.example/back --discount ${ID}`),
    ],
    {
      product_id: ID,
      discount_id: ID,
      require_billing_address: true,
      return_url: 'https://shop.example/back',
      embed_origin: 'https://shop.example',
      customer: {
        id: OTHER,
        billing_name: 'Lovelace Ltd',
        billing_address: { country: 'DE' },
        tax_id: 'DE123456789',
        is_business: true,
      },
    },
  ],
  [
    words(`checkout-links create --label May --product ${ID} --seats 3 --min-seats 2 --max-seats 9`),
    { label: 'May', settings: { product_id: ID, seats: 3, min_seats: 2, max_seats: 9 } },
  ],
  [
    words('customers create user-1 --email ada@readers.dev --name Ada'),
    { external_id: 'user-1', email: 'ada@readers.dev', name: 'Ada' },
  ],
])('%j says what was typed', async (typed, body) => {
  const { code, stderr, bodies } = await run(typed);
  expect(code, stderr).toBe(0);
  expect(bodies).toEqual([body]);
});

test.each<[string, string]>([
  [`payments create --product ${ID} --price 7.00`, 'eur=7.00'],
  [`payments create --product ${ID} --price eur=7`, '3.00 for 300 minor units'],
  [`payments create --product ${ID} --price eur=7.00 --prices {}`, 'not both'],
  [`payments create --product ${ID} --prices []`, 'an object as JSON'],
  [`payments create --product ${ID} --trial 14`, '14d, 2w, 3mo or 1y'],
  [`payments create --product ${ID} --discount-codes yes`, 'on, off'],
  ['payments create', '--product'],
  [`checkout-links update ${LINK}`, 'Name what changes'],
  [`checkout-links update ${LINK} --price eur=7.00`, 'of which product'],
])('%s is refused before anything is changed', async (typed, said) => {
  const { code, stderr, bodies } = await run(words(typed));
  expect([code, bodies]).toEqual([2, []]);
  expect(stderr).toContain(said);
});

test('a link that is changed keeps what is not named', async () => {
  const settings = { product_id: ID, product_ids: [ID, OTHER], locale: 'de', discount_code: 'MAY', seats: 2 };
  const link = { ...examples['GET /v1/checkout-links/:id']['200'], settings };
  const answers = { 'GET /v1/checkout-links/:id': [{ body: link }] };
  const change = (more: string) => run(words(`checkout-links update ${LINK} ${more}`), answers);
  const { bodies } = await change(`--product ${OTHER} --without seats --label none`);
  expect(bodies).toEqual([
    { label: null, settings: { product_id: OTHER, locale: 'de', discount_code: 'MAY' } },
  ]);
  expect((await change(`--discount ${ID} --without locale`)).bodies).toEqual([
    { settings: { product_id: ID, product_ids: [ID, OTHER], seats: 2, discount_id: ID } },
  ]);
  expect((await change('--label May')).bodies).toEqual([{ label: 'May' }]);
  const odd = await change('--without color');
  expect([odd.code, odd.bodies]).toEqual([2, []]);
  expect(odd.stderr).toContain('discount_code, seats');
});

test('a link is deleted after a yes, and plans are asked about from one of them', async () => {
  expect((await run(['checkout-links', 'delete', LINK])).code).toBe(6);
  expect((await run(['checkout-links', 'delete', LINK, '--yes'])).lines.at(-1)).toBe(
    `DELETE /v1/checkout-links/${LINK}`,
  );
  const plans = await run(words(`products plans --from ${ID} --json`));
  expect(plans.lines).toEqual([`GET /v1/plans?from=${ID}`]);
  expect(JSON.parse(plans.stdout)).toEqual(examples['GET /v1/plans']['200']);
});
