import { coveredBy, spellName } from './resources.ts';

/** `typ` of the token's header (RFC 8725 section 3.11): no other JWT of the gateway, or of anyone, passes for one. */
export const TOKEN_TYPE = 'entitlements+jwt';

/** What an entitlement token says. Times are unix seconds unless named otherwise. */
export interface EntitlementClaims {
  /** `<gateway>/<mode>`: live and sandbox are two issuers. */
  iss: string;
  /** The app's slug. */
  aud: string;
  /** Whom it is about: a customer, a member (`<customer>/<member>`), `external:<id>` or `purchase:<payment>`. */
  sub: string;
  /** What the subject has, sorted. */
  ent: string[];
  /** Of those that end, when. Absent when none does; `exp` is never later than the first. */
  ends?: Record<string, number>;
  /**
   * The time just before the gateway's database was read for it, milliseconds: every change stored before is in it. Of
   * two tokens of one subject the one with the greater `ver` is right (ADR 17).
   */
  ver: number;
  iat: number;
  /** Before then it is not valid. The gateway's own begin when they are made, and do not say so. */
  nbf?: number;
  exp: number;
}

/** The claims in a JSON value; undefined when they are not of this shape. */
export function readClaims(value: unknown): EntitlementClaims | undefined {
  if (!isRecord(value)) return undefined;
  const { iss, aud, sub, ent, ends, ver, iat, nbf, exp } = value;
  if (typeof iss !== 'string' || typeof aud !== 'string' || typeof sub !== 'string') return undefined;
  if (!isTime(ver) || !isTime(iat) || !isTime(exp)) return undefined;
  if (!Array.isArray(ent) || !ent.every((name): name is string => typeof name === 'string')) return undefined;
  if (nbf !== undefined && !isTime(nbf)) return undefined;
  const claims = { iss, aud, sub, ent, ver, iat, ...(nbf === undefined ? {} : { nbf }), exp };
  if (ends === undefined) return claims;
  if (!isRecord(ends) || !Object.values(ends).every(isTime)) return undefined;
  return { ...claims, ends: ends as Record<string, number> };
}

/**
 * Whether the claims open `resource` at `now` (milliseconds). False is not a "no", which only the gateway can say
 * (invariant 7).
 */
export function opens(claims: EntitlementClaims, resource: string, now: number): boolean {
  const { ent, ends } = claims;
  const names = new Set(coveredBy(resource));
  return ent.some((name) => {
    const end = ends && Object.hasOwn(ends, name) ? ends[name] : undefined;
    return (end === undefined || end * 1000 > now) && names.has(spellName(name) ?? '');
  });
}

/** Whether a JSON value is an object (or an array). */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isTime(value: unknown): value is number {
  // JSON can spell Infinity: `1e999`.
  return typeof value === 'number' && Number.isFinite(value);
}
