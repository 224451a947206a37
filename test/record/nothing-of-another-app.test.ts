import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import {
  allThatIsSaidTo,
  buyAt,
  buyByLink,
  fillCheckout,
  moveUnheard,
  openShop,
  type Shop,
} from '../harness/canaries.ts';
import { ask, buyAndAdopt, customersOf } from '../harness/canary-sales.ts';
import { createWorld, type World } from '../harness/harness.ts';

/*
 * Trust rule 7, by generation. The same buyer goes to every shop, and whatever can be typed at one of them is marked as
 * this one's. Whatever happens then, no mark of a shop is in anything that another app is sent or can read.
 */

const DAY = 86_400_000;
/** A tenth of them are lives. CI walks few; a thousand are walked by hand, FLOE_RUNS=1000 a hundred at a time. */
const RUNS = Number(env.TEST_RUNS) >= 1000 ? Number(env.TEST_RUNS) : Math.min(Number(env.TEST_RUNS), 120);

afterEach(() => {
  vi.useRealTimers();
});

interface Step {
  act: keyof typeof ACTS;
  shop: number;
  pick: number;
}

type Item = { id: string; product_id: string; status?: string; email?: string };
type Order = Item & {
  created_at: string;
  customer_id: string;
  billing_reason: string;
  product: { name: string };
};
type Act = (world: World, shop: Shop, step: Step, shops: readonly Shop[]) => Promise<unknown>;

const pickFrom = <T>(items: readonly T[], pick: number): T => {
  const item = items[pick % items.length];
  if (item === undefined) throw new Error('Polar has none of it');
  return item;
};

async function some(world: World, { app }: Shop, path: string, pick: number): Promise<Item> {
  const { items } = await world.polar<{ items: Item[] }>(app.mode, 'GET', `${path}?limit=100`);
  return pickFrom(items, pick);
}

/** Counts only what was done. */
async function required(answer: ReturnType<typeof ask>): Promise<void> {
  const { status, text } = await answer;
  if (status >= 400) throw new Error(`Polar is not meant: ${status} ${text}`);
}

async function withCustomer(
  world: World,
  { app }: Shop,
  pick: number,
  act: (id: string) => ReturnType<typeof ask>,
) {
  const ids = await customersOf(world, app);
  if (ids.length === 0) throw new Error('Polar has no customer here');
  await required(act(pickFrom(ids, pick)));
}

const change =
  (body: object): Act =>
  async (world, shop, { pick }) => {
    const { id } = await some(world, shop, '/v1/subscriptions/', pick);
    await world.polar(shop.app.mode, 'PATCH', `/v1/subscriptions/${id}`, body);
  };

/** Addresses that buyers have got at Polar in this story, by what marks them. */
const moves: { mark: string; customer: string; at: number }[] = [];

/** What marks the addresses with which buyers have bought here since: a purchase shows the address that it is made with. */
async function marksOfPurchases(world: World, { app }: Shop, shops: readonly Shop[]): Promise<string[]> {
  const { items } = await world.polar<{ items: Order[] }>(app.mode, 'GET', '/v1/orders/?limit=100');
  const others = shops.filter((other) => other.app.id !== app.id).map(({ name }) => `${name}:`);
  const own = items.filter(
    ({ product, billing_reason: reason }) =>
      /^(purchase|subscription_create)$/.test(reason) &&
      !others.some((other) => product.name.startsWith(other)),
  );
  return moves
    .filter(({ customer, at }) =>
      own.some((order) => order.customer_id === customer && Date.parse(order.created_at) >= at),
    )
    .map(({ mark }) => mark);
}

const ACTS = {
  buy: (world, shop, { pick }) => buyAt(world, shop, pickFrom(shop.products, pick)),
  buyDesks: (world, shop) => buyAt(world, shop, shop.desks, 3),
  leave: async (world, shop, { pick }) => {
    await fillCheckout(world, shop, pickFrom(shop.products, pick));
    await world.advance(2 * DAY);
  },
  renew: (world) => world.advance(32 * DAY),
  switchTo: async (world, shop, { pick }, shops) => {
    const { id } = await some(world, shop, '/v1/subscriptions/', pick);
    const near = shops.filter(({ app }) => app.mode === shop.app.mode);
    const target = pickFrom(pickFrom(near, pick >> 2).products.slice(1), pick >> 4);
    const how = pickFrom(['invoice', 'prorate', 'next_period'], pick >> 6);
    await world.polar(shop.app.mode, 'PATCH', `/v1/subscriptions/${id}`, {
      product_id: target,
      proration_behavior: how,
    });
  },
  moveUnheard: async (world, shop, { pick }, shops) => {
    const others = shops.filter(({ app, name }) => app.mode === shop.app.mode && name !== shop.name);
    await moveUnheard(world, shop, pickFrom(pickFrom(others, pick).products.slice(1), pick >> 2));
  },
  assignSeat: async (world, shop, { pick }) => {
    const { items } = await world.polar<{ items: Item[] }>(
      shop.app.mode,
      'GET',
      '/v1/subscriptions/?limit=100',
    );
    const { id } = pickFrom(
      items.filter(({ product_id: product }) => product === shop.desks),
      pick,
    );
    await world.polar(shop.app.mode, 'POST', '/v1/customer-seats', {
      subscription_id: id,
      email: `canary-${shop.name}-seat-${pick % 3}@readers.dev`,
      metadata: { note: `canary-${shop.name}-seat-metadata` },
      immediate_claim: pick % 2 === 0,
    });
  },
  revokeSeat: async (world, shop, { pick }) => {
    const { id } = await some(world, shop, '/v1/subscriptions/', pick);
    const { seats } = await world.polar<{ seats: Item[] }>(
      shop.app.mode,
      'GET',
      `/v1/customer-seats?subscription_id=${id}`,
    );
    await world.polar(shop.app.mode, 'DELETE', `/v1/customer-seats/${pickFrom(seats, pick).id}`);
  },
  refund: async (world, shop, { pick }) => {
    const { id } = await some(world, shop, '/v1/orders/', pick);
    await world.polar(shop.app.mode, 'POST', '/v1/refunds/', {
      order_id: id,
      amount: 100,
      reason: 'other',
      revoke_benefits: pick % 2 === 0,
    });
  },
  dispute: async (world, shop, { pick }) => {
    const { id } = await some(world, shop, '/v1/orders/', pick);
    world.simulator.openDispute(id);
  },
  changeCustomer: async (world, shop, { pick }) => {
    const { id, email } = await some(world, shop, '/v1/customers/', pick);
    // A purchase that is first heard of later carries the address of then, which is the app’s to know.
    const isHeard = email?.endsWith('-direct@readers.dev') === false;
    await world.polar(shop.app.mode, 'PATCH', `/v1/customers/${id}`, {
      name: 'canary-nobody-name',
      metadata: { note: 'canary-nobody-metadata' },
      external_id: `canary-nobody-${pick}`,
      ...(isHeard && pick % 2 === 0 ? { email: `canary-nobody-mail-${pick}@readers.dev` } : {}),
    });
    moves.push({ mark: `canary-nobody-mail-${pick}`, customer: id, at: Date.now() });
  },
  changeBill: async (world, shop, { pick }) => {
    const { id } = await some(world, shop, '/v1/orders/', pick);
    await world.polar(shop.app.mode, 'PATCH', `/v1/orders/${id}`, {
      billing_name: 'canary-nobody-bill',
    });
  },
  cancel: change({ cancel_at_period_end: true }),
  uncancel: change({ cancel_at_period_end: false }),
  revoke: change({ revoke: true }),
  pause: change({ pause_at_period_end: true }),
  buyByLink: (world, shop) => buyByLink(world, shop),
  adopt: (world, { app, name }) => buyAndAdopt(world, app, name),
  buyWithCode: async (world, shop) => {
    const body = { product_id: shop.products[0], discount_code: shop.sales.campaign };
    const begun = await ask(shop.app, 'POST', '/v1/payments', {
      ...body,
      customer: { external_id: `canary-${shop.name}-user-1` },
    });
    await world.pay(shop.app.mode, (begun.body as { checkout_url: string }).checkout_url, {
      email: 'ada@readers.dev',
    });
  },
  prepare: (_, shop, { pick }) =>
    required(
      ask(shop.app, 'POST', '/v1/customers', {
        external_id:
          pick % 2 === 0 ? `canary-${shop.name}-external-id` : `canary-${shop.name}-user-${pick % 3}`,
        email: `canary-${shop.name}-${pick % 3}@readers.dev`,
        name: `canary-${shop.name}-said-name`,
      }),
    ),
  nameUser: (world, shop, { pick }) =>
    withCustomer(world, shop, pick, (id) =>
      ask(shop.app, 'PUT', `/v1/customers/${id}/external-ids/canary-${shop.name}-user-${pick % 3}`),
    ),
  unnameUser: (world, shop, { pick }) =>
    withCustomer(world, shop, pick, (id) =>
      ask(shop.app, 'DELETE', `/v1/customers/${id}/external-ids/canary-${shop.name}-user-${pick % 3}`),
    ),
  // It is left open: what a buyer pays with is the buyer’s to say.
  openForCustomer: (world, shop, { pick }) =>
    withCustomer(world, shop, pick, (id) =>
      ask(shop.app, 'POST', '/v1/payments', { product_id: shop.products[0], customer: { id } }),
    ),
  erase: (world, shop, { pick }) =>
    withCustomer(world, shop, pick, (id) => ask(shop.app, 'DELETE', `/v1/customers/${id}`)),
  eraseUser: (_, shop, { pick }) =>
    required(
      ask(
        shop.app,
        'DELETE',
        `/v1/customers/external:canary-${shop.name}-${pick % 2 === 0 ? 'external-id' : 'user-1'}`,
      ),
    ),
} satisfies Record<string, Act>;

/** One story in which all of it happens. */
const EVERYTHING: Step[] = [
  { act: 'buyDesks', shop: 1, pick: 0 },
  { act: 'assignSeat', shop: 1, pick: 0 },
  { act: 'changeBill', shop: 1, pick: 0 },
  // Quay’s subscription moves to Atlas’s product.
  { act: 'switchTo', shop: 0, pick: 20 },
  { act: 'buy', shop: 0, pick: 0 },
  { act: 'refund', shop: 1, pick: 0 },
  { act: 'dispute', shop: 0, pick: 0 },
  { act: 'revokeSeat', shop: 1, pick: 0 },
  { act: 'cancel', shop: 0, pick: 1 },
  { act: 'uncancel', shop: 0, pick: 1 },
  { act: 'changeCustomer', shop: 0, pick: 0 },
  { act: 'leave', shop: 0, pick: 0 },
  { act: 'renew', shop: 0, pick: 0 },
  { act: 'pause', shop: 1, pick: 1 },
  { act: 'revoke', shop: 0, pick: 2 },
  { act: 'moveUnheard', shop: 1, pick: 0 },
  { act: 'renew', shop: 0, pick: 0 },
  { act: 'adopt', shop: 1, pick: 0 },
  { act: 'prepare', shop: 0, pick: 1 },
  { act: 'nameUser', shop: 0, pick: 1 },
  { act: 'nameUser', shop: 2, pick: 0 },
  { act: 'openForCustomer', shop: 0, pick: 1 },
  { act: 'buyByLink', shop: 0, pick: 0 },
  { act: 'buyWithCode', shop: 2, pick: 0 },
  { act: 'openForCustomer', shop: 2, pick: 0 },
  { act: 'unnameUser', shop: 0, pick: 1 },
  { act: 'revoke', shop: 2, pick: 0 },
  { act: 'erase', shop: 2, pick: 0 },
  { act: 'prepare', shop: 1, pick: 1 },
  { act: 'eraseUser', shop: 1, pick: 1 },
  { act: 'buy', shop: 2, pick: 0 },
  { act: 'buy', shop: 1, pick: 0 },
  { act: 'renew', shop: 1, pick: 0 },
];

/** The buyer’s address at Polar is another one before the next purchase. */
const MOVED: Step[] = [
  { act: 'changeCustomer', shop: 1, pick: 50 },
  { act: 'nameUser', shop: 1, pick: 466 },
  { act: 'buyWithCode', shop: 1, pick: 410 },
];

const steps = fc.array(
  fc.record({
    act: fc.constantFrom(...(Object.keys(ACTS) as Step['act'][])),
    shop: fc.constantFrom(0, 1, 0, 1, 2),
    pick: fc.nat(1023),
  }),
  { minLength: 6, maxLength: 14 },
);

async function openShops(): Promise<{ world: World; shops: Shop[] }> {
  const world = await createWorld();
  const shops: Shop[] = [];
  for (const [name, mode] of [
    ['quay', 'sandbox'],
    ['atlas', 'sandbox'],
    ['harbor', 'live'],
  ] as const) {
    const app = await world.createApp({ product: name, mode });
    await world.polar(mode, 'PATCH', `/v1/organizations/${world.organizations[mode].id}`, {
      subscription_settings: { allow_multiple_subscriptions: true },
    });
    shops.push(await openShop(world, app, name));
  }
  await world.settle();
  return { world, shops };
}

/** What was done, without what Polar refuses. */
const done = new Map<string, number>();

async function walk(world: World, shops: readonly Shop[], story: readonly Step[]): Promise<void> {
  for (const step of story) {
    const act: Act = ACTS[step.act];
    try {
      await act(world, pickFrom(shops, step.shop), step, shops);
      done.set(step.act, (done.get(step.act) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('Polar '))) throw error;
    }
    await world.settle();
  }
}

it(
  'whatever a buyer does at several shops, no app learns what was typed at another',
  async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (story) => {
        const { world, shops } = await openShops();
        moves.length = 0;
        // Everybody has something of the buyer’s to begin with.
        const first = shops.map((_, shop): Step => ({ act: 'buy', shop, pick: 1 }));
        await walk(world, shops, [...first, ...story]);
        const resources = shops.map(({ name }) => `content:canary-${name}-content`);
        for (const shop of shops) {
          const { name } = shop;
          const said = await allThatIsSaidTo(world, shop, resources);
          expect(said, `${name} hears of its own`).toContain(`canary-${name}-metadata`);
          const marks = [...new Set(said.match(/canary-[\w-]+/g))];
          const moved = await marksOfPurchases(world, shop, shops);
          expect(
            marks.filter((mark) => !mark.startsWith(`canary-${name}-`) && !moved.includes(mark)),
          ).toEqual([]);
          // Codes have letters and digits only.
          const codes = [...new Set(said.match(/canary[a-z]\w+/gi))];
          expect(codes.filter((code) => !code.toLowerCase().startsWith(`canary${name}`))).toEqual([]);
          const discounts = shops.filter((other) => other.name !== name).map(({ discount }) => discount);
          expect(discounts.filter((id) => said.includes(id))).toEqual([]);
        }
        vi.useRealTimers();
      }),
      { numRuns: Math.ceil(RUNS / 10), examples: [[EVERYTHING], [MOVED]], endOnFailure: true },
    );
    expect([...done.keys()].toSorted()).toEqual(Object.keys(ACTS).toSorted());
  },
  240_000 + 30_000 * RUNS,
);
