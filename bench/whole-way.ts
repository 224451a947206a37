import { setTimeout } from 'node:timers/promises';
import { WEBHOOKS_PER_SECOND } from './forwarding.ts';
import { makeCall } from './load.ts';
import { quantile } from './measure.ts';
import { sendSteadily } from './open-loop.ts';
import type { LocalPolar } from './polar.ts';
import { startClock } from './processor.ts';
import { type Receivers, startReceivers } from './receivers.ts';
import type { Runtime } from './runtime.ts';
import {
  addEvents,
  addTenantOrders,
  makeEvents,
  type Market,
  openMarket,
  openTenant,
  type Tenant,
} from './tenants.ts';

/** Processor time from one `order.paid` in to two webhooks out, seconds per 1,000: medians of the rounds. */
export interface WholeWay {
  gateway: number;
  relay: number;
}

const ENDPOINTS = 2;
const ARRIVE_WITHIN_MS = 60_000;
const DELIVERIES = 240;

interface Way {
  runtime: Runtime;
  market: Market;
  receivers: Receivers;
  /** It has two endpoints. */
  tenant: Tenant;
  clock: () => Promise<number>;
}

/**
 * Orders at a steady rate through the gateway, and as many bodies through a relay that only forwards, in turn; and what
 * one delivery of a backlog takes by itself, milliseconds.
 */
export async function timeWholeWay(
  runtime: Runtime,
  polar: LocalPolar,
  { orders, rounds }: { orders: number; rounds: number },
  note: (text: string) => void,
): Promise<{ wholeWay: WholeWay; deliveryMs: number }> {
  const receivers = await startReceivers(ENDPOINTS);
  try {
    const market = await openMarket(runtime, polar, receivers);
    const { gateway } = market;
    const tenant = await openTenant(runtime, polar, { gateway, name: 'pair', urls: receivers.urls });
    const way: Way = { runtime, market, receivers, tenant, clock: await startClock() };
    const times = { gateway: [] as number[], relay: [] as number[] };
    const backlogs: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      note(`cost: the whole way, ${round} of ${rounds}`);
      const own = await timeOrders(way, 'gateway', orders);
      const relay = await timeOrders(way, 'relay', orders);
      const backlog = await timeBacklog(way);
      // The first warms up.
      if (round === 0) continue;
      times.gateway.push(own);
      times.relay.push(relay);
      backlogs.push(backlog);
    }
    return {
      wholeWay: { gateway: quantile(times.gateway, 0.5), relay: quantile(times.relay, 0.5) },
      deliveryMs: quantile(backlogs, 0.5),
    };
  } finally {
    receivers.close();
  }
}

/** Seconds per 1,000 orders. */
async function timeOrders(way: Way, name: 'gateway' | 'relay', count: number): Promise<number> {
  const { runtime, market, receivers, tenant, clock } = way;
  const orders = await addTenantOrders(
    runtime,
    market,
    Array.from({ length: count }, () => tenant),
  );
  const target = await runtime.target(name);
  const to = tenant.endpoints.map(({ url }) => `to=${encodeURIComponent(url)}`).join('&');
  const [path, contains] =
    name === 'gateway' ? ['/webhooks/polar', '"status":"applied"'] : [`/?${to}`, '"received":true'];
  const calls = orders.map(({ body, headers }) =>
    makeCall(
      target,
      { method: 'POST', path, headers: { ...headers, 'content-type': 'application/json' }, body },
      { status: 200, contains },
    ),
  );
  const expected = receivers.expect(count * ENDPOINTS);
  const before = await clock();
  await sendSteadily(target, calls, WEBHOOKS_PER_SECOND);
  await expected.arrived(ARRIVE_WITHIN_MS);
  await settle(runtime);
  // Milliseconds each are seconds per 1,000.
  return ((await clock()) - before) / count;
}

/** Milliseconds a delivery, of events that wait for one endpoint each and come in full batches. */
async function timeBacklog({ runtime, market, receivers, clock }: Way): Promise<number> {
  const spread = Array.from(
    { length: DELIVERIES },
    (_, i) => market.tenants[i % market.tenants.length] ?? market.wide,
  );
  const messages = await addEvents(runtime, makeEvents(market, spread), spread);
  const expected = receivers.expect(DELIVERIES);
  const before = await clock();
  await runtime.enqueue('gateway', messages);
  await expected.arrived(ARRIVE_WITHIN_MS);
  await settle(runtime);
  return ((await clock()) - before) / DELIVERIES;
}

/** Waits until every attempt is recorded. Asking costs processor time too, so it is asked rarely. */
async function settle({ database }: Runtime): Promise<void> {
  const open = database.prepare("select count(*) as open from deliveries where status = 'pending'");
  while ((await open.first<number>('open')) !== 0) await setTimeout(100);
}
