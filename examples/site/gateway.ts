import * as z from 'zod';

/** What the gateway says about a reader and a text. `unavailable` also stands for a gateway that cannot be reached. */
export interface Access {
  allow: boolean;
  reason: string;
}

/** A session of a reader at the gateway: the token that a cookie keeps. */
export interface ReaderSession {
  token: string;
  expiresAt: Date;
}

const accessAnswer = z.object({ allow: z.boolean(), reason: z.string() });
const sessionAnswer = z.object({ session: z.string(), expires_at: z.string() });
const exchangeAnswer = sessionAnswer.extend({ subject: z.object({ payment_id: z.string() }) });
const ownSessionAnswer = z.object({
  email: z.nullable(z.string()),
  subject: z.object({ payment_id: z.nullable(z.string()), customer_id: z.nullable(z.string()) }),
});
const TIMEOUT_MS = 8_000;

/** One request to the gateway, with a secret key or a reader's session. @throws when the gateway cannot be reached. */
export function ask(
  gatewayUrl: string,
  key: string,
  request: { method?: string; path: string; query?: Record<string, string>; body?: unknown },
): Promise<Response> {
  const url = new URL(request.path, gatewayUrl);
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
  return fetch(url, {
    method: request.method ?? 'GET',
    headers: {
      authorization: `Bearer ${key}`,
      accept: 'application/json',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

/**
 * Asks whether the holder of a session may read `resource`. Undefined: the session is no longer known, so that there is
 * nobody to ask about.
 */
export async function checkAccess(
  gatewayUrl: string,
  session: string,
  resource: string,
): Promise<Access | undefined> {
  try {
    const response = await ask(gatewayUrl, session, { path: '/v1/access', query: { resource } });
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
): Promise<(ReaderSession & { paymentId: string }) | undefined> {
  const response = await ask(gatewayUrl, secretKey, {
    method: 'POST',
    path: '/v1/sessions/exchange',
    body: { code: exchange.code, callback_url: exchange.callbackUrl, code_verifier: exchange.verifier },
  });
  if (response.status >= 400 && response.status < 500) return undefined;
  const { session, expires_at, subject } = exchangeAnswer.parse(await response.json());
  return { token: session, expiresAt: new Date(expires_at), paymentId: subject.payment_id };
}

/** Whom a session speaks for: one purchase, or a customer who has proven the address. */
export interface Reader {
  /** Null when no address was proven. */
  email: string | null;
  paymentId: string | null;
  customerId: string | null;
}

/** Undefined: the session is no longer known. @throws when the gateway cannot be asked. */
export async function findReader(gatewayUrl: string, session: string): Promise<Reader | undefined> {
  const response = await ask(gatewayUrl, session, { path: '/v1/session' });
  if (response.status === 401) return undefined;
  const { email, subject } = ownSessionAnswer.parse(await response.json());
  return { email, paymentId: subject.payment_id, customerId: subject.customer_id };
}

/** Ends a session at the gateway. One that is gone already is no error. */
export async function endSession(gatewayUrl: string, session: string): Promise<void> {
  await ask(gatewayUrl, session, { method: 'DELETE', path: '/v1/session' });
}
