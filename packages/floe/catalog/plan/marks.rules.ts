import { KEY, type OwnerKeys } from '../model/metadata.rules.ts';
import type { Difference } from './differences.rules.ts';

/**
 * Whether a difference is only that an object does not say yet whose it is and what it stands for: it was made by hand, and nothing that somebody wrote is
 * replaced.
 */
export const isMark = ({ field, from }: Difference, { product, plan, owner }: OwnerKeys): boolean =>
  from === null && [KEY, product, plan, owner].some((key) => field === `metadata.${key}`);
