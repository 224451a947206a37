import { expect, test } from 'vitest';
import {
  comparePrice,
  expectListed,
  readMoney,
} from '../../packages/floe/commands/smoke/expected-price.rules.ts';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { exampleGateway, GATEWAY, type Given, problem, TOKENS } from './example-gateway.ts';
import { runFloe, type RunOptions, session } from './harness.ts';

const PAYMENT = examples['POST /v1/payments']['201'];
const [PRODUCT] = examples['GET /v1/products']['200'].data;
const product = (name: string, amount: number) => ({
  ...PRODUCT,
  id: name,
  name,
  prices: [{ id: 'price', amount_type: 'fixed', price_currency: 'usd', price_amount: amount }],
});

/** A gateway that sells these, and Polar, which asks 900usd for everything. `payments`: what creating them answers. */
function shop(
  names: readonly string[],
  payments: readonly Given[],
  address = 'https://polar.sh/checkout/polar_c_1',
) {
  const polar: string[] = [];
  let atOnce = 0;
  let most = 0;
  const created = { ...PAYMENT, checkout_url: address, expires_at: '2027-06-16T12:00:00.000Z' };
  const gateway = exampleGateway({
    'GET /v1/products': [{ body: { data: names.map((name) => product(name, 900)), next_cursor: null } }],
    'POST /v1/payments': payments.map((given) =>
      given.body === undefined ? { status: 201, body: created } : given,
    ),
  });
  const options: RunOptions = {
    env: TOKENS,
    async fetch(input, init) {
      const request = new Request(input, init);
      if (!request.url.startsWith(GATEWAY)) {
        polar.push(`${request.method} ${request.url} ${request.headers.get('authorization')}`);
        return Response.json({ status: 'open', amount: 900, currency: 'usd', expires_at: null });
      }
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve));
      atOnce -= 1;
      return gateway.fetch(request);
    },
  };
  return { options, polar, most: () => most };
}

test('sessions', async () => {
  const archived = problem(
    422,
    'product_archived',
    'body.product_id: This product is archived and can no longer be bought.',
  );
  const { options } = shop(['quay:lifetime', 'quay:monthly'], [{}]);
  const failing = shop(['quay:lifetime', 'quay:monthly'], [{}, archived]);
  const pages = [
    await session('smoke', options),
    await session('smoke', failing.options),
    await session('smoke --product quay:lifetime=1000usd', options),
    await session('smoke --product quay:nope', options),
    await session('smoke --product quay:lifetime=cheap', options),
  ];
  await expect(pages.join('\n')).toMatchFileSnapshot('golden/smoke.txt');
});

test('Polar is asked where the checkout is, without a token', async () => {
  for (const [address, asked] of [
    ['https://polar.sh/checkout/polar_c_1', 'https://api.polar.sh/v1/checkouts/client/polar_c_1'],
    [
      'https://sandbox.polar.sh/checkout/polar_c_2',
      'https://sandbox-api.polar.sh/v1/checkouts/client/polar_c_2',
    ],
    ['http://127.0.0.1:8788/checkout/polar_c_3', 'http://127.0.0.1:8788/v1/checkouts/client/polar_c_3'],
  ]) {
    const { options, polar } = shop(['quay:lifetime'], [{}], address);
    expect((await runFloe(['smoke'], options)).code).toBe(0);
    expect(polar).toEqual([`GET ${asked} null`]);
  }
});

test('a hundred products are checked, three at once', async () => {
  const names = Array.from({ length: 100 }, (_, i) => `quay:${i}`);
  const { options, most } = shop(names, [{}]);
  const { code, stdout } = await runFloe(['smoke', '--json'], options);
  expect([
    code,
    (JSON.parse(stdout) as { data: { product: string }[] }).data.map((row) => row.product),
  ]).toEqual([0, names]);
  expect(most()).toBe(3);
});

test('an app without products is none that works', async () => {
  expect((await runFloe(['smoke'], shop([], [{}]).options)).code).toBe(1);
});

test('a price is minor units and a currency', () => {
  expect(readMoney('900usd')).toEqual({ amount: 900, currency: 'usd' });
  expect(readMoney(' 0 EUR ')).toEqual({ amount: 0, currency: 'eur' });
  for (const text of ['9.00usd', '900', 'usd', '-1usd', '900usdx', ''])
    expect(readMoney(text)).toBeUndefined();
});

test('what is expected follows from the kind of price', () => {
  const usd = { price_currency: 'usd' };
  const fixed = expectListed([
    { ...usd, amount_type: 'fixed', price_amount: 900 },
    { price_currency: 'eur', amount_type: 'fixed', price_amount: 800 },
  ]);
  expect(comparePrice(fixed, { amount: 800, currency: 'eur' })).toBeUndefined();
  expect(comparePrice(fixed, { amount: 800, currency: 'usd' })).toBe(
    'Polar asks for 800usd, not 900usd or 800eur.',
  );
  expect(comparePrice(fixed, { amount: null, currency: null })).toBe(
    'Polar asks for no price, not 900usd or 800eur.',
  );
  const free = expectListed([{ ...usd, amount_type: 'free' }]);
  expect(comparePrice(free, { amount: 0, currency: 'usd' })).toBeUndefined();
  expect(comparePrice(free, { amount: 1, currency: 'usd' })).toBe('Polar asks for 1usd, not 0usd.');
  const chosen = expectListed([{ ...usd, amount_type: 'custom', minimum_amount: 100, maximum_amount: 500 }]);
  expect(comparePrice(chosen, { amount: 100, currency: 'usd' })).toBeUndefined();
  expect(comparePrice(chosen, { amount: 501, currency: 'usd' })).toBe(
    'Polar asks for 501usd, not for 100 to 500 usd.',
  );
  const bySeats = expectListed([{ ...usd, amount_type: 'seat_based' }]);
  expect(comparePrice(bySeats, { amount: 12_300, currency: 'usd' })).toBeUndefined();
});
