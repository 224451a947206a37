import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSimulator } from '../../packages/polar-simulator/index.ts';
import { productTerms, subscriptionTerms } from '../../src/polar/terms.rules.ts';
import { previewChange, type PreviewItem } from '../../src/sell/subscriptions/preview.rules.ts';

/* What a preview says, against what the simulated Polar then charges: it computes on its own, by the same rules of Polar's. */

const RUNS = Number(process.env['FLOE_RUNS'] ?? 60);
const START_MS = Date.parse('2026-01-31T12:00:00Z');
const URL = 'http://polar.sim';

interface Order {
  id: string;
  billing_reason: string;
  net_amount: number;
  created_at: string;
}
interface Subscription {
  id: string;
  current_period_end: string;
  amount: number;
}

/** A seller whose customer pays no tax, at a clock that only moves when it is told to. */
async function openShop() {
  const simulator = createSimulator({
    publicUrl: URL,
    jobs: 'manual',
    now: () => START_MS,
    fetch: async () => new Response(null, { status: 204 }),
  });
  const { accessToken, id } = simulator.createOrganization({ slug: 'quay' });
  const api = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await simulator.fetch(
      new Request(`${URL}${path}`, {
        method,
        headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  };
  await api('PATCH', `/v1/organizations/${id}`, { default_tax_behavior: 'exclusive' });
  const buy = async (checkout: Record<string, unknown>): Promise<Subscription> => {
    const { client_secret: secret } = await api<{ client_secret: string }>(
      'POST',
      '/v1/checkouts/',
      checkout,
    );
    await api('POST', `/v1/checkouts/client/${secret}/confirm`, {
      customer_email: 'ada@readers.dev',
      customer_name: 'Ada',
      customer_billing_address: { country: 'CH' },
      confirmation_token_id: 'ctoken_ok',
    });
    await simulator.settle();
    const { items } = await api<{ items: Subscription[] }>('GET', '/v1/subscriptions/');
    const [subscription] = items;
    if (!subscription) throw new Error('nothing was bought');
    return subscription;
  };
  const orders = async () =>
    (await api<{ items: Order[] }>('GET', '/v1/orders/?sorting=created_at&limit=100')).items;
  return { simulator, api, buy, orders };
}

const currency = fc.constantFrom('usd', 'jpy');
const price = fc.integer({ min: 50, max: 90_000 });
const interval = fc.constantFrom('week', 'month', 'year');
const discount = fc.option(
  fc.record({
    kind: fc.oneof(
      fc.record({
        type: fc.constant('percentage'),
        basis_points: fc.integer({ min: 1, max: 9_000 }),
      }),
      fc.record({ type: fc.constant('fixed'), off: fc.integer({ min: 50, max: 4_000 }) }),
    ),
    length: fc.constantFrom(
      { duration: 'once' },
      { duration: 'forever' },
      { duration: 'repeating', duration_in_months: 2 },
    ),
    boundTo: fc.constantFrom('all', 'old', 'both'),
  }),
);
const life = fc.record({
  currency,
  discount,
  before: price,
  after: price,
  intervals: fc.tuple(interval, fc.option(interval)),
  /** The new product's. */
  trialDays: fc.constantFrom(0, 0, 3, 20),
  oldTrialDays: fc.constantFrom(0, 0, 0, 14),
  /** Of the period that has passed. */
  passed: fc.double({ min: 0, max: 0.999, noNaN: true }),
  proration: fc.constantFrom('invoice', 'prorate', 'next_period'),
  seats: fc.option(
    fc.record({
      from: fc.integer({ min: 1, max: 30 }),
      to: fc.integer({ min: 1, max: 30 }),
      isGraduated: fc.boolean(),
    }),
  ),
});

type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;
type Shop = Awaited<ReturnType<typeof openShop>>;

const pricesOf = (amount: number) =>
  ['usd', 'jpy'].map((price_currency) => ({ amount_type: 'fixed', price_amount: amount, price_currency }));
const seatPricesOf = (amount: number, isGraduated: boolean) =>
  ['usd', 'jpy'].map((price_currency) => ({
    amount_type: 'seat_based',
    price_currency,
    seat_tiers: {
      seat_tier_type: isGraduated ? 'graduated' : 'volume',
      tiers: [
        { min_seats: 1, max_seats: 9, price_per_seat: amount },
        { min_seats: 10, price_per_seat: Math.ceil(amount / 2) },
      ],
    },
  }));
const trialOf = (days: number) => (days === 0 ? {} : { trial_interval: 'day', trial_interval_count: days });

/** Begins the life: a subscription, some time into its period. */
async function begin(shop: Shop, given: Life) {
  const [old, other] = given.intervals;
  const first = await shop.api<{ id: string }>('POST', '/v1/products/', {
    name: 'quay:first',
    recurring_interval: old,
    prices: given.seats ? seatPricesOf(given.before, given.seats.isGraduated) : pricesOf(given.before),
    ...trialOf(given.oldTrialDays),
  });
  const second = await shop.api<{ id: string }>('POST', '/v1/products/', {
    name: 'quay:second',
    recurring_interval: other ?? old,
    prices: pricesOf(given.after),
    ...trialOf(given.trialDays),
  });
  const off = given.discount && (await createDiscount(shop, given.discount, [first.id, second.id]));
  const subscription = await shop.buy({
    products: [first.id],
    currency: given.currency,
    ...(given.seats ? { seats: given.seats.from } : {}),
    ...(off ? { discount_id: off.id } : {}),
  });
  const left = Date.parse(subscription.current_period_end) - shop.simulator.now();
  await shop.simulator.advance(Math.floor(left * given.passed));
  return { subscription, second, off };
}

function createDiscount(
  shop: Shop,
  { kind, length, boundTo }: NonNullable<Life['discount']>,
  [old = '', other = '']: string[],
) {
  const products = { all: undefined, old: [old], both: [old, other] }[boundTo];
  return shop.api<{ id: string }>('POST', '/v1/discounts/', {
    name: 'Spring',
    ...length,
    ...('off' in kind ? { type: 'fixed', amounts: { usd: kind.off, jpy: kind.off } } : kind),
    ...(products ? { products } : {}),
  });
}

/** The order of a trial names no discount. */
async function discountedSince(shop: Shop, discountId: string | undefined): Promise<number | null> {
  const { items } = await shop.api<{
    items: { discount_id: string | null; billing_reason: string; created_at: string }[];
  }>('GET', '/v1/orders/?sorting=created_at');
  const [lowered] = items.filter(
    (order) =>
      discountId !== undefined &&
      order.discount_id === discountId &&
      order.billing_reason !== 'subscription_update',
  );
  return lowered ? Date.parse(lowered.created_at) : null;
}

const sumOf = (items: readonly PreviewItem[] = []) =>
  items.reduce((sum, { type, amount }) => (type === 'balance' ? sum : sum + amount), 0);

async function compare(given: Life): Promise<void> {
  const shop = await openShop();
  const { subscription, second, off } = await begin(shop, given);
  const { id } = subscription;
  const path = `/v1/subscriptions/${id}`;
  const product = await shop.api('GET', `/v1/products/${second.id}`);
  const said = previewChange({
    subscription: subscriptionTerms().parse(await shop.api('GET', path)),
    ...(given.seats ? { seats: given.seats.to } : { product: productTerms().parse(product) }),
    proration: given.proration,
    isDiscounted: given.seats !== null || given.discount?.boundTo !== 'old',
    discountedSince: await discountedSince(shop, off?.id),
    now: shop.simulator.now(),
  });
  const before = await shop.orders();
  await shop.api('PATCH', path, {
    ...(given.seats ? { seats: given.seats.to } : { product_id: second.id }),
    proration_behavior: given.proration,
  });
  const charged = (await shop.orders()).slice(before.length);
  expect(charged.reduce((sum, order) => sum + order.net_amount, 0)).toBe(sumOf(said.now.items));
  expect(said.now.amount - said.now.credit).toBe(sumOf(said.now.items));

  const changed = await shop.api<Subscription>('GET', path);
  expect(said.nextRenewal?.at).toBe(Date.parse(changed.current_period_end));
  const known = (await shop.orders()).length;
  await shop.simulator.advance(Date.parse(changed.current_period_end) - shop.simulator.now());
  const [renewal] = (await shop.orders()).slice(known);
  expect(renewal?.net_amount).toBe(sumOf(said.nextRenewal?.items));
  expect((await shop.api<Subscription>('GET', path)).amount).toBe(said.amount);
}

describe('a preview', () => {
  it('says what the simulated Polar then charges, now and at the next renewal', async () => {
    await fc.assert(fc.asyncProperty(life, compare), { numRuns: RUNS });
  }, 240_000);
});
