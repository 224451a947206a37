import { coveredBy, spellName } from './resources.ts';

/** `typ` of the token's header (RFC 8725 section 3.11): no other JWT of the gateway, or of anyone, passes for one. */
export const TOKEN_TYPE = 'entitlements+jwt';

const FEATURE = 'feature:';

/** A value of a feature, from the metadata of its benefit. */
export type FeatureValue = string | number | boolean;
export type FeatureValues = Readonly<Record<string, FeatureValue>>;

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
   * What the features in `ent` are worth, by their key without `feature:` (`valuesIn`). A feature that is not here is had, and its
   * values are not known from this token: it became too long with them (ADR 99).
   */
  feat?: Record<string, FeatureValues>;
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
  const { iss, aud, sub, ent, ends, feat, ver, iat, nbf, exp } = value;
  if (typeof iss !== 'string' || typeof aud !== 'string' || typeof sub !== 'string') return undefined;
  if (!isTime(ver) || !isTime(iat) || !isTime(exp)) return undefined;
  if (!Array.isArray(ent) || !ent.every((name): name is string => typeof name === 'string')) return undefined;
  if (nbf !== undefined && !isTime(nbf)) return undefined;
  const claims = {
    iss,
    aud,
    sub,
    ent,
    ...(isRecord(feat) ? { feat: feat as Record<string, FeatureValues> } : {}),
    ver,
    iat,
    ...(nbf === undefined ? {} : { nbf }),
    exp,
  };
  if (ends === undefined) return claims;
  if (!isRecord(ends) || !Object.values(ends).every(isTime)) return undefined;
  return { ...claims, ends: ends as Record<string, number> };
}

/**
 * Whether the claims open `resource` at `now` (milliseconds). False is not a "no", which only the gateway can say
 * (invariant 7).
 */
export function opens(
  { ent, ends }: Pick<EntitlementClaims, 'ent' | 'ends'>,
  resource: string,
  now: number,
): boolean {
  const names = new Set(coveredBy(resource));
  return ent.some((name) => {
    const end = ends && Object.hasOwn(ends, name) ? ends[name] : undefined;
    return (end === undefined || end * 1000 > now) && names.has(spellName(name) ?? '');
  });
}

/**
 * What the claims say that a feature is worth, by its key in its one spelling; undefined: nothing. Without what only a later
 * gateway understands. `isValue`: for a reader that has numbers of another form.
 */
export function valuesIn(
  { feat }: Pick<EntitlementClaims, 'feat'>,
  key: string,
  isValue: (value: unknown) => value is FeatureValue = isFeatureValue,
): FeatureValues | undefined {
  const values: unknown = feat && Object.hasOwn(feat, key) ? feat[key] : undefined;
  if (!isRecord(values)) return undefined;
  return Object.fromEntries(
    Object.entries(values).filter((each): each is [string, FeatureValue] => isValue(each[1])),
  );
}

/** The key of a feature whose name is spelled (`spellName`); undefined for any other resource. */
export function keyOfFeature(name: string | undefined): string | undefined {
  return name?.startsWith(FEATURE) ? name.slice(FEATURE.length) : undefined;
}

function isFeatureValue(value: unknown): value is FeatureValue {
  return typeof value === 'string' || typeof value === 'boolean' || isTime(value);
}

/** Whether a JSON value is an object (or an array). */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Whether a JSON value can be a time. */
export function isTime(value: unknown): value is number {
  // JSON can spell Infinity: `1e999`.
  return typeof value === 'number' && Number.isFinite(value);
}
