import type { PolarKind } from '../base/polar-kinds.rules.ts';
import { KINDS } from '../polar/kinds.rules.ts';
import { isNewer, type Version } from '../polar/versions.rules.ts';

/** What is known of an object, as far as comparing needs it. */
export interface Stored extends Version {
  /** Of a checkout or dispute. */
  status: string | null;
  /** A product that was only seen inside another object is not. */
  isWhole: boolean;
  /** It belongs to no app, though its purchase or product does by now. */
  isOrphan: boolean;
}

export type Drift = 'same' | 'missing' | 'stale';

/**
 * Compares an object as Polar shows it with what is stored. Content decides, not `modified_at`: Polar moves that without
 * a Polar event too. Something older than what a webhook told is no drift: Polar's lists may lag behind its events.
 */
export function compareWithStored(
  kind: PolarKind,
  read: Version & { status?: string | null },
  stored: Stored | undefined,
): Drift {
  if (!stored) return 'missing';
  if (stored.isOrphan || !stored.isWhole) return 'stale';
  if (!isNewer(read, stored)) return 'same';
  const differs =
    KINDS[kind].comparedBy === 'status' ? read.status !== stored.status : read.digest !== stored.digest;
  return differs ? 'stale' : 'same';
}
