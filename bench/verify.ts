import { verifyEntitlements } from '../packages/kit/entitlements.ts';
import { buildClaims, TOKEN_TYPE } from '../src/access/entitlement-token.rules.ts';

export interface VerificationSpeed {
  name: string;
  count: number;
  /** Measured by wall-clock time; WebCrypto may use more than one core. */
  perSecond: number;
  /** Measured by the processor time of all threads, which is what one core does. */
  perCoreSecond: number;
}

/** What the others are compared with: nothing parsed, nothing decided. */
export const BARE_SIGNATURE = 'the signature alone';

const GATEWAY = 'https://floe.example.com';
const APP = 'quay-live';
const RESOURCE = 'content:blog/premium';
/** How many run concurrently, as in a server with that many requests. */
const CONCURRENCY = 16;
const WARM_UP = 500;
const READERS = 200;

/**
 * How fast `@floe/kit` verifies entitlement tokens offline: parsing, Ed25519, claims and the decision, keys in memory.
 * Readers who come again (a token each, many pages), readers never seen (each token once), and beside them the signature
 * alone, which no verifier can beat. @throws when a genuine token is refused
 */
export async function measureVerification(count: number): Promise<VerificationSpeed[]> {
  const signer = await makeSigner();
  const verify = async (token: string) => {
    const result = await verifyEntitlements(token, {
      gateway: GATEWAY,
      app: APP,
      resource: RESOURCE,
      jwks: signer.jwks,
    });
    if (!result.ok) throw new Error(`refused: ${result.reason}`);
  };
  const readers = await signer.makeTokens(READERS);
  const strangers = await signer.makeTokens(count + WARM_UP);
  const [one = ''] = readers;
  return [
    await measure('readers who come again', count, (i) => verify(readers[i % READERS] ?? '')),
    await measure('readers never seen', count, (i) => verify(strangers[i] ?? '')),
    await measure(BARE_SIGNATURE, count, () => signer.verifySignature(one)),
  ];
}

async function measure(
  name: string,
  count: number,
  step: (index: number) => Promise<void>,
): Promise<VerificationSpeed> {
  await run(0, WARM_UP, step);
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run(WARM_UP, WARM_UP + count, step);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { name, count, perSecond: count / seconds, perCoreSecond: count / ((user + system) / 1e6) };
}

/** Runs the steps from `first` to before `end`. */
async function run(first: number, end: number, step: (index: number) => Promise<void>): Promise<void> {
  let next = first;
  const worker = async () => {
    while (next < end) await step(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** A key, and tokens of as many customers as are asked for, each with twenty entitlements. */
async function makeSigner() {
  const pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('no key pair');
  const { privateKey, publicKey } = pair;
  const { kty, crv, x } = await exportPublic(publicKey);
  const header = encode({ typ: TOKEN_TYPE, alg: 'Ed25519', kid: 'bench' });
  const names = [...Array.from({ length: 19 }, (_, i) => `benefit:${i}`), RESOURCE];
  const has = new Map(names.map((name) => [name, null]));
  const bytes = (text: string) => new TextEncoder().encode(text);
  const makeToken = async (_: unknown, i: number) => {
    const who = { iss: `${GATEWAY}/live`, aud: APP, sub: `customer-${i}` };
    const content = `${header}.${encode(buildClaims(who, has, Date.now()))}`;
    const signature = await crypto.subtle.sign({ name: 'Ed25519' }, privateKey, bytes(content));
    return `${content}.${Buffer.from(signature).toString('base64url')}`;
  };
  return {
    jwks: { keys: [{ kty, crv, x, kid: 'bench' }] },
    makeTokens: (count: number) => Promise.all(Array.from({ length: count }, makeToken)),
    async verifySignature(token: string) {
      const end = token.lastIndexOf('.');
      const signature = Buffer.from(token.slice(end + 1), 'base64url');
      const isGenuine = await crypto.subtle.verify(
        { name: 'Ed25519' },
        publicKey,
        signature,
        bytes(token.slice(0, end)),
      );
      if (!isGenuine) throw new Error('not genuine');
    },
  };
}

async function exportPublic(key: CryptoKey): Promise<JsonWebKey> {
  const jwk = await crypto.subtle.exportKey('jwk', key);
  if (!('kty' in jwk)) throw new Error('no JWK');
  return jwk;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
