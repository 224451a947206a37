import { expect, test } from 'vitest';
import type { Happening, Kind } from '../../../cli/local/live/happenings.ts';
import { readEpisodes } from '../../../cli/local/live/page/episodes.rules.ts';

let number = 0;
const step = (ms: number, kind: Kind, what: string, more: Partial<Happening> = {}): Happening => ({
  id: `x-${(number += 1)}`,
  at: new Date(ms).toISOString(),
  kind,
  what,
  whom: null,
  result: '',
  ok: true,
  duration_ms: null,
  link: '',
  payload: null,
  chain: 'pay_1',
  ...more,
});
const webhook = (ms: number, what: string, data: object = {}) =>
  step(ms, 'webhook', what, { payload: { type: what, data } });
const told = (ms: number, what: string) => step(ms, 'delivery', what, { duration_ms: 12 });
const access = (ms: number, ok: boolean) => step(ms, 'access', 'quay:lifetime', { ok, duration_ms: 4 });

/** `kind: one → two, 3 ms`. */
const read = (steps: Happening[]): string[] =>
  readEpisodes(steps).map(
    ({ kind, milestones, ms }) => `${kind}: ${milestones.map(({ name }) => name).join(' → ')}, ${ms} ms`,
  );

const PURCHASE = [
  step(0, 'checkout', 'quay:lifetime'),
  webhook(10, 'checkout.created', { status: 'open' }),
  webhook(60_000, 'checkout.updated', { status: 'confirmed' }),
  webhook(60_100, 'checkout.updated', { status: 'succeeded' }),
  webhook(60_200, 'order.created', { id: 'ord-1', status: 'paid', billing_reason: 'purchase' }),
  step(60_220, 'event', 'payment.succeeded'),
  told(60_230, 'payment.succeeded'),
  webhook(60_250, 'order.paid', { id: 'ord-1', status: 'paid', billing_reason: 'purchase' }),
  access(60_300, true),
  access(90_000, true),
];

test('a purchase is measured from the moment of paying, not from when the checkout was opened', () => {
  expect(read(PURCHASE)).toEqual(['purchase: checkout → order.paid → event told → access open, 304 ms']);
});

test('after a declined card the time counts from the confirmation that was paid', () => {
  const declined = [
    PURCHASE.slice(0, 2),
    webhook(30_000, 'checkout.updated', { status: 'confirmed' }),
    webhook(30_100, 'checkout.updated', { status: 'open' }),
    PURCHASE.slice(2),
  ].flat();
  expect(read(declined)).toEqual(['purchase: checkout → order.paid → event told → access open, 304 ms']);
  // Polar sends webhooks side by side: the last one of a try may come late.
  const late = [PURCHASE.slice(0, 3), webhook(60_150, 'checkout.updated', { status: 'confirmed' })].flat();
  expect(read([...late, ...PURCHASE.slice(4)])).toEqual([
    'purchase: checkout → order.paid → event told → access open, 154 ms',
  ]);
  expect(read([...PURCHASE.slice(0, 4), ...late.slice(3), ...PURCHASE.slice(4)])).toEqual([
    'purchase: checkout → order.paid → event told → access open, 304 ms',
  ]);
});

test('a purchase ends when access first opens: what a change of plan asks and opens later does not count', () => {
  expect(
    read([
      ...PURCHASE,
      webhook(64_000, 'subscription.updated', { status: 'active', product_id: 'yearly' }),
      webhook(64_100, 'order.paid', { id: 'ord-2', status: 'paid', billing_reason: 'subscription_update' }),
      told(64_200, 'payment.succeeded'),
      access(64_210, false),
      access(64_400, true),
    ]),
  ).toEqual(['purchase: checkout → order.paid → event told → access open, 304 ms']);
});

test('the words lead to the webhook that is called so, though another one said it first', () => {
  const opens = (steps: Happening[]) =>
    readEpisodes(steps)[0]?.milestones.find(({ name }) => name === 'order.paid');
  expect(opens(PURCHASE.slice(0, 6))?.what).toBe('order.created');
  expect(opens(PURCHASE)).toMatchObject({ what: 'order.paid', id: PURCHASE[7]?.id });
});

test('a refund closes', () => {
  expect(
    read([
      ...PURCHASE,
      webhook(100_000, 'refund.created'),
      webhook(100_010, 'order.refunded'),
      told(100_050, 'refund.succeeded'),
      access(100_060, true),
      access(100_200, false),
    ])[1],
  ).toBe('refund: refund.created → event told → access closed, 204 ms');
});

test('each renewal is one of its own, and a failed one says so', () => {
  const paid = (ms: number) => [
    webhook(ms, 'order.created', { id: `ord-${ms}`, status: 'paid', billing_reason: 'subscription_cycle' }),
    webhook(ms + 9, 'order.paid', { id: `ord-${ms}`, status: 'paid', billing_reason: 'subscription_cycle' }),
    told(ms + 20, 'payment.succeeded'),
    access(ms + 30, true),
  ];
  expect(
    read([
      ...PURCHASE,
      ...paid(200_000),
      ...paid(300_000),
      webhook(400_000, 'order.updated', { status: 'pending', subscription: { status: 'past_due' } }),
      told(400_010, 'subscription.past_due'),
      webhook(400_015, 'subscription.past_due', { status: 'past_due' }),
      access(400_020, false),
      webhook(420_000, 'order.updated', {
        id: 'ord-300000',
        status: 'paid',
        billing_reason: 'subscription_cycle',
      }),
      webhook(450_000, 'refund.created'),
      webhook(450_001, 'subscription.updated', { status: 'past_due' }),
      told(450_010, 'refund.succeeded'),
      webhook(500_000, 'subscription.updated', { status: 'canceled' }),
      webhook(500_001, 'subscription.revoked', { status: 'canceled' }),
      told(500_010, 'subscription.revoked'),
    ]).slice(1),
  ).toEqual([
    'renewal: order.paid → event told → access open, 34 ms',
    'renewal: order.paid → event told → access open, 34 ms',
    'failure: subscription.past_due → event told → access closed, 24 ms',
    'refund: refund.created → event told, 22 ms',
    'end: subscription.revoked → event told, 22 ms',
  ]);
});

test('a delivery that failed has told nobody, and a closed door before paying is no news', () => {
  expect(
    read([
      step(0, 'checkout', 'quay:lifetime'),
      access(5, false),
      webhook(10, 'order.paid', { status: 'paid', billing_reason: 'purchase' }),
      step(20, 'delivery', 'payment.succeeded', { ok: false }),
    ]),
  ).toEqual(['purchase: checkout → order.paid, 0 ms']);
});

test('what the seller sells past the gateway begins with Polar’s own word', () => {
  expect(
    read([
      webhook(0, 'order.paid', { status: 'paid', billing_reason: 'purchase' }),
      told(9, 'payment.succeeded'),
    ]),
  ).toEqual(['purchase: order.paid → event told, 21 ms']);
  expect(read([step(0, 'request', 'GET /v1/payments/pay_1')])).toEqual([]);
});
