import { type EntitlementClaims, opens, readClaims, TOKEN_TYPE } from './claims.ts';
import { type Fetch, isForLicensesOnly, type Jwks } from './jwks.ts';
import { requireNumber, requireText } from './options.ts';
import { issuerOf, openSigned } from './signed-token.ts';

/** Which tokens are accepted, and for what. */
export interface VerifyOptions {
  /** The gateway's origin, `https://floe.example.com`. */
  gateway: string;
  /** Live and sandbox are two issuers. Default: what the app's slug ends in, else `live`. */
  mode?: 'live' | 'sandbox';
  /** The app's slug, the token's `aud`. */
  app: string;
  /** Whom the token must be about, its `sub`. */
  subject?: string;
  /** What the token must open. */
  resource?: string;
  /** The key set, when the caller holds it already. Default: fetched from the gateway, and kept in memory. */
  jwks?: Jwks;
  fetch?: Fetch;
  /** The time, milliseconds since 1970. */
  now?: () => number;
  /** How far this clock and the gateway's may differ. Default 5. */
  clockToleranceSeconds?: number;
  /** Ends the wait for the key set: then it is `unavailable`. What is fetched meanwhile is for all, and goes on. */
  signal?: AbortSignal;
}

/** Why a token is not believed, or does not open what was asked. */
export type TokenRefusal =
  | 'too_large'
  | 'malformed'
  | 'wrong_type'
  | 'wrong_algorithm'
  /** Signed with a key that the gateway does not publish. */
  | 'unknown_key'
  | 'bad_signature'
  | 'wrong_issuer'
  | 'wrong_app'
  | 'wrong_subject'
  | 'not_yet_valid'
  | 'expired'
  /**
   * It is genuine, but lacks the resource. That is not a "no", since it may have been bought since: ask the gateway.
   */
  | 'not_entitled'
  /** The gateway's keys could not be fetched. */
  | 'unavailable';

export type VerifyResult =
  | {
      ok: true;
      claims: EntitlementClaims;
      /** Whether it opens `resource` now. A result that is kept stops saying yes when its token expires. */
      allows(resource: string): boolean;
    }
  | { ok: false; reason: TokenRefusal };

const DEFAULT_TOLERANCE_SECONDS = 5;

/**
 * Verifies an entitlement token (RFC 7515, RFC 7519, RFC 8037) against the gateway's own keys. Never throws for what the
 * token says, and makes no request while the keys are in memory.
 * @throws {TypeError} when an option is missing or is no number where it has to be, or `jwks` is no key set
 */
export async function verifyEntitlements(token: string, options: VerifyOptions): Promise<VerifyResult> {
  const now = options.now ?? Date.now;
  const app = requireText('verifyEntitlements', 'app', options.app);
  requireText('verifyEntitlements', 'gateway', options.gateway);
  const { clockToleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = options;
  const tolerance = requireNumber('verifyEntitlements', 'clockToleranceSeconds', clockToleranceSeconds);
  const issuer = issuerOf(options);
  const opened = await openSigned(token, { ...options, typ: TOKEN_TYPE, issuer, now });
  if (typeof opened === 'string') return refuse(opened);
  // What only licences still need signs no entitlement token any more (ADR 96).
  if (isForLicensesOnly(opened.key)) return refuse('unknown_key');
  const claims = readClaims(opened.payload);
  if (!claims) return refuse('malformed');
  if (claims.iss !== issuer) return refuse('wrong_issuer');
  if (claims.aud !== app) return refuse('wrong_app');
  if (options.subject !== undefined && claims.sub !== options.subject) return refuse('wrong_subject');
  const isOver = () => now() >= (claims.exp + tolerance) * 1000;
  const begins = Math.max(claims.iat, claims.nbf ?? claims.iat);
  if ((begins - tolerance) * 1000 > now()) return refuse('not_yet_valid');
  if (isOver()) return refuse('expired');
  const allows = (resource: string) => !isOver() && opens(claims, resource, now());
  if (options.resource !== undefined && !allows(options.resource)) return refuse('not_entitled');
  return { ok: true, claims, allows };
}

function refuse(reason: TokenRefusal): { ok: false; reason: TokenRefusal } {
  return { ok: false, reason };
}
