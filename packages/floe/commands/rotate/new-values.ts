/* New values of what is rotated. Each is made here, given to Cloudflare, and forgotten. */

const BYTES = 32;

const base64Url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const random = () => crypto.getRandomValues(new Uint8Array(BYTES));

/** An operator's token, or a secret for Polar's webhooks: text of 32 characters or more, whose bytes are the key. */
export function newToken(prefix = ''): string {
  return `${prefix}${base64Url(random())}`;
}

/** An encryption key that encrypts from `from` on, unix seconds. */
export function newEncryptionKey(from: number): { name: string; value: string } {
  const name = `k${from}`;
  return { name, value: `${name}:${Buffer.from(random()).toString('base64')}:${from}` };
}

/** A key set with one Ed25519 key, which signs from `from` on, unix seconds. */
export async function newSigningKeys(from: number): Promise<{ name: string; value: string }> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const { kty, crv, x, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  const name = crypto.randomUUID();
  return { name, value: JSON.stringify({ keys: [{ kty, crv, kid: name, x, d, sign_from: from }] }) };
}

/** The name that the gateway gives a secret without an id of its own (`src/base/secrets.ts`). */
export async function fingerprint(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`floe secret ${secret}`));
  return base64Url(new Uint8Array(digest)).slice(0, 12);
}
