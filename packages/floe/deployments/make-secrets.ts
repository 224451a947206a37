import { randomBytes, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { ADMIN_TOKEN, ENCRYPTION_KEYS } from './secrets.rules.ts';

/** A new value for one of the settings that are made here. */
export async function makeSecret(name: string): Promise<string> {
  if (name === ADMIN_TOKEN) return randomBytes(32).toString('base64url');
  if (name === ENCRYPTION_KEYS) return `k1:${randomBytes(32).toString('base64')}`;
  if (name.endsWith('_SIGNING_KEYS')) return makeSigningKeys();
  // Polar takes a secret of the seller's own: any text of 32 characters or more, whose bytes are the key.
  return `floe_whs_${randomBytes(32).toString('base64url')}`;
}

async function makeSigningKeys(): Promise<string> {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  return JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: randomUUID() }] });
}
