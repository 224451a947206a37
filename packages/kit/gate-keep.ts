import type { CookieJar } from './cookies.ts';
import { toBase64Url } from './encoding.ts';
import { isFromOwnPage } from './from-own-page.ts';
import type { Gate, SignOut } from './gate.ts';
import { endSession, isSession, withinTime } from './gate-gateway.ts';
import { isVerifier } from './gate-return.ts';
import { addSession, type KeptSession, readSessions, writeSessions } from './gate-sessions.ts';
import type { GateSettings } from './gate-settings.ts';

/* What a site does with the sessions of a browser: keeps one, ends all, ties a purchase to it. */

/** A checkout may be left open until the next day. */
const VERIFIER_SECONDS = 86_400;
const VERIFIER_BYTES = 32;

/** See `Gate.keepSession`. @throws {TypeError} when it is no session of this mode */
export function keepSession(
  settings: GateSettings,
  request: Request,
  given: Parameters<Gate['keepSession']>[1],
  before: string | undefined,
): string[] {
  const { replaced, others = [] } = given;
  const added = [given, ...others].map(({ session, expires_at: expires }) => {
    const expiresAt = Math.floor(Date.parse(expires) / 1000);
    if (!isSession(session, settings) || Number.isNaN(expiresAt))
      throw new TypeError('keepSession: pass on `session` and `expires_at` as the gateway gave them.');
    return { session, proof: 'proven', expiresAt } as const;
  });
  const jar = settings.jarOf(settings.urlOf(request));
  const kept = readSessions(settings, jar.read(request));
  // Of several sessions the site must say which one has ended. A session that is kept by mistake is found out later;
  // one that is dropped by mistake is lost.
  const ended = before ?? (kept.length === 1 ? kept[0]?.session : undefined);
  const stays = (each: KeptSession) =>
    replaced === undefined ? each.proof === 'purchase' : !replaced || each.session !== ended;
  // The first of the answer is to be the first of the list.
  return writeAdded(settings, jar, added.reduceRight(addSession, kept.filter(stays)));
}

/** The cookies of a new list. The token is cleared: its session may not be kept any more, and it lacks what is new. */
export function writeAdded(
  settings: GateSettings,
  jar: CookieJar,
  sessions: readonly KeptSession[],
): string[] {
  return [...writeSessions(settings, jar, sessions), jar.clear('token')];
}

/** See `Gate.signOut`. */
export async function signOut(settings: GateSettings, request: Request): Promise<SignOut> {
  const url = settings.urlOf(request);
  const jar = settings.jarOf(url);
  const refused = (status: 403 | 405) => ({ ok: false, status, revoked: false, setCookies: [] });
  if (['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(request.method)) return refused(405);
  if (!isFromOwnPage(request, url)) return refused(403);
  const sessions = readSessions(settings, jar.read(request));
  const ended = await withinTime(settings.timeoutMs, (signal) =>
    Promise.all(sessions.map(({ session }) => endSession(settings, session, signal))),
  );
  return {
    ok: true,
    status: 200,
    revoked: ended.every(Boolean),
    // The verifier is deleted too, so that the address of an earlier return opens nothing.
    setCookies: [jar.clear('session'), jar.clear('token'), jar.clear('verifier')],
  };
}

/** See `Gate.challenge`. */
export async function challenge(settings: GateSettings, request: Request): ReturnType<Gate['challenge']> {
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
