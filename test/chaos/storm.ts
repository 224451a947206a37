import { setTimeout as sleep } from 'node:timers/promises';
import { type Bought, buy } from './buyers.ts';
import { eachOf } from './calls.ts';
import type { GatewayHost } from './gateway-host.ts';
import type { Verdict } from './judge.ts';
import type { KillPlan, RunPlan } from './plan.ts';
import type { Shop } from './shop.ts';

/* Buyers buy while the gateway is killed and started again. */

const BUYERS_AT_ONCE = 18;

export interface Storm {
  started: number;
  bought: Bought[];
  /** When each kill came (of the clock), how many processes it ended (the gateway’s and its workerd’s), and for how long, ms. */
  kills: { at: Date; processes: number; awayMs: number }[];
}

/** Runs the plan. `storm` is filled as it goes, so that somebody can watch. @throws what no patience helps against */
export async function runStorm(
  plan: RunPlan,
  shop: Shop,
  host: GatewayHost,
  storm: Storm,
  giveUp: AbortSignal,
): Promise<void> {
  const next = [...plan.kills];
  // One after the other: each kill hits a gateway that has come back.
  let killing = Promise.resolve();
  const onStart = () => {
    storm.started += 1;
    for (let due = next[0]; due && due.purchase < storm.started; due = next[0]) {
      const kill = due;
      next.shift();
      killing = killing.then(() => killAndRestart(kill));
      // Awaited at the end; until then a failure must not end the process.
      killing.catch(() => undefined);
    }
  };
  async function killAndRestart(kill: KillPlan): Promise<void> {
    await sleep(kill.delayMs, undefined, { signal: giveUp });
    const at = new Date();
    const processes = await host.kill();
    await host.start();
    storm.kills.push({ at, processes, awayMs: Date.now() - at.getTime() });
  }
  await eachOf(plan.purchases, BUYERS_AT_ONCE, async (purchase) => {
    onStart();
    storm.bought.push(await buy(shop, purchase, giveUp));
  });
  await killing;
}

/** A run without a kill proves little. */
export function judgeKills(plan: RunPlan, { kills }: Storm): Verdict {
  const violations = kills
    .filter(({ processes }) => processes < 2)
    .map(({ processes }) => `a kill ended ${processes} processes, not the gateway and its workerd`);
  if (kills.length !== plan.kills.length)
    violations.push(`${kills.length} kills of ${plan.kills.length} happened`);
  return { check: 'the gateway was killed as planned', examined: kills.length, violations };
}
