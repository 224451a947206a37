import type { PolarKind } from '../base/polar-kinds.rules.ts';
import { KINDS } from '../polar/kinds.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import { isNewer, type Version } from '../polar/versions.rules.ts';

/** What is stored of an object, as far as comparing needs it. */
export interface Stored extends Version {
  /** Of a checkout or dispute. */
  status: string | null;
  /** False for a product that was only seen inside another object. */
  isWhole: boolean;
  /** False for what a release before stored, which kept less of it. */
  isFilled: boolean;
  /** It belongs to no app, although its purchase or product has an app by now. */
  isOrphan: boolean;
}

/** `unfilled`: nothing has changed at Polar, and the row lacks what is kept by now. */
export type Drift = 'same' | 'unfilled' | 'missing' | 'stale';

/** What of an observed object is compared. */
export function comparable({ main: { kind, row } }: Observation): Version & { status: string | null } {
  return { ...row, status: kind === 'other' ? row.status : null };
}

/**
 * Compares an object as Polar shows it with what is stored. Content decides, not `modified_at`, which Polar also
 * changes without sending a Polar event. An object that is older than the stored one is no drift, since Polar's lists
 * may lag behind its webhooks (ADR 30).
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
  if (differs) return 'stale';
  return stored.isFilled ? 'same' : 'unfilled';
}
