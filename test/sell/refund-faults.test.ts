import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WorkMessage } from '../../src/base/messages.ts';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import { rowsOf } from '../compare/reconcile-calls.ts';
import {
  askMortal,
  consumeMortal,
  type Death,
  type Fate,
  FaultyPolar,
  type Heard,
  Invocation,
  sweepMortal,
} from './mortal.ts';
import { buy, get, type PolarRefund, readPayment, type RefundPage, refundsAtPolar } from './refund-calls.ts';

/*
 * Refunds while everything fails: Polar's answers get lost, come as errors, or Polar does what it was asked minutes after
 * nobody waits any more; the Worker dies before and after each of its steps, in requests, in the queue and in cron;
 * messages and webhooks are lost; several ask at once. In the end each refund was made once or refused for a reason that
 * holds, and the books here are Polar's.
 */

const RUNS = Math.ceil(Number(env.TEST_RUNS) / 2);
/** Of 9.00 with German tax in it. */
const NET = 756;
/** While fates and deaths last, an hour or two; after that everything is well, and soon settled. */
const MOST_ROUNDS = 120;

const death: fc.Arbitrary<Death> = fc.option(
  fc.record({ call: fc.integer({ min: 1, max: 9 }), after: fc.boolean() }),
  { nil: undefined, freq: 2 },
);
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fate>({ is: 'ok' }) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('lost_before', 'lost_after', 'fails_before', 'fails_after' as const)
      .map((is): Fate => ({ is: is as 'lost_before' })),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 14 }).map((minutes): Fate => ({ is: 'late', minutes })) },
);
const ask = fc.record({
  amount: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
  hasKey: fc.boolean(),
});
const life = fc.record({
  isSubscription: fc.boolean(),
  asks: fc.array(ask, { minLength: 1, maxLength: 3 }),
  isAtOnce: fc.boolean(),
  fates: fc.array(fate, { maxLength: 12 }),
  deaths: fc.array(death, { maxLength: 12 }),
  losesMessages: fc.boolean(),
  losesWebhooks: fc.boolean(),
});
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

let world: World;
let quay: TestApp;
let polar: FaultyPolar;
let products: { book: string; plan: string };

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  products = {
    book: (await world.createProduct({ name: 'quay:book' })).id,
    plan: (await world.createProduct({ name: 'quay:pro', recurring: 'month' })).id,
  };
  polar = new FaultyPolar();
  // Everything that goes wrong is logged.
  for (const level of ['error', 'warn'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

interface Asked {
  path: string;
  key: string;
  body: object;
  amount: number | undefined;
  idempotencyKey: string | undefined;
  heard: Heard | undefined;
}

const isFinal = ({ heard, idempotencyKey }: Asked) =>
  idempotencyKey === undefined ||
  (heard !== undefined &&
    heard.status !== 202 &&
    heard.status < 500 &&
    heard.body.code !== 'idempotency_in_progress');

/** Lives one life until nothing is left to do. */
async function live(plan: Life, number: number) {
  polar.fates = [];
  await world.advance(0);
  const payment = await buy(world, quay, plan.isSubscription ? products.plan : products.book);
  world.holdWebhooks = plan.losesWebhooks;
  polar.fates = [...plan.fates];
  const deaths = [...plan.deaths];
  let sent: WorkMessage[] = [];
  /** Several at once share Polar: then deaths at its calls are those of nobody. */
  const run = async <T>(act: (invocation: Invocation) => Promise<T>, isAlone: boolean): Promise<T> => {
    const invocation = new Invocation(deaths.shift());
    polar.invocation = isAlone ? invocation : undefined;
    try {
      return await act(invocation);
    } finally {
      polar.invocation = undefined;
    }
  };
  const asks = plan.asks.map(({ amount, hasKey }, index): Asked => ({
    path: `/v1/payments/${payment.id}/refunds`,
    key: quay.secretKey,
    body: { amount, ...(plan.isSubscription ? { cancel_subscription: 'now' } : {}) },
    amount,
    idempotencyKey: hasKey ? `${number}-${index}` : undefined,
    heard: undefined,
  }));
  const tell = async (asked: Asked, isAlone: boolean) => {
    asked.heard = await run((invocation) => askMortal(invocation, asked, sent), isAlone);
  };
  if (plan.isAtOnce) await Promise.all(asks.map((asked) => tell(asked, asks.length === 1)));
  else for (const asked of asks) await tell(asked, true);

  for (let round = 0; ; round++) {
    expect(round).toBeLessThan(MOST_ROUNDS);
    const open = await rowsOf(
      `select 1 from refund_requests where payment_id = '${payment.id}' and next_attempt_at is not null`,
    );
    if (open.length === 0 && !polar.hasLate && asks.every(isFinal)) break;
    await world.advance(round < 5 ? 61_000 : 7 * 60_000);
    await polar.catchUp();
    if (!plan.losesMessages)
      for (const message of sent) await run((each) => consumeMortal(each, message, []), true);
    sent = [];
    const found: WorkMessage[] = [];
    await run((each) => sweepMortal(each, found), true);
    for (const message of found) await run((each) => consumeMortal(each, message, []), true);
    // Who has a key asks until it is told.
    for (const asked of asks) if (!isFinal(asked)) await tell(asked, true);
  }
  polar.fates = [];
  world.held.length = 0;
  world.holdWebhooks = false;
  await world.settle();
  return { payment, asks };
}

/** What is wrong at the end of a life, in words. */
async function findWrongs({ payment, asks }: Awaited<ReturnType<typeof live>>): Promise<string[]> {
  const wrongs: string[] = [];
  const must = (isRight: boolean, what: string) => void (isRight || wrongs.push(what));
  const rows = await rowsOf<{ id: string; status: string; amount: number; polar_refund_id: string | null }>(
    `select id, status, amount, polar_refund_id from refund_requests where payment_id = '${payment.id}'`,
  );
  const atPolar = await refundsAtPolar(world, payment.order_id);
  const named = (id: string) => atPolar.filter(({ metadata }) => metadata['gateway_refund_id'] === id);
  const total = atPolar.reduce((sum, { amount }) => sum + amount, 0);
  // Asked for before the gateway knew that another one had taken what was left, and refused by Polar when it came through.
  const refused = rows.filter(({ status, amount }) => status === 'refused' && total + amount > NET);
  for (const { id } of refused) must(named(id).length === 0, `${id} is refused, and was made`);
  const isRefused = (id: string | undefined) => refused.some((each) => each.id === id);
  for (const { id, status, amount, polar_refund_id: linked } of rows) {
    if (isRefused(id)) continue;
    const made = named(id);
    must(made.length === 1, `${id} was made ${made.length} times`);
    must(status === 'accepted' && linked === made[0]?.id, `${id} is ${status} and linked to ${linked}`);
    must(made[0]?.amount === amount, `${id} has another amount at Polar`);
  }
  const isKnown = ({ metadata }: PolarRefund) => rows.some(({ id }) => id === metadata['gateway_refund_id']);
  must(atPolar.every(isKnown), 'Polar has refunds that nobody asked for');
  must(total <= NET, `${total} of ${NET} was refunded`);

  for (const { heard, amount, idempotencyKey } of asks) {
    const id = heard?.body.id;
    if (heard?.status === 201 || heard?.status === 202)
      must(id !== undefined && (named(id).length === 1 || isRefused(id)), `${id} was promised and not made`);
    if (heard?.body.code === 'amount_too_large' || heard?.body.code === 'already_refunded')
      must(total + (amount ?? 1) > NET, `${amount} was refused although only ${total} was refunded`);
    else if (idempotencyKey !== undefined)
      must(heard?.status === 201, `a key was told ${heard?.status} ${heard?.body.code}`);
  }
  must(
    new Set(asks.map(({ heard }) => heard?.body.id ?? {})).size === asks.length,
    'two asks got one refund',
  );
  must(rows.length <= asks.length, 'more refunds than asks');

  const books = await readPayment(quay, payment.id);
  must(books.refunded_amount === total, `the payment has ${books.refunded_amount}, Polar ${total}`);
  const { data } = (await get<RefundPage>(quay, `/v1/payments/${payment.id}/refunds`)).body;
  must(data.length === atPolar.length + refused.length, 'the list has others than Polar');
  must(
    data.every(({ id, status }) => status === (isRefused(id) ? 'failed' : 'succeeded')),
    'a refund has another status than Polar’s',
  );
  const told = await rowsOf<{ type: string; n: number }>(
    `select type, count(*) as n from events where payment_id = '${payment.id}' and type in ('refund.created', 'refund.succeeded') group by type`,
  );
  must(
    atPolar.length === 0
      ? told.length === 0
      : told.length === 2 && told.every(({ n }) => n === atPolar.length),
    `told ${JSON.stringify(told)} of ${atPolar.length}`,
  );
  if (payment.subscription_id !== null && atPolar.length > 0) {
    const { status } = await world.polar<{ status: string }>(
      'sandbox',
      'GET',
      `/v1/subscriptions/${payment.subscription_id}`,
    );
    must(status === 'canceled', `the subscription is ${status}`);
  }
  return wrongs;
}

describe('refunds while everything fails', () => {
  it('are made once, never twice, and none is lost', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(life, async (plan) => {
        number += 1;
        expect(await findWrongs(await live(plan, number))).toEqual([]);
      }),
      { numRuns: RUNS, ...(env.TEST_SEED === '' ? {} : { seed: Number(env.TEST_SEED) }) },
    );
  }, 1_200_000);

  it('leave the right rest to who asks for all, also while the order of an earlier one could not be read', async () => {
    const plan: Life = {
      isSubscription: false,
      asks: [
        { amount: 1, hasKey: false },
        { amount: 1, hasKey: false },
        { amount: undefined, hasKey: true },
      ],
      isAtOnce: false,
      // The first is made a minute later, the order is not read after the second, the third is lost and sent again.
      fates: [
        { is: 'late', minutes: 1 },
        { is: 'ok' },
        { is: 'lost_before' },
        { is: 'lost_before' },
        { is: 'lost_before' },
      ],
      deaths: [],
      losesMessages: false,
      losesWebhooks: false,
    };
    const lived = await live(plan, 0);
    expect(await findWrongs(lived)).toEqual([]);
    expect(lived.asks.map(({ heard }) => heard?.body.amount)).toEqual([1, 1, NET - 2]);
  }, 300_000);

  it('would be seen to be made twice, if they were sent again without a look at Polar', async () => {
    polar.isBlind = true;
    const plan: Life = {
      isSubscription: false,
      asks: [{ amount: 100, hasKey: true }],
      isAtOnce: false,
      fates: [{ is: 'lost_after' }],
      deaths: [],
      losesMessages: true,
      losesWebhooks: true,
    };
    expect(await findWrongs(await live(plan, 0))).toContainEqual(
      expect.stringMatching(/^ref_\w+ was made 2 times$/),
    );
  }, 300_000);
});
