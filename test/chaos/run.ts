import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stopOnSignals } from '../../cli/local/signals.ts';
import { healOthers, reconcile, waitForHealthy, waitForPolar, waitUntilQuiet } from './endgame.ts';
import { gatherEvidence } from './evidence.ts';
import { judge, type Verdict } from './judge.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { planRun, type RunPlan } from './plan.ts';
import { startProgress } from './progress.ts';
import { describeLog, describeRun, describeVerdicts } from './report.ts';
import { sabotage } from './sabotage.ts';
import { setScene } from './scene.ts';
import { judgeKills, runStorm, type Storm } from './storm.ts';

/* `npm run chaos`: a run, its verdicts, and nothing left behind. */

const KILLS = 10;
/** The bound of the whole run: what it waits for at the end, and a generous time for each purchase. */
const BASE_LIMIT_MS = 5 * 60_000;
const LIMIT_PER_PURCHASE_MS = 300;

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) {
    console.log(HELP);
    return;
  }
  const { seed, purchases } = options;
  console.log(`chaos: ${purchases} purchases, ${KILLS} kills, seed ${seed}`);
  const limitMs = BASE_LIMIT_MS + purchases * LIMIT_PER_PURCHASE_MS;
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(new Error(`Not done within ${limitMs / 1000} s.`)), limitMs);
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-chaos-'));
  const running = run(planRun(seed, purchases, KILLS), options, folder, ending.signal);
  const signals = stopOnSignals(async () => {
    ending.abort(new Error('Stopped by a signal.'));
    await running.catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
    console.log('\nchaos: 0 checks passed, 1 failed (stopped)');
    process.exit(130);
  });
  let verdicts: Verdict[] = [];
  try {
    verdicts = await running;
  } catch (error) {
    if (signals.isStopping) return;
    console.error('\nThe run broke off.', ending.signal.aborted ? ending.signal.reason : error);
  }
  clearTimeout(timer);
  const passed = verdicts.filter(({ violations }) => violations.length === 0).length;
  const failed = verdicts.length === 0 ? 1 : verdicts.length - passed;
  if (failed === 0 && !options.keep) await rm(folder, { recursive: true, force: true });
  else console.log(`Everything is kept in ${folder}`);
  if (failed > 0) console.log(`Again: npm run chaos -- --seed ${seed} --purchases ${purchases}`);
  console.log(`\nchaos: ${passed} checks passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

/** The whole story. Whatever it started has ended when this returns or throws. */
async function run(plan: RunPlan, options: Options, folder: string, giveUp: AbortSignal): Promise<Verdict[]> {
  const startedAt = new Date();
  const storm: Storm = { started: 0, bought: [], kills: [] };
  const progress = startProgress(() => {
    const { started, kills } = storm;
    return `${started} of ${plan.purchases.length} checkouts, ${kills.length} of ${plan.kills.length} kills`;
  });
  const cleanUps: (() => Promise<void>)[] = [];
  try {
    progress.say('starting');
    const scene = await setScene(plan, folder, giveUp, (cleanUp) => cleanUps.push(cleanUp));
    const { shop, receivers, simulator } = scene;

    progress.say('selling');
    await scene.startTrouble();
    await runStorm(plan, shop, scene.host, storm, giveUp);
    const faults = await scene.endTrouble();

    progress.say('waiting for Polar');
    await waitForPolar(simulator, giveUp);
    progress.say('reconciling');
    const reconciled = await reconcile(shop, giveUp);
    progress.say('waiting for healthy endpoints');
    await waitForHealthy(shop, receivers, giveUp);
    progress.say('healing the others');
    await healOthers(shop, receivers, startedAt.toISOString(), giveUp);
    await waitUntilQuiet(shop, receivers, giveUp);

    progress.say('judging');
    const evidence = await gatherEvidence(shop, receivers, simulator);
    if (options.sabotage) sabotage(options.sabotage, evidence);
    const verdicts = [...judge(evidence), judgeKills(plan, storm)];
    progress.stop();
    console.log(
      describeRun({ evidence, receivers, storm, faults, reconciled, trouble: shop.gateway.trouble }),
    );
    console.log(describeVerdicts(verdicts));
    for (const line of await describeLog(scene.logFile)) console.log(`  logged  ${line}`);
    console.log(`\n${Math.round((Date.now() - startedAt.getTime()) / 1000)} s, seed ${plan.seed}`);
    return verdicts;
  } finally {
    progress.stop();
    for (const cleanUp of cleanUps.toReversed()) {
      await cleanUp().catch((error: unknown) => console.error('Cleaning up:', error));
    }
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.log('chaos: 0 checks passed, 1 failed');
  process.exit(1);
});
