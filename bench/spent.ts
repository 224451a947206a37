import type { Counted } from './floors/counted.ts';
import type { Runtime } from './runtime.ts';
import { callGateway } from './seed.ts';

/**
 * What the gateway of a counting runtime (`floors/counted.ts`) spent since this was asked last, work behind answers
 * included, as one of `count`.
 */
export async function readSpent(runtime: Runtime, count = 1): Promise<Counted> {
  const sums = await callGateway(await runtime.target('gateway'), 'GET', '/bench/spent', {});
  const each = Object.entries(sums).map(([name, sum]) => [name, Number(sum) / count]);
  return Object.fromEntries(each) as Counted;
}
