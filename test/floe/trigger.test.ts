import { describe, expect, test } from 'vitest';
import { chooseProduct, LIVES } from '../../packages/floe/commands/trigger/lives.rules.ts';
import { EVENT_TYPES } from '../../src/base/event-types.rules.ts';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { exampleGateway, GATEWAY, type Given, TOKENS } from './example-gateway.ts';
import { runFloe, type RunOptions, session } from './harness.ts';

const SIMULATOR = 'http://127.0.0.1:8788';
const PAYMENT = examples['POST /v1/payments']['201'];
const [EVENT] = examples['GET /v1/events']['200'].data;

/** The example's event with another type and number. `payment`: of another payment. */
const told = (type: string, sequence: number, payment: string = PAYMENT.id) => ({
  ...EVENT,
  type,
  sequence,
  payment_id: payment,
  body: { ...EVENT?.body, type, data: { ...EVENT?.body.data, payment: null, polar: null } },
});
const page = (...data: ReturnType<typeof told>[]): Given => ({
  body: {
    data,
    next_cursor: null,
    next_after: data[0]?.sequence ?? 9,
    has_more: false,
    last_sequence: 9,
    deleted: [],
  },
});

/** A gateway with one checkout at `site`, whose feed has `pages`; and what Polar was asked. */
function sandbox(site: string, pages: readonly Given[] = [page()]) {
  const polar: string[] = [];
  const gateway = exampleGateway({
    'POST /v1/payments': [{ status: 201, body: { ...PAYMENT, checkout_url: `${site}/checkout/polar_c_1` } }],
    'GET /v1/events': [page(told('payment.updated', 9)), ...pages],
  });
  const options: RunOptions = {
    env: TOKENS,
    async fetch(input, init) {
      const request = new Request(input, init);
      if (request.url.startsWith(GATEWAY)) return gateway.fetch(request);
      polar.push(`${request.method} ${request.url}`);
      return Response.json({ status: 'ok' });
    },
  };
  return { polar, asked: gateway.asked, options };
}

const PAID = [
  page(told('payment.pending', 10)),
  page(told('payment.succeeded', 11, 'pay_of_somebody_else')),
  page(told('payment.succeeded', 12)),
];

test('sessions', async () => {
  const { options } = sandbox(SIMULATOR, PAID);
  const { options: atPolar } = sandbox('https://sandbox.polar.sh', PAID);
  const typed = 'trigger payment.succeeded --email ada@floe-mail.dev';
  const pages = [
    await session(typed, options),
    await session(typed, atPolar),
    await session('trigger payment.succeeded', {
      ...options,
      env: { ...TOKENS, FLOE_SECRET_KEY: 'floe_sk_live_x' },
    }),
    await session('trigger --list', {}),
    await session('trigger seat.claimed', {}),
  ];
  await expect(pages.join('\n')).toMatchFileSnapshot('golden/trigger.txt');
});

describe('live mode', () => {
  test('is refused before anything is asked, whatever else is said', async () => {
    for (const type of Object.keys(LIVES))
      for (const more of [
        [],
        ['--yes', '--product', 'quay:monthly', '--email', 'ada@floe-mail.dev', '--timeout', '1s'],
      ])
        for (const key of ['floe_sk_live_x', 'floe_sk_', 'other_sk_sandbox_x', ' floe_sk_sandbox_x']) {
          const { options, polar, asked } = sandbox(SIMULATOR);
          const { code } = await runFloe(['trigger', type, ...more], {
            ...options,
            env: { ...TOKENS, FLOE_SECRET_KEY: key },
          });
          expect([code, asked, polar], `${type} ${key}`).toEqual([3, [], []]);
        }
  });

  test('is refused where the checkout is at Polar’s live site, and nothing is paid', async () => {
    const { options, polar } = sandbox('https://polar.sh');
    const { code } = await runFloe(['trigger', 'payment.succeeded'], options);
    expect([code, polar]).toEqual([3, []]);
  });
});

describe('Polar’s own sandbox', () => {
  test('is never paid by the command, and never moved in time', async () => {
    for (const type of Object.keys(LIVES)) {
      const { options, polar } = sandbox('https://sandbox.polar.sh', [page()]);
      const { code } = await runFloe(['trigger', type, '--timeout', '0s'], options);
      expect([code, polar], type).toEqual([1, []]);
    }
  });

  test('has no way to have time pass, which is said', async () => {
    const { options } = sandbox('https://sandbox.polar.sh');
    const { stderr } = await runFloe(['trigger', 'payment.expired'], options);
    expect(stderr).toContain('npm start has a simulated Polar, which has.');
  });
});

test('an event that does not come out in time is no success', async () => {
  const { options } = sandbox(SIMULATOR);
  const { code, stderr, stdout } = await runFloe(
    ['trigger', 'payment.succeeded', '--timeout', '0s'],
    options,
  );
  expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining('has not come out in time')]);
});

test('every type that it has is a type of event', () => {
  expect(Object.keys(LIVES).filter((type) => !Object.hasOwn(EVENT_TYPES, type))).toEqual([]);
});

test('the product is one that fits, rather one that is bought once', () => {
  const products = [
    { id: '1', name: 'quay:monthly', is_recurring: true, benefits: [] },
    { id: '2', name: 'quay:yearly', is_recurring: true, benefits: [{}] },
    { id: '3', name: 'quay:lifetime', is_recurring: false, benefits: [] },
  ];
  const choose = (
    buys: 'anything' | 'subscription' | 'benefits' | 'subscription with benefits' | null,
    named?: string,
  ) => chooseProduct(products, { buys, acts: [] }, named);
  expect(choose('anything')).toMatchObject({ id: '3' });
  expect(choose(null)).toMatchObject({ id: '3' });
  expect(choose('subscription')).toMatchObject({ id: '1' });
  expect(choose('benefits')).toMatchObject({ id: '2' });
  expect(choose('subscription with benefits')).toMatchObject({ id: '2' });
  expect(choose('subscription', '2')).toMatchObject({ id: '2' });
  expect(choose('subscription', 'quay:lifetime')).toEqual({
    problem: 'quay:lifetime does not fit: it must be a subscription.',
  });
  expect(chooseProduct([], { buys: 'anything', acts: [] }, undefined)).toEqual({
    problem: 'The app has no product for this: it sells nothing.',
  });
});
