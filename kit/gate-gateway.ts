import { isRecord } from './claims.ts';
import { toBase64Url } from './encoding.ts';
import type { GateSettings } from './gate-settings.ts';
import { readRetryAfter } from './problem.ts';

/** What the gateway says about a session and a resource. */
export type Access =
  | { kind: 'answer'; allow: boolean; reason: string; token: string | null; retryAfter?: number }
  /** The session is over. */
  | { kind: 'no_session' }
  /** There can be no such resource: its name is malformed. */
  | { kind: 'no_resource' }
  | Unavailable;

/** Nothing can be said now. Seconds. */
interface Unavailable {
  kind: 'unavailable';
  retryAfter: number;
}

export type Exchange =
  /** `expiresAt`: milliseconds since 1970. `productId`: what was bought, when it is said. */
  | { kind: 'session'; session: string; expiresAt: number; productId: string | null }
  | { kind: 'refused' }
  | Unavailable;

const RETRY_SECONDS = 2;
const LONGEST_RETRY_SECONDS = 60;

/** Asks whether the holder of `session` may use `resource`; a cached yes may be `maxAge` seconds old. */
export async function askAccess(
  settings: GateSettings,
  question: { session: string; resource: string; maxAge: number; signal: AbortSignal },
): Promise<Access> {
  const { session, resource, maxAge, signal } = question;
  const query = new URLSearchParams({ resource, max_age: String(Math.floor(maxAge)) });
  const got = await send(settings, { method: 'GET', path: `/v1/access?${query}`, bearer: session, signal });
  if (!got) return unavailable();
  const { status, body } = got;
  if (status === 401) return { kind: 'no_session' };
  if (status === 422) return { kind: 'no_resource' };
  const { allow, reason, token } = body;
  if (status !== 200 || typeof allow !== 'boolean' || typeof reason !== 'string') {
    settings.onError(new Error(`floe: GET /v1/access answered ${status}`));
    return unavailable(got.retryAfter);
  }
  return {
    kind: 'answer',
    allow,
    reason,
    token: typeof token === 'string' ? token : null,
    ...(got.retryAfter === undefined ? {} : { retryAfter: got.retryAfter }),
  };
}

/** Exchanges the code that a buyer came back with. A code is good for once, so an answer that got lost is asked for again. */
export async function exchangeCode(
  settings: GateSettings,
  exchange: {
    code: string;
    callbackUrl: string;
    verifier: string | undefined;
    userAgent: string | undefined;
  },
): Promise<Exchange> {
  const { code, callbackUrl, verifier, userAgent } = exchange;
  const sent: Sent = {
    method: 'POST',
    path: '/v1/sessions/exchange',
    bearer: settings.key,
    idempotencyKey: await keyOfExchange(code, verifier),
    signal: AbortSignal.timeout(settings.timeoutMs),
    body: {
      code,
      callback_url: callbackUrl,
      ...(verifier === undefined ? {} : { code_verifier: verifier }),
      ...(userAgent ? { user_agent: userAgent } : {}),
    },
  };
  const got = (await send(settings, sent)) ?? (await send(settings, sent));
  if (!got) return unavailable();
  // Unknown, used, expired, another app's: it will not get better.
  if (got.status === 400 || got.status === 422) return { kind: 'refused' };
  const { session, expires_at: expires, payment } = got.body;
  const expiresAt = typeof expires === 'string' ? Date.parse(expires) : Number.NaN;
  if (got.status !== 200 || !isSession(session, settings) || Number.isNaN(expiresAt)) {
    settings.onError(new Error(`floe: POST /v1/sessions/exchange answered ${got.status}`));
    return unavailable(got.retryAfter);
  }
  const productId = isRecord(payment) ? payment['product_id'] : null;
  return { kind: 'session', session, expiresAt, productId: typeof productId === 'string' ? productId : null };
}

/**
 * With a verifier the same key for each try, also for a page that is loaded again: only its browser can make it. Without
 * one, whoever sees the page's address has all there is, so each page load has a key of its own.
 */
async function keyOfExchange(code: string, verifier: string | undefined): Promise<string> {
  if (verifier === undefined) return crypto.randomUUID();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${code}\n${verifier}`));
  return toBase64Url(new Uint8Array(digest));
}

/** Ends a session. Resolves to whether the gateway has done so. */
export async function endSession(settings: GateSettings, session: string): Promise<boolean> {
  const got = await send(settings, { method: 'DELETE', path: '/v1/session', bearer: session });
  // 401: it was over already.
  return got?.status === 204 || got?.status === 401;
}

/** Whether it looks like a session of the gate's mode. */
export function isSession(value: unknown, { mode }: GateSettings): value is string {
  return typeof value === 'string' && new RegExp(`^floe_st_${mode}_[\\w-]{43}$`).test(value);
}

interface Got {
  status: number;
  body: Record<string, unknown>;
  retryAfter: number | undefined;
}

interface Sent {
  method: string;
  path: string;
  bearer: string;
  body?: object;
  idempotencyKey?: string;
  /** Default: the time for one request. */
  signal?: AbortSignal;
}

async function send(settings: GateSettings, sent: Sent): Promise<Got | undefined> {
  const {
    method,
    path,
    bearer,
    body,
    idempotencyKey,
    signal = AbortSignal.timeout(settings.timeoutMs),
  } = sent;
  try {
    const response = await settings.fetch(`${settings.gateway}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      // A Bearer credential goes to this address only.
      redirect: 'manual',
      signal,
    });
    const text = await response.text();
    return {
      status: response.status,
      body: parse(text),
      retryAfter: readRetryAfter(response.headers, settings.now()),
    };
  } catch (error) {
    settings.onError(error);
    return undefined;
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function unavailable(retryAfter = RETRY_SECONDS): Unavailable {
  return { kind: 'unavailable', retryAfter: Math.min(Math.max(retryAfter, 1), LONGEST_RETRY_SECONDS) };
}
