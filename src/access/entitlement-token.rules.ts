import {
  type EntitlementClaims,
  type FeatureValues,
  keyOfFeature,
  valuesIn,
} from '../../packages/kit/claims.ts';
import { later, latestEnd } from './decide-access.rules.ts';
import { askedFeature, type Feature, isWritten } from './features.rules.ts';
import { type AskedResource, spellName } from './resources.rules.ts';

/*
 * The claims of the signed list of one subject's entitlements in one app, a JWT (RFC 7519, ADR 17). The kit says what
 * the claims are; this file makes them, without cryptography.
 */
export { type EntitlementClaims, readClaims, TOKEN_TYPE } from '../../packages/kit/claims.ts';

/** How long a token lives, seconds. Also the longest that a cached yes can outlive a revocation. */
export const TOKEN_TTL_SECONDS = 300;
/**
 * The longest token that callers get, characters (ADR 44). Sites keep it in a cookie, and browsers drop a cookie above
 * 4 KB (RFC 6265 section 6.1), which also holds a name and the kit's seal.
 */
export const MAX_GIVEN_TOKEN_CHARS = 4096 - 196;
/**
 * How far ahead of the reader's clock a `ver` may be, milliseconds. Synchronised machines differ by far less. A token
 * further ahead comes from a wrong clock: it would count as young for too long, and correct tokens of a lower `ver`
 * would not replace it.
 */
export const MAX_AHEAD_MS = 2_000;

/**
 * The claims for entitlements that were read at `readAt` (milliseconds). The token expires before any entitlement in it
 * ends, and before a feature is worth something else, so a verifier that looks at `ent`, `feat` and `exp` alone never
 * says yes for too long. `features`: what those among them are worth, by `spellName`; one that is not there has no values.
 */
export function buildClaims(
  who: { iss: string; aud: string; sub: string },
  current: ReadonlyMap<string, number | null>,
  readAt: number,
  features: ReadonlyMap<string, Feature> = new Map(),
): EntitlementClaims {
  const { feat, exp } = listFeatures(current.keys(), features);
  const claims = claimsOf(who, current, readAt);
  return feat === undefined ? claims : { ...claims, feat, exp: Math.min(claims.exp, exp) };
}

function claimsOf(
  who: { iss: string; aud: string; sub: string },
  current: ReadonlyMap<string, number | null>,
  readAt: number,
): EntitlementClaims {
  const iat = Math.floor(readAt / 1000);
  const ends: Record<string, number> = {};
  let exp = iat + TOKEN_TTL_SECONDS;
  for (const [entitlement, endsAt] of current) {
    if (endsAt === null) continue;
    ends[entitlement] = Math.floor(endsAt / 1000);
    exp = Math.min(exp, ends[entitlement]);
  }
  return {
    ...who,
    ent: [...current.keys()].sort(),
    ...(Object.keys(ends).length === 0 ? {} : { ends: sortKeys(ends) }),
    ver: readAt,
    iat,
    exp,
  };
}

/** The claim `feat`, and when it may be another (unix seconds). Undefined: no feature is among the names. */
export function listFeatures(
  names: Iterable<string>,
  features: ReadonlyMap<string, Feature>,
): { feat: Record<string, FeatureValues> | undefined; exp: number } {
  const feat = new Map<string, FeatureValues>();
  let exp = Infinity;
  for (const written of names) {
    const name = spellName(written);
    const key = keyOfFeature(name);
    if (name === undefined || key === undefined) continue;
    const feature = features.get(name);
    feat.set(key, feature?.values ?? {});
    if (feature && feature.endsAt !== null) exp = Math.min(exp, Math.floor(feature.endsAt / 1000));
  }
  return { feat: feat.size === 0 ? undefined : sortKeys(Object.fromEntries(feat)), exp };
}

/**
 * The token's claims with only the entitlements that open one of the resources. `ver` and `iat` stay, and `exp` follows
 * from what is left, by the same rules.
 */
export function narrowClaims(claims: EntitlementClaims, asked: readonly AskedResource[]): EntitlementClaims {
  const names = new Set(asked.flatMap(({ coveredBy }) => coveredBy));
  const { byName } = readNames(claims);
  return keepOnly(
    claims,
    [...names].flatMap((name) => byName.get(name) ?? []),
  );
}

/**
 * Shorter and shorter forms of a token: without the values of features that are none of the resources; only the
 * entitlements that open one of the resources; those without any values; then for each resource only the one that lasts
 * longest; then that without `ends`, since `exp` is no later. Values go before names, and what was asked for goes last.
 */
export function shortenClaims(
  claims: EntitlementClaims,
  asked: readonly AskedResource[],
): EntitlementClaims[] {
  const { byName } = readNames(claims);
  const least = keepOnly(
    claims,
    asked.flatMap(({ coveredBy }) =>
      coveredBy
        .flatMap((name) => byName.get(name) ?? [])
        .sort(byUse)
        .slice(0, 1),
    ),
  );
  const { ends: _, ...bare } = least;
  const narrow = narrowClaims(claims, asked);
  if (claims.feat === undefined) return [narrow, least, bare];
  const { feat: __, ...named } = narrow;
  return [keepValues(claims, claims, asked), keepValues(narrow, claims, asked), named, least, bare];
}

function keepOnly({ iss, aud, sub, ver }: EntitlementClaims, kept: readonly NamedEnd[]): EntitlementClaims {
  return claimsOf({ iss, aud, sub }, new Map(kept), ver);
}

/** The claims with the values that `whole` has of the features that are asked for, and for no longer than it has them. */
function keepValues(
  less: EntitlementClaims,
  whole: EntitlementClaims,
  asked: readonly AskedResource[],
): EntitlementClaims {
  const { feat: _, ...claims } = less;
  const feat: [string, FeatureValues][] = [];
  for (const each of asked) {
    const values = readValues(whole, each);
    if (values) feat.push([askedFeature(each) ?? '', values]);
  }
  if (feat.length === 0) return claims;
  const changes = feat.some(([, values]) => Object.keys(values).length > 0);
  return {
    ...claims,
    feat: sortKeys(Object.fromEntries(feat)),
    exp: changes ? Math.min(claims.exp, whole.exp) : claims.exp,
  };
}

/** What the token says that the feature is worth which is asked for. Undefined: it is none, or the token does not say. */
export function readValues(claims: EntitlementClaims, asked: AskedResource): FeatureValues | undefined {
  const key = askedFeature(asked);
  return key === undefined ? undefined : valuesIn(claims, key, isWritten);
}

/** Puts what lasts longest first, of equals the shortest name. */
function byUse([nameA, endA]: NamedEnd, [nameB, endB]: NamedEnd): number {
  const last = (endsAt: number | null) => endsAt ?? Number.MAX_SAFE_INTEGER;
  return last(endB) - last(endA) || nameA.length - nameB.length;
}

/**
 * Gives a function that says until when the token opens a resource, milliseconds; null: no end known, undefined: it
 * does not, which is not a "no". Made once for all resources of a request.
 */
export function readEnds(
  claims: EntitlementClaims,
  now: number,
): (asked: AskedResource) => number | null | undefined {
  const { ends } = readNames(claims);
  return (asked) => latestEnd(ends, asked, now);
}

/**
 * Whether the gateway may still answer from a token: it has not expired, is younger than the caller's `max_age`
 * (invariant 7), and is not from the future.
 */
export function isFresh(claims: EntitlementClaims, maxAgeSeconds: number, now: number): boolean {
  return claims.exp * 1000 > now && now - claims.ver < maxAgeSeconds * 1000 && !isFromAhead(claims, now);
}

/** Whether the clock that made a token was so far ahead of this one that the token's age is unknown. */
export function isFromAhead({ ver }: EntitlementClaims, now: number): boolean {
  return ver - now > MAX_AHEAD_MS;
}

/** Whether two tokens hold the same entitlements of the same worth, whenever they were made. */
export function saySame(a: EntitlementClaims, b: EntitlementClaims): boolean {
  return JSON.stringify([a.ent, a.ends, a.feat]) === JSON.stringify([b.ent, b.ends, b.feat]);
}

/** An entitlement, and when it ends, milliseconds. */
type NamedEnd = readonly [name: string, endsAt: number | null];

/** A token's entitlements by `spellName`, and until when each name is had. */
interface Names {
  byName: ReadonlyMap<string, readonly NamedEnd[]>;
  ends: ReadonlyMap<string, number | null>;
}

/** Kept as long as the claims are, since a token that is remembered answers many questions. */
const namesOf = new WeakMap<EntitlementClaims, Names>();

function readNames(claims: EntitlementClaims): Names {
  let names = namesOf.get(claims);
  if (!names) {
    const byName = Map.groupBy(listEnds(claims), ([name]) => spellName(name) ?? '');
    const ends = new Map<string, number | null>();
    for (const [name, listed] of byName)
      for (const [, endsAt] of listed) ends.set(name, later(ends.get(name), endsAt));
    names = { byName, ends };
    namesOf.set(claims, names);
  }
  return names;
}

function listEnds({ ent, ends }: EntitlementClaims): NamedEnd[] {
  return ent.map((name) => {
    const end = ends && Object.hasOwn(ends, name) ? ends[name] : undefined;
    return [name, end === undefined ? null : end * 1000];
  });
}

function sortKeys<Value>(named: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)));
}
