import { decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ModeConfig } from '../../src/base/config.ts';
import type { SigningKey } from '../../src/base/settings.ts';
import { buildClaims, TOKEN_TYPE } from '../../src/access/entitlement-token.rules.ts';
import { publicJwks, signClaims, verifyToken } from '../../src/base/signing.ts';

const scope = { iss: 'https://floe.example/live', aud: 'quay-live', sub: 'c1' };
const NOW = Date.now();
const SECONDS = Math.floor(NOW / 1000);
const claims = buildClaims(scope, new Map([['product:p1', null]]), NOW);

async function makeKey(kid: string, signFrom: number): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const { x = '', d = '' } = await exportJWK(privateKey);
  return { kty: 'OKP', crv: 'Ed25519', kid, x, d, sign_from: signFrom };
}

const modeWith = (...signingKeys: SigningKey[]): ModeConfig => ({
  accessToken: '',
  apiUrl: '',
  organizationId: '',
  webhookSecrets: [],
  signingKeys,
});

let past: SigningKey;
let present: SigningKey;
let future: SigningKey;
beforeAll(async () => {
  past = await makeKey('past', SECONDS - 9999);
  present = await makeKey('present', SECONDS);
  future = await makeKey('future', SECONDS + 1);
});

describe('rotation', () => {
  test('the newest key whose time has come signs, wherever it stands', async () => {
    for (const keys of [
      [past, present, future],
      [future, present, past],
    ]) {
      const token = await signClaims(modeWith(...keys), claims);
      expect(decodeProtectedHeader(token)).toEqual({ typ: TOKEN_TYPE, alg: 'Ed25519', kid: 'present' });
    }
  });

  test('what an older key signed is believed until it expires', async () => {
    const token = await signClaims(modeWith(past), claims);
    const rotated = modeWith(past, present);
    expect(await verifyToken(rotated, token, scope, NOW)).toEqual(claims);
    expect(await verifyToken(rotated, token, scope, claims.exp * 1000)).toBeUndefined();
    expect(await verifyToken(modeWith(present), token, scope, NOW)).toBeUndefined();
  });

  test('a key to come is published, and signs only when there is no other', async () => {
    expect(publicJwks(modeWith(past, future)).map(({ kid }) => kid)).toEqual(['past', 'future']);
    const token = await signClaims(modeWith(future), claims);
    expect(decodeProtectedHeader(token).kid).toBe('future');
  });
});

test('EdDSA, the older name of the algorithm, is accepted', async () => {
  const { kty, crv, x, d } = past;
  const key = await crypto.subtle.importKey('jwk', { kty, crv, x, d }, { name: 'Ed25519' }, false, ['sign']);
  const token = await new SignJWT({ ...claims })
    .setProtectedHeader({ typ: TOKEN_TYPE, alg: 'EdDSA', kid: 'past' })
    .sign(key);
  expect(await verifyToken(modeWith(past), token, scope, NOW)).toEqual(claims);
});

test('a changed payload is not believed', async () => {
  const [head, , signature] = (await signClaims(modeWith(past), claims)).split('.');
  const other = (await signClaims(modeWith(past), { ...claims, ent: ['product:p2'] })).split('.')[1];
  expect(await verifyToken(modeWith(past), `${head}.${other}.${signature}`, scope, NOW)).toBeUndefined();
});
