import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WorkMessage } from '../../../src/base/messages.ts';
import { createWorld, type TestApp, type World } from '../../harness/harness.ts';
import { askMortal, type Death, type Fate, FaultyPolar, Invocation } from '../../sell/mortal.ts';
import { buyKey, type Check, createKeyProduct, keyAtPolar, rowsOf } from './license-calls.ts';

/*
 * Usage and activations while Polar's answers get lost or come as errors, before and after it did what it was asked, and the Worker
 * dies before and after each of its steps. In the end Polar's usage is the sum of what callers were told, and each activation that
 * somebody was told of is there once, and no other.
 */

const RUNS = Math.ceil(Number(env.TEST_RUNS) / 3);
/** After fates and deaths everything is well. */
const MOST_ROUNDS = 40;
/** All leases are over then, and Polar does not do any more what it was asked. */
const ROUND_MS = 61_000;

const death: fc.Arbitrary<Death> = fc.option(
  fc.record({ call: fc.integer({ min: 1, max: 14 }), after: fc.boolean() }),
  { nil: undefined, freq: 2 },
);
const fate: fc.Arbitrary<Fate> = fc.constantFrom<Fate[]>(
  { is: 'ok' },
  { is: 'ok' },
  { is: 'ok' },
  { is: 'lost_before' },
  { is: 'lost_after' },
  { is: 'fails_before' },
  { is: 'fails_after' },
);
const life = fc.record({
  amounts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
  isAtOnce: fc.boolean(),
  fates: fc.array(fate, { maxLength: 14 }),
  deaths: fc.array(death, { maxLength: 8 }),
});
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

let world: World;
let quay: TestApp;
let polar: FaultyPolar;
let products: { usage: string; seats: string };
let lives = 0;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  products = {
    usage: (await createKeyProduct(world, 'quay:usage')).productId,
    seats: (
      await createKeyProduct(world, 'quay:seats', {
        activations: { limit: 50, enable_customer_admin: false },
      })
    ).productId,
  };
  polar = new FaultyPolar();
  for (const level of ['error', 'warn'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

interface Asked {
  path: string;
  body: object;
  idempotencyKey: string;
  heard: Check | undefined;
}

/** Asks until each has an answer. */
async function live({ isAtOnce, fates, deaths: given }: Life, asks: Asked[]): Promise<void> {
  const deaths = [...given];
  polar.fates = [...fates];
  const sent: WorkMessage[] = [];
  const ask = async (asked: Asked, isAlone: boolean) => {
    const invocation = new Invocation(deaths.shift());
    polar.invocation = isAlone ? invocation : undefined;
    const heard = await askMortal(
      invocation,
      { path: asked.path, key: quay.secretKey, body: asked.body, idempotencyKey: asked.idempotencyKey },
      sent,
    );
    if (heard?.status === 200) asked.heard = heard.body as unknown as Check;
    else if (heard) expect([503, 409]).toContain(heard.status);
  };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const open = asks.filter(({ heard }) => heard === undefined);
    if (open.length === 0) return;
    if (isAtOnce) await Promise.all(open.map((each) => ask(each, open.length === 1)));
    else for (const each of open) await ask(each, true);
    polar.invocation = undefined;
    if (round > 6) polar.fates = [];
    await world.advance(ROUND_MS);
  }
  throw new Error(`not answered: ${JSON.stringify(asks)}`);
}

async function newKey(product: string) {
  polar.fates = [];
  lives += 1;
  await world.advance(0);
  return buyKey(world, quay, product, `reader-${lives}@readers.dev`);
}

describe('whatever fails', () => {
  it('usage at Polar is the sum of what callers were told, and nothing is left open', async () => {
    await fc.assert(
      fc.asyncProperty(life, async (plan) => {
        const bought = await newKey(products.usage);
        const asks = plan.amounts.map((amount, i): Asked => {
          const body = { key: bought.key, increment_usage: amount };
          return {
            path: '/v1/license-keys/validate',
            body,
            idempotencyKey: `use ${lives} ${i}`,
            heard: undefined,
          };
        });
        await live(plan, asks);
        expect(asks.map(({ heard }) => heard?.code)).toEqual(asks.map(() => 'valid'));
        const told = plan.amounts.reduce((sum, amount) => sum + amount, 0);
        expect((await keyAtPolar(world, bought.id)).usage).toBe(told);
        // Asked once more, nothing more is counted.
        for (const each of asks) each.heard = undefined;
        await live({ ...plan, fates: [], deaths: [] }, asks);
        expect((await keyAtPolar(world, bought.id)).usage).toBe(told);
        const open = await rowsOf<{ outcome: string | null; license_key_id: string }>('license_requests');
        expect(open.filter(({ outcome }) => outcome === null)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('an activation is made once', async () => {
    await fc.assert(
      fc.asyncProperty(life, async (plan) => {
        const bought = await newKey(products.seats);
        const asks = plan.amounts.map((_, i): Asked => ({
          path: '/v1/license-keys/activate',
          body: { key: bought.key, label: `Machine ${i}` },
          idempotencyKey: `activate ${lives} ${i}`,
          heard: undefined,
        }));
        await live(plan, asks);
        const { activations } = await keyAtPolar(world, bought.id);
        expect(activations.map(({ id, label }) => `${label} ${id}`).toSorted()).toEqual(
          asks.map(({ heard }) => `${heard?.activation?.label} ${heard?.activation?.id}`).toSorted(),
        );
      }),
      { numRuns: RUNS },
    );
  });
});
