import { isRecord } from './claims.ts';
import { fromBase64Url, parseBase64UrlJson } from './encoding.ts';
import { type Fetch, findGivenKey, findIssuersKey, type Jwks } from './jwks.ts';
import { withoutSlashes } from './origin.ts';

/*
 * What all signed tokens of a gateway have in common: a JWT (RFC 7515, RFC 7519) with an Ed25519 signature (RFC 8037) of a key that the
 * gateway publishes. What one says, and for how long, is read by whoever asked for its type.
 */

/** Why a token is not opened. */
export type UnopenedReason =
  | 'too_large'
  | 'malformed'
  | 'wrong_type'
  | 'wrong_algorithm'
  /** Signed with a key that the gateway does not publish. */
  | 'unknown_key'
  | 'bad_signature'
  /** The gateway's keys could not be fetched. */
  | 'unavailable';

/** Which token is opened, and with whose keys. */
export interface Source {
  /** `typ` of the header (RFC 8725 section 3.11). */
  typ: string;
  issuer: string;
  jwks?: Jwks;
  fetch?: Fetch;
  /** Milliseconds since 1970. */
  now: () => number;
  signal?: AbortSignal;
}

/** As large as a header may be at most servers. Read before anything is parsed. */
const MAX_CHARS = 16_384;
const SIGNATURE_BYTES = 64;
const encoder = new TextEncoder();
/** Tokens that were verified with a key, so that the signature is verified once for a reader of ten pages. */
const genuine = new WeakMap<CryptoKey, Set<string>>();
const REMEMBERED_TOKENS = 500;

/**
 * The payload of a token of this type that one of the issuer's keys has signed, and the key. Its times and names are for the caller to
 * compare. @throws {TypeError} when `jwks` is no key set
 */
export async function openSigned(
  token: string,
  { typ, issuer, jwks, now, fetch, signal }: Source,
): Promise<{ payload: unknown; key: CryptoKey } | UnopenedReason> {
  const parsed = parseToken(token, typ);
  if (typeof parsed === 'string') return parsed;
  const key = jwks
    ? await findGivenKey(jwks, parsed.kid)
    : await findIssuersKey(issuer, parsed.kid, { now, fetch: fetch ?? fetchGlobally, signal });
  if (typeof key === 'string') return key;
  if (!(await isGenuine(token, key, parsed))) return 'bad_signature';
  return { payload: decode(() => parseBase64UrlJson(parsed.payload)), key };
}

/** `iss` of a gateway's tokens in one mode. */
export function issuerOf({
  gateway,
  app,
  mode = modeOfApp(app),
}: {
  gateway: string;
  app: string;
  mode?: 'live' | 'sandbox';
}): string {
  return `${withoutSlashes(gateway)}/${mode}`;
}

/** The slug of an app ends in its mode, `quay-sandbox`; where tokens name the product alone, it is for money. */
function modeOfApp(app: string): 'live' | 'sandbox' {
  return app.endsWith('-sandbox') ? 'sandbox' : 'live';
}

/** Called anew each time, so that a `fetch` that is replaced (instrumented, mocked) is used. */
function fetchGlobally(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, init);
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

interface ParsedToken {
  kid: string;
  /** What is signed. */
  content: string;
  signature: Uint8Array<ArrayBuffer>;
  payload: string;
}

/** A JWT in its parts, when its header says what all of ours say. Nothing in a header chooses how it is verified. */
function parseToken(token: string, type: string): ParsedToken | UnopenedReason {
  if (typeof token !== 'string') return 'malformed';
  if (token.length > MAX_CHARS) return 'too_large';
  const [head = '', payload = '', tail = '', ...more] = token.split('.');
  const header = more.length === 0 ? decode(() => parseBase64UrlJson(head)) : undefined;
  if (!isRecord(header)) return 'malformed';
  const { typ, alg, kid, crit } = header;
  if (typ !== type) return 'wrong_type';
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
