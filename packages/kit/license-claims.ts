import { type FeatureValues, isRecord, isTime } from './claims.ts';
import { toBase64Url } from './encoding.ts';

/** `typ` of an offline licence's header (RFC 8725 section 3.11): it passes for no entitlement token, and none for it. */
export const LICENSE_TYPE = 'floe-license+jwt';
/** What stands before the app's slug in `aud`, so that also a verifier that forgets `typ` takes no licence for another token. */
const AUDIENCE = 'license:';

/** What an offline licence says. Times are unix seconds. */
export interface LicenseClaims {
  /** `<gateway>/<mode>`: live and sandbox are two issuers. */
  iss: string;
  /** `license:` and the app's slug. */
  aud: string;
  /** `license_key:` and the id of the key; never the key. */
  sub: string;
  /** The end of the key, as people are shown it: `****-B7A4C1`. */
  display_key: string;
  /** The activation that it is for. */
  activation_id: string;
  /** The machine that it is for: `digestFingerprint` of what the program calls it. */
  fingerprint: string;
  /** What the purchase gives, sorted. */
  ent: string[];
  /** Of those that end, when. */
  ends?: Record<string, number>;
  /** What the features in `ent` are worth, by their key without `feature:`. */
  feat?: Record<string, FeatureValues>;
  /** When it was made. */
  iat: number;
  /** Before then it is not valid. The gateway's own begin when they are made, and do not say so. */
  nbf?: number;
  exp: number;
}

/** `aud` of the licences of an app. */
export function licenseAudience(app: string): string {
  return AUDIENCE + app;
}

/**
 * How a licence names a machine: SHA-256 of the activation's id, a full stop and the fingerprint, in base64url. The activation's id is
 * the salt, so two licences do not tell that they are of one machine.
 */
export async function digestFingerprint(activationId: string, fingerprint: string): Promise<string> {
  const text = new TextEncoder().encode(`${activationId}.${fingerprint}`);
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', text)));
}

/** The claims in a JSON value; undefined when they are not of this shape. */
export function readLicenseClaims(value: unknown): LicenseClaims | undefined {
  if (!isRecord(value)) return undefined;
  const { iss, aud, sub, display_key, activation_id, fingerprint, ent, ends, feat, iat, nbf, exp } = value;
  const names = [iss, aud, sub, display_key, activation_id, fingerprint];
  if (!names.every((name) => typeof name === 'string')) return undefined;
  if (!isTime(iat) || !isTime(exp) || (nbf !== undefined && !isTime(nbf))) return undefined;
  if (!Array.isArray(ent) || !ent.every((name) => typeof name === 'string')) return undefined;
  if (feat !== undefined && !isRecord(feat)) return undefined;
  if (ends !== undefined && !(isRecord(ends) && Object.values(ends).every(isTime))) return undefined;
  return value as unknown as LicenseClaims;
}
