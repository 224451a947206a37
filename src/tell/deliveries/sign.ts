const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const encoder = new TextEncoder();

/** A new endpoint secret, `whsec_` and the base64 of 256 random bits. */
export function newWebhookSecret(): string {
  return SECRET_PREFIX + toBase64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/** The key that a secret `whsec_…` stands for. @throws when it is not base64. */
export function importSecret(secret: string): Promise<CryptoKey> {
  const bytes = fromBase64(secret.slice(SECRET_PREFIX.length));
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

/**
 * The headers that prove a webhook (Standard Webhooks 1.0, "Signature scheme": HMAC-SHA256 over `id.timestamp.body`).
 * With several keys (rotation) there are several signatures, in their order.
 */
export async function signWebhook(input: {
  id: string;
  /** Unix seconds. */
  timestamp: number;
  body: string;
  keys: readonly CryptoKey[];
}): Promise<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const content = encoder.encode(`${input.id}.${input.timestamp}.${input.body}`);
  const signatures = await Promise.all(
    input.keys.map(
      async (key) => `v1,${toBase64(new Uint8Array(await crypto.subtle.sign('HMAC', key, content)))}`,
    ),
  );
  return {
    'webhook-id': input.id,
    'webhook-timestamp': String(input.timestamp),
    'webhook-signature': signatures.join(' '),
  };
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
