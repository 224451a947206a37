import { base64url } from 'jose';
import type { Config } from '../base/config.ts';
import { encryptingKey } from '../base/sealed.ts';
import { equalSecrets } from '../base/secrets.ts';

/*
 * How codes and link tokens are stored: as HMAC-SHA-256 under a key made from the encryption key, over the attempt, the
 * browser's token and the code (ADR 32). A plain hash of six digits can be undone by trying a million codes. The key is
 * not in D1 and the browser's token is stored only as a hash, so somebody who reads D1 cannot find a code, not even
 * that of an attempt of their own.
 */

/** Which secret of a mail is tried. */
export type GuessKind = 'code' | 'link';

export interface Guess {
  kind: GuessKind;
  attempt: string;
  browserToken: string;
  /** Six digits, or the link's token. */
  value: string;
}

const CODES = 1_000_000;
/**
 * The largest multiple of `CODES` below 2^32. If larger numbers were used, some codes would be more likely than others.
 */
const FAIR_BELOW = Math.floor(2 ** 32 / CODES) * CODES;

/** Six digits, each as likely as any. */
export function randomCode(): string {
  for (;;) {
    const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
    if (value < FAIR_BELOW) return String(value % CODES).padStart(6, '0');
  }
}

/** `<key id>.<HMAC>` of a code or link token, for the attempt's row. */
export async function hashGuess(config: Config, guess: Guess): Promise<string> {
  const current = encryptingKey(config);
  return `${current.id}.${await mac(current.key, guess)}`;
}

/**
 * Whether a guess is right. It takes as long for a wrong one, and for an attempt that does not exist (`''`). False when
 * the key was removed from the configuration since.
 */
export async function isRightGuess(config: Config, stored: string, guess: Guess): Promise<boolean> {
  const [id = ''] = stored.split('.', 1);
  const known = config.encryptionKeys.find((key) => key.id === id);
  const { key } = known ?? config.encryptionKeys[0] ?? {};
  if (!key) throw new Error('no encryption key');
  const isEqual = await equalSecrets(stored, `${id}.${await mac(key, guess)}`);
  return isEqual && known !== undefined;
}

const keys = new WeakMap<Uint8Array, CryptoKey>();

async function mac(
  secret: Uint8Array<ArrayBuffer>,
  { kind, attempt, browserToken, value }: Guess,
): Promise<string> {
  const key = keys.get(secret) ?? (await deriveKey(secret));
  keys.set(secret, key);
  const message = new TextEncoder().encode(JSON.stringify([kind, attempt, browserToken, value]));
  return base64url.encode(new Uint8Array(await crypto.subtle.sign('HMAC', key, message)));
}

async function deriveKey(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const how = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: new TextEncoder().encode('floe sign-in'),
  };
  return crypto.subtle.deriveKey(how, root, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign']);
}
