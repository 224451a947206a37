import type { PolarRefusal } from '../../base/polar-gateway.ts';
import { Problem } from '../../base/problem.ts';
import { NotDone } from '../../polar/not-done.ts';

/** The statuses by which each of Polar's calls about a key says no. */
export const NOES = { validate: [400, 404], activate: [403, 404], deactivate: [404] } as const;

/**
 * Goes on when a refusal is a no about the key: Polar says that with one of a few statuses, and names it. Anything else, what stands
 * before Polar or what Polar does not take, says nothing about the key, and may repeat it, so it is not passed on.
 * @throws {Problem} `polar_failed`
 */
export function requireNo({ status, name }: PolarRefusal, noes: readonly number[]): void {
  if (noes.includes(status) && name !== '') return;
  throw new Problem('polar_failed', {
    detail: `Polar answered ${status}.`,
    cause: new NotDone(`Polar answered ${status}.`),
  });
}
