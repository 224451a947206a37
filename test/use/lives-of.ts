import { beforeAll, describe, expect, test } from 'vitest';
import {
  type BenefitType,
  DONE,
  filesAt,
  grantsAt,
  keysAt,
  type Life,
  LIVES,
  type Moment,
  momentsOf,
  nameOfTest,
  sayCell,
  type Surface,
  SURFACES,
} from './benefit-lives.ts';
import { changeBenefit, connect, FLAG, makeBenefit } from './kinds-of-benefits.ts';
import { type Holder, type Look, openShop, type Shop } from './use-world.ts';

/** Longer than a month. */
const NEXT_PERIOD_MS = 32 * 86_400_000;
const STORY_TIMEOUT_MS = 240_000;

/**
 * Tests every cell of one type's table: its lives are lived in one world, and then each test looks at what was seen. The
 * names of the tests are the cells, so that the document, the data and the tests are one.
 */
export function testLives(type: BenefitType): void {
  describe(type, () => {
    let seen: Seen | undefined;
    beforeAll(async () => {
      seen = await live(type);
    }, STORY_TIMEOUT_MS);
    const ran = new Set<string>();

    // No `each`: it would shorten the names.
    for (const life of LIVES)
      describe(DONE[life], () => {
        for (const surface of SURFACES)
          test(`${surface}: ${sayCell(type, life, surface)}`, () => {
            ran.add(expect.getState().currentTestName?.split(' > ').slice(-3).join(' > ') ?? '');
            const looks = seen?.looks.get(life);
            if (!looks || looks instanceof Error) throw looks ?? new Error('nothing was seen');
            const moments = momentsOf(type, life);
            expect(looks).toHaveLength(moments.length);
            for (const [index, moment] of moments.entries()) {
              const seenThen = { look: looks[index], moment, resources: seen?.resources ?? [] };
              expectCell(type, surface, seenThen);
              if (surface === 'API') expectUse(type, life, seenThen);
            }
          });
      });

    test('each cell of the table was tested, under the name that the table gives it', () => {
      const cells = LIVES.flatMap((life) => SURFACES.map((surface) => nameOfTest(type, life, surface)));
      expect([...ran].toSorted()).toEqual(cells.toSorted());
    });
  });
}

function expectCell(
  type: BenefitType,
  surface: Surface,
  { look, moment, resources }: { look: Look | undefined; moment: Moment; resources: readonly string[] },
): void {
  const isOpen = moment.reason === 'granted';
  const limit = type === 'feature_flag' ? moment.limit : undefined;
  switch (surface) {
    case 'API': {
      const said = look?.answers.map(({ resource, allow, reason }) => ({ resource, allow, reason }));
      expect(said).toEqual(resources.map((resource) => ({ resource, allow: isOpen, reason: moment.reason })));
      expect(look?.told).toEqual(moment.told);
      if (limit !== undefined)
        expect(look?.answers.find(({ resource }) => resource === `feature:${FLAG}`)?.values).toEqual({
          limit,
        });
      break;
    }
    case 'token': {
      const named = resources.filter((resource) => look?.claims?.ent.includes(resource));
      expect(named).toEqual(isOpen ? resources : []);
      if (limit !== undefined) expect(look?.claims?.feat).toEqual({ [FLAG]: { limit } });
      break;
    }
    case 'kit':
      expect(look?.kit.gate).toEqual(resources.map(() => ({ allow: isOpen, reason: moment.reason })));
      expect(look?.kit.offline).toEqual(resources.map(() => isOpen));
      expect(look?.kit.hasFeature).toBe(isOpen && type === 'feature_flag');
      if (limit !== undefined) expect(look?.kit.limit).toBe(limit);
  }
}

/** What the routes of one type say. */
function expectUse(
  type: BenefitType,
  life: Life,
  { look, moment }: { look: Look | undefined; moment: Moment },
): void {
  const states = grantsAt(moment);
  expect(look?.grants).toEqual(states);
  expect(look?.keys).toEqual(keysAt(type, moment));
  expect(look?.files).toBe(type === 'downloadables' ? filesAt(life, moment) : 0);
}

interface Seen {
  /** What the benefit opens. */
  resources: readonly string[];
  /** Of each life what was seen at each of its moments, or why it could not be lived. */
  looks: Map<Life, Look[] | Error>;
}

/** Lives all lives of one type, each by a customer of its own. What the clock does to all comes last. */
async function live(type: BenefitType): Promise<Seen> {
  const shop = await openShop();
  const content = `things/${type}`;
  const benefitId = await makeBenefit(shop, type, content);
  const products = await makeProducts(shop, benefitId);
  const resources = [
    `benefit:${benefitId}`,
    `content:${content}`,
    ...(type === 'feature_flag' ? [`feature:${FLAG}`] : []),
  ];
  const looks: Seen['looks'] = new Map();
  const look = (holder: Holder) => shop.look(holder, benefitId, resources);
  /** A customer who has it. */
  const has = async (life: Life, productId: string): Promise<Holder> => {
    const holder = await shop.buy(productId, `${life.replaceAll(' ', '-')}@readers.dev`);
    await connect(shop, type, holder);
    await look(holder);
    return holder;
  };
  const subscriptionOf = async ({ customerId }: Holder) =>
    (await shop.polar.subscriptions.list({ customer_id: customerId })).items[0]?.id ?? '';
  const refund = async (orderId: string, amount: number) => {
    await shop.polar.refunds.create({
      order_id: orderId,
      amount,
      reason: 'customer_request',
      revoke_benefits: true,
    });
  };

  const stories: Record<Exclude<Life, 'renew' | 'cancel'>, () => Promise<Look[]>> = {
    grant: async () => {
      const holder = await shop.buy(products.once, 'grant@readers.dev');
      const first = await look(holder);
      if (momentsOf(type, 'grant').length === 1) return [first];
      await connect(shop, type, holder);
      return [first, await look(holder)];
    },
    refund: async () => {
      const holder = await has('refund', products.once);
      const { items } = await shop.polar.orders.list({ customer_id: holder.customerId });
      for (const { id, net_amount: amount } of items) await refund(id, amount);
      return [await look(holder)];
    },
    'product change': async () => {
      const holder = await has('product change', products.monthly);
      await shop.polar.subscriptions.update(await subscriptionOf(holder), {
        product_id: products.without,
        proration_behavior: 'invoice',
      });
      return [await look(holder)];
    },
    seat: async () => {
      const { customerId } = await shop.buy(products.seats, 'seat@readers.dev', { seats: 2 });
      const seat = await shop.polar.customerSeats.assignSeat({
        subscription_id: await subscriptionOf({ customerId }),
        email: 'member@readers.dev',
        immediate_claim: true,
      });
      await shop.settle();
      const member = { customerId, memberId: seat.member_id ?? '' };
      await connect(shop, type, member);
      const claimed = await look(member);
      await shop.polar.customerSeats.revokeSeat(seat.id);
      return [claimed, await look(member)];
    },
    'two sources': async () => {
      await has('two sources', products.once);
      const holder = await has('two sources', products.once);
      const { items } = await shop.polar.orders.list({ customer_id: holder.customerId });
      const seen: Look[] = [];
      for (const { id, net_amount: amount } of items) {
        await refund(id, amount);
        seen.push(await look(holder));
      }
      return seen;
    },
    update: async () => {
      const holder = await has('update', products.once);
      await changeBenefit(shop.polar, type, benefitId, content);
      return [await look(holder)];
    },
  };
  for (const life of LIVES)
    if (life !== 'renew' && life !== 'cancel') looks.set(life, await stories[life]().catch(toError));

  const [renewing, canceling] = [await has('renew', products.monthly), await has('cancel', products.monthly)];
  await shop.polar.subscriptions.update(await subscriptionOf(canceling), { cancel_at_period_end: true });
  const canceled = await look(canceling);
  await shop.world.advance(NEXT_PERIOD_MS);
  looks.set('renew', [await look(renewing)]);
  looks.set('cancel', [canceled, await look(canceling)]);
  return { resources, looks };
}

const toError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

/** One product for each way to have the benefit, and one without it. */
async function makeProducts({ polar, settle }: Shop, benefitId: string) {
  const price = { amount_type: 'fixed', price_amount: 900, price_currency: 'usd' } as const;
  const monthly = { prices: [price], recurring_interval: 'month' as const };
  const seat = {
    amount_type: 'seat_based' as const,
    price_currency: 'usd' as const,
    seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] },
  };
  const once = await polar.products.create({ name: 'quay:once', prices: [price] });
  const sub = await polar.products.create({ name: 'quay:monthly', ...monthly });
  const without = await polar.products.create({ name: 'quay:plain', ...monthly });
  const seats = await polar.products.create({
    name: 'quay:team',
    prices: [seat],
    recurring_interval: 'month',
  });
  for (const { id } of [once, sub, seats]) await polar.products.updateBenefits(id, { benefits: [benefitId] });
  await settle();
  return { once: once.id, monthly: sub.id, without: without.id, seats: seats.id };
}
