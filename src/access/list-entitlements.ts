import { type FeatureValues, keyOfFeature } from '../../packages/kit/claims.ts';
import type { Subject } from '../base/subject.rules.ts';
import { buildClaims } from './entitlement-token.rules.ts';
import type { Entitlements } from './entitlements.rules.ts';
import { spellName } from './resources.rules.ts';
import type { Services } from '../base/services.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { signClaims } from '../base/signing.ts';
import { readState, slotOf } from './check-access.ts';

export interface EntitlementList {
  /**
   * Sorted by name. `endsAt`: milliseconds since 1970; null when no end is known. `values`: what a feature is worth.
   */
  entitlements: { name: string; endsAt: number | null; values?: FeatureValues }[];
  /** The same as a signed token; null when there is nothing. */
  token: string | null;
}

/**
 * All that a subject has in an app. It is read from D1's primary each time, since callers take what is not in the list
 * for a "no" (invariant 7). @throws {Problem} `mode_not_configured`
 */
export async function listEntitlements(
  services: Services,
  app: AppRow,
  subject: Subject,
): Promise<EntitlementList> {
  const now = services.now();
  const { mode, scope } = slotOf(services, app, subject);
  const content = (await readState(services, { app, subject, asked: [] }, now)).entitlements;
  const entitlements = [...content.current]
    .filter(([, endsAt]) => endsAt === null || endsAt > now)
    .map(([name, endsAt]) => ({ name, endsAt, ...worthOf(content, name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const token =
    entitlements.length === 0
      ? null
      : await signClaims(mode, buildClaims(scope, content.current, now, content.features));
  return { entitlements, token };
}

function worthOf({ features }: Entitlements, written: string): { values?: FeatureValues } {
  const name = spellName(written);
  return keyOfFeature(name) === undefined ? {} : { values: features.get(name ?? '')?.values ?? {} };
}
