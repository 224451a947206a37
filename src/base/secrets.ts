import { base64url } from 'jose';
import type { Mode } from './mode.rules.ts';

const PREFIXES = { secret: 'sk', publishable: 'pk', session: 'st' } as const;
export type TokenKind = keyof typeof PREFIXES;

const SECRET_BYTES = 32;

/** Unguessable text: 256 bits, base64url. */
export function randomSecret(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/** A new key or session token, `floe_sk_live_…`. Only its hash is ever stored. */
export function newToken(kind: TokenKind, mode: Mode): string {
  return `floe_${PREFIXES[kind]}_${mode}_${randomSecret()}`;
}

/**
 * The kind and mode that a token's text claims, or undefined when it is no token of the gateway's. This proves nothing:
 * look its hash up.
 */
export function readTokenKind(token: string): { kind: TokenKind; mode: Mode } | undefined {
  const match = /^floe_(sk|pk|st)_(live|sandbox)_[\w-]{43}$/.exec(token);
  if (!match) return undefined;
  const kind = match[1] === 'sk' ? 'secret' : match[1] === 'pk' ? 'publishable' : 'session';
  return { kind, mode: match[2] === 'live' ? 'live' : 'sandbox' };
}

/** SHA-256, base64url: how keys, nonces, codes and session tokens are stored. They are random, so no salt is needed. */
export async function hashSecret(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret));
  return base64url.encode(new Uint8Array(digest));
}

/** Compares without leaking where two secrets differ. */
export async function equalSecrets(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([hashSecret(a), hashSecret(b)]);
  let difference = left.length ^ right.length;
  for (let i = 0; i < left.length; i++) difference |= left.charCodeAt(i) ^ right.charCodeAt(i);
  return difference === 0;
}

/** Of the secret's hash so much that an operator can tell two secrets apart: 72 bits, of no use for guessing it. */
export async function fingerprintOfSecret(secret: string): Promise<string> {
  return (await hashSecret(`floe secret ${secret}`)).slice(0, 12);
}
