import { bundleFloor } from './bundle.ts';
import { addCopies } from './growth-fill.ts';
import { listQuestions } from './growth-questions.ts';
import { REST, SALE, UNPAID } from './growth-rows.ts';
import { makeSamples } from './growth-samples.ts';
import { listWork, type Place, TURNS, type Work } from './growth-work.ts';
import { quantile } from './measure.ts';
import { startPolar } from './polar.ts';
import { startReceivers } from './receivers.ts';
import { type Runtime, startRuntime } from './runtime.ts';
import { openBenefitShop } from './sales.ts';
import { readSpent } from './spent.ts';
import { buy } from './tenants.ts';

/** What one of a kind took in a database of some size. */
export interface Taken {
  payments: number;
  p50: number;
  rowsRead: number;
  rowsWritten: number;
}

export interface Grown {
  name: string;
  /** By size, the smallest first; nothing when an answer was wrong. */
  taken: Taken[];
  /** What was wrong with an answer. It is a missed goal, and no reason to measure nothing else. */
  fault?: string;
}

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** The sales of any number lie between these ages: all is kept, and no comparison with Polar looks for what is missing there. */
const YOUNGEST_MS = 4 * DAY_MS;
const OLDEST_MS = 84 * DAY_MS;
/** Cron has nothing to do with a checkout that ended within two days. */
const UNPAID_MS = 40 * HOUR_MS;

const MAX_RUNS = 2_000;

/**
 * Measures the same questions and work in databases of some sizes, in turn, so that whatever else the machine does meets
 * all of them. Each is filled with copies of the rows of one sale and of what else lists show. It is the counting gateway that runs:
 * times and rows are of the same run, and what counts is how they grow.
 */
export async function measureGrowth(
  sizes: readonly number[],
  note: (text: string) => void,
): Promise<Grown[]> {
  const counting = await bundleFloor('counted');
  note('growth: a sale and what else lists show');
  const places = await Promise.all(sizes.map((payments) => openPlace(counting, payments)));
  try {
    for (const place of places) {
      note(`growth: filling ${place.payments.toLocaleString('en-US')} payments`);
      await fill(place);
    }
    const works = await Promise.all(places.map(listWorks));
    const grown: Grown[] = [];
    for (const [i, { name }] of (works[0] ?? []).entries()) {
      note(`growth: ${name}`);
      const own = works.flatMap((of) => of.slice(i, i + 1));
      grown.push(
        await measureInTurn(places, own).then(
          (taken) => ({ name, taken }),
          (error: unknown) => ({ name, taken: [], fault: String(error) }),
        ),
      );
    }
    return grown;
  } finally {
    for (const { polar, receivers, runtime } of places) {
      receivers.close();
      await runtime.close();
      polar.close();
    }
  }
}

async function openPlace(script: string, payments: number): Promise<Place> {
  const polar = await startPolar();
  const runtime = await startRuntime(script, polar, { direct: true, consumers: 'none' });
  const receivers = await startReceivers(1);
  const target = await runtime.target('gateway');
  const shop = await openBenefitShop(runtime, polar, receivers.urls);
  const sample = await buy(runtime, polar, target, shop);
  const ids = await makeSamples({ runtime, polar, gateway: target, shop }, sample);
  return { payments, polar, runtime, receivers, shop, sample, ids, target };
}

async function fill({ runtime, ids, payments }: Place): Promise<void> {
  const { database } = runtime;
  // Sends the sample's deliveries, of which the others are copies.
  const { results } = await database.prepare('select id from deliveries').all<{ id: string }>();
  await runtime.consume([{ type: 'deliver', deliveryIds: results.map(({ id }) => id) }]);
  const all = { from: 1, to: payments };
  const sales = { ...all, ageMs: YOUNGEST_MS, stepMs: (OLDEST_MS - YOUNGEST_MS) / payments };
  await addCopies(database, [...SALE, ...REST], ids, sales);
  await addCopies(database, UNPAID, ids, {
    ...all,
    ageMs: HOUR_MS,
    stepMs: (UNPAID_MS - HOUR_MS) / payments,
  });
  await catchUp(runtime);
}

/** Lets cron go through the rows that it would have gone through over the years (ADR 70), until it stays where it is. */
async function catchUp(runtime: Runtime): Promise<void> {
  let before = '';
  for (let runs = 0; runs < MAX_RUNS; runs++) {
    await runtime.runSchedule();
    const statement = runtime.database.prepare('select name, after from walks order by name');
    const { results } = await statement.all();
    const places = JSON.stringify(results);
    if (places === before) return;
    before = places;
  }
  throw new Error(`cron did not catch up in ${MAX_RUNS} runs`);
}

async function listWorks(place: Place): Promise<Work[]> {
  return [...(await listQuestions(place)), ...(await listWork(place))];
}

async function measureInTurn(places: readonly Place[], works: readonly Work[]): Promise<Taken[]> {
  const times: number[][] = places.map(() => []);
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const [i, { runtime }] of places.entries()) {
      await works[i]?.prepare?.(turn);
      if (turn === 1) await readSpent(runtime);
      const took = (await works[i]?.run(turn)) ?? [];
      if (turn > 0) times[i]?.push(...took);
    }
  }
  const taken: Taken[] = [];
  for (const [i, { payments, runtime }] of places.entries()) {
    const own = times[i] ?? [];
    const { rowsRead, rowsWritten } = await readSpent(runtime, own.length);
    taken.push({ payments, p50: quantile(own, 0.5), rowsRead, rowsWritten });
  }
  return taken;
}
