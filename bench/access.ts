import { again, inTurn, type Prepared } from './cases.ts';
import { makeCall, openClient, type Target } from './load.ts';
import { type LocalPolar, startPolar } from './polar.ts';
import { type Floor, type Runtime, startRuntime } from './runtime.ts';
import {
  addBuyers,
  addTokens,
  callGateway,
  CONTENT,
  keepToken,
  openShop,
  RESOURCE,
  signWebhook,
} from './seed.ts';
import { measureVerification, type VerificationSpeed } from './verify.ts';

export interface AccessPlan {
  runtimes: number;
  /** Of every way in each runtime. */
  rounds: number;
  /** Tokens verified offline, of each kind. */
  verifications: number;
}

/**
 * How far away Polar is for those who ask it. Polar documents no latency; this is what a server-to-server call of an API
 * on another continent takes at best, and few are that near to all their readers. It is measured at no distance too, as
 * near as the gateway's own D1 and KV are here.
 */
export const POLAR_DISTANCE_MS = 100;

export const COLD = 'the gateway, cold';
export const MONAKIOSK = `MonaKiosk’s way, Polar ${POLAR_DISTANCE_MS} ms away`;
/** With nobody else: what a check takes, without a queue before it. */
export const COLD_ALONE = `${COLD}, one reader at a time`;
export const MONAKIOSK_ALONE = `${MONAKIOSK}, one reader at a time`;

interface Way extends Prepared {
  name: string;
  /** How many checks a slice has: about a tenth of a second, or a few when each takes longer. */
  checks: number;
  readers: number;
  polarDistanceMs: number;
  isGateway: boolean;
}

/** What all slices of one way measured. Milliseconds, one value of `perCheck` a round. */
export interface WayMeasured {
  name: string;
  isGateway: boolean;
  perCheck: number[];
  latencies: number[];
  /** Calls that Polar heard meanwhile. */
  upstreamCalls: number;
}

export interface AccessMeasured {
  ways: WayMeasured[];
  verification: VerificationSpeed[];
}

/**
 * Readers at one time, as in the other cases. A wait costs nothing, so with more of them the ratio to MonaKiosk's way falls,
 * as far as Polar's limit of calls a minute lets it.
 */
export const READERS = 4;

/** Measures a check of access, and beside it what people do today, in the same rounds; and verification offline. */
export async function measureAccess(
  script: string,
  plan: AccessPlan,
  options: { direct: boolean; note: (text: string) => void },
): Promise<AccessMeasured> {
  const measured = new Map<string, WayMeasured>();
  for (let runtimes = 1; runtimes <= plan.runtimes; runtimes++) {
    options.note(`access: runtime ${runtimes} of ${plan.runtimes}`);
    // It has a shop of its own, so that its content is not found at another's.
    const polar = await startPolar();
    const runtime = await startRuntime(script, polar, { ...options, consumers: 'none', ways: true });
    try {
      await measureWays(polar, await prepareWays(runtime, polar, plan.rounds + 1), plan.rounds, measured);
    } finally {
      await runtime.close();
      polar.close();
    }
  }
  options.note('access: verification');
  return { ways: [...measured.values()], verification: await measureVerification(plan.verifications) };
}

/** Rounds of one slice of each way, begun by another each time. The first warms up and is thrown away. */
async function measureWays(
  polar: LocalPolar,
  ways: readonly Way[],
  rounds: number,
  measured: Map<string, WayMeasured>,
): Promise<void> {
  const clients = await Promise.all(ways.map(({ target, readers }) => openClient(target, readers)));
  for (const { name, isGateway } of ways) {
    if (!measured.has(name))
      measured.set(name, { name, isGateway, perCheck: [], latencies: [], upstreamCalls: 0 });
  }
  for (let round = 0; round <= rounds; round++) {
    for (let i = 0; i < ways.length; i++) {
      const at = (round + i) % ways.length;
      const [way, client] = [ways[at], clients[at]];
      if (!way || !client) continue;
      await polar.delay(way.polarDistanceMs);
      const heard = polar.heardCalls();
      const { elapsed, latencies } = await client.run(way.take(way.checks));
      if (round === 0) continue;
      const all = measured.get(way.name);
      all?.perCheck.push(elapsed / way.checks);
      all?.latencies.push(...latencies);
      if (all) all.upstreamCalls += polar.heardCalls() - heard;
    }
  }
  for (const client of clients) client.close();
}

const CHECKS = { memory: 400, kv: 150, cold: 60, near: 24, far: 12, d1: 100, coldAlone: 15, farAlone: 2 };

/** All that `slices` slices of each way need. Readers of the gateway's cold and KV slices are new to it each time. */
async function prepareWays(runtime: Runtime, polar: LocalPolar, slices: number): Promise<Way[]> {
  const shop = await openShop(runtime, polar);
  const kept = await keepToken(runtime, shop);
  const { gateway, secretKey, buyer } = shop;
  const yes = { status: 200, contains: '"allow":true' };
  const headers = { authorization: `Bearer ${secretKey}` };
  const ask = (customer: string) =>
    makeCall(
      gateway,
      { method: 'GET', path: `/v1/access?resource=${RESOURCE}&customer=${customer}`, headers },
      yes,
    );
  const cold = await addBuyers(runtime.database, slices * CHECKS.cold);
  const coldAlone = await addBuyers(runtime.database, slices * CHECKS.coldAlone);
  const cached = await addBuyers(runtime.database, slices * CHECKS.kv);
  const keys = await addTokens(runtime, shop, kept, cached);
  const targets = new Map<Floor, Target>();
  const at = async (floor: Floor, path: string) => {
    const target = targets.get(floor) ?? (await runtime.target(floor));
    targets.set(floor, target);
    return { target, call: makeCall(target, { method: 'GET', path }, yes) };
  };

  const asked = await at('monakiosk', `/?content=${encodeURIComponent(CONTENT)}&customer=${buyer}`);
  const helper = await at('polar-hono', `/?customer=${buyer}`);
  await callGateway(helper.target, 'POST', '/webhooks', {
    rawBody: shop.grantBody,
    headers: signWebhook(shop.grantBody),
  });
  const kvTarget = await runtime.target('kv-read');
  const kvRead = inTurn(
    keys.map((key) => makeCall(kvTarget, { method: 'GET', path: `/?key=${encodeURIComponent(key)}` }, yes)),
  );

  const own = { target: gateway, readers: READERS, isGateway: true, polarDistanceMs: POLAR_DISTANCE_MS };
  const today = { readers: READERS, isGateway: false, polarDistanceMs: POLAR_DISTANCE_MS };
  const monaKiosk = { ...today, target: asked.target, take: again(asked.call) };
  return [
    { ...own, name: COLD, checks: CHECKS.cold, take: inTurn(cold.map(ask)) },
    { ...own, name: 'the gateway, from KV', checks: CHECKS.kv, take: inTurn(cached.map(ask)) },
    { ...own, name: 'the gateway, from memory', checks: CHECKS.memory, take: again(ask(buyer)) },
    { ...monaKiosk, name: MONAKIOSK, checks: CHECKS.far },
    { ...monaKiosk, name: 'MonaKiosk’s way, Polar at no distance', checks: CHECKS.near, polarDistanceMs: 0 },
    {
      ...today,
      name: '@polar-sh/hono’s entitlements, kept in D1',
      target: helper.target,
      checks: CHECKS.d1,
      take: again(helper.call),
    },
    { ...today, name: 'a bare KV read', target: kvTarget, checks: CHECKS.kv, take: kvRead },
    { ...own, name: COLD_ALONE, readers: 1, checks: CHECKS.coldAlone, take: inTurn(coldAlone.map(ask)) },
    { ...monaKiosk, name: MONAKIOSK_ALONE, readers: 1, checks: CHECKS.farAlone },
  ];
}
