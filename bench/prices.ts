/** What a bill consists of, a month. */
export interface Usage {
  /** HTTP requests, and runs of cron and of the queues' consumers. */
  invocations: number;
  cpuMs: number;
  rowsRead: number;
  rowsWritten: number;
  kvReads: number;
  kvWrites: number;
  queueOperations: number;
}

/**
 * Cloudflare's prices on Workers Paid in US dollars, by the month, as documented in November 2026: what the plan includes,
 * and what a million more costs. developers.cloudflare.com/workers/platform/pricing, …/d1/platform/pricing,
 * …/kv/platform/pricing, …/queues/platform/pricing.
 */
export const PRICES: Record<keyof Usage, { name: string; included: number; perMillion: number }> = {
  invocations: { name: 'requests', included: 10_000_000, perMillion: 0.3 },
  cpuMs: { name: 'processor time', included: 30_000_000, perMillion: 0.02 },
  rowsRead: { name: 'rows read', included: 25_000_000_000, perMillion: 0.001 },
  rowsWritten: { name: 'rows written', included: 50_000_000, perMillion: 1 },
  kvReads: { name: 'KV reads', included: 10_000_000, perMillion: 0.5 },
  kvWrites: { name: 'KV writes', included: 1_000_000, perMillion: 5 },
  queueOperations: { name: 'queue operations', included: 1_000_000, perMillion: 0.4 },
};

export const PLAN_A_MONTH = 5;
/** What one database of D1 may have. */
export const DATABASE_GB = 10;
const MILLION = 1_000_000;

const NOTHING: Usage = {
  invocations: 0,
  cpuMs: 0,
  rowsRead: 0,
  rowsWritten: 0,
  kvReads: 0,
  kvWrites: 0,
  queueOperations: 0,
};
const PARTS = Object.keys(NOTHING) as (keyof Usage)[];

/** The sum of usages, each as many times as it says. */
export function sumUsage(parts: readonly (readonly [times: number, usage: Usage])[]): Usage {
  const sum = { ...NOTHING };
  for (const [times, usage] of parts) for (const part of PARTS) sum[part] += times * usage[part];
  return sum;
}

/** What the usage costs when what the plan includes is used up already, dollars. */
export function priceBeyond(usage: Usage): number {
  return PARTS.reduce((sum, part) => sum + (usage[part] / MILLION) * PRICES[part].perMillion, 0);
}

/** A month's bill: the plan, and each part beyond what it includes, dollars. */
export function billMonth(usage: Usage): { total: number; parts: Record<keyof Usage, number> } {
  const parts = { ...NOTHING };
  for (const part of PARTS) {
    const { included, perMillion } = PRICES[part];
    parts[part] = (Math.max(0, usage[part] - included) / MILLION) * perMillion;
  }
  return { total: PARTS.reduce((sum, part) => sum + parts[part], PLAN_A_MONTH), parts };
}

/** What so much in D1 costs a month, dollars: 5 GB are included. */
export function priceStorage(gigabytes: number): number {
  return Math.max(0, gigabytes - 5) * 0.75;
}
