import { listFeatures } from '../../access/entitlement-token.rules.ts';
import type { Feature } from '../../access/features.rules.ts';
import type { HeldSubscription } from '../../access/purchases.rules.ts';
import { type LicenseClaims, licenseAudience } from '../../../packages/kit/license-claims.ts';

/* What an offline licence says, and for how long it counts (ADR 96). Times are milliseconds since 1970. */

const DAY_MS = 86_400_000;
/** A subscription renews, and its payment may take some days: so long a licence outlives the period that was paid for. */
export const RENEWAL_GRACE_DAYS = 3;
/** While its key counts, a licence of an overdue subscription is for a day, and then for the next. */
const OVERDUE_MS = DAY_MS;

/** What the end of a licence follows from. */
export interface Terms {
  now: number;
  /** What was asked for; undefined: as long as it may. */
  days: number | undefined;
  /** The gateway's setting. */
  maxDays: number;
  /** When the key ends; null: never. */
  keyEndsAt: number | null;
  /** The subscription that the key comes from; undefined: it was bought once. */
  subscription: Pick<HeldSubscription, 'currentPeriodEnd' | 'cancelAtPeriodEnd' | 'endsAt'> | undefined;
  /** For so many days the app lets a subscription go on that is past due. */
  pastDueGraceDays: number;
}

/**
 * When a licence ends: after `days`, but not after the gateway's longest time, the end of the key, or the end of a subscription that was
 * canceled. Of one that renews: some days behind its period, so that a program which is offline on that day goes on while the renewal is
 * paid; and a day at least, since the key counts as long as Polar says so.
 */
export function endOfLicense({
  now,
  days,
  maxDays,
  keyEndsAt,
  subscription,
  pastDueGraceDays,
}: Terms): number {
  const ends = [now + Math.min(days ?? maxDays, maxDays) * DAY_MS];
  if (keyEndsAt !== null) ends.push(keyEndsAt);
  if (subscription) {
    const { currentPeriodEnd, cancelAtPeriodEnd, endsAt } = subscription;
    const graceMs = Math.max(RENEWAL_GRACE_DAYS, pastDueGraceDays) * DAY_MS;
    ends.push(
      cancelAtPeriodEnd
        ? (endsAt ?? currentPeriodEnd)
        : Math.max(currentPeriodEnd + graceMs, now + OVERDUE_MS),
    );
  }
  return Math.floor(Math.min(...ends) / 1000) * 1000;
}

/** Clocks of programs may be wrong, and a key set may be read late. */
const MARGIN_MS = 60 * 60_000;

/** Until when a licence's public key is published: a whole day, so that the licences of a day are one row written. */
export function neededUntil(endsAt: number): number {
  return Math.ceil((endsAt + MARGIN_MS) / DAY_MS) * DAY_MS;
}

/** The key, activation and machine that a licence is for. */
export interface Licensed {
  keyId: string;
  displayKey: string;
  benefitId: string;
  activationId: string;
  /** Salted and hashed. */
  fingerprint: string;
}

/** What a purchase gives, until when (null: no end is known), and what its features are worth, by `spellName`. */
interface Given {
  current: ReadonlyMap<string, number | null>;
  features: ReadonlyMap<string, Feature>;
}

/**
 * The claims of a licence of an app. It gives what its purchase gives, and the key's own benefit, which Polar has just said is granted. No
 * `exp` is put at the first of `ends`: a program that runs for days looks at both.
 */
export function buildLicense(
  { issuer, app }: { issuer: string; app: string },
  { keyId, displayKey, benefitId, activationId, fingerprint }: Licensed,
  { current, features }: Given,
  { now, endsAt }: { now: number; endsAt: number },
): LicenseClaims {
  const given = new Map([...current].filter(([, end]) => end === null || end > now));
  given.set(`benefit:${benefitId}`, null);
  const names = [...given.keys()].sort();
  const { feat } = listFeatures(names, features);
  const ends = names.flatMap((name): [string, number][] => {
    const end = given.get(name) ?? null;
    return end === null || end >= endsAt ? [] : [[name, Math.floor(end / 1000)]];
  });
  return {
    iss: issuer,
    aud: licenseAudience(app),
    sub: `license_key:${keyId}`,
    display_key: displayKey,
    activation_id: activationId,
    fingerprint,
    ent: names,
    ...(ends.length === 0 ? {} : { ends: Object.fromEntries(ends) }),
    ...(feat === undefined ? {} : { feat }),
    iat: Math.floor(now / 1000),
    exp: endsAt / 1000,
  };
}
