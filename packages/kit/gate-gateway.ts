import { isRecord } from './claims.ts';
import { isExchangeRefused, nameExchange } from './exchange.ts';
import { RETRY_SECONDS } from './gate-decision.ts';
import type { GateSettings } from './gate-settings.ts';
import { FloeError, readRetryAfter } from './problem.ts';

/** What the gateway says about a session and a resource. */
export type Access =
  | { kind: 'answer'; allow: boolean; reason: string; token: string | null; retryAfter?: number }
  /** The session is over. */
  | { kind: 'no_session' }
  /** The resource's name is malformed. */
  | { kind: 'no_resource' }
  | Unavailable;

/** The gateway cannot answer now. `retryAfter` in seconds. */
interface Unavailable {
  kind: 'unavailable';
  retryAfter: number;
}

export type Exchange =
  | {
      kind: 'session';
      session: string;
      /** Milliseconds since 1970. */
      expiresAt: number;
      /** The product that was bought, if the gateway says it. */
      productId: string | null;
      /** The purchase began in this browser: the code needed its verifier. */
      isTied: boolean;
    }
  | { kind: 'refused'; error: FloeError }
  | Unavailable;

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
  if (isOver(got)) return { kind: 'no_session' };
  if (got.status === 422 && got.problem === 'validation_failed') return { kind: 'no_resource' };
  const { allow, reason, token } = got.body;
  if (got.status !== 200 || typeof allow !== 'boolean' || typeof reason !== 'string') {
    settings.onError(describe('GET /v1/access', got));
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

/**
 * Exchanges the code that a buyer came back with. A code works once, so a lost answer is asked for again by the same
 * `Idempotency-Key`.
 */
export async function exchangeCode(
  settings: GateSettings,
  exchange: {
    code: string;
    callbackUrl: string;
    verifier: string | undefined;
    userAgent: string | undefined;
    signal: AbortSignal;
  },
): Promise<Exchange> {
  const { code, callbackUrl, verifier, userAgent, signal } = exchange;
  const sent: Sent = {
    method: 'POST',
    path: '/v1/sessions/exchange',
    bearer: settings.key,
    // Without a verifier anybody who sees the page's address could make the key, so each page load uses a random one
    // (ADR 14).
    idempotencyKey: verifier === undefined ? crypto.randomUUID() : await nameExchange(code, verifier),
    signal,
    body: {
      code,
      callback_url: callbackUrl,
      ...(verifier === undefined ? {} : { code_verifier: verifier }),
      ...(userAgent ? { user_agent: userAgent } : {}),
    },
  };
  const got = (await send(settings, sent)) ?? (await send(settings, sent));
  if (!got) return unavailable();
  if (isExchangeRefused(got.status, got.problem))
    return { kind: 'refused', error: describe('POST /v1/sessions/exchange', got) };
  const { session, expires_at: expires, payment } = got.body;
  const expiresAt = typeof expires === 'string' ? Date.parse(expires) : Number.NaN;
  if (got.status !== 200 || !isSession(session, settings) || Number.isNaN(expiresAt)) {
    settings.onError(describe('POST /v1/sessions/exchange', got));
    return unavailable(got.retryAfter);
  }
  const product = isRecord(payment) ? payment['product'] : null;
  const productId = isRecord(product) ? product['id'] : null;
  return {
    kind: 'session',
    session,
    expiresAt,
    productId: typeof productId === 'string' ? productId : null,
    // The gateway refuses a verifier for a code without a challenge, so the code was tied to this browser.
    isTied: verifier !== undefined,
  };
}

/** Ends a session. Resolves to whether it is over. */
export async function endSession(
  settings: GateSettings,
  session: string,
  signal: AbortSignal,
): Promise<boolean> {
  const got = await send(settings, { method: 'DELETE', path: '/v1/session', bearer: session, signal });
  if (!got) return false;
  if (got.status === 204 || isOver(got)) return true;
  settings.onError(describe('DELETE /v1/session', got));
  return false;
}

/** Those of the sessions that the gateway says are over. */
export async function findOver(
  settings: GateSettings,
  sessions: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const asked = sessions.map(async (session) => {
    const got = await send(settings, { method: 'GET', path: '/v1/session', bearer: session, signal });
    return got && isOver(got) ? [session] : [];
  });
  return (await Promise.all(asked)).flat();
}

/** Runs what asks the gateway; `signal` ends all of it after `ms`. No timer is left behind: Workers count them. */
export async function withinTime<Value>(
  ms: number,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new DOMException('The gateway did not answer in time.', 'TimeoutError')),
    ms,
  );
  try {
    return await run(late.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether it looks like a session of the gate's mode. */
export function isSession(value: unknown, { mode }: GateSettings): value is string {
  return typeof value === 'string' && new RegExp(`^floe_st_${mode}_[\\w-]{43}$`).test(value);
}

interface Got {
  status: number;
  body: Record<string, unknown>;
  /**
   * The `code` of a problem of the gateway's own (RFC 9457). A proxy, a firewall or an access product in between may
   * answer 401 too, but does not know about sessions.
   */
  problem: string | undefined;
  retryAfter: number | undefined;
}

interface Sent {
  method: string;
  path: string;
  bearer: string;
  body?: object;
  idempotencyKey?: string;
  signal: AbortSignal;
}

/** The gateway itself says that it does not know this session, or no longer. */
function isOver({ status, problem }: Got): boolean {
  return status === 401 && problem === 'unauthorized';
}

/** The error that the site's owner is told for an answer that is not the gateway's. */
function describe(route: string, { status, problem, body }: Got): FloeError {
  const { detail } = body;
  const said = typeof detail === 'string' ? `${problem}: ${detail}` : problem;
  const isForeign = problem === undefined && status >= 300 && status < 500;
  const why = isForeign ? ', and not in the gateway’s words: does something in front of it answer?' : '';
  const message = `floe: ${route} answered ${status}${said === undefined ? why : ` (${said})`}`;
  return new FloeError({ status, code: problem ?? `http_${status}`, message });
}

async function send(settings: GateSettings, sent: Sent): Promise<Got | undefined> {
  const { method, path, bearer, body, idempotencyKey, signal } = sent;
  try {
    const response = await settings.fetch(`${settings.gateway}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      // A redirect is not followed, so that the credential goes to this address only.
      redirect: 'manual',
      signal,
    });
    const answer = parse(await response.text());
    const isProblem = /^application\/problem\+json\s*(?:;|$)/i.test(
      response.headers.get('content-type') ?? '',
    );
    return {
      status: response.status,
      body: answer,
      problem: isProblem && typeof answer['code'] === 'string' ? answer['code'] : undefined,
      retryAfter: readRetryAfter(response.headers, settings.now()),
    };
  } catch (error) {
    const [code, message] = signal.aborted
      ? (['timeout', 'The gateway did not answer in time.'] as const)
      : (['unreachable', 'The gateway cannot be reached.'] as const);
    settings.onError(new FloeError({ status: 0, code, message, cause: error }));
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
