import type { CookieJar, Cookies } from './cookies.ts';
import { isSession } from './gate-gateway.ts';
import type { GateSettings } from './gate-settings.ts';

/*
 * The sessions of one browser, in one cookie. There are several, since a session that came with a purchase is for that
 * purchase alone (ADR 43).
 */

export interface KeptSession {
  /** `floe_st_…`: a Bearer credential of one app. */
  session: string;
  /**
   * How its holder was proven: `purchase`: not at all, they came back from a purchase. `unknown`: from a cookie of an
   * older kit; it is not dropped to make room.
   */
  proof: 'purchase' | 'proven' | 'unknown';
  /** Seconds since 1970. */
  expiresAt: number;
}

/** Before a no, the gateway may be asked about each. */
export const MAX_SESSIONS = 6;
/** It leaves room for a purchase of just now. */
const MAX_PROVEN = 4;
/** The longest lifetime that the gateway gives a session. */
const LONGEST_SECONDS = 90 * 86_400;
const BETWEEN = '~';
/** After this the gateway is asked again, in case its database was restored and it knows the sessions again. */
const OVER_SECONDS = 86_400;
const OVER = 'over.';
const PROOFS = { p: 'purchase', s: 'proven', u: 'unknown' } as const;
const LETTERS = { purchase: 'p', proven: 's', unknown: 'u' } as const;

/**
 * What the cookie holds, in its order: `<session>.<p|s|u><seconds, base 36>`, joined by `~`. A session alone is one that an
 * older kit kept. What is not well formed is left out; a list that is over is empty.
 */
export function readSessions(settings: GateSettings, cookies: Cookies): KeptSession[] {
  if (isListOver(cookies)) return [];
  const { session: value = '' } = cookies;
  const unknownEnd = Math.floor(settings.now() / 1000) + LONGEST_SECONDS;
  const found = new Map<string, KeptSession>();
  for (const entry of value.split(BETWEEN)) {
    const [session = '', rest = ''] = entry.split('.', 2);
    if (found.size >= MAX_SESSIONS || found.has(session) || !isSession(session, settings)) continue;
    if (entry === session) {
      found.set(session, { session, proof: 'unknown', expiresAt: unknownEnd });
      continue;
    }
    const [, letter = '', seconds = ''] = /^([psu])([0-9a-z]{1,8})$/.exec(rest) ?? [];
    if (letter !== 'p' && letter !== 's' && letter !== 'u') continue;
    if (entry !== `${session}.${rest}`) continue;
    found.set(session, { session, proof: PROOFS[letter], expiresAt: Number.parseInt(seconds, 36) });
  }
  return [...found.values()];
}

/**
 * The list with a new session that is known to be this browser's: proven ones first, since they open most; then the newest.
 * What is at the end may go.
 */
export function addSession(kept: readonly KeptSession[], added: KeptSession): KeptSession[] {
  const all = [added, ...kept.filter(({ session }) => session !== added.session)];
  const proven = all.filter(({ proof }) => proof !== 'purchase').slice(0, MAX_PROVEN);
  const purchases = all.filter(({ proof }) => proof === 'purchase');
  return [...proven, ...purchases].slice(0, MAX_SESSIONS);
}

/**
 * The list with a purchase that is not tied to this browser: anybody can send others a link with a code of their own.
 * So it replaces no session, and comes last: it counts only when there is no other, and is the first to be dropped (ADR
 * 43). Undefined: there is no room.
 */
export function addUntied(kept: readonly KeptSession[], added: KeptSession): KeptSession[] | undefined {
  return kept.length < MAX_SESSIONS ? [...kept, added] : undefined;
}

/**
 * The `Set-Cookie` line that says that all of this list is over. It goes into the token's cookie, and the list stays as
 * it is: an answer that cleared the list could arrive after that of a return or a sign-in, and undo it (ADR 43). It
 * names the whole list, so it does not count for any other.
 */
export function writeOver(jar: CookieJar, { session = '' }: Cookies): string {
  return jar.set('token', OVER + session, OVER_SECONDS) ?? jar.clear('token');
}

/** Whether the gateway has said that the whole list is over; then it is not asked again. */
export function isListOver({ session, token }: Cookies): boolean {
  return session !== undefined && token === OVER + session;
}

/** The `Set-Cookie` lines for a list; it lasts as long as the last of them. */
export function writeSessions(
  settings: GateSettings,
  jar: CookieJar,
  sessions: readonly KeptSession[],
): string[] {
  if (sessions.length === 0) return [jar.clear('session')];
  const value = sessions
    .map(({ session, proof, expiresAt }) => `${session}.${LETTERS[proof]}${expiresAt.toString(36)}`)
    .join(BETWEEN);
  const end = Math.max(...sessions.map(({ expiresAt }) => expiresAt));
  const line = jar.set('session', value, end - settings.now() / 1000);
  return line === undefined ? [] : [line];
}
