import { type EntitlementClaims, isRecord, opens, readClaims, TOKEN_TYPE } from './claims.ts';
import { fromBase64Url, parseBase64UrlJson } from './encoding.ts';
import { type Fetch, findGivenKey, findIssuersKey, type Jwks } from './jwks.ts';
import { requireText } from './options.ts';
import { withoutSlashes } from './origin.ts';

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

/** As large as a header may be at most servers. Read before anything is parsed. */
const MAX_CHARS = 16_384;
const SIGNATURE_BYTES = 64;
const DEFAULT_TOLERANCE_SECONDS = 5;
const encoder = new TextEncoder();
/** Tokens that were verified with a key, so that the signature is verified once for a reader of ten pages. */
const genuine = new WeakMap<CryptoKey, Set<string>>();
const REMEMBERED_TOKENS = 500;

/**
 * Verifies an entitlement token (RFC 7515, RFC 7519, RFC 8037) against the gateway's own keys. Never throws for what the
 * token says, and makes no request while the keys are in memory.
 * @throws {TypeError} when an option is missing, or `jwks` is no key set
 */
export async function verifyEntitlements(token: string, options: VerifyOptions): Promise<VerifyResult> {
  const now = options.now ?? Date.now;
  const app = requireText('verifyEntitlements', 'app', options.app);
  requireText('verifyEntitlements', 'gateway', options.gateway);
  const issuer = issuerOf(options);
  const parsed = parseToken(token);
  if (typeof parsed === 'string') return refuse(parsed);
  const { kid, payload } = parsed;

  const key = options.jwks
    ? await findGivenKey(options.jwks, kid)
    : await findIssuersKey(issuer, kid, {
        now,
        fetch: options.fetch ?? fetchGlobally,
        signal: options.signal,
      });
  if (typeof key === 'string') return refuse(key);
  if (!(await isGenuine(token, key, parsed))) return refuse('bad_signature');

  const claims = decode(() => readClaims(parseBase64UrlJson(payload)));
  if (!claims) return refuse('malformed');
  if (claims.iss !== issuer) return refuse('wrong_issuer');
  if (claims.aud !== app) return refuse('wrong_app');
  if (options.subject !== undefined && claims.sub !== options.subject) return refuse('wrong_subject');
  const tolerance = options.clockToleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  const isOver = () => now() >= (claims.exp + tolerance) * 1000;
  const begins = Math.max(claims.iat, claims.nbf ?? claims.iat);
  if ((begins - tolerance) * 1000 > now()) return refuse('not_yet_valid');
  if (isOver()) return refuse('expired');
  const allows = (resource: string) => !isOver() && opens(claims, resource, now());
  if (options.resource !== undefined && !allows(options.resource)) return refuse('not_entitled');
  return { ok: true, claims, allows };
}

/**
 * Whether the key has signed the token. Of the very same bytes it is remembered, with the key: once the key is no longer
 * published, nothing is. Times and names are compared anew each time.
 */
async function isGenuine(token: string, key: CryptoKey, parsed: ParsedToken): Promise<boolean> {
  let known = genuine.get(key);
  if (!known) genuine.set(key, (known = new Set()));
  if (known.has(token)) return true;
  const { signature, content } = parsed;
  if (!(await crypto.subtle.verify({ name: 'Ed25519' }, key, signature, encoder.encode(content))))
    return false;
  const [oldest] = known;
  if (known.size >= REMEMBERED_TOKENS && oldest !== undefined) known.delete(oldest);
  known.add(token);
  return true;
}

/** The slug of an app ends in its mode, `quay-sandbox`; where tokens name the product alone, it is for money. */
function modeOfApp(app: string): 'live' | 'sandbox' {
  return app.endsWith('-sandbox') ? 'sandbox' : 'live';
}

/** `iss` of a gateway's tokens in one mode. */
function issuerOf({
  gateway,
  app,
  mode = modeOfApp(app),
}: Pick<VerifyOptions, 'gateway' | 'app' | 'mode'>): string {
  return `${withoutSlashes(gateway)}/${mode}`;
}

/** Called anew each time, so that a `fetch` that is replaced (instrumented, mocked) is used. */
function fetchGlobally(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, init);
}

interface ParsedToken {
  kid: string;
  /** What is signed. */
  content: string;
  signature: Uint8Array<ArrayBuffer>;
  payload: string;
}

/** A JWT in its parts, when its header says what all of ours say. Nothing in a header chooses how it is verified. */
function parseToken(token: string): ParsedToken | TokenRefusal {
  if (typeof token !== 'string') return 'malformed';
  if (token.length > MAX_CHARS) return 'too_large';
  const [head = '', payload = '', tail = '', ...more] = token.split('.');
  const header = more.length === 0 ? decode(() => parseBase64UrlJson(head)) : undefined;
  if (!isRecord(header)) return 'malformed';
  const { typ, alg, kid, crit } = header;
  if (typ !== TOKEN_TYPE) return 'wrong_type';
  if (alg !== 'Ed25519' && alg !== 'EdDSA') return 'wrong_algorithm';
  // RFC 7515 section 4.1.11: an extension that must be understood, and is not.
  if (typeof kid !== 'string' || crit !== undefined) return 'malformed';
  const signature = decode(() => fromBase64Url(tail));
  if (signature?.length !== SIGNATURE_BYTES) return 'malformed';
  return { kid, content: `${head}.${payload}`, signature, payload };
}

/** What decoding gives; undefined when it throws, which rubbish makes it do. */
function decode<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function refuse(reason: TokenRefusal): { ok: false; reason: TokenRefusal } {
  return { ok: false, reason };
}
