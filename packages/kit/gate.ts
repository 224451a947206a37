import type { CookieJar, Cookies } from './cookies.ts';
import { askProven, checkSessions, type Verified } from './gate-check.ts';
import { type Decision, deny, type GateReason } from './gate-decision.ts';
import { endSession, type Exchange, findOver, withinTime } from './gate-gateway.ts';
import { type Handled, type HandleOptions, handleRequest, isOwnAddress } from './gate-handle.ts';
import { challenge, keepSession, signOut, writeAdded } from './gate-keep.ts';
import { spellPath } from './gate-path.ts';
import { isPublicBy } from './gate-public.ts';
import { finishReturn, readReturn, type Return } from './gate-return.ts';
import {
  addSession,
  addUntied,
  isListOver,
  type KeptSession,
  MAX_SESSIONS,
  readSessions,
} from './gate-sessions.ts';
import { type GateOptions, type GateSettings, readSettings } from './gate-settings.ts';
import type { DownloadableFile, DownloadAddress } from './downloads.ts';
import type { FloeError } from './problem.ts';
import type { GateTools } from './pages/desk.ts';
import type { OwnPages } from './pages/index.ts';
import type { PagesSettings } from './pages/options.ts';

export interface GateAnswer {
  decision: Decision;
  /** What was asked for. */
  resource: string | null;
  /**
   * The visitor's session. `token` is the gateway's Bearer credential, for calls from the server and never for a page.
   * Of several sessions it is the one that opened the resource, else a proven one before one that came with a purchase.
   */
  session?: { token: string; subject: string | null };
  /** The token that opened it, verified: what else the visitor has, such as features (`hasFeature`, `featureValue`). */
  entitlements?: Verified;
  /** To be sent as `Set-Cookie`, each on its own, with whatever is answered. */
  setCookies: string[];
  /** Where to go, with the decision's status: an address (303), or a path of this site (308). */
  redirect?: string;
}

export interface SignOut {
  /** False: the request did not come from a page of the site's own, and nothing was done. */
  ok: boolean;
  status: 200 | 403 | 405;
  /**
   * The gateway has ended all sessions. False when it could not be reached: the cookies are deleted, and the sessions
   * expire.
   */
  revoked: boolean;
  setCookies: string[];
}

/** A session as the gateway gives it. */
interface GivenSession {
  session: string;
  expires_at: string;
}

export interface Gate {
  /** The decision alone. The gate's own pages are not answered here: `handle` does both. */
  (request: Request): Promise<GateAnswer>;
  /**
   * All that there is to do for a request, for a site's one line: answers the gate's own pages, leads on buyers who come back,
   * and makes the page for a no. An adapter for a framework calls it with every request, before anything else:
   *
   * ```ts
   * const { response, answer } = await gate.handle(request);
   * if (response) return response;
   * const made = await next();
   * applyAnswer(made.headers, answer);
   * ```
   *
   * The request has the address of the browser (or `origin` is set). Its body is read for POST to the gate's own pages alone,
   * so it is needed only where `hasPage` says so. Programs, which do not ask for HTML, get a problem (RFC 9457) for a no.
   */
  handle(request: Request, options?: HandleOptions): Promise<Handled>;
  /**
   * Whether a page of the gate's own is at this address. An adapter whose framework has no `Request` hands on the body of such
   * a request, and leaves that of all others alone.
   */
  hasPage(url: string): boolean;
  /** Whether everybody may have what is at this address, by `resource` alone: for builds, which have no visitor and may have no key. */
  isPublic(request: Request): Promise<boolean>;
  /** Signs out, on a request of the site's own that is no GET: others cannot make somebody sign out. */
  signOut(request: Request): Promise<SignOut>;
  /**
   * The `Set-Cookie` lines for a session that the site itself has asked for: of its own user (`POST /v1/sessions`), or
   * after a sign-in by mail (`POST /v1/sign-in/verify`). Call it only when the browser has proven who it is. What came with
   * purchases stays. Where the site says who is here (no `replaced`), that is one person: earlier proven sessions go. After
   * a sign-in by mail only the one that the answer says is `replaced` goes: `before`, which the site named to the gateway.
   * Pass its whole answer: an address may stand for a customer and for members of teams, each with a session (`others`).
   * @throws {TypeError} when it is no session of this mode
   */
  keepSession(
    request: Request,
    given: GivenSession & { replaced?: boolean; others?: readonly GivenSession[] },
    before?: string,
  ): string[];
  /**
   * The files that this browser's sessions may download, of all of them together. `handleDownload` answers with it.
   * @throws {FloeError} when the gateway cannot say
   */
  downloads(request: Request): Promise<DownloadableFile[]>;
  /**
   * The address of a file, for whoever follows a link now: it works for an hour at most, for anybody who has it, so it is
   * answered with (303) and kept nowhere.
   * @throws {FloeError} `no_session`, `not_granted`, `not_found`, `download_unavailable`; or the gateway cannot say
   */
  downloadLink(request: Request, id: string): Promise<DownloadAddress>;
  /**
   * Ties a purchase to this browser (PKCE, RFC 7636): the challenge goes to the gateway as `code_challenge`, the cookie
   * to the browser. A visitor who is sent a link with another person's code then cannot be made to use it.
   */
  challenge(request: Request): Promise<{ codeChallenge: string; setCookie: string }>;
}

/**
 * A gate: from a request to a decision and cookies. A yes costs no request while the entitlement token in its cookie is
 * fresh; every "no" is the gateway's own, and when nothing can be said the answer is 503, never open.
 * @throws {TypeError} when an option is wrong
 */
export function createGate(options: GateOptions): Gate {
  const settings = readSettings(options);
  const tools = {
    signOut: (request: Request) => signOut(settings, request),
    keepSession: (request: Request, given: Parameters<Gate['keepSession']>[1], before?: string) =>
      keepSession(settings, request, given, before),
    challenge: (request: Request) => challenge(settings, request),
    downloads: async (request: Request) =>
      (await import('./gate-downloads.ts')).listDownloads(settings, request),
    downloadLink: async (request: Request, id: string) =>
      (await import('./gate-downloads.ts')).linkDownload(settings, request, id),
  };
  const ask = (request: Request) => decide(settings, request);
  const { pages } = settings;
  let opened: OwnPages | undefined;
  // Loaded when a page is needed: for a reader who may read, none is. No request waits for the loading of another one, since
  // in Workers that ends with the other one (ADR 39).
  const loadPages = pages && (async () => (opened ??= await openPages(settings, pages, tools)));
  return Object.assign(ask, {
    ...tools,
    handle: (request: Request, how: HandleOptions = {}) =>
      handleRequest(settings, { decide: ask, loadPages }, request, how),
    hasPage: (url: string) => isOwnAddress(settings, url),
    isPublic: (request: Request) => isPublicBy(options.resource, request),
  });
}

async function openPages(settings: GateSettings, pages: PagesSettings, tools: GateTools): Promise<OwnPages> {
  const { openPages: open } = await import('./pages/index.ts');
  return open(settings, pages, tools);
}

async function decide(settings: GateSettings, request: Request): Promise<GateAnswer> {
  const url = settings.urlOf(request);
  const jar = settings.jarOf(url);
  const cookies = jar.read(request);
  const back = readReturn(request, url);
  if (!back) return decidePage(settings, request, { url, jar, cookies });
  const returned = await withinTime(settings.timeoutMs, (signal) =>
    comeBack(settings, back, { jar, cookies, request, signal }),
  );
  if (typeof returned === 'object' && 'decision' in returned) return returned;
  const answer = await decidePage(settings, request, { url, jar, cookies });
  if (typeof returned === 'object') tellRefused(settings, returned.error, answer);
  return returned !== 'unproven' || settings.pages ? thankInstead(answer, back, returned) : answer;
}

/** The noes with which a page is offered. */
const SELLING: readonly GateReason[] = [
  'no_session',
  'not_granted',
  'unknown_customer',
  'revoked',
  'expired',
];

/** A page that is loaded again sends a used code, which is no news where the purchase is kept. */
function tellRefused(settings: GateSettings, error: FloeError, { decision, session }: GateAnswer): void {
  const isKept = session !== undefined && !SELLING.includes(decision.reason);
  if (error.code === 'validation_failed' || !isKept) settings.onError(error);
}

/**
 * The answer to a return whose code gave no session, be it used, made up, or of another browser. Whoever may have paid a moment
 * ago is not offered the same again, but asked to sign in.
 */
function thankInstead(answer: GateAnswer, back: Return, returned: Refused | 'unproven'): GateAnswer {
  const { decision, redirect } = answer;
  if (redirect !== undefined) return answer;
  if (SELLING.includes(decision.reason)) return { ...answer, decision: deny('not_kept') };
  // A script in the page may have what proves it.
  if (returned === 'unproven') return answer;
  return leadOn(back, []);
}

function leadOn({ callbackUrl: redirect }: Return, setCookies: string[]): GateAnswer {
  const decision = { allow: false, reason: 'returning', status: 303 } as const;
  return { decision, resource: null, setCookies, redirect };
}

async function decidePage(
  settings: GateSettings,
  request: Request,
  { url, jar, cookies }: { url: URL; jar: CookieJar; cookies: Cookies },
): Promise<GateAnswer> {
  const respelled = settings.isByAddress ? respell(request, url) : undefined;
  if (respelled) return respelled;
  const resource: unknown = await settings.resourceOf(request);
  const sessions = readSessions(settings, cookies);
  const [first] = sessions;
  if (resource === null) {
    return {
      decision: { allow: true, reason: 'public', status: 200 },
      resource,
      ...(first === undefined ? {} : { session: { token: first.session, subject: null } }),
      setCookies: [],
    };
  }
  // A lookup that finds nothing gives undefined, which must not make a page public.
  if (typeof resource !== 'string' || resource === '')
    return { decision: deny('unknown_resource'), resource: null, setCookies: [] };
  if (first === undefined)
    return {
      decision: deny('no_session'),
      resource,
      setCookies: isListOver(cookies) ? [] : clearLeftovers(jar, cookies),
    };
  return { resource, ...(await checkSessions(settings, jar, { sessions, cookies, resource })) };
}

/**
 * The answer to another spelling of a path, so that neither the site's function nor its router ever sees it (ADR 38).
 * Only GET and HEAD are redirected: links are written in many ways, but other requests are made by the site's own
 * pages.
 */
function respell({ method }: Request, { pathname, search }: URL): GateAnswer | undefined {
  const spelled = spellPath(pathname);
  if (spelled === pathname) return undefined;
  const [resource, setCookies] = [null, []];
  if (spelled === undefined || (method !== 'GET' && method !== 'HEAD'))
    return { decision: deny('unknown_resource'), resource, setCookies };
  const decision = { allow: false, reason: 'respelled', status: 308 } as const;
  // The redirect has no origin, since behind a proxy the gate's may not be the browser's. The path has no empty
  // segment, so it cannot name another host.
  return { decision, resource, setCookies, redirect: `${spelled}${search}` };
}

type Refused = Extract<Exchange, { kind: 'refused' }>;

interface Visit {
  jar: CookieJar;
  cookies: Cookies;
  request: Request;
  signal: AbortSignal;
}

/** The answer to a buyer who comes back; or why there is none: this browser cannot prove the purchase, or the code is refused. */
async function comeBack(
  settings: GateSettings,
  back: Return,
  visit: Visit,
): Promise<GateAnswer | Refused | 'unproven'> {
  const returned = await finishReturn(settings, back, visit);
  if (!returned) return 'unproven';
  if (returned.kind === 'refused') return returned;
  // The address keeps the code, so that a reload tries it again.
  if (returned.kind === 'unavailable')
    return { decision: deny('unavailable', returned.retryAfter), resource: null, setCookies: [] };
  const setCookies = await keepPurchase(settings, returned, visit);
  // There is no redirect to the page, which would offer the same purchase again.
  return setCookies
    ? leadOn(back, setCookies)
    : { decision: deny('not_kept'), resource: null, setCookies: [] };
}

/** The cookies with a purchase's session added. Undefined: there was no room, and the session is ended. */
async function keepPurchase(
  settings: GateSettings,
  { session, expiresAt, productId, isTied }: Extract<Exchange, { kind: 'session' }>,
  { jar, cookies, signal }: Visit,
): Promise<string[] | undefined> {
  const kept = readSessions(settings, cookies);
  // The page was loaded again.
  if (kept.some((each) => each.session === session)) return [];
  const { isOpen, left } = await lookThrough(settings, kept, { productId, signal });
  if (isOpen) {
    await endSession(settings, session, signal);
    return [];
  }
  const added = { session, proof: 'purchase', expiresAt: Math.floor(expiresAt / 1000) } as const;
  const list = isTied ? addSession(left, added) : addUntied(left, added);
  if (list) return writeAdded(settings, jar, list);
  settings.onError(
    new Error(
      'floe: a purchase was not kept. This browser has as many sessions as it can hold, and nothing shows that the purchase began in it: pass `gate.challenge` with each purchase, and the newest takes the place of the oldest.',
    ),
  );
  await endSession(settings, session, signal);
  return undefined;
}

/** Whether a proven session opens what was bought; and the sessions without those that were found over. */
async function lookThrough(
  settings: GateSettings,
  kept: readonly KeptSession[],
  { productId, signal }: { productId: string | null; signal: AbortSignal },
): Promise<{ isOpen: boolean; left: KeptSession[] }> {
  const { isOpen, over } =
    productId === null
      ? { isOpen: false, over: [] }
      : await askProven({ ...settings, signal }, kept, `product:${productId}`);
  const left = kept.filter(({ session }) => !over.includes(session));
  // When there is no room, the gateway is asked which sessions are over, since only those can be dropped without loss.
  if (isOpen || left.length < MAX_SESSIONS) return { isOpen, left };
  const gone = await findOver(
    settings,
    left.map(({ session }) => session),
    signal,
  );
  return { isOpen, left: left.filter(({ session }) => !gone.includes(session)) };
}

function clearLeftovers(jar: CookieJar, cookies: Cookies): string[] {
  return (['session', 'token'] as const)
    .filter((name) => cookies[name] !== undefined)
    .map((name) => jar.clear(name));
}
