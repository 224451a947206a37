import type { EntitlementClaims } from '../../packages/kit/claims.ts';
import { indexEnds, latestEnd } from './decide-access.rules.ts';
import { type AskedResource, spellName } from './resources.rules.ts';

/*
 * The signed list of one subject's entitlements in one app: a JWT (RFC 7519). How its claims are made, no cryptography; what they
 * are is said once, where sites read them.
 */
export { type EntitlementClaims, readClaims, TOKEN_TYPE } from '../../packages/kit/claims.ts';

/** How long a token lives, seconds. Also the longest that a cached yes can outlive a revocation. */
export const TOKEN_TTL_SECONDS = 300;
/**
 * The longest token that is given away, characters. Sites keep it in a cookie, and a browser drops one above 4 KB
 * (RFC 6265 section 6.1) that has a name and the kit's seal besides.
 */
export const MAX_GIVEN_TOKEN_CHARS = 4096 - 196;
/**
 * How far ahead of the reader's clock a `ver` may lie, milliseconds. Machines kept to the network's time
 * agree far better; what lies further ahead comes from a broken clock, would look young for too long, and would keep
 * right ones out.
 */
export const MAX_AHEAD_MS = 2_000;

/**
 * The claims for entitlements that were read at `readAt` (milliseconds). The token dies before anything in it does, so
 * a verifier that looks at `ent` and `exp` alone never says yes too long.
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
 * The same token's claims with nothing but what opens one of `resources`: no younger and, by the same rules, no longer
 * alive than what is left in it.
 */
export function narrowClaims(claims: EntitlementClaims, asked: readonly AskedResource[]): EntitlementClaims {
  const names = new Set(asked.flatMap(({ coveredBy }) => coveredBy));
  return keepOnly(
    claims,
    listEnds(claims).filter(([name]) => names.has(spellName(name) ?? '')),
  );
}

/**
 * Ever less of a token, for one that is too long: what opens one of `resources`; for each of them only the entitlement
 * that opens it longest; and that without `ends`, since `exp` alone keeps a verifier from a late yes.
 */
export function shortenClaims(
  claims: EntitlementClaims,
  asked: readonly AskedResource[],
): EntitlementClaims[] {
  const narrow = narrowClaims(claims, asked);
  const longest = longestByName(listEnds(narrow));
  const least = keepOnly(
    claims,
    asked.flatMap(({ coveredBy }) =>
      coveredBy
        .flatMap((name) => longest.get(name) ?? [])
        .sort(byUse)
        .slice(0, 1)
        .map(({ name, endsAt }): NamedEnd => [name, endsAt]),
    ),
  );
  const { ends: _, ...bare } = least;
  return [narrow, least, bare];
}

function keepOnly({ iss, aud, sub, ver }: EntitlementClaims, kept: readonly NamedEnd[]): EntitlementClaims {
  return buildClaims({ iss, aud, sub }, new Map(kept), ver);
}

interface Kept {
  name: string;
  endsAt: number | null;
}

/** What lasts longest comes first, of equals the shortest name. */
function byUse(a: Kept, b: Kept): number {
  const last = ({ endsAt }: Kept) => endsAt ?? Number.MAX_SAFE_INTEGER;
  return last(b) - last(a) || a.name.length - b.name.length;
}

/** By their one spelling; of several that are written differently, the one of most use. */
function longestByName(ends: readonly NamedEnd[]): Map<string, Kept> {
  const kept = ends.map(([name, endsAt]) => ({ name, endsAt })).sort(byUse);
  // The last one set stays.
  return new Map(kept.toReversed().map((each) => [spellName(each.name) ?? '', each]));
}

/**
 * Until when the token opens a resource, milliseconds; null: no end known, undefined: it does not (which is no "no"). For all that one
 * request asks.
 */
export function readEnds(
  claims: EntitlementClaims,
  now: number,
): (asked: AskedResource) => number | null | undefined {
  const ends = indexEnds(listEnds(claims), now);
  return (asked) => latestEnd(ends, asked);
}

/**
 * Whether a token may still be answered from: not expired, younger than the caller's `max_age` (invariant 7), and not
 * from the future.
 */
export function isFresh(claims: EntitlementClaims, maxAgeSeconds: number, now: number): boolean {
  return claims.exp * 1000 > now && now - claims.ver < maxAgeSeconds * 1000 && !isFromAhead(claims, now);
}

/** Whether a token was made by a clock too far ahead of this one to say anything about its age. */
export function isFromAhead({ ver }: EntitlementClaims, now: number): boolean {
  return ver - now > MAX_AHEAD_MS;
}

/** Whether two tokens say the same, whenever they were made. */
export function saySame(a: EntitlementClaims, b: EntitlementClaims): boolean {
  return JSON.stringify([a.ent, a.ends]) === JSON.stringify([b.ent, b.ends]);
}

/** What is had, and until when, milliseconds. */
type NamedEnd = readonly [name: string, endsAt: number | null];

function listEnds({ ent, ends }: EntitlementClaims): NamedEnd[] {
  return ent.map((name) => {
    const end = ends && Object.hasOwn(ends, name) ? ends[name] : undefined;
    return [name, end === undefined ? null : end * 1000];
  });
}

function sortKeys(ends: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(ends).sort(([a], [b]) => (a < b ? -1 : 1)));
}
