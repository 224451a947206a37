import { type Case, CALLS_PER_SLICE } from './cases.ts';
import { openClient } from './load.ts';

/** What one pair of slices measured. Milliseconds. */
export interface Pair {
  gateway: Slice;
  floor: Slice;
}
interface Slice {
  perCall: number;
  latencies: number[];
}

const CONNECTIONS = 4;
/** The fewest pairs, also on a slow machine, since a median needs some. */
const FEWEST_PAIRS = 3;

/**
 * Pairs of short slices, gateway and floor in turn, the first of them now this and now that: whatever else the machine
 * does meets both. One pair before the first is thrown away: it warms up. At most `pairs`, and none is begun after
 * `lastingMs`.
 */
export async function measure(
  { name, gateway, beside }: Case,
  { pairs, lastingMs }: { pairs: number; lastingMs: number },
): Promise<Pair[]> {
  const endsAt = performance.now() + lastingMs;
  const count = (CALLS_PER_SLICE as Record<string, number>)[name] ?? 0;
  const clients = {
    gateway: await openClient(gateway.target, CONNECTIONS),
    floor: await openClient(beside.target, CONNECTIONS),
  };
  const run = async (side: 'gateway' | 'floor'): Promise<Slice> => {
    const calls = (side === 'gateway' ? gateway : beside).take(count);
    const { elapsed, latencies } = await clients[side].run(calls);
    return { perCall: elapsed / count, latencies };
  };
  const measured: Pair[] = [];
  for (let i = 0; i <= pairs; i++) {
    if (i > FEWEST_PAIRS && performance.now() > endsAt) break;
    const first = i % 2 === 0 ? await run('gateway') : undefined;
    const floor = await run('floor');
    measured.push({ gateway: first ?? (await run('gateway')), floor });
  }
  clients.gateway.close();
  clients.floor.close();
  return measured.slice(1);
}

export interface Result {
  perSecond: number;
  p50: number;
  p99: number;
  floorPerSecond: number;
  /** Requests per second as a part of the floor's: the median of the pairs. */
  ratio: number;
  /** What a request costs beyond the floor's, milliseconds. */
  added: number;
}

export function summarize(pairs: readonly Pair[]): Result {
  const latencies = pairs.flatMap(({ gateway }) => gateway.latencies);
  return {
    perSecond:
      1000 /
      quantile(
        pairs.map(({ gateway }) => gateway.perCall),
        0.5,
      ),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    floorPerSecond:
      1000 /
      quantile(
        pairs.map(({ floor }) => floor.perCall),
        0.5,
      ),
    ratio: quantile(
      pairs.map(({ gateway, floor }) => floor.perCall / gateway.perCall),
      0.5,
    ),
    added: quantile(
      pairs.map(({ gateway, floor }) => gateway.perCall - floor.perCall),
      0.5,
    ),
  };
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
