import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Simulator } from '../../packages/polar-simulator/index.ts';
import { type AppName, APPS } from './catalogue.ts';
import { type Call, expectStatus } from './calls.ts';
import { isSteady, type Receiver, type Receivers } from './receivers.ts';
import type { Shop } from './shop.ts';

/* After the storm: Polar finishes, the gateway compares itself with Polar, and everything that is owed arrives. */

const POLL_MS = 1_000;
/**
 * Longer than a usual lease: deliveries that were under way at the last kill are sent again only when it has run out.
 */
const QUIET_WITHIN_MS = 200_000;
/** Two runs of the local schedule, which asks Polar again for what was missing. */
const QUIET_MS = 6_000;
const POLAR_WITHIN_MS = 90_000;
/** Jobs beyond are next month’s renewals. */
const SOON_MS = 120_000;
/** What repaired receivers still miss after that comes by the schedule, hours later. */
const HEALED_WITHIN_MS = 30_000;

/** Waits until Polar has nothing more to do or to send. @throws when that takes too long */
export async function waitForPolar(simulator: Simulator, giveUp: AbortSignal): Promise<void> {
  const snapshot = z.object({ jobs: z.array(z.object({ at: z.number(), kind: z.string() })) });
  await waitUntil('Polar has sent everything', POLAR_WITHIN_MS, giveUp, () => {
    const { jobs } = snapshot.parse(simulator.snapshot());
    return Promise.resolve(jobs.every((job) => job.at > simulator.now() + SOON_MS));
  });
  await simulator.settle();
}

const run = z.looseObject({ id: z.string(), status: z.string() });

/** Has the gateway compare all it knows with Polar; its report. @throws unless it finishes */
export async function reconcile(shop: Shop, giveUp: AbortSignal): Promise<unknown> {
  const { gateway, adminToken } = shop;
  const start: Call = {
    method: 'POST',
    path: '/admin/reconcile',
    token: adminToken,
    body: { mode: 'sandbox', scope: 'full', grace_seconds: 0 },
  };
  const { id } = run.parse(expectStatus(start, await gateway.ask(start), 202));
  const look: Call = { method: 'GET', path: `/admin/reconcile/${id}`, token: adminToken };
  for (;;) {
    const state = run.parse(expectStatus(look, await gateway.ask(look), 200));
    if (state.status === 'finished') return state;
    if (state.status !== 'running') throw new Error(`Reconcile ended as ${JSON.stringify(state)}.`);
    await sleep(POLL_MS, undefined, { signal: giveUp });
  }
}

/** Waits until the endpoints that take everything are owed nothing. @throws when that takes too long */
export async function waitForHealthy(shop: Shop, receivers: Receivers, giveUp: AbortSignal): Promise<void> {
  await waitUntil('healthy endpoints have everything', QUIET_WITHIN_MS, giveUp, async () => {
    return !(await isAnyOwed(shop, receivers));
  });
}

/**
 * Waits until, beside that, no event waits to be applied, and nothing new was told for a while.
 * @throws when that takes too long
 */
export async function waitUntilQuiet(shop: Shop, receivers: Receivers, giveUp: AbortSignal): Promise<void> {
  let last = '';
  let since = Date.now();
  await waitUntil('nothing new is told', QUIET_WITHIN_MS, giveUp, async () => {
    if (await isAnyOwed(shop, receivers)) return false;
    if (await isAny(shop, '/admin/polar-events?status=pending', shop.adminToken)) return false;
    const told = JSON.stringify(await Promise.all(APPS.map((app) => newestSequence(shop, app))));
    if (told !== last) since = Date.now();
    last = told;
    return Date.now() - since >= QUIET_MS;
  });
}

/** The bad receivers are repaired, enabled again and given what failed. Waits a while for it, not for ever. */
export async function healOthers(
  shop: Shop,
  receivers: Receivers,
  since: string,
  giveUp: AbortSignal,
): Promise<void> {
  receivers.heal();
  const others = receivers.all.filter((each) => !isSteady(each));
  for (const { app, endpoint } of others) {
    const token = shop.apps[app].secretKey;
    const path = `/v1/webhook-endpoints/${endpoint.id}`;
    const enable: Call = { method: 'PATCH', path, token, body: { enabled: true } };
    expectStatus(enable, await shop.gateway.ask(enable), 200);
    const recover: Call = { method: 'POST', path: `${path}/recover`, token, body: { since } };
    expectStatus(recover, await shop.gateway.ask(recover), 202);
    // A delivery that has not failed for good waits for its next attempt, which may be hours away.
    const hasten: Call = {
      method: 'POST',
      path: '/v1/replays',
      token,
      body: { endpoint_id: endpoint.id, status: 'pending', since },
    };
    expectStatus(hasten, await shop.gateway.ask(hasten), 202);
  }
  const deadline = Date.now() + HEALED_WITHIN_MS;
  for (let owed = others; owed.length > 0 && Date.now() < deadline;) {
    await sleep(POLL_MS, undefined, { signal: giveUp });
    const still: Receiver[] = [];
    for (const receiver of owed) if (await isOwed(shop, receiver)) still.push(receiver);
    owed = still;
  }
}

async function isAnyOwed(shop: Shop, receivers: Receivers): Promise<boolean> {
  for (const receiver of receivers.all.filter(isSteady)) if (await isOwed(shop, receiver)) return true;
  return false;
}

function isOwed(shop: Shop, { app, endpoint }: Receiver): Promise<boolean> {
  return isAny(shop, `/v1/deliveries?endpoint=${endpoint.id}&status=pending`, shop.apps[app].secretKey);
}

/** Whether a list has anything in it. */
async function isAny(shop: Shop, path: string, token: string): Promise<boolean> {
  return (await readFirst(shop, path, token)) !== undefined;
}

async function newestSequence(shop: Shop, app: AppName): Promise<number> {
  const newest = await readFirst(shop, '/v1/events?', shop.apps[app].secretKey);
  return newest === undefined ? 0 : z.looseObject({ sequence: z.number() }).parse(newest).sequence;
}

async function readFirst(shop: Shop, path: string, token: string): Promise<unknown> {
  const call: Call = { method: 'GET', path: `${path}&limit=1`, token };
  const page = z.object({ data: z.array(z.unknown()) });
  return page.parse(expectStatus(call, await shop.gateway.ask(call), 200)).data[0];
}

async function waitUntil(
  what: string,
  withinMs: number,
  giveUp: AbortSignal,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs / 1000} s in vain until ${what}.`);
    await sleep(POLL_MS, undefined, { signal: giveUp });
  }
}
