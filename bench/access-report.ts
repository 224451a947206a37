import {
  type AccessMeasured,
  COLD,
  COLD_ALONE,
  MONAKIOSK,
  MONAKIOSK_ALONE,
  POLAR_DISTANCE_MS,
  READERS,
  type WayMeasured,
} from './access.ts';
import { quantile } from './measure.ts';
import { drawTable, verdict } from './report.ts';
import { BARE_SIGNATURE, type VerificationSpeed } from './verify.ts';

/** How many times as many checks a second the gateway is to answer, cold, as MonaKiosk's way. */
const MIN_TIMES_MONAKIOSK = 10;
/**
 * MonaKiosk's way mostly waits. When it takes this many times as long as it waits, the machine is busy with something
 * else.
 */
const BUSY = 1.1;
/** Tokens a second on one core. */
const MIN_VERIFICATIONS = 10_000;
/** Polar's limit of requests for an organization in production. */
const POLAR_CALLS_PER_MINUTE = 500;

const median = (values: readonly number[]) => quantile(values, 0.5);

/** Tables for the terminal. */
export function describeAccess({ ways, verification }: AccessMeasured): string {
  const cells = ways.map((way) => [
    way.name,
    (1000 / median(way.perCheck)).toFixed(0),
    quantile(way.latencies, 0.5).toFixed(2),
    quantile(way.latencies, 0.99).toFixed(2),
    upstreamPerCheck(way).toFixed(2),
    compare(ways, way.name),
  ]);
  return [
    `may this reader see this? ${READERS} readers at a time; D1 and KV at no distance; Polar documents no latency: ${POLAR_DISTANCE_MS} ms is assumed`,
    drawTable(
      ['', 'req/s', 'p50 ms', 'p99 ms', 'calls of Polar', 'cold is × as fast'],
      cells,
      (column) => column === 0,
    ),
    `${COLD}: ${timesAsFast(ways, MONAKIOSK).toFixed(1)} × ${MONAKIOSK}, at least ${MIN_TIMES_MONAKIOSK}: ${judgeCold(ways)}`,
    `${COLD_ALONE}: ${timesAsFast(ways, MONAKIOSK_ALONE, COLD_ALONE).toFixed(1)} × ${MONAKIOSK_ALONE}`,
    `calls of Polar for the gateway’s checks: ${gatewayCalls(ways)}, at most 0: ${verdict(gatewayCalls(ways) === 0)}`,
    describeRateLimit(ways),
    '\nentitlement tokens verified offline in Node, of twenty entitlements each',
    drawTable(
      ['', 'per s and core', 'per s', 'of the signature alone', 'goal', ''],
      verification.map((speed) => [
        speed.name,
        speed.perCoreSecond.toFixed(0),
        speed.perSecond.toFixed(0),
        (speed.perCoreSecond / signatureSpeed(verification)).toFixed(2),
        ...(speed.name === BARE_SIGNATURE ? [] : [String(MIN_VERIFICATIONS), judge(speed, verification)]),
      ]),
      (column) => column === 0 || column === 5,
    ),
  ].join('\n');
}

/** Whether all goals that this machine can reach are met. */
export function isAccessMet({ ways, verification }: AccessMeasured): boolean {
  return (
    isFast(ways) &&
    gatewayCalls(ways) === 0 &&
    verification.every((speed) => judge(speed, verification) !== 'missed')
  );
}

/** A goal cannot be higher than Polar's own limit allows, however fast the machine is. */
function describeRateLimit(ways: readonly WayMeasured[]): string {
  const calls = upstreamPerCheck(find(ways, MONAKIOSK));
  return `Polar’s limit of ${POLAR_CALLS_PER_MINUTE} calls a minute leaves MonaKiosk’s way ${(POLAR_CALLS_PER_MINUTE / calls / 60).toFixed(1)} checks a second, all readers together`;
}

/** On a busy machine all work takes longer but Polar's distance does not, so a missed goal means nothing there. */
function judgeCold(ways: readonly WayMeasured[]): string {
  const waited = upstreamPerCheck(find(ways, MONAKIOSK)) * POLAR_DISTANCE_MS;
  const took = median(find(ways, MONAKIOSK).latencies);
  if (isFast(ways) || took < waited * BUSY) return verdict(isFast(ways));
  return `unknown, this machine was too busy (of MonaKiosk’s ${took.toFixed(0)} ms only ${waited.toFixed(0)} were Polar’s distance)`;
}

/** A token never seen costs one verification of its signature: no verifier is faster than that. */
function judge(speed: VerificationSpeed, all: readonly VerificationSpeed[]): string {
  if (speed.name === BARE_SIGNATURE || speed.perCoreSecond >= MIN_VERIFICATIONS) return 'met';
  const isFirstSight = speed.perCoreSecond <= signatureSpeed(all);
  return isFirstSight && signatureSpeed(all) < MIN_VERIFICATIONS
    ? 'missed here by the signature alone too'
    : 'missed';
}

function signatureSpeed(all: readonly VerificationSpeed[]): number {
  return all.find(({ name }) => name === BARE_SIGNATURE)?.perCoreSecond ?? Number.NaN;
}

function isFast(ways: readonly WayMeasured[]): boolean {
  return timesAsFast(ways, MONAKIOSK) >= MIN_TIMES_MONAKIOSK;
}

/** Only with ways that were asked by as many readers. */
function compare(ways: readonly WayMeasured[], name: string): string {
  return name === COLD || name === COLD_ALONE || name === MONAKIOSK_ALONE
    ? ''
    : timesAsFast(ways, name).toFixed(2);
}

/** How many times as many checks a second the cold gateway answers: the median of the rounds. */
function timesAsFast(ways: readonly WayMeasured[], name: string, cold = COLD): number {
  const { perCheck } = find(ways, cold);
  return median(find(ways, name).perCheck.map((theirs, round) => theirs / (perCheck[round] ?? Number.NaN)));
}

function gatewayCalls(ways: readonly WayMeasured[]): number {
  return ways.reduce((sum, { isGateway, upstreamCalls }) => sum + (isGateway ? upstreamCalls : 0), 0);
}

function upstreamPerCheck({ upstreamCalls, latencies }: WayMeasured): number {
  return upstreamCalls / latencies.length;
}

function find(ways: readonly WayMeasured[], name: string): WayMeasured {
  const way = ways.find((each) => each.name === name);
  if (!way) throw new Error(`${name} was not measured`);
  return way;
}
