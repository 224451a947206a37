import type { CookieJar, Cookies } from './cookies.ts';
import { toBase64Url } from './encoding.ts';
import { verifyEntitlements, type VerifyResult } from './entitlements.ts';
import { askAccess, endSession, isSession } from './gate-gateway.ts';
import { finishReturn, isVerifier, keepSession, readReturn } from './gate-return.ts';
import { type GateOptions, type GateSettings, readSettings } from './gate-settings.ts';

/** May this request go on? */
export interface Decision {
  allow: boolean;
  reason: GateReason;
  /** What a site may answer with: 200; 303 to `redirect`; 401, 402, 403; 503 with `Retry-After`. */
  status: 200 | 303 | 401 | 402 | 403 | 503;
  /** Seconds after which asking again makes sense. */
  retryAfter?: number;
}

export type GateReason =
  | 'granted'
  /** Nothing is asked for: the resource is null. */
  | 'public'
  /** A buyer is back: go on to `redirect`, with the cookies. */
  | 'returning'
  /** Nobody is known: offer to buy, or to sign in. */
  | 'no_session'
  | 'not_granted'
  | 'revoked'
  | 'expired'
  | 'unknown_customer'
  | 'unknown_resource'
  /** Paid, and not settled yet: wait, do not sell it again. */
  | 'pending_payment'
  | 'unavailable';

export interface GateAnswer {
  decision: Decision;
  /** What was asked for. */
  resource: string | null;
  /** Who is here. `token` is the gateway's Bearer credential: for calls from the server, never for a page. */
  session?: { token: string; subject: string | null };
  /** To be sent as `Set-Cookie`, each on its own, with whatever is answered. */
  setCookies: string[];
  /** Where to go, with status 303. */
  redirect?: string;
}

export interface SignOut {
  /** False: this was not asked by a page of the site's own, and nothing was done. */
  ok: boolean;
  status: 200 | 403 | 405;
  /** The gateway has ended the session. False when it could not be reached: the cookies go, the session ends by itself. */
  revoked: boolean;
  setCookies: string[];
}

export interface Gate {
  (request: Request): Promise<GateAnswer>;
  /** Signs out, on a request of the site's own that is no GET: others cannot make somebody sign out. */
  signOut(request: Request): Promise<SignOut>;
  /**
   * The `Set-Cookie` lines for a session that the site itself has asked for: of its own user (`POST /v1/sessions`), or
   * after a sign-in by mail (`POST /v1/sign-in/verify`). Call it only when the browser has proven who it is.
   * @throws {TypeError} when it is no session of this mode
   */
  keepSession(request: Request, given: { session: string; expires_at: string }): string[];
  /**
   * Ties a purchase to this browser (PKCE, RFC 7636): the challenge goes to the gateway as `code_challenge`, the cookie to
   * the browser. Who is sent a link with another's code cannot be made to use it.
   */
  challenge(request: Request): Promise<{ codeChallenge: string; setCookie: string }>;
}

const RETRY_SECONDS = 2;
/**
 * Paths that two readers may read in two ways: empty segments, and what nobody has to encode (letters, digits, `-._`,
 * separators), once or twice. A router that decodes `/%62log` serves a page that the function never heard of.
 */
const AMBIGUOUS = /\/\/|\\|%(?:00|2[def]|3\d|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9a]|25[0-9a-f]{2})/i;
/** A checkout may be left open over lunch. */
const VERIFIER_SECONDS = 3600;
const VERIFIER_BYTES = 32;

/**
 * A gate: from a request to a decision and cookies. A yes costs no request while the entitlement token in its cookie is
 * fresh; every "no" is the gateway's own, and when nothing can be said the answer is 503, never open.
 * @throws {TypeError} when an option is wrong
 */
export function createGate(options: GateOptions): Gate {
  const settings = readSettings(options);
  return Object.assign((request: Request) => decide(settings, request), {
    signOut: (request: Request) => signOut(settings, request),
    keepSession: (request: Request, given: { session: string; expires_at: string }) => {
      const { session, expires_at: expires } = given;
      const expiresAt = Date.parse(expires);
      if (!isSession(session, settings) || Number.isNaN(expiresAt))
        throw new TypeError('keepSession: pass on `session` and `expires_at` as the gateway gave them.');
      return keepSession(settings, settings.jarOf(settings.urlOf(request)), { session, expiresAt });
    },
    challenge: (request: Request) => challenge(settings, request),
  });
}

async function decide(settings: GateSettings, request: Request): Promise<GateAnswer> {
  const url = settings.urlOf(request);
  const jar = settings.jarOf(url);
  const cookies = jar.read(request);
  const back = readReturn(request, url);
  const returned = back && (await finishReturn(settings, back, cookies, request));
  if (back && returned) {
    const resource = null;
    // The address stays as it is: trying again tries the same code.
    if (returned.kind === 'unavailable')
      return { decision: deny('unavailable', returned.retryAfter), resource, setCookies: [] };
    const setCookies = returned.kind === 'session' ? keepSession(settings, jar, returned) : [];
    const decision = { allow: false, reason: 'returning', status: 303 } as const;
    return { decision, resource, setCookies, redirect: back.callbackUrl };
  }

  if (settings.isByAddress && AMBIGUOUS.test(url.pathname))
    return { decision: deny('unknown_resource'), resource: null, setCookies: [] };
  const resource: unknown = await settings.resourceOf(request);
  const session = isSession(cookies.session, settings) ? cookies.session : undefined;
  if (resource === null) {
    return {
      decision: { allow: true, reason: 'public', status: 200 },
      resource,
      ...(session === undefined ? {} : { session: { token: session, subject: null } }),
      setCookies: [],
    };
  }
  // A lookup that finds nothing gives undefined: that is a mistake, not a page for everybody.
  if (typeof resource !== 'string' || resource === '')
    return { decision: deny('unknown_resource'), resource: null, setCookies: [] };
  if (session === undefined)
    return { decision: deny('no_session'), resource, setCookies: clearLeftovers(jar, cookies) };
  return { resource, ...(await checkSession(settings, jar, { session, cookies, resource })) };
}

type Verified = Extract<VerifyResult, { ok: true }>;

interface Question {
  session: string;
  cookies: Cookies;
  resource: string;
}

/** The token's yes, or the gateway's word. */
async function checkSession(
  settings: GateSettings,
  jar: CookieJar,
  question: Question,
): Promise<Omit<GateAnswer, 'resource'>> {
  const { session, cookies, resource } = question;
  const held = await readHeld(settings, question);
  const holdsIt = held?.allows(resource) === true;
  const who = (subject: string | null) => ({ session: { token: session, subject } });
  const heldBy = held?.claims.sub ?? null;
  const goOn = (setCookies: string[] = []) => ({
    decision: { allow: true, reason: 'granted', status: 200 } as const,
    ...who(heldBy),
    setCookies,
  });
  if (holdsIt && settings.now() - held.claims.ver < settings.maxAge * 1000) return goOn();

  const answer = await ask(settings, question, held);
  switch (answer.kind) {
    case 'no_session':
      return { decision: deny('no_session'), setCookies: [jar.clear('session'), jar.clear('token')] };
    case 'no_resource':
      return { decision: deny('unknown_resource'), ...who(heldBy), setCookies: [] };
    case 'unavailable':
      // Still signed, and not yet over. Whoever wants to hear of a revocation at once (0) gets no such yes.
      if (holdsIt && settings.maxAge > 0) return goOn();
      return { decision: deny('unavailable', answer.retryAfter), ...who(heldBy), setCookies: [] };
    case 'no': {
      // It says yes to what the gateway has said no to.
      const setCookies = holdsIt ? [jar.clear('token')] : [];
      return { decision: deny(answer.reason, answer.retryAfter), ...who(heldBy), setCookies };
    }
    case 'yes': {
      const { token, fresh } = answer;
      const decision = { allow: true, reason: 'granted', status: 200 } as const;
      const isOlder = held?.claims.sub === fresh.claims.sub && fresh.claims.ver < held.claims.ver;
      if (isOlder) return { decision, ...who(fresh.claims.sub), setCookies: [] };
      const sealed = await settings.binding.seal(session, token);
      const cookie = jar.set('token', sealed, fresh.claims.exp - settings.now() / 1000);
      const isKept = sealed === cookies.token;
      return {
        decision,
        ...who(fresh.claims.sub),
        // Too large for a cookie: the gateway is asked each time.
        setCookies: isKept ? [] : [cookie ?? jar.clear('token')],
      };
    }
  }
}

/** The token in the cookie, when it was given to this very session and is genuine. */
async function readHeld(
  settings: GateSettings,
  { session, cookies }: Question,
): Promise<Verified | undefined> {
  if (cookies.token === undefined) return undefined;
  const token = await settings.binding.open(session, cookies.token);
  const verified = token === undefined ? undefined : await verifyEntitlements(token, settings);
  return verified?.ok === true ? verified : undefined;
}

type Said =
  | { kind: 'yes'; token: string; fresh: Verified }
  | { kind: 'no'; reason: GateReason; retryAfter?: number }
  | { kind: 'no_session' | 'no_resource' }
  | { kind: 'unavailable'; retryAfter: number };

/** The gateway's answer. A yes counts with its token only, which says for which app it is. */
async function ask(
  settings: GateSettings,
  question: Question,
  held: Verified | undefined,
  maxAge = settings.maxAge,
): Promise<Said> {
  const access = await askAccess(settings, question.session, question.resource, maxAge);
  if (access.kind !== 'answer') return access;
  if (!access.allow) {
    const { reason, retryAfter } = access;
    return { kind: 'no', reason: readReason(reason), ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
  if (access.token === null) return { kind: 'unavailable', retryAfter: RETRY_SECONDS };
  // Made for this answer, whatever the clock here says.
  const fresh = await verifyEntitlements(access.token, { ...settings, clockToleranceSeconds: Infinity });
  if (!fresh.ok) {
    // The session is another app's: its yes is about another shop.
    if (fresh.reason === 'wrong_app') return { kind: 'no_session' };
    settings.onError(new Error(`floe: the gateway's token is not believed: ${fresh.reason}`));
    return { kind: 'unavailable', retryAfter: RETRY_SECONDS };
  }
  // A cache somewhere is behind what this browser has seen already: the database decides.
  const isBehind = held?.claims.sub === fresh.claims.sub && fresh.claims.ver < held.claims.ver;
  if (isBehind && maxAge > 0) return ask(settings, question, held, 0);
  return { kind: 'yes', token: access.token, fresh };
}

async function signOut(settings: GateSettings, request: Request): Promise<SignOut> {
  const url = settings.urlOf(request);
  const jar = settings.jarOf(url);
  const refused = (status: 403 | 405) => ({ ok: false, status, revoked: false, setCookies: [] });
  if (['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(request.method)) return refused(405);
  if (!isOwnPage(request, url)) return refused(403);
  const { session } = jar.read(request);
  const revoked = isSession(session, settings) ? await endSession(settings, session) : true;
  return { ok: true, status: 200, revoked, setCookies: [jar.clear('session'), jar.clear('token')] };
}

/** Whether a page of this very origin sent it. A browser that says nothing of where from is not believed. */
function isOwnPage({ headers }: Request, url: URL): boolean {
  const site = headers.get('sec-fetch-site');
  // First, since `Origin` is `null` on a page with `Referrer-Policy: no-referrer`.
  return site === null ? headers.get('origin') === url.origin : site === 'same-origin';
}

async function challenge(settings: GateSettings, request: Request) {
  const jar = settings.jarOf(settings.urlOf(request));
  const { verifier: kept } = jar.read(request);
  // One for all purchases under way in this browser: in another tab there may be one more.
  const verifier =
    kept !== undefined && isVerifier(kept)
      ? kept
      : toBase64Url(crypto.getRandomValues(new Uint8Array(VERIFIER_BYTES)));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return {
    codeChallenge: toBase64Url(new Uint8Array(digest)),
    setCookie: jar.set('verifier', verifier, VERIFIER_SECONDS) ?? '',
  };
}

function clearLeftovers(jar: CookieJar, cookies: Cookies): string[] {
  return (['session', 'token'] as const)
    .filter((name) => cookies[name] !== undefined)
    .map((name) => jar.clear(name));
}

const STATUS: Record<Exclude<GateReason, 'granted' | 'public' | 'returning'>, Decision['status']> = {
  no_session: 401,
  not_granted: 402,
  revoked: 402,
  expired: 402,
  unknown_customer: 402,
  unknown_resource: 403,
  // No success status: a script that asks for `response.ok` must not take the waiting page for the article.
  pending_payment: 503,
  unavailable: 503,
};

/** A reason of tomorrow's gateway is a plain no. */
function readReason(reason: string): keyof typeof STATUS {
  return Object.hasOwn(STATUS, reason) ? (reason as keyof typeof STATUS) : 'not_granted';
}

function deny(reason: GateReason, retryAfter?: number): Decision {
  const status = STATUS[reason as keyof typeof STATUS];
  return {
    allow: false,
    reason,
    status,
    ...(status === 503 ? { retryAfter: retryAfter ?? RETRY_SECONDS } : {}),
  };
}
