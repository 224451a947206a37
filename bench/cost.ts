import { bundleFloor } from './bundle.ts';
import { type Case, CALLS_PER_SLICE, prepareCases } from './cases.ts';
import type { Counted } from './floors/counted.ts';
import { openClient } from './load.ts';
import { quantile } from './measure.ts';
import type { LocalPolar } from './polar.ts';
import { startClock } from './processor.ts';
import { startReceivers } from './receivers.ts';
import { type Runtime, startRuntime } from './runtime.ts';
import { withSales } from './sales.ts';
import { readSpent } from './spent.ts';
import { addEvents, makeEvents, openMarket } from './tenants.ts';
import { timeWholeWay, type WholeWay } from './whole-way.ts';

export interface CostPlan {
  /** Slices of each kind of request whose processor time is read. */
  slices: number;
  /** Webhooks of one round of the whole way, and rounds of it. */
  orders: number;
  rounds: number;
}

/** What one of a kind takes. */
export interface Cost {
  name: string;
  spent: Counted;
  /** Undefined where it is not measured by itself. */
  cpuMs: number | undefined;
}

export interface CostMeasured {
  costs: Cost[];
  wholeWay: WholeWay;
}

const DELIVERY_ALONE = 'delivery, alone';
const DELIVERY_IN_BATCH = 'delivery, in a batch of 24';
export const SALE = 'a sale, with all it leads to';
export const MINUTE = 'a run of cron, nothing due';
const BATCH = 24;
/** An app may have no more. */
const ENDPOINTS = 20;
const SALES = 20;
const MINUTES = 5;

/** Counts what one of each kind uses, and reads its processor time in runtimes that count nothing. */
export async function measureCost(
  script: string,
  polar: LocalPolar,
  plan: CostPlan,
  note: (text: string) => void,
): Promise<CostMeasured> {
  const counting = await bundleFloor('counted');
  note('cost: counting');
  const spent = [
    ...(await withRuntime(counting, polar, 'none', (runtime) => countRequests(runtime, polar))),
    ...(await withRuntime(counting, polar, 'none', (runtime) => countDeliveries(runtime, polar))),
  ];
  note('cost: counting sales');
  const sales = await withRuntime(counting, polar, 'in turn', (runtime) => countSales(runtime, polar));
  note('cost: processor time');
  const times = await withRuntime(script, polar, 'none', (runtime) => timeRequests(runtime, polar, plan));
  await withRuntime(script, polar, 'in turn', (runtime) => timeSales(runtime, polar, times));
  const { wholeWay, deliveryMs } = await withRuntime(script, polar, 'in turn', (runtime) =>
    timeWholeWay(runtime, polar, plan, note),
  );
  times.set(DELIVERY_IN_BATCH, deliveryMs);
  const costs = [...spent, ...sales].map(([name, each]) => ({
    name,
    spent: each,
    cpuMs: times.get(name),
  }));
  return { costs, wholeWay };
}

async function withRuntime<T>(
  script: string,
  polar: LocalPolar,
  consumers: 'none' | 'in turn',
  run: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const runtime = await startRuntime(script, polar, { direct: true, consumers });
  try {
    return await run(runtime);
  } finally {
    await runtime.close();
  }
}

const WARM_UP = 5;
const COUNTED = 30;
const ARRIVE_WITHIN_MS = 10_000;

async function countRequests(runtime: Runtime, polar: LocalPolar): Promise<[string, Counted][]> {
  const counted: [string, Counted][] = [];
  for (const { name, gateway } of await prepareCases(runtime, polar, 1)) {
    const client = await openClient(gateway.target, 1);
    await client.run(gateway.take(WARM_UP));
    await readSpent(runtime);
    await client.run(gateway.take(COUNTED));
    counted.push([name, await readSpent(runtime, COUNTED)]);
    client.close();
  }
  return counted;
}

/** Each event to one endpoint, answered at once: in batches of one message, and as full as the queue makes them. */
async function countDeliveries(runtime: Runtime, polar: LocalPolar): Promise<[string, Counted][]> {
  const receivers = await startReceivers(ENDPOINTS);
  try {
    const market = await openMarket(runtime, polar, receivers);
    const { tenants, wide } = market;
    await deliverFirst(runtime);
    const count = async (batches: number, size: number) => {
      const spread = Array.from({ length: size }, (_, i) => tenants[i % ENDPOINTS] ?? wide);
      for (let i = 0; i <= batches; i++) {
        if (i === 1) await readSpent(runtime); // The first warms up.
        const expected = receivers.expect(size);
        await runtime.consume(await addEvents(runtime, makeEvents(market, spread), spread));
        await expected.arrived(ARRIVE_WITHIN_MS);
      }
      return readSpent(runtime, batches * size);
    };
    return [
      [DELIVERY_ALONE, await count(COUNTED, 1)],
      [DELIVERY_IN_BATCH, await count(2, BATCH)],
    ];
  } finally {
    receivers.close();
  }
}

/** Sends the delivery of the market's sample, of which the others are copies. */
async function deliverFirst(runtime: Runtime): Promise<void> {
  const { results } = await runtime.database.prepare('select id from deliveries').all<{ id: string }>();
  await runtime.consume([{ type: 'deliver', deliveryIds: results.map(({ id }) => id) }]);
}

async function countSales(runtime: Runtime, polar: LocalPolar) {
  return withSales(runtime, polar, async (sell) => {
    await readSpent(runtime);
    await sell(SALES);
    const sale = await readSpent(runtime, SALES);
    for (let i = 0; i < MINUTES; i++) await runtime.runSchedule();
    const minute = await readSpent(runtime, MINUTES);
    const spent: [string, Counted][] = [
      [SALE, sale],
      [MINUTE, minute],
    ];
    return spent;
  });
}

async function timeSales(runtime: Runtime, polar: LocalPolar, times: Map<string, number>): Promise<void> {
  const clock = await startClock();
  await withSales(runtime, polar, async (sell) => {
    await sell(SALES); // Warms up.
    const before = await clock();
    await sell(SALES);
    const sold = await clock();
    for (let i = 0; i < SALES; i++) await runtime.runSchedule();
    times.set(SALE, (sold - before) / SALES);
    times.set(MINUTE, ((await clock()) - sold) / SALES);
  });
}

/** Processor time of one request of each kind, milliseconds: the median of slices. */
async function timeRequests(
  runtime: Runtime,
  polar: LocalPolar,
  { slices }: CostPlan,
): Promise<Map<string, number>> {
  const cases: Case[] = await prepareCases(runtime, polar, slices + 1);
  const clock = await startClock();
  const times = new Map<string, number>();
  for (const { name, gateway } of cases) {
    const count = (CALLS_PER_SLICE as Record<string, number>)[name] ?? 0;
    const client = await openClient(gateway.target, 1);
    const each: number[] = [];
    for (let slice = 0; slice <= slices; slice++) {
      const before = await clock();
      await client.run(gateway.take(count));
      if (slice > 0) each.push(((await clock()) - before) / count);
    }
    times.set(name, quantile(each, 0.5));
    client.close();
  }
  return times;
}
