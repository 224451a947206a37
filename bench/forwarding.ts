import { MAX_DELIVERIES_PER_MESSAGE } from '../src/base/messages.ts';
import { makeCall, type Target } from './load.ts';
import { sendSteadily } from './open-loop.ts';
import type { LocalPolar } from './polar.ts';
import { arrivalKey, type Receivers, RETRY_AFTER_MS, startReceivers } from './receivers.ts';
import { type Runtime, startRuntime } from './runtime.ts';
import {
  addEvents,
  addTenantOrders,
  makeEvents,
  type Market,
  openMarket,
  type Order,
  type Tenant,
} from './tenants.ts';

const HEALTHY = 20;

export interface ForwardingPlan {
  /** Deliveries of one slice. */
  deliveries: number;
  /** Pairs of slices of each kind. */
  slices: number;
  /** Rounds of webhooks: to the gateway, to the gateway with a black hole beside, to the relay. */
  rounds: number;
  /** How long each of them lasts. */
  roundMs: number;
  /** Webhooks for a receiver that says `Retry-After` to one of four requests. */
  busy: number;
  /** How long the first moments of a new black hole are watched; 0: not at all. */
  firstMs: number;
}

/** Webhooks of healthy endpoints a second, while latency is measured: far below what either side can do. */
export const WEBHOOKS_PER_SECOND = 20;
const WARM_UP_MS = 1_000;
/** With one batch at a time, a black hole that nobody knows yet holds up each of its first batches for 15 s. */
const ARRIVE_WITHIN_MS = 90_000;

interface Bench {
  runtime: Runtime;
  market: Market;
  receivers: Receivers;
}

export interface Forwarded {
  throughput: { name: string; pairs: ThroughputPair[] }[];
  rounds: Latencies[];
  busy: Obeyed;
  /** Of healthy endpoints while a black hole is new, by how the queues' consumers run. */
  first: { consumers: string; latencies: number[] }[];
}

/** How a receiver fared that says `Retry-After`. */
export interface Obeyed {
  /** Events that it took, all of those that were told. */
  taken: number;
  refused: number;
  /** Requests that came while it had asked for none, those aside that were on their way. */
  tooSoon: number;
  /** Until it had taken all. */
  lastingMs: number;
}

/** Measures forwarding: throughput, latency, and both beside an endpoint that takes everything and never answers. */
export async function measureForwarding(
  script: string,
  polar: LocalPolar,
  plan: ForwardingPlan,
  note: (text: string) => void,
): Promise<Forwarded> {
  const busy: Obeyed = { taken: 0, refused: 0, tooSoon: 0, lastingMs: 0 };
  const measured: Forwarded = { throughput: [], rounds: [], busy, first: [] };
  await withBench(script, polar, 'in turn', async (bench) => {
    for (const name of Object.keys(THROUGHPUT) as ThroughputCase[]) {
      note(`forwarding: ${name}`);
      measured.throughput.push({ name, pairs: await measureThroughput(bench, name, plan) });
    }
    for (let round = 0; round <= plan.rounds; round++) {
      note(`forwarding: webhooks, ${round} of ${plan.rounds}`);
      const latencies = await measureLatency(bench, round === 0 ? WARM_UP_MS : plan.roundMs, round);
      if (round > 0) measured.rounds.push(latencies);
    }
    note('forwarding: a receiver that says Retry-After');
    measured.busy = await tellBusy(bench, plan.busy);
  });
  if (plan.firstMs === 0) return measured;
  for (const consumers of ['side by side', 'in turn'] as const) {
    note(`forwarding: a new black hole, batches ${consumers}`);
    await withBench(script, polar, consumers, async (bench) => {
      await timeWebhooks(bench, WARM_UP_MS, { isStuckBeside: false });
      const latencies = await timeWebhooks(bench, plan.firstMs, { isStuckBeside: true });
      await forgetBlackHole(bench);
      measured.first.push({ consumers, latencies });
    });
  }
  return measured;
}

async function withBench(
  script: string,
  polar: LocalPolar,
  consumers: 'in turn' | 'side by side',
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  const runtime = await startRuntime(script, polar, { direct: false, consumers });
  const receivers = await startReceivers(HEALTHY);
  try {
    await run({ runtime, receivers, market: await openMarket(runtime, polar, receivers) });
  } finally {
    await runtime.close();
    receivers.close();
  }
}

/** What a slice of deliveries took, milliseconds each. */
interface ThroughputPair {
  gateway: number;
  floor: number;
}

type ThroughputCase = keyof typeof THROUGHPUT;
/** How events that wait are spread, and what sets off sending them. */
const THROUGHPUT = {
  'to one endpoint each': { isWide: false, isSwept: false },
  'each to 20 endpoints': { isWide: true, isSwept: false },
  'a backlog, from cron on': { isWide: false, isSwept: true },
} as const;

/**
 * Pairs of slices, gateway and relay in turn: how long until all deliveries that wait have arrived and, with the gateway,
 * every attempt is recorded. One pair before the first is thrown away.
 * @throws when something is missing, came twice, or was not recorded.
 */
async function measureThroughput(
  bench: Bench,
  name: ThroughputCase,
  { slices, deliveries }: ForwardingPlan,
): Promise<ThroughputPair[]> {
  const { isWide, isSwept } = THROUGHPUT[name];
  const { tenants, wide } = bench.market;
  const spread: Tenant[] = isWide
    ? Array.from({ length: Math.ceil(deliveries / HEALTHY) }, () => wide)
    : Array.from({ length: deliveries }, (_, i) => tenants[i % tenants.length] ?? wide);
  const pairs: ThroughputPair[] = [];
  for (let i = 0; i <= slices; i++) {
    const gateway = await timeGateway(bench, spread, isSwept);
    const floor = await timeRelay(bench, spread, isSwept);
    pairs.push({ gateway, floor });
  }
  return pairs.slice(1);
}

async function timeGateway(bench: Bench, spread: readonly Tenant[], isSwept: boolean): Promise<number> {
  const { runtime, market, receivers } = bench;
  const events = makeEvents(market, spread);
  const messages = await addEvents(runtime, events, spread);
  const deliveries = events.flat().length;
  const before = await countAttempts(runtime);
  const expected = receivers.expect(deliveries);
  const startedAt = performance.now();
  if (isSwept) await runtime.runSchedule();
  else await runtime.enqueue('gateway', messages);
  await expected.arrived(ARRIVE_WITHIN_MS);
  while ((await countOpen(runtime)) > 0);
  const perDelivery = (performance.now() - startedAt) / deliveries;
  const recorded = (await countAttempts(runtime)) - before;
  if (recorded !== deliveries || receivers.duplicates() > 0)
    throw new Error(
      `${deliveries} deliveries: ${recorded} attempts recorded, ${receivers.duplicates()} came twice`,
    );
  return perDelivery;
}

/** As many messages as wake the gateway, with bodies of that size to the same URLs. */
async function timeRelay(
  { runtime, market, receivers }: Bench,
  spread: readonly Tenant[],
  isSwept: boolean,
): Promise<number> {
  const events = makeEvents(market, spread);
  const deliveries = events.flat().length;
  // The sweep puts into one message what it finds; otherwise each event has its own.
  const messages = (isSwept ? [events.flat()] : events)
    .flatMap((sends) => chunk(sends, MAX_DELIVERIES_PER_MESSAGE))
    .map((part) => ({ sends: part.map(({ endpoint, body }) => ({ url: endpoint.url, body })) }));
  const expected = receivers.expect(deliveries);
  const startedAt = performance.now();
  await runtime.enqueue('relay', messages);
  await expected.arrived(ARRIVE_WITHIN_MS);
  return (performance.now() - startedAt) / deliveries;
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size));
  return chunks;
}

async function countOpen({ database }: Runtime): Promise<number> {
  const open = database.prepare("select count(*) as open from deliveries where status = 'pending'");
  return (await open.first<number>('open')) ?? 0;
}

async function countAttempts({ database }: Runtime): Promise<number> {
  const made = database.prepare('select count(*) as made from delivery_attempts');
  return (await made.first<number>('made')) ?? 0;
}

async function cancelOpen({ database }: Runtime): Promise<void> {
  await database
    .prepare(
      "update deliveries set status = 'canceled', lease_token = null, lease_until = 0 where status = 'pending'",
    )
    .run();
}

/** Milliseconds from each webhook in, at the moment it was due, to the webhook out that it led to. */
export interface Latencies {
  alone: number[];
  beside: number[];
  relay: number[];
}

/**
 * One round: webhooks for healthy endpoints at a steady rate; the same with a black hole beside, which is known as
 * failing and gets its share; the same to the relay.
 */
async function measureLatency(bench: Bench, lastingMs: number, round: number): Promise<Latencies> {
  const alone = () => timeWebhooks(bench, lastingMs, { isStuckBeside: false });
  const beside = async () => {
    await knowBlackHole(bench);
    const latencies = await timeWebhooks(bench, lastingMs, { isStuckBeside: true });
    await forgetBlackHole(bench);
    return latencies;
  };
  const first = round % 2 === 0 ? await alone() : undefined;
  const withBlackHole = await beside();
  return {
    alone: first ?? (await alone()),
    beside: withBlackHole,
    relay: await timeRelayed(bench, lastingMs),
  };
}

async function timeWebhooks(
  bench: Bench,
  lastingMs: number,
  { isStuckBeside }: { isStuckBeside: boolean },
): Promise<number[]> {
  const { runtime, market, receivers } = bench;
  const count = Math.round((lastingMs / 1000) * WEBHOOKS_PER_SECOND);
  const healthy = Array.from({ length: count }, (_, i) => market.tenants[i % HEALTHY] ?? market.wide);
  // Its share: one more after each turn of the others.
  const turns = isStuckBeside
    ? healthy.flatMap((tenant, i) => ((i + 1) % HEALTHY === 0 ? [tenant, market.stuck] : [tenant]))
    : healthy;
  const orders = await addTenantOrders(runtime, market, turns);
  const calls = orders.map(({ body, headers }) =>
    makeCall(
      market.gateway,
      {
        method: 'POST',
        path: '/webhooks/polar',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      },
      { status: 200, contains: '"status":"applied"' },
    ),
  );
  const expected = receivers.expect(count);
  const due = await sendSteadily(
    market.gateway,
    calls,
    (WEBHOOKS_PER_SECOND * turns.length) / healthy.length,
  );
  await expected.arrived(ARRIVE_WITHIN_MS);
  return readLatencies(receivers, orders, due);
}

async function timeRelayed(bench: Bench, lastingMs: number): Promise<number[]> {
  const { runtime, market, receivers } = bench;
  const count = Math.round((lastingMs / 1000) * WEBHOOKS_PER_SECOND);
  const turns = Array.from({ length: count }, (_, i) => market.tenants[i % HEALTHY] ?? market.wide);
  const orders = await addTenantOrders(runtime, market, turns);
  const target: Target = await runtime.target('relay');
  const calls = orders.map(({ tenant, body }) => {
    const to = encodeURIComponent(tenant.endpoints[0]?.url ?? '');
    return makeCall(
      target,
      { method: 'POST', path: `/?to=${to}`, headers: { 'content-type': 'application/json' }, body },
      { status: 200, contains: '"received":true' },
    );
  });
  const expected = receivers.expect(count);
  const due = await sendSteadily(target, calls, WEBHOOKS_PER_SECOND);
  await expected.arrived(ARRIVE_WITHIN_MS);
  return readLatencies(receivers, orders, due);
}

/** What was sent before the receiver's answer could be heard. */
const ON_ITS_WAY_MS = 250;

/** Tells a receiver that says `Retry-After` now and then of `count` payments. @throws when one of them does not arrive. */
async function tellBusy({ runtime, market, receivers }: Bench, count: number): Promise<Obeyed> {
  const orders = await addTenantOrders(
    runtime,
    market,
    Array.from({ length: count }, () => market.busy),
  );
  const calls = orders.map(({ body, headers }) =>
    makeCall(
      market.gateway,
      { method: 'POST', path: '/webhooks/polar', headers, body },
      { status: 200, contains: '"status":"applied"' },
    ),
  );
  const expected = receivers.expect(count);
  const startedAt = performance.now();
  await sendSteadily(market.gateway, calls, WEBHOOKS_PER_SECOND);
  await expected.arrived(ARRIVE_WITHIN_MS);
  const { busy } = receivers;
  const refusals = busy.filter(({ isRefused }) => isRefused).map(({ at }) => at);
  const isTooSoon = (at: number) =>
    refusals.some((refused) => at > refused + ON_ITS_WAY_MS && at < refused + RETRY_AFTER_MS);
  return {
    taken: count,
    refused: refusals.length,
    tooSoon: busy.filter(({ at }) => isTooSoon(at)).length,
    lastingMs: performance.now() - startedAt,
  };
}

function readLatencies(
  { arrivals, blackHoleUrl }: Receivers,
  orders: readonly Order[],
  due: readonly number[],
): number[] {
  return orders.flatMap(({ tenant, paymentId }, i) => {
    const [endpoint] = tenant.endpoints;
    if (!endpoint || endpoint.url === blackHoleUrl) return [];
    const at = arrivals.get(arrivalKey(paymentId, endpoint.url));
    if (at === undefined) throw new Error(`the event of ${paymentId} did not arrive`);
    return [at - (due[i] ?? Number.NaN)];
  });
}

/** More than the gateway sends to one endpoint at a time, so that the second queue hangs from the start. */
const HANGING = 12;

/** The state after three failures of 15 s each; the second queue hangs on it already. */
async function knowBlackHole(bench: Bench): Promise<void> {
  const { runtime, market } = bench;
  await runtime.database
    .prepare('update endpoints set failures = 3, failing_since = ?2 where app_id = ?1')
    .bind(market.stuck.appId, Date.now())
    .run();
  const turns = Array.from({ length: HANGING }, () => market.stuck);
  for (const { body, headers } of await addTenantOrders(runtime, market, turns)) {
    const call = makeCall(
      market.gateway,
      { method: 'POST', path: '/webhooks/polar', headers, body },
      { status: 200, contains: '"status":"applied"' },
    );
    await sendSteadily(market.gateway, [call], 1);
  }
}

/** Cancels what waits for the black hole and breaks off what hangs in it, so that the next slice is without one. */
async function forgetBlackHole({ runtime, receivers }: Bench): Promise<void> {
  await cancelOpen(runtime);
  receivers.releaseBlackHole();
}
