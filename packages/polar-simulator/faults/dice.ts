/** Dice of one call or one event: they depend on the seed and its number only, never on what else happened. */

import { type Random, createRandom } from '../random.ts';
import type { Distribution } from './settings.ts';

/** The 99th percentile of the standard normal distribution. */
const NORMAL_P99 = 2.326_347_874;

export function diceFor(seed: number, ...what: (string | number)[]): Random {
  return createRandom(fnv1a([seed, ...what].join(' ')));
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Milliseconds drawn from a distribution; always two throws, so that what follows does not shift. */
export function sample(distribution: Distribution, dice: Random): number {
  const first = dice.next();
  const second = dice.next();
  switch (distribution.kind) {
    case 'fixed':
      return distribution.ms;
    case 'uniform':
      return distribution.min_ms + first * (distribution.max_ms - distribution.min_ms);
    case 'lognormal': {
      const sigma = Math.log(distribution.p99_ms / distribution.p50_ms) / NORMAL_P99;
      // Box–Muller: two even throws make a normal one.
      const normal = Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
      return distribution.p50_ms * Math.exp(sigma * normal);
    }
    default:
      return distribution satisfies never;
  }
}
