import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EVENT_TYPES } from '../../packages/polar-simulator/webhooks/types.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { losing, reconcile, rowsOf } from './reconcile-calls.ts';
import { deliver, keepTables, record, restoreTables, startPayment, type Told } from '../harness/story.ts';

/*
 * Every type of Polar events is lost in turn, for every object of its kind, in a story in which it happens. Comparing
 * with Polar then leads to the same state, the same access and the same events as hearing it.
 */

type Type = (typeof EVENT_TYPES)[number];

const MONTH = 35 * 86_400_000;
const HOUR = 60 * 60_000;
const RUNS = Number(env.TEST_RUNS);

/** Types of which nothing is kept but that they were heard, so that nothing is to be repaired. */
const NEEDS_NONE = {
  'discount.created': 'a discount decides nothing here: Polar applies it, and orders say what it took off',
  'discount.updated': 'as above',
  'discount.deleted': 'as above',
} satisfies Partial<Record<Type, string>>;

/** What is not told afterwards when a type is lost: a moment that is over by then and has left nothing to be seen. */
const PASSING: Partial<Record<Type, { event: string; why: string }>> = {
  'order.created': { event: 'payment.pending', why: 'the renewal that was pending then is paid' },
  'order.updated': { event: 'payment.updated', why: 'later changes are told by what they are' },
  'subscription.updated': { event: 'subscription.updated', why: 'the object is known from its other events' },
  'subscription.active': { event: 'subscription.active', why: 'stored by its other events, see ADR 30' },
  'subscription.uncanceled': { event: 'subscription.uncanceled', why: 'stored by its other events' },
  'subscription.resumed': { event: 'subscription.resumed', why: 'stored by its other events' },
  'subscription.canceled': { event: 'subscription.canceled', why: 'stored by its other events' },
  'subscription.past_due': { event: 'subscription.past_due', why: 'stored by its other events' },
  'subscription.paused': { event: 'subscription.paused', why: 'stored by its other events' },
  'benefit_grant.created': { event: 'grant.created', why: 'it is revoked by now' },
  'benefit_grant.revoked': { event: 'grant.revoked', why: 'it is granted again by now' },
  'benefit_grant.cycled': { event: 'grant.renewed', why: 'the subscription’s renewal is told' },
  'benefit_grant.updated': { event: 'grant.updated', why: 'it changed once more since' },
  'customer_seat.assigned': { event: 'seat.assigned', why: 'it is claimed or revoked by now' },
  'customer_seat.claimed': { event: 'seat.claimed', why: 'it is revoked by now' },
  'product.created': { event: 'polar.product.created', why: 'passed on, not understood' },
  'product.updated': { event: 'polar.product.updated', why: 'passed on, not understood' },
};

let world: World;
let quay: TestApp;

const polar = <T = Record<string, unknown>>(method: string, path: string, body?: unknown) =>
  world.polar<T>('sandbox', method, path, body);
const idOf = async (path: string) =>
  (await polar<{ items: { id: string }[] }>('GET', path)).items[0]?.id ?? '';
const customerOf = (email: string) => idOf(`/v1/customers/?email=${email}`);
const subscriptionOf = async (email: string) =>
  idOf(`/v1/subscriptions/?customer_id=${await customerOf(email)}`);
const gives = (content: string) => [
  { type: 'custom', description: `Gives ${content}`, metadata: { content_id: content } },
];

/** A checkout of a product, made by the app, to be paid in the story. */
async function prepare(productId: string, email: string, body: object = {}) {
  const { checkoutUrl } = await startPayment(quay, productId, { ...body });
  return () => world.pay('sandbox', checkoutUrl, { email });
}

/** One after the other, in moments of their own. */
async function inTurn(...acts: (() => Promise<unknown>)[]): Promise<void> {
  for (const act of acts) {
    await act();
    await world.simulator.settle();
    await scheduler.wait(2);
  }
}

async function refund(email: string, more: object) {
  const { items } = await polar<{ items: { id: string; net_amount: number }[] }>(
    'GET',
    `/v1/orders/?customer_id=${await customerOf(email)}`,
  );
  const [order] = items;
  return polar<{ id: string }>('POST', '/v1/refunds/', {
    order_id: order?.id,
    amount: order?.net_amount,
    reason: 'other',
    ...more,
  });
}

/** Sets the scene, and gives what then happens. */
const STORIES: Record<string, () => Promise<() => Promise<void>>> = {
  'sales of one-time products': async () => {
    const book = await world.createProduct({ name: 'quay:book', benefits: gives('book') });
    const pays = [await prepare(book.id, 'ada@readers.dev'), await prepare(book.id, 'bob@readers.dev')];
    await startPayment(quay, book.id);
    return () =>
      inTurn(
        async () => prepare(book.id, 'nobody@readers.dev'),
        ...pays,
        () => refund('bob@readers.dev', { revoke_benefits: true }),
        async () => {
          const { id } = await refund('ada@readers.dev', { simulate: 'pending' });
          await polar('POST', `/_sim/refunds/${id}/settle`, { outcome: 'succeeded' });
        },
        () => world.simulator.advance(MONTH),
      );
  },
  subscriptions: async () => {
    const monthly = await world.createProduct({
      name: 'quay:monthly',
      recurring: 'month',
      benefits: gives('magazine'),
    });
    const emails = ['cleo', 'dan', 'eve', 'fay'].map((name) => `${name}@readers.dev`);
    const pays = await Promise.all(emails.map((email) => prepare(monthly.id, email)));
    return async () => {
      await inTurn(...pays);
      const [cleo, dan, eve, fay] = await Promise.all(emails.map(subscriptionOf));
      const change = (id: string | undefined, body: object) => () =>
        polar('PATCH', `/v1/subscriptions/${id}`, body);
      await inTurn(
        change(cleo, { cancel_at_period_end: true }),
        change(cleo, { cancel_at_period_end: false }),
        change(eve, { pause_at_period_end: true }),
        change(fay, { pause_at_period_end: true }),
        () => polar('POST', `/_sim/subscriptions/${dan}/fail-next-payment`),
        () => world.simulator.advance(MONTH),
        change(fay, { resume: true }),
        () => polar('DELETE', `/v1/subscriptions/${cleo}`),
      );
    };
  },
  'a team': async () => {
    const [desk] = gives('desk');
    const benefit = await polar<{ id: string }>('POST', '/v1/benefits/', { properties: {}, ...desk });
    const desks = await polar<{ id: string }>('POST', '/v1/products/', {
      name: 'quay:desks',
      recurring_interval: 'month',
      prices: [
        {
          amount_type: 'seat_based',
          price_currency: 'usd',
          seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] },
        },
      ],
    });
    await polar('POST', `/v1/products/${desks.id}/benefits`, { benefits: [benefit.id] });
    const pay = await prepare(desks.id, 'team@readers.dev', { seats: 4 });
    return async () => {
      await inTurn(pay);
      const team = await subscriptionOf('team@readers.dev');
      const owner = await customerOf('team@readers.dev');
      const seat = (email: string, immediate_claim: boolean) =>
        polar<{ id: string }>('POST', '/v1/customer-seats', {
          subscription_id: team,
          email,
          immediate_claim,
        });
      const members = `/v1/customers/${owner}/members`;
      const member = (email: string) => polar<{ id: string }>('POST', members, { email });
      await inTurn(
        () => seat('invited@readers.dev', false),
        () => seat('member@readers.dev', true),
        async () => {
          const { id } = await seat('left@readers.dev', true);
          await world.simulator.settle();
          await polar('DELETE', `/v1/customer-seats/${id}`);
        },
        async () => {
          const { id } = await member('manager@readers.dev');
          await polar('PATCH', `${members}/${id}`, { role: 'billing_manager' });
        },
        async () => polar('DELETE', `${members}/${(await member('gone@readers.dev')).id}`),
      );
    };
  },
  'what is sold, and to whom': async () => {
    const keys = { type: 'license_keys', description: 'Keys', metadata: { content_id: 'desk' } };
    const book = await world.createProduct({ name: 'quay:book', benefits: [...gives('book'), keys] });
    const pays = await Promise.all(
      ['ada@readers.dev', 'bob@readers.dev'].map((email) => prepare(book.id, email)),
    );
    return () =>
      inTurn(
        ...pays,
        () => polar('PATCH', `/v1/products/${book.id}`, { name: 'quay:paperback' }),
        () =>
          polar('PATCH', `/v1/benefits/${book.benefitIds[0]}`, {
            type: 'custom',
            description: 'Paperback',
            properties: { note: 'Enjoy' },
            metadata: { content_id: 'paperback' },
          }),
        () =>
          polar('PATCH', `/v1/benefits/${book.benefitIds[1]}`, {
            type: 'license_keys',
            properties: { limit_usage: 5 },
          }),
        () => world.createProduct({ name: 'quay:new', benefits: gives('new') }),
        async () =>
          polar('PATCH', `/v1/customers/${await customerOf('ada@readers.dev')}`, { name: 'Ada Lovelace' }),
        async () => polar('DELETE', `/v1/customers/${await customerOf('bob@readers.dev')}`),
        async () => {
          const discount = { name: 'Spring', type: 'percentage', duration: 'once', basis_points: 1000 };
          const { id } = await polar<{ id: string }>('POST', '/v1/discounts/', discount);
          await polar('PATCH', `/v1/discounts/${id}`, { name: 'Summer' });
          await polar('DELETE', `/v1/discounts/${id}`);
        },
        () =>
          polar('PATCH', `/v1/organizations/${world.organizations.sandbox.id}`, {
            subscription_settings: { allow_multiple_subscriptions: true },
          }),
      );
  },
};

/** What each story has, which is what is lost of it in turn. */
const TYPES: Record<string, readonly Type[]> = {
  'sales of one-time products': [
    'checkout.created',
    'checkout.updated',
    'checkout.expired',
    'customer.created',
    'customer.state_changed',
    'member.created',
    'order.created',
    'order.paid',
    'order.updated',
    'order.refunded',
    'refund.created',
    'refund.updated',
    'benefit_grant.created',
    'benefit_grant.revoked',
  ],
  subscriptions: [
    'order.created',
    'order.paid',
    'order.updated',
    'subscription.created',
    'subscription.updated',
    'subscription.active',
    'subscription.canceled',
    'subscription.uncanceled',
    'subscription.cycled',
    'subscription.past_due',
    'subscription.paused',
    'subscription.resumed',
    'subscription.revoked',
    'benefit_grant.created',
    'benefit_grant.cycled',
    'benefit_grant.revoked',
  ],
  'a team': [
    'customer_seat.assigned',
    'customer_seat.claimed',
    'customer_seat.revoked',
    'member.created',
    'member.updated',
    'member.deleted',
    'benefit_grant.created',
    'benefit_grant.revoked',
  ],
  'what is sold, and to whom': [
    'product.created',
    'product.updated',
    'benefit.created',
    'benefit.updated',
    'benefit_grant.updated',
    'customer.updated',
    'customer.deleted',
    'organization.updated',
    ...(Object.keys(NEEDS_NONE) as Type[]),
  ],
};

const typeOf = (key: string) => key.slice(0, key.indexOf(':'));

/** All that an app can see of it, and the keys of what it was told. Left out is when, and what our own clock says. */
async function readOutcome() {
  const seen = {
    payments: 'select id, status, refunded_amount, customer_id, order_id, subscription_id from payments',
    orders: 'select id, app_id, payment_id, status, refunded_amount from orders',
    subscriptions:
      'select id, app_id, payment_id, status, current_period_end, canceled_at, ended_at from subscriptions',
    refunds: 'select id, app_id, payment_id, status, amount from refunds',
    grants:
      'select id, app_id, payment_id, is_granted, is_revoked, granted_at, revoked_at, member_id from grants',
    customers: 'select id, email, name, deleted_at is not null as is_deleted from customers',
    products: 'select id, app_id, name, is_archived, metadata from products',
    benefits: 'select id, description, is_deleted, metadata from benefits',
    organizations:
      "select id, data ->> '$.subscription_settings.allow_multiple_subscriptions' as several from snapshots where kind = 'organization'",
    people:
      "select kind, id, status, app_id, customer_id, data ->> '$.role' as role, lower(data ->> '$.email') as email, data ->> '$.member_id' as member from snapshots where kind in ('seat', 'member')",
  };
  const rows = await Promise.all(
    Object.entries(seen).map(
      async ([name, query]) => [name, await rowsOf(`${query} order by 1, 2`)] as const,
    ),
  );
  const resources = ['book', 'paperback', 'magazine', 'desk'].map((content) => `content:${content}`);
  const customers = await rowsOf<{ id: string }>('select id from customers order by id');
  const access: unknown[] = [];
  for (const { id } of customers) {
    const body = { customer: id, resources, max_age: 0 };
    const answer = await call<{ data: unknown }>('POST', '/v1/access/batch', { key: quay.secretKey, body });
    expect([answer.status, answer.text]).toEqual([200, answer.text]);
    access.push([id, answer.body.data]);
  }
  const told = await rowsOf<{ key: string }>('select key from events order by key');
  return { state: { ...Object.fromEntries(rows), access }, told: told.map(({ key }) => key) };
}

/** All of them in CI, else some, another time others. */
function sample(types: readonly Type[]): readonly Type[] {
  const count = Math.ceil((types.length * Math.min(RUNS, 1000)) / 1000);
  const first = Math.floor(Math.random() * types.length);
  return [...types, ...types].slice(first, first + count);
}

afterEach(() => {
  vi.useRealTimers();
});

describe.each(Object.entries(TYPES))('in a story of %s', (name, types) => {
  let story: Told[];
  let tables: Awaited<ReturnType<typeof keepTables>>;
  let heard: Awaited<ReturnType<typeof readOutcome>> | undefined;

  /** Hears the story without what is lost, and compares with Polar an hour after its end. */
  async function hear(lost?: Type) {
    vi.useRealTimers();
    await restoreTables(tables);
    for (const told of story) if (told.type !== lost) expect(await deliver(world, told)).toBe(200);
    await world.settle();
    vi.useFakeTimers({ toFake: ['Date'], now: world.simulator.now() + HOUR });
    const { report } = await losing(world, () => reconcile(world, { scope: 'full' }));
    return { report, outcome: await readOutcome() };
  }

  beforeAll(async () => {
    world = await createWorld();
    quay = await world.createApp({ product: 'quay', webhook: false });
    const act = await STORIES[name]?.();
    await world.settle();
    tables = await keepTables();
    story = await record(world, async () => act?.());
  }, 300_000);

  it('has all of them', () => {
    const told = new Set(story.map(({ type }) => type));
    expect(types.filter((type) => !told.has(type))).toEqual([]);
  });

  it.each(types.filter((type) => type in NEEDS_NONE))(
    '%s needs none: it is kept as heard, and nothing else',
    async (type) => {
      await restoreTables(tables);
      for (const told of story) if (told.type === type) expect(await deliver(world, told)).toBe(200);
      expect((await readOutcome()).told.filter((key) => !key.startsWith('polar.'))).toEqual([]);
      const kept = await rowsOf<{ data: string }>("select data from snapshots where kind = 'discount'");
      expect(kept.filter(({ data }) => data !== '{}')).toEqual([]);
    },
  );

  it.each(sample(types.filter((type) => !(type in NEEDS_NONE))))(
    '%s is repaired',
    async (type) => {
      heard ??= (await hear()).outcome;
      const { report, outcome } = await hear(type);
      expect(report.total.failed).toBe(0);
      const passing = PASSING[type]?.event;
      expect(outcome.state).toEqual(heard.state);
      expect(outcome.told.filter((key) => !heard?.told.includes(key))).toEqual([]);
      expect(heard.told.filter((key) => !outcome.told.includes(key) && typeOf(key) !== passing)).toEqual([]);
    },
    60_000,
  );
});

it('every type is in a story', () => {
  expect(EVENT_TYPES.filter((type) => !Object.values(TYPES).some((types) => types.includes(type)))).toEqual(
    [],
  );
});
