import { type Forwarded, type Latencies, type Obeyed, WEBHOOKS_PER_SECOND } from './forwarding.ts';
import { quantile } from './measure.ts';
import { drawTable, verdict } from './report.ts';

/** The part of the relay's deliveries a second to reach, with every attempt recorded. */
const MIN_RATIO = 0.5;
/** How many times as long as the relay the gateway may take from webhook in to webhook out. */
const MAX_LATENCY_RATIO = { p50: 3, p99: 4 };
/** How many times as long the slowest healthy hundredth may take beside a black hole. */
const MAX_P99_RATIO = 1.5;

const median = (values: readonly number[]) => quantile(values, 0.5);

/** Tables for the terminal. */
export function describeForwarding({ throughput, rounds, busy, first }: Forwarded): string {
  const rows = throughput.map(({ name, pairs }) => {
    const { perSecond, floorPerSecond, ratio } = readThroughput(pairs);
    const adds = median(pairs.map(({ gateway, floor }) => gateway - floor)).toFixed(2);
    const [own, floor] = [perSecond.toFixed(0), floorPerSecond.toFixed(0)];
    return [
      name,
      own,
      'relay',
      floor,
      adds,
      ratio.toFixed(2),
      MIN_RATIO.toFixed(2),
      verdict(ratio >= MIN_RATIO),
    ];
  });
  const latency = (name: string, values: readonly number[][]) => [
    name,
    median(values.map((each) => quantile(each, 0.5))).toFixed(1),
    median(values.map((each) => quantile(each, 0.99))).toFixed(1),
  ];
  const tables = [
    'forwarding what waits, until all has arrived and every attempt is recorded',
    drawTable(
      ['', 'per s', 'beside', 'per s', 'adds ms', 'ratio', 'goal', ''],
      rows,
      (column) => column === 0 || column === 2 || column === 7,
    ),
    `\nfrom webhook in to webhook out, ${WEBHOOKS_PER_SECOND} a second, 20 endpoints; medians of ${rounds.length} rounds`,
    drawTable(
      ['', 'p50 ms', 'p99 ms'],
      [
        latency(
          'the gateway',
          rounds.map(({ alone }) => alone),
        ),
        latency(
          'the gateway, with a black hole that it knows as failing',
          rounds.map(({ beside }) => beside),
        ),
        latency(
          'relay',
          rounds.map(({ relay }) => relay),
        ),
      ],
      (column) => column === 0,
    ),
    describeLatency(rounds),
    describeIsolation(rounds),
    describeObeyed(busy),
    ...first.map(describeFirst),
  ];
  return tables.join('\n');
}

function describeLatency(rounds: readonly Latencies[]): string {
  const { p50, p99 } = readLatencyRatios(rounds);
  const { p50: maxP50, p99: maxP99 } = MAX_LATENCY_RATIO;
  return `of the relay’s: p50 ${p50.toFixed(2)} ×, at most ${maxP50}: ${verdict(p50 <= maxP50)}; p99 ${p99.toFixed(2)} ×, at most ${maxP99}: ${verdict(p99 <= maxP99)}`;
}

function readLatencyRatios(rounds: readonly Latencies[]): { p50: number; p99: number } {
  const ratio = (q: number) =>
    median(rounds.map(({ alone, relay }) => quantile(alone, q) / quantile(relay, q)));
  return { p50: ratio(0.5), p99: ratio(0.99) };
}

function describeObeyed({ taken, refused, tooSoon, lastingMs }: Obeyed): string {
  return `a receiver that says Retry-After: took ${taken} events in ${(lastingMs / 1000).toFixed(1)} s, refused ${refused} requests; too soon after that came ${tooSoon}: ${verdict(tooSoon === 0)}`;
}

function describeIsolation(rounds: readonly Latencies[]): string {
  if (isTooBusy(rounds))
    return `healthy endpoints’ p99 beside it: unknown, this machine was too busy for ${WEBHOOKS_PER_SECOND} webhooks a second (p50 above ${TOO_BUSY_MS} ms)`;
  const ratio = readIsolation(rounds);
  return `healthy endpoints’ p99 beside it: ${ratio.toFixed(2)} × without, at most ${MAX_P99_RATIO.toFixed(2)}: ${verdict(ratio <= MAX_P99_RATIO)}`;
}

/** When half of the webhooks wait behind others, the wait is measured and not the isolation. */
function isTooBusy(rounds: readonly Latencies[]): boolean {
  return median(rounds.map(({ alone }) => quantile(alone, 0.5))) > TOO_BUSY_MS;
}

/** Many times what it takes when nothing waits. */
const TOO_BUSY_MS = 150;

/** Numbers without a goal: the local runtime's queue is not Cloudflare's. */
function describeFirst({ consumers, latencies }: Forwarded['first'][number]): string {
  const about =
    consumers === 'in turn'
      ? 'one batch at a time, as the local queue does'
      : 'ten batches side by side, as Cloudflare’s queues do when a backlog grows';
  const late = latencies.filter((latency) => latency > LATE_MS).length;
  return `a new black hole, ${about}: p50 ${median(latencies).toFixed(1)} ms, p99 ${quantile(latencies, 0.99).toFixed(0)} ms, ${late} of ${latencies.length} later than 1 s`;
}

const LATE_MS = 1_000;

function readThroughput(pairs: Forwarded['throughput'][number]['pairs']) {
  return {
    perSecond: 1000 / median(pairs.map(({ gateway }) => gateway)),
    floorPerSecond: 1000 / median(pairs.map(({ floor }) => floor)),
    ratio: median(pairs.map(({ gateway, floor }) => floor / gateway)),
  };
}

function readIsolation(rounds: readonly Latencies[]): number {
  return median(rounds.map(({ alone, beside }) => quantile(beside, 0.99) / quantile(alone, 0.99)));
}

/** Whether all goals of forwarding are met. */
export function isForwardingMet({ throughput, rounds, busy }: Forwarded): boolean {
  const { p50, p99 } = readLatencyRatios(rounds);
  return (
    p50 <= MAX_LATENCY_RATIO.p50 &&
    p99 <= MAX_LATENCY_RATIO.p99 &&
    busy.tooSoon === 0 &&
    throughput.every(({ pairs }) => readThroughput(pairs).ratio >= MIN_RATIO) &&
    !isTooBusy(rounds) &&
    readIsolation(rounds) <= MAX_P99_RATIO
  );
}
