/** Standard Webhooks signatures with both of Polar's key derivations (facts §2). */

export interface SigningEndpoint {
  secret: string;
  uses_standard_webhook_signature: boolean;
}

const encoder = new TextEncoder();
/** The keys themselves, never promises of them: inside workerd a promise belongs to the request that made it. */
const keys = new Map<string, CryptoKey>();
const KEYS_KEPT = 200;

/** `v1,<base64>` over `<id>.<timestamp>.<body>`; `timestampS` in unix seconds. */
export async function signature(
  endpoint: SigningEndpoint,
  webhookId: string,
  timestampS: number,
  body: string,
): Promise<string> {
  const key = await keyOf(endpoint);
  const signed = await crypto.subtle.sign('HMAC', key, encoder.encode(`${webhookId}.${timestampS}.${body}`));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(signed)))}`;
}

/** All headers of one attempt at `atMs`. */
export async function deliveryHeaders(
  endpoint: SigningEndpoint,
  webhookId: string,
  body: string,
  atMs: number,
): Promise<Record<string, string>> {
  const timestampS = Math.floor(atMs / 1000);
  return {
    'user-agent': 'polar.sh webhooks',
    'content-type': 'application/json',
    'webhook-id': webhookId,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': await signature(endpoint, webhookId, timestampS, body),
  };
}

async function keyOf(endpoint: SigningEndpoint): Promise<CryptoKey> {
  const kind = endpoint.uses_standard_webhook_signature ? 'standard' : 'legacy';
  const name = `${kind} ${endpoint.secret}`;
  const known = keys.get(name);
  if (known) return known;
  const bytes = kind === 'standard' ? standardKey(endpoint.secret) : encoder.encode(endpoint.secret);
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  if (keys.size >= KEYS_KEPT) keys.clear();
  keys.set(name, key);
  return key;
}

/** What follows `whsec_`, base64-decoded. Polar's own secrets are 43 characters without padding. */
function standardKey(secret: string): Uint8Array<ArrayBuffer> {
  const encoded = secret.replace(/^whsec_/, '');
  const binary = atob(encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '='));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
