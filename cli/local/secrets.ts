import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { DEVELOPMENT_PREFIX } from '../../src/base/config.ts';
import type { LocalState } from './state.ts';

/** Fresh secrets for one machine. Their prefix makes a live deployment refuse them. */
export async function makeDevelopmentSecrets(): Promise<LocalState> {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const kid = `${DEVELOPMENT_PREFIX}${randomBytes(4).toString('hex')}`;
  return {
    version: 1,
    adminToken: developmentSecret(),
    encryptionKeys: `${DEVELOPMENT_PREFIX}1:${randomBytes(32).toString('base64')}`,
    signingKeys: JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid, sign_from: 0 }] }),
    webhookSecret: developmentSecret(),
    apps: {},
  };
}

function developmentSecret(): string {
  return DEVELOPMENT_PREFIX + randomBytes(32).toString('base64url');
}
