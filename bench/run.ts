import { parseArgs } from 'node:util';
import { type Bundle, bundleGateway } from './bundle.ts';
import { prepareCases } from './cases.ts';
import { measure, type Pair, summarize } from './measure.ts';
import { type LocalPolar, startPolar } from './polar.ts';
import { describeBundle, describeRows, describeStartUp, isMet, isSmall, type Row } from './report.ts';
import { startRuntime } from './runtime.ts';
import { measureStartUp } from './startup.ts';

const HELP = `npm run bench -- [--quick] [--direct] [--strict]

Measures the Worker, as it is deployed, beside Workers that do the least that such a request needs (bench/floors/), in
the same local runtime and the same run: what counts is the ratio, numbers alone are this machine's. Loopback only.

  --quick    one runtime instead of three, fewer requests: under 30 s, and noisier
  --direct   past the local runtime's front door, which costs each request about 0.15 ms on either side
             and so flatters the ratios of the fastest; the goals are for the front door
  --strict   exits with 1 when a goal is missed
  --help     shows this`;

interface Plan {
  runtimes: number;
  /** Of each case in each runtime. */
  pairs: number;
  lastingMs: number;
  starts: number;
}
const FULL: Plan = { runtimes: 3, pairs: 8, lastingMs: 5_000, starts: 25 };
const QUICK: Plan = { runtimes: 1, pairs: 4, lastingMs: 1_500, starts: 8 };

interface Measured {
  pairs: Pair[];
  floor: string;
  goal: number | undefined;
}

/** The medians of all pairs that all runtimes gave: a runtime of its own is slow or fast as a whole. */
async function measureAll(bundle: Bundle, polar: LocalPolar, plan: Plan, direct: boolean): Promise<Row[]> {
  const measured = new Map<string, Measured>();
  for (let round = 1; round <= plan.runtimes; round++) {
    const runtime = await startRuntime(bundle.script, polar, { direct });
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
      direct: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const plan = values.quick ? QUICK : FULL;
  note('bundling');
  const bundle = await bundleGateway();
  const polar = await startPolar();
  try {
    const rows = await measureAll(bundle, polar, plan, values.direct);
    note('start-up');
    const startUp = await measureStartUp(bundle.script, polar, plan.starts);
    note('');
    console.log(describeRows(rows));
    console.log(`\n${describeBundle(bundle)}\n${describeStartUp(startUp)}`);
    const isGood = isSmall(bundle.gzipBytes) && rows.every(({ result, goal }) => isMet(result, goal));
    if (values.strict && !isGood) process.exitCode = 1;
  } finally {
    polar.close();
  }
}

await main();
