import { toBase64Url } from './encoding.ts';

/* What the gate and the script in a page have in common when they exchange the code that a buyer comes back with. */

/** What the gateway puts behind the address that a buyer comes back to. */
export const RETURN_PARAMETERS: readonly string[] = ['code', 'payment_id', 'status'];

/**
 * Whether the gateway itself has refused an exchange for good: unknown, used, expired, another app's. Any other failure
 * may pass (a key that is replaced, an origin that is registered again, a firewall in between), so the code is kept.
 * @param code the `code` of the gateway's problem (RFC 9457); undefined when the answer is not in its own words
 */
export function isExchangeRefused(status: number, code: string | undefined): boolean {
  if (status === 400) return code === 'invalid_code';
  return status === 422 && (code === 'idempotency_mismatch' || code === 'validation_failed');
}

/**
 * The `Idempotency-Key` of an exchange that a verifier proves: the same for each try, also by a page that is loaded again,
 * and only the browser that began can make it.
 */
export async function nameExchange(code: string, verifier: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${code}\n${verifier}`);
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
