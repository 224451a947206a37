import type { EntitlementClaims } from '../../packages/kit/claims.ts';
import { later, latestEnd } from './decide-access.rules.ts';
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
 * ends, so a verifier that looks at `ent` and `exp` alone never says yes for too long.
 */
export function buildClaims(
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
 * Shorter and shorter forms of a token: only the entitlements that open one of the resources; then for each resource
 * only the one that lasts longest; then that without `ends`, since `exp` is no later.
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
  return [narrowClaims(claims, asked), least, bare];
}

function keepOnly({ iss, aud, sub, ver }: EntitlementClaims, kept: readonly NamedEnd[]): EntitlementClaims {
  return buildClaims({ iss, aud, sub }, new Map(kept), ver);
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

/** Whether two tokens hold the same entitlements, whenever they were made. */
export function saySame(a: EntitlementClaims, b: EntitlementClaims): boolean {
  return JSON.stringify([a.ent, a.ends]) === JSON.stringify([b.ent, b.ends]);
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

function sortKeys(ends: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(ends).sort(([a], [b]) => (a < b ? -1 : 1)));
}
