import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { life } from './lives/actions.ts';
import { live } from './lives/live.ts';

/*
 * Random lives of customers, by the API and at Polar, with webhooks in any order, twice, late and lost: what the gateway
 * answers and tells of each is what a small model of Polar and of the contract says (`lives/model.ts`, ADR 78).
 */

const LIVES = Number(env.TEST_RUNS);
/** They share one world, which costs more to make than a life. */
const LIVES_PER_WORLD = 25;
const SEED = env.TEST_SEED === '' ? Math.floor(Math.random() * 2 ** 31) : Number(env.TEST_SEED);
const SHRINK_FOR_MS = 60_000;

/** The first life in which something is wrong, if any, with its place among those of the seed. */
async function findTrouble(seed: number, count: number, together: number, bug?: string) {
  const lives = fc.sample(life, { seed, numRuns: count });
  for (let from = 0; from < count; from += together) {
    const calendar = from / together;
    const [trouble] = await live(lives.slice(from, from + together), calendar, bug);
    if (trouble)
      return {
        ...trouble,
        at: from + (trouble.index ?? 0),
        calendar,
        life: lives[from + (trouble.index ?? 0)],
      };
  }
  return undefined;
}

/** Looks for a shorter life with trouble. Alone in its world a life costs more, so it ends after a minute. */
async function shrink({ at, calendar }: { at: number; calendar: number }, seed: number) {
  const isRight = fc.asyncProperty(life, async (each) => {
    const [trouble] = await live([each], calendar);
    if (trouble) throw trouble.error;
  });
  return fc.check(isRight, {
    seed,
    path: String(at),
    interruptAfterTimeLimit: SHRINK_FOR_MS,
    numRuns: at + 1,
  });
}

test(
  `${LIVES} lives end as the model says, and every event shows its payment as it was then`,
  async () => {
    const trouble = await findTrouble(SEED, LIVES, LIVES_PER_WORLD);
    if (!trouble) return;
    const { counterexample, errorInstance } = await shrink(trouble, SEED);
    const shown = counterexample?.[0] ?? trouble.life;
    throw new Error(
      `FLOE_SEED=${SEED} FLOE_RUNS=${LIVES}: life ${trouble.at}, calendar ${trouble.calendar}: ${JSON.stringify(shown)}`,
      { cause: errorInstance ?? trouble.error },
    );
  },
  120_000 + LIVES * 2_000,
);

const bugs: Record<string, string> = {
  'a refund counts twice':
    'after update of refunded_amount on payments when new.refunded_amount > 0 begin update payments set refunded_amount = 2 * new.refunded_amount where id = new.id; end',
  'a renewal is called a sale':
    "after insert on payments when new.kind = 'renewal' begin update payments set kind = 'checkout' where id = new.id; end",
  'a renewal is not told':
    "before insert on events when new.type = 'subscription.renewed' begin select raise(ignore); end",
  'an event shows its payment as it was before': `after insert on events when new.type = 'payment.succeeded' begin update events set body = replace(body, '"status":"succeeded"', '"status":"pending"') where id = new.id; end`,
  'what is paused stays open':
    "after update on subscriptions when new.status = 'paused' begin update subscriptions set status = 'active' where id = new.id; end",
};

test.each(Object.keys(bugs))('the comparison notices when %s', async (name) => {
  expect(await findTrouble(1, 60, 12, `create trigger planted ${bugs[name]}`)).toBeDefined();
});
