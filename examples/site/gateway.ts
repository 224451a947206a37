import * as z from 'zod';

/** What the gateway says about a reader and a text. `unavailable` also stands for a gateway that cannot be reached. */
export interface Access {
  allow: boolean;
  reason: string;
}

const accessAnswer = z.object({ allow: z.boolean(), reason: z.string() });
const exchangeAnswer = z.object({ session: z.string(), expires_at: z.string() });
const TIMEOUT_MS = 8_000;

/**
 * Asks whether the holder of a session may read `resource`. Undefined: the session is no longer known, so that there is
 * nobody to ask about.
 */
export async function checkAccess(
  gatewayUrl: string,
  session: string,
  resource: string,
): Promise<Access | undefined> {
  const url = new URL('/v1/access', gatewayUrl);
  url.searchParams.set('resource', resource);
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${session}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 401) return undefined;
    return accessAnswer.parse(await response.json());
  } catch {
    // The page stays closed while the gateway cannot be asked.
    return { allow: false, reason: 'unavailable' };
  }
}

/**
 * Exchanges the code that a buyer came back with for a session. Undefined: the code is used, too old or not this
 * browser's. @throws when the gateway cannot be reached: the same code can be tried again.
 */
export async function exchangeCode(
  gatewayUrl: string,
  secretKey: string,
  exchange: { code: string; callbackUrl: string; verifier: string },
): Promise<{ token: string; expiresAt: Date } | undefined> {
  const response = await fetch(new URL('/v1/sessions/exchange', gatewayUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      code: exchange.code,
      callback_url: exchange.callbackUrl,
      code_verifier: exchange.verifier,
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status >= 400 && response.status < 500) return undefined;
  const { session, expires_at } = exchangeAnswer.parse(await response.json());
  return { token: session, expiresAt: new Date(expires_at) };
}

/** Ends a session at the gateway. One that is gone already is no error. */
export async function endSession(gatewayUrl: string, session: string): Promise<void> {
  await fetch(new URL('/v1/session', gatewayUrl), {
    method: 'DELETE',
    headers: { authorization: `Bearer ${session}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}
