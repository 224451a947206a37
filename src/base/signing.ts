import { CompactSign, jwtVerify, SignJWT } from 'jose';
import type { ModeConfig } from './config.ts';
import { newestKey } from './newest-key.rules.ts';
import { parseJson } from './json.rules.ts';
import type { SigningKey } from './settings.ts';
import { type EntitlementClaims, readClaims, TOKEN_TYPE } from '../../packages/kit/claims.ts';
import { fromBase64Url } from '../../packages/kit/encoding.ts';
import { LICENSE_TYPE, type LicenseClaims } from '../../packages/kit/license-claims.ts';

/*
 * Ed25519 signatures of entitlement tokens and offline licences (RFC 7515, RFC 8037). `alg` is the fully specified `Ed25519` of RFC 9864;
 * `EdDSA`, its older name, is accepted. Imported keys are kept as long as the isolate.
 */
const ALGORITHM = 'Ed25519';
const ACCEPTED = [ALGORITHM, 'EdDSA'];
const privateKeys = new WeakMap<SigningKey, CryptoKey>();
const publicKeys = new WeakMap<SigningKey, CryptoKey>();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Signs with the newest key whose `sign_from` has passed. */
export async function signClaims(mode: ModeConfig, claims: EntitlementClaims): Promise<string> {
  return sign(signingKeyAt(mode, claims.iat), TOKEN_TYPE, claims);
}

/** Signs an offline licence with this key, whose public part has been noted for as long as the licence counts (ADR 96). */
export async function signLicense(key: SigningKey, claims: LicenseClaims): Promise<string> {
  return sign(key, LICENSE_TYPE, claims);
}

async function sign(key: SigningKey, typ: string, claims: object): Promise<string> {
  // Not by `SignJWT`, which copies the claims, so that numbers lose the digits that Polar wrote (ADR 48).
  return new CompactSign(encoder.encode(JSON.stringify(claims)))
    .setProtectedHeader({ typ, alg: ALGORITHM, kid: key.kid })
    .sign(await imported(privateKeys, key, { d: key.d }, 'sign'));
}

/**
 * The claims of a token that one of this mode's keys signed, for exactly this issuer, app and subject, not expired at
 * `now` (milliseconds). Undefined for every other token; also a token from the cache has to be verified (trust rule 8).
 */
export async function verifyToken(
  mode: ModeConfig,
  token: string,
  expected: { iss: string; aud: string; sub: string },
  now: number,
): Promise<EntitlementClaims | undefined> {
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = mode.signingKeys.find((candidate) => candidate.kid === kid);
        if (!key) throw new Error('signed with a key of someone else');
        return imported(publicKeys, key, {}, 'verify');
      },
      {
        algorithms: ACCEPTED,
        typ: TOKEN_TYPE,
        issuer: expected.iss,
        audience: expected.aud,
        subject: expected.sub,
        requiredClaims: ['iat', 'exp'],
        currentDate: new Date(now),
      },
    );
    if (payload['feat'] === undefined) return readClaims(payload);
    const text = decoder.decode(fromBase64Url(token.split('.')[1] ?? ''));
    return readClaims(parseJson(text));
  } catch {
    return undefined;
  }
}

/** Whether the signature of each of a mode's keys verifies with its public part. */
export async function checkKeys(mode: ModeConfig, now: number): Promise<boolean> {
  const iat = Math.floor(now / 1000);
  try {
    for (const key of mode.signingKeys) {
      const token = await new SignJWT({ iat, exp: iat + 60 })
        .setProtectedHeader({ alg: ALGORITHM, kid: key.kid })
        .sign(await imported(privateKeys, key, { d: key.d }, 'sign'));
      await jwtVerify(token, await imported(publicKeys, key, {}, 'verify'), { currentDate: new Date(now) });
    }
    return true;
  } catch {
    return false;
  }
}

/** The public parts of a mode's keys (RFC 7517), also of those that do not sign yet. */
export function publicJwks(mode: Pick<ModeConfig, 'signingKeys'>) {
  return mode.signingKeys.map(publicJwk);
}

/** A public key as it is published. */
export function publicJwk({ x, kid }: Pick<SigningKey, 'x' | 'kid'>) {
  return {
    kty: 'OKP' as const,
    crv: 'Ed25519' as const,
    x,
    kid,
    alg: ALGORITHM,
    use: 'sig' as const,
  };
}

/** The key that signs at `at` (unix seconds). */
export function signingKeyAt(mode: Pick<ModeConfig, 'signingKeys'>, at: number): SigningKey {
  const key = newestKey(mode.signingKeys, ({ sign_from }) => sign_from, at);
  if (!key) throw new Error('no signing key');
  return key;
}

async function imported(
  known: WeakMap<SigningKey, CryptoKey>,
  key: SigningKey,
  secret: { d?: string },
  usage: 'sign' | 'verify',
): Promise<CryptoKey> {
  const found = known.get(key);
  if (found) return found;
  const { kty, crv, x } = key;
  const jwk = { kty, crv, x, ...secret };
  const made = await crypto.subtle.importKey('jwk', jwk, { name: ALGORITHM }, false, [usage]);
  known.set(key, made);
  return made;
}
