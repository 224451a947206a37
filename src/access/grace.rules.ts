import type { HeldGrant } from './entitlements.rules.ts';
import { endOfGrace, type HeldSubscription } from './purchases.rules.ts';
import type { SoldProduct } from './resources.rules.ts';

/*
 * Which of the grants that Polar revoked an app still counts, because their subscription is only past due (ADR 76). Times
 * are milliseconds since 1970.
 */

/**
 * Polar takes away what a subscription that is past due gives by one job for each grant, which may fail and be tried
 * again. What was revoked longer before the holder's last grant was revoked for another reason: a licence key that the
 * seller revoked, for example, while Polar's own grace period ran.
 */
export const REVOKING_MS = 60 * 60_000;

/**
 * Gives a function that says until when a revoked grant counts all the same; null: it does not. The end may have passed.
 * `grants` are those that the subject holds.
 */
export function openGrace(grants: readonly HeldGrant[], now: number) {
  // Few subscriptions are past due.
  let lasts: ReadonlyMap<string, number> | undefined;
  return (
    grant: HeldGrant,
    subscription: HeldSubscription | undefined,
    product: SoldProduct | undefined,
  ): number | null => {
    const end = subscription ? endOfGrace(subscription) : null;
    const grace = subscription?.grace;
    const { isRevoked, revokedAt, memberId, benefitId } = grant;
    if (end === null || !grace || !isRevoked || revokedAt === null || grant.customerDeletedAt !== null)
      return null;
    // It was revoked before the charge failed, so for another reason.
    if (revokedAt < grace.since) return null;
    // A seat that was taken back, or a benefit that the product lost, leaves no trace in a grant that is revoked already.
    if (grace.seated && !grace.seated.includes(memberId)) return null;
    if (product?.knowsBenefits && !product.benefitIds.includes(benefitId)) return null;
    lasts ??= lastsOf(grants, now);
    const last = lasts.get(holdingOf(grant)) ?? revokedAt;
    if (last - revokedAt >= REVOKING_MS) return null;
    // While another grant is live, Polar may be about to revoke that too, or has revoked this one alone.
    return last === now ? Math.min(end, revokedAt + REVOKING_MS) : end;
  };
}

/** For each holder and subscription when the last grant was revoked; `now` while one is live. */
function lastsOf(grants: readonly HeldGrant[], now: number): ReadonlyMap<string, number> {
  const lasts = new Map<string, number>();
  for (const grant of grants) {
    const at = grant.isGranted ? now : (grant.revokedAt ?? 0);
    const holding = holdingOf(grant);
    lasts.set(holding, Math.max(lasts.get(holding) ?? 0, at));
  }
  return lasts;
}

function holdingOf({ subscriptionId, memberId }: HeldGrant): string {
  return `${subscriptionId} ${memberId}`;
}
