import { parseArgs } from 'node:util';
import { type AccessPlan, measureAccess } from './access.ts';
import { describeAccess, isAccessMet } from './access-report.ts';
import { type Bundle, bundleGateway } from './bundle.ts';
import { prepareCases } from './cases.ts';
import { type CostPlan, measureCost } from './cost.ts';
import { describeCost, isCostMet } from './cost-report.ts';
import { type ForwardingPlan, measureForwarding } from './forwarding.ts';
import { describeForwarding, isForwardingMet } from './forwarding-report.ts';
import { measureGrowth } from './growth.ts';
import { describeGrowth, isGrowthMet } from './growth-report.ts';
import { measure, type Pair, summarize } from './measure.ts';
import { type LocalPolar, startPolar } from './polar.ts';
import {
  describeBundle,
  describeRows,
  describeStartUp,
  isMet,
  isSmall,
  type Row,
  startsSoon,
} from './report.ts';
import { startRuntime } from './runtime.ts';
import { measureStartUp } from './startup.ts';

const HELP = `npm run bench -- [--quick] [--only requests|forwarding|access|cost|growth] [--direct] [--strict]

Measures the Worker, as it is deployed, beside Workers that do the least that such a request needs (bench/floors/), in
the same local runtime and the same run: what counts is the ratio, numbers alone are this machine's. Loopback only.

Forwarding: events that wait for 20 endpoints, beside a relay with the same queue settings and as many messages; the time
from webhook in to webhook out; and both beside a black hole, an endpoint that takes requests and never answers.

Access: "may this reader see this?" beside what people do today: MonaKiosk's way, which asks Polar twice each time, the
entitlements of @polar-sh/hono kept in D1, and a bare KV read; how often Polar is called; and tokens verified offline.

Cost: what a million of each kind takes of D1, KV, the queues and the processor, in money, as docs/cost.md has it.

Growth, only when it is asked for: the same questions, every list with its filters and sorts among them, and the same
work, in databases of 1,000, 30,000 and a million sales with all that belongs to them, and as many subscriptions, refunds,
disputes, gifts and whatever else lists show. It takes more than half an hour, and some 15 GB of the folder for temporary files.

  --quick    one runtime instead of three, fewer requests, no million: about a minute, and noisier
  --only     one of the parts: what requests take, access, forwarding, cost, or growth
  --direct   past the local runtime's front door, which costs each request about 0.15 ms on either side
             and so flatters the ratios of the fastest; the goals are for the front door
  --strict   exits with 1 when a goal is missed
  --help     shows this`;

const PARTS = ['requests', 'access', 'forwarding', 'cost', 'growth'];

interface Plan {
  runtimes: number;
  /** Of each case in each runtime. */
  pairs: number;
  lastingMs: number;
  starts: number;
  forwarding: ForwardingPlan;
  access: AccessPlan;
  cost: CostPlan;
  /** Payments of each database. */
  sizes: readonly number[];
}
const FULL: Plan = {
  runtimes: 3,
  pairs: 8,
  lastingMs: 5_000,
  starts: 25,
  forwarding: { deliveries: 400, slices: 6, rounds: 7, roundMs: 3_000, busy: 24, firstMs: 10_000 },
  access: { runtimes: 3, rounds: 8, verifications: 20_000 },
  cost: { slices: 5, orders: 200, rounds: 3 },
  sizes: [1_000, 30_000, 1_000_000],
};
const QUICK: Plan = {
  runtimes: 1,
  pairs: 4,
  lastingMs: 1_500,
  starts: 8,
  forwarding: { deliveries: 200, slices: 3, rounds: 3, roundMs: 1_500, busy: 8, firstMs: 0 },
  access: { runtimes: 1, rounds: 4, verifications: 4_000 },
  cost: { slices: 3, orders: 60, rounds: 1 },
  sizes: [1_000, 30_000],
};

interface Measured {
  pairs: Pair[];
  floor: string;
  goal: number | undefined;
}

/** The medians of all pairs that all runtimes gave: a runtime of its own is slow or fast as a whole. */
async function measureAll(bundle: Bundle, polar: LocalPolar, plan: Plan, direct: boolean): Promise<Row[]> {
  const measured = new Map<string, Measured>();
  for (let round = 1; round <= plan.runtimes; round++) {
    const runtime = await startRuntime(bundle.script, polar, { direct, consumers: 'none' });
    try {
      note(`runtime ${round} of ${plan.runtimes}: preparing`);
      for (const each of await prepareCases(runtime, polar, plan.pairs + 1)) {
        note(`runtime ${round} of ${plan.runtimes}: ${each.name}`);
        const pairs = await measure(each, plan);
        const known = measured.get(each.name);
        if (known) known.pairs.push(...pairs);
        else measured.set(each.name, { pairs, floor: each.floor, goal: each.goal });
      }
    } finally {
      await runtime.close();
    }
  }
  return [...measured].map(([name, { pairs, floor, goal }]) => ({
    name,
    floor,
    goal,
    result: summarize(pairs),
  }));
}

function note(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      direct: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const { only } = values;
  if (only !== undefined && !PARTS.includes(only)) {
    console.error(`--only is one of ${PARTS.join(', ')}. See --help.`);
    process.exitCode = 1;
    return;
  }
  const plan = values.quick ? QUICK : FULL;
  note('bundling');
  const bundle = await bundleGateway();
  const polar = await startPolar();
  try {
    const met: boolean[] = [];
    const isWanted = (part: string) => only === undefined || only === part;
    if (isWanted('requests')) met.push(await showRequests(bundle, polar, plan, values.direct));
    if (isWanted('access')) met.push(await showAccess(bundle, plan, values.direct));
    if (isWanted('forwarding')) met.push(await showForwarding(bundle, polar, plan));
    if (isWanted('cost')) met.push(await showCost(bundle, polar, plan));
    if (only === 'growth') met.push(await showGrowth(plan));
    if (values.strict && met.includes(false)) process.exitCode = 1;
  } finally {
    polar.close();
  }
}

/** Whether all goals are met. */
async function showRequests(
  bundle: Bundle,
  polar: LocalPolar,
  plan: Plan,
  direct: boolean,
): Promise<boolean> {
  const rows = await measureAll(bundle, polar, plan, direct);
  note('start-up');
  const startUp = await measureStartUp(bundle.script, polar, plan.starts);
  note('');
  console.log(describeRows(rows));
  console.log(`\n${describeBundle(bundle)}\n${describeStartUp(startUp)}\n`);
  return (
    isSmall(bundle.start.gzipBytes) &&
    startsSoon(startUp) &&
    rows.every(({ result, goal }) => isMet(result, goal))
  );
}

/** Whether all goals are met. */
async function showAccess(bundle: Bundle, plan: Plan, direct: boolean): Promise<boolean> {
  const measured = await measureAccess(bundle.script, plan.access, { direct, note });
  note('');
  console.log(`${describeAccess(measured)}\n`);
  return isAccessMet(measured);
}

/** Whether all goals are met. */
async function showForwarding(bundle: Bundle, polar: LocalPolar, plan: Plan): Promise<boolean> {
  const forwarded = await measureForwarding(bundle.script, polar, plan.forwarding, note);
  note('');
  console.log(describeForwarding(forwarded));
  return isForwardingMet(forwarded);
}

/** Whether all goals are met. */
async function showCost(bundle: Bundle, polar: LocalPolar, plan: Plan): Promise<boolean> {
  const measured = await measureCost(bundle.script, polar, plan.cost, note);
  note('');
  console.log(describeCost(measured));
  return isCostMet(measured);
}

/** Whether all goals are met. */
async function showGrowth({ sizes }: Plan): Promise<boolean> {
  const grown = await measureGrowth(sizes, note);
  note('');
  console.log(describeGrowth(grown));
  return isGrowthMet(grown);
}

await main();
