import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { createRandom, type Random } from '../../../packages/polar-simulator/random.ts';
import { createWorld } from '../../harness/harness.ts';
import { CALENDARS, type Life, TURNS } from './actions.ts';
import { compareLife } from './compare.ts';
import { openGateway } from './gateway.ts';
import { act, type Living, type Place, readAllOrders, readEnds } from './living.ts';
import type { Said } from './polar-log.ts';
import { reconcile } from './reconcile.ts';
import { openShop } from './shop.ts';
import { watchTold } from './told.ts';
import { deliver, takeHeld, type Webhook } from './webhooks.ts';

/* Many lives at once in one world: each has its own customer, and all have one clock, one app and one comparison with Polar. */

/** How often a webhook comes twice, comes late and, in a life that loses some, does not come. */
const TWICE = 0.15;
const LATE = 0.15;
const LOST = 0.3;
/** What says nothing that an app is told: in most lives it does not come, which is cheaper. */
const SAYS_LITTLE = new Set(['customer.state_changed', 'member.created', 'checkout.created']);

export interface Trouble {
  /** Which life; undefined: it is not known. */
  index: number | undefined;
  error: unknown;
}

/** Looks at lives while they are lived. */
export interface Watcher {
  /** After each webhook, and after each move of the clock. */
  look: (place: Place, living: Living) => Promise<void>;
  /** When all is over. */
  end: (place: Place) => Promise<void>;
}

/** A life under way. */
interface Run {
  life: Life;
  living: Living;
  random: Random;
  /** What Polar has said of it. */
  said: Said[];
  /** What comes later than it should. */
  late: Webhook[];
}

/**
 * Lives them all by one of `CALENDARS`, and says where the gateway answers something else than the model. `bug`: a trigger that
 * is planted in its database, by the name `planted`.
 */
export async function live(
  lives: readonly Life[],
  calendar: number,
  bug?: string,
  watcher?: Watcher,
): Promise<Trouble[]> {
  try {
    return await liveTogether(lives, calendar, bug, watcher);
  } finally {
    await env.DB.prepare('drop trigger if exists planted').run();
    vi.useRealTimers();
  }
}

async function liveTogether(
  lives: readonly Life[],
  calendar: number,
  bug: string | undefined,
  watcher: Watcher | undefined,
): Promise<Trouble[]> {
  const world = await createWorld();
  const app = await world.createApp({ product: 'quay', webhook: false });
  const shop = await openShop(world);
  await world.settle();
  if (bug !== undefined) await env.DB.prepare(bug).run();
  world.holdWebhooks = true;
  vi.useFakeTimers({ toFake: ['Date'] });

  const runs = lives.map((life, index): Run => ({
    life,
    living: { email: `life-${index}@readers.dev`, happenings: [], orders: [], customerId: null },
    random: createRandom(life.seed),
    said: [],
    late: [],
  }));
  const found: Trouble[] = [];
  let current: number | undefined;
  const told = watchTold(app, (error) => found.push({ index: current, error }));
  const gateway = openGateway(told.look);
  told.attach(gateway);
  const place: Place = { world, app, shop, gateway };
  // It never stands still and never goes back, so that what is asked between two changes is asked at a time of its own.
  let clock = 0;
  const tick = () => {
    clock = Math.max(clock + 2, Date.now() + 2, world.simulator.now());
    vi.setSystemTime(clock);
  };
  const look = async ({ living }: Run) => {
    if (!watcher) return;
    tick();
    await watcher.look(place, living);
    tick();
  };
  const inTurn = async (what: (run: Run) => Promise<void>) => {
    for (const [index, run] of runs.entries()) {
      current = index;
      tick();
      await what(run);
    }
    current = undefined;
  };

  /** Polar tells what it wants to tell, in any order. `isLast`: also what is late. */
  const hear = async (isLast = false) => {
    const byLife = await takeHeld(
      world,
      runs.map(({ living }) => living),
    );
    await inTurn(async (run) => {
      const heard = byLife.get(run.living) ?? [];
      run.said.push(...heard.map(({ said }) => said));
      for (const webhook of schedule(run, heard, isLast)) {
        const status = await deliver(place, webhook);
        if (status !== 200) throw new Error(`${webhook.said.type}: ${status}`);
        await look(run);
      }
    });
  };

  for (let turn = 0; turn < TURNS; turn++) {
    await inTurn(async ({ life, living }) => {
      for (const action of life.turns[turn] ?? []) await act(place, living, action);
    });
    await hear();
    const ends = await readEnds(world);
    await world.simulator.advance(CALENDARS[calendar % CALENDARS.length]?.[turn] ?? 0);
    for (const { living } of runs) living.happenings.push({ do: 'move', to: world.simulator.now(), ends });
    await readAllOrders(
      world,
      runs.map(({ living }) => living),
    );
    if (watcher) await inTurn(look);
    await hear(turn === TURNS - 1);
  }
  if (watcher) {
    await watcher.end(place);
    return found;
  }

  const ends = await readEnds(world);
  const compare = async ({ living, life, said }: Run, isReconciled: boolean) => {
    try {
      await compareLife(place, { living, isExact: life.webhooks === 'all', isReconciled, said, ends });
    } catch (error) {
      found.push({ index: current, error });
    }
  };
  // Disputes are known by reading only. All else must be right without a comparison with Polar, which could mend it.
  await inTurn(async (run) => {
    const isDisputed = run.living.happenings.some((happening) => 'dispute' in happening);
    if (run.life.webhooks === 'all' && !isDisputed) await compare(run, false);
  });
  await reconcile(gateway);
  await inTurn((run) => compare(run, true));
  return found;
}

/** The webhooks of a life in the order in which they come now. */
function schedule(run: Run, heard: readonly Webhook[], isLast: boolean): Webhook[] {
  const { random, life } = run;
  const due = run.late.splice(0);
  const isTalkative = life.seed % 4 === 0;
  for (const webhook of heard) {
    if (!isTalkative && SAYS_LITTLE.has(webhook.said.type)) continue;
    if (life.webhooks === 'some' && random.next() < LOST) continue;
    if (!isLast && random.next() < LATE) run.late.push(webhook);
    else due.push(webhook);
    if (random.next() < TWICE) due.push(webhook);
  }
  return due
    .map((webhook) => ({ webhook, place: random.next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ webhook }) => webhook);
}
