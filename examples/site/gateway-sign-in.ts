import * as z from 'zod';
import { ask, type ReaderSession } from './gateway.ts';
import { readRefusal, type Refused } from './gateway-payments.ts';

/* Signing in by mail: the gateway sends a code, and whoever types it in the same browser gets a session. */

const startedAnswer = z.object({ attempt: z.string(), browser_token: z.string(), expires_at: z.string() });
const signedInAnswer = z.object({ session: z.string(), expires_at: z.string() });

/** One try to sign in. `browserToken` must come back with the code, so that a stolen code is of no use. */
export interface Attempt {
  id: string;
  browserToken: string;
}

/** Has a code sent. @throws when the gateway cannot be reached. */
export async function sendCode(
  gatewayUrl: string,
  secretKey: string,
  email: string,
): Promise<(Attempt & { expiresAt: Date }) | Refused> {
  const response = await ask(gatewayUrl, secretKey, { method: 'POST', path: '/v1/sign-in', body: { email } });
  if (!response.ok) return readRefusal(response);
  const { attempt, browser_token, expires_at } = startedAnswer.parse(await response.json());
  return { id: attempt, browserToken: browser_token, expiresAt: new Date(expires_at) };
}

/** Exchanges a code for a session. The session that the browser has already goes into it. @throws as `sendCode`. */
export async function verifyCode(
  gatewayUrl: string,
  secretKey: string,
  typed: { attempt: Attempt; code: string; session: string | undefined },
): Promise<ReaderSession | Refused> {
  const response = await ask(gatewayUrl, secretKey, {
    method: 'POST',
    path: '/v1/sign-in/verify',
    body: {
      attempt: typed.attempt.id,
      browser_token: typed.attempt.browserToken,
      code: typed.code,
      ...(typed.session === undefined ? {} : { session: typed.session }),
    },
  });
  if (!response.ok) return readRefusal(response);
  const { session, expires_at } = signedInAnswer.parse(await response.json());
  return { token: session, expiresAt: new Date(expires_at) };
}
