import { type Cost, type CostMeasured, MINUTE, SALE } from './cost.ts';
import type { Counted } from './floors/counted.ts';
import {
  billMonth,
  DATABASE_GB,
  PLAN_A_MONTH,
  priceBeyond,
  PRICES,
  priceStorage,
  sumUsage,
  type Usage,
} from './prices.ts';
import { verdict } from './report.ts';

/** Seconds per 1,000 orders to reach, from one order in to two events out. */
const MAX_WHOLE_WAY = 8;

const MEMORY = 'access: yes, from memory';
const KV = 'access: yes, from KV';
const COLD = 'access: yes, cold';
const NO = 'access: no';

/** Checks of access that one sale leads to, in the example shops. */
const CHECKS = { [MEMORY]: 50, [KV]: 40, [COLD]: 5, [NO]: 5 };
const SHOPS = [1_000, 30_000, 1_000_000];
const MINUTES_A_MONTH = 60 * 24 * 30;
const MILLION = 1_000_000;
/** Of one sale, as docs/storage.md has it: until its deliveries and bodies are deleted, and for good. */
const SALE_GB = { new: 0.000_052, old: 0.000_007_8 };
const MONTHS_NEW = 3;

/** Tables in Markdown, as docs/cost.md has them, and the processor time of the whole way. */
export function describeCost(measured: CostMeasured): string {
  return [describeMillions(measured), describeShops(measured), describeWholeWay(measured)].join('\n\n');
}

export function isCostMet({ wholeWay }: CostMeasured): boolean {
  return wholeWay.gateway <= MAX_WHOLE_WAY;
}

/** Counts per million, in millions; dollars per million beyond what the plan includes. */
function describeMillions({ costs }: CostMeasured): string {
  return drawMarkdown(
    [
      'a million of',
      'D1 statements',
      'rows read',
      'rows written',
      'KV reads',
      'KV writes',
      'queue operations',
      'CPU seconds',
      'US $',
    ],
    costs.map((cost) => {
      const { name, spent, cpuMs } = cost;
      return [
        name,
        ...[
          spent.statements,
          spent.rowsRead,
          spent.rowsWritten,
          spent.kvReads,
          spent.kvWrites,
          countQueueOperations(spent),
        ].map(inMillions),
        cpuMs === undefined ? '' : groupDigits(cpuMs * 1000),
        priceBeyond(sumUsage([[MILLION, toUsage(cost)]])).toFixed(2),
      ];
    }),
  );
}

/** What shops of three sizes pay a month. */
function describeShops({ costs }: CostMeasured): string {
  const usageOf = (name: string) => {
    const cost = costs.find((each) => each.name === name);
    if (!cost) throw new Error(`${name} was not measured`);
    return toUsage(cost);
  };
  const checks = Object.entries(CHECKS).map(([name, times]) => [times, usageOf(name)] as const);
  const perSale = sumUsage([[1, usageOf(SALE)], ...checks]);
  const bills = SHOPS.map((sales) =>
    billMonth(
      sumUsage([
        [sales, perSale],
        [MINUTES_A_MONTH, usageOf(MINUTE)],
      ]),
    ),
  );
  const parts = Object.keys(PRICES) as (keyof Usage)[];
  return drawMarkdown(
    ['US $ a month', ...SHOPS.map((sales) => `${groupDigits(sales)} sales`)],
    [
      ['Workers Paid', ...bills.map(() => PLAN_A_MONTH.toFixed(2))],
      ...parts.map((part) => [PRICES[part].name, ...bills.map((bill) => bill.parts[part].toFixed(2))]),
      ['storage after a year', ...SHOPS.map(describeStorage)],
      ['together, without storage', ...bills.map(({ total }) => total.toFixed(2))],
    ],
  );
}

function describeStorage(sales: number): string {
  const gigabytes = sales * (MONTHS_NEW * SALE_GB.new + (12 - MONTHS_NEW) * SALE_GB.old);
  return gigabytes > DATABASE_GB ? 'no room' : priceStorage(gigabytes).toFixed(2);
}

function toUsage({ spent, cpuMs = 0 }: Cost): Usage {
  const { invocations, rowsRead, rowsWritten, kvReads, kvWrites } = spent;
  const queueOperations = countQueueOperations(spent);
  return { invocations, cpuMs, rowsRead, rowsWritten, kvReads, kvWrites, queueOperations };
}

function countQueueOperations({ queueWrites, queueReads, queueDeletes }: Counted): number {
  return queueWrites + queueReads + queueDeletes;
}

function describeWholeWay({ wholeWay: { gateway, relay } }: CostMeasured): string {
  return `one Polar order in, two webhooks out, per 1,000: ${gateway.toFixed(1)} s of processor time, at most ${MAX_WHOLE_WAY}: ${verdict(gateway <= MAX_WHOLE_WAY)} (a relay that only forwards: ${relay.toFixed(1)} s)`;
}

function inMillions(each: number): string {
  return each === 0 ? '' : `${Number(each.toFixed(1))} M`;
}

function groupDigits(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function drawMarkdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map(line).join('\n');
}
