import { opens } from './claims.ts';
import type { Fetch, Jwks } from './jwks.ts';
import {
  digestFingerprint,
  LICENSE_TYPE,
  type LicenseClaims,
  licenseAudience,
  readLicenseClaims,
} from './license-claims.ts';
import { requireNumber, requireText } from './options.ts';
import { issuerOf, openSigned, type UnopenedReason } from './signed-token.ts';

/** Which licences are accepted, and where. */
export interface LicenseOptions {
  /** The gateway's origin, `https://pay.example.com`. Nothing is asked of it when `jwks` is given. */
  gateway: string;
  /** Live and sandbox are two issuers. Default: what the app's slug ends in, else `live`. */
  mode?: 'live' | 'sandbox';
  /** The app's slug, `quay-live`. */
  app: string;
  /** What this machine is called: the same text that the licence was asked for with. */
  fingerprint: string;
  /**
   * The key set that the program has kept. Default: fetched from the gateway, and kept in memory. Offline it must be given.
   */
  jwks?: Jwks;
  fetch?: Fetch;
  /** The time, milliseconds since 1970. */
  now?: () => number;
  /** The latest time that the program has ever seen, milliseconds: a clock before it was set back. */
  lastSeen?: number;
  /** How wrong this machine's clock may be. Default 300. */
  clockToleranceSeconds?: number;
  /** Ends the wait for the key set. */
  signal?: AbortSignal;
}

/** Why a licence does not count here and now. */
export type LicenseRefusal =
  | UnopenedReason
  | 'wrong_issuer'
  | 'wrong_app'
  /** It is another machine's. */
  | 'wrong_fingerprint'
  /** This machine's clock is before the time at which the licence was made. */
  | 'not_yet_valid'
  /** This machine's clock is before a time that the program has seen already. */
  | 'clock_set_back'
  | 'expired';

export type LicenseResult =
  | {
      ok: true;
      claims: LicenseClaims;
      /** Whether it opens `resource` now, such as `feature:export`. A result that is kept stops saying yes when the licence is over. */
      allows(resource: string): boolean;
    }
  | {
      ok: false;
      reason: LicenseRefusal;
      /** What a genuine licence of this app says, for a message that names its end. It opens nothing. */
      claims?: LicenseClaims;
    };

const DEFAULT_TOLERANCE_SECONDS = 300;

/**
 * Verifies an offline licence (docs/offline-licences.md). With `jwks` it makes no request. Never throws for what the licence says.
 * @throws {TypeError} when an option is missing or is no number where it has to be, or `jwks` is no key set
 */
export async function verifyLicense(token: string, options: LicenseOptions): Promise<LicenseResult> {
  const now = options.now ?? Date.now;
  const { clockToleranceSeconds = DEFAULT_TOLERANCE_SECONDS, lastSeen = 0 } = options;
  const toleranceMs = requireNumber('verifyLicense', 'clockToleranceSeconds', clockToleranceSeconds) * 1000;
  const seen = requireNumber('verifyLicense', 'lastSeen', lastSeen);
  const app = requireText('verifyLicense', 'app', options.app);
  const fingerprint = requireText('verifyLicense', 'fingerprint', options.fingerprint);
  requireText('verifyLicense', 'gateway', options.gateway);
  const issuer = issuerOf(options);
  const opened = await openSigned(token, { ...options, typ: LICENSE_TYPE, issuer, now });
  if (typeof opened === 'string') return { ok: false, reason: opened };
  const claims = readLicenseClaims(opened.payload);
  if (!claims) return { ok: false, reason: 'malformed' };
  if (claims.iss !== issuer) return { ok: false, reason: 'wrong_issuer' };
  if (claims.aud !== licenseAudience(app)) return { ok: false, reason: 'wrong_app' };

  const refuse = (reason: LicenseRefusal): LicenseResult => ({ ok: false, reason, claims });
  if (claims.fingerprint !== (await digestFingerprint(claims.activation_id, fingerprint)))
    return refuse('wrong_fingerprint');
  const isOver = () => now() >= claims.exp * 1000 + toleranceMs;
  const begins = Math.max(claims.iat, claims.nbf ?? claims.iat) * 1000;
  if (now() < begins - toleranceMs) return refuse('not_yet_valid');
  if (now() < seen - toleranceMs) return refuse('clock_set_back');
  if (isOver()) return refuse('expired');
  return { ok: true, claims, allows: (resource) => !isOver() && opens(claims, resource, now()) };
}
