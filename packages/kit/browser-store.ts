import type { BrowserSettings } from './browser-settings.ts';
import { type EntitlementClaims, isRecord, opens, readClaims } from './claims.ts';
import { parseBase64UrlJson } from './encoding.ts';

/*
 * The sessions of this browser, shared by all its tabs. There are several, since a session that came with a purchase is
 * for that purchase alone.
 */

export interface HeldSession {
  /** `floe_st_…`: a Bearer credential of one app. */
  session: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** How its holder was proven: by coming back from a purchase, or by mail. */
  proof: 'purchase' | 'email';
  /** Its last entitlement token. Only an answer of the gateway replaces it, and nothing extends it. */
  token: string | null;
}

export interface SessionStore {
  /** Proven addresses first, since they open most; then the newest. The same array until something changes. */
  read(): readonly HeldSession[];
  /** `replaces`: a session that has ended by this. */
  add(held: HeldSession, replaces?: string): void;
  /** Keeps the token of an answer. @returns the one that counts: an older answer does not replace a newer one. */
  keepToken(session: string, token: string): string;
  forgetToken(session: string): void;
  /** Without arguments: all. */
  remove(...sessions: string[]): void;
  /** Calls back after each change, of another tab too. @returns what ends that */
  subscribe(listener: () => void): () => void;
  /** A token that opens `resource` now, not older than `maxAge` seconds; undefined when the gateway must be asked. */
  findToken(resource: string, maxAge?: number): string | undefined;
  /** What a token says, when it is one of this app. Its signature is not looked at: see `docs/browser.md`. */
  readToken(token: string): EntitlementClaims | undefined;
}

/** A buyer with more sessions than this, who never signs in, loses the oldest purchase. */
const MAX_SESSIONS = 12;
const NONE: readonly HeldSession[] = [];

/** Opens the store of one app in this browser. */
export function openStore(settings: BrowserSettings): SessionStore {
  const { storage, page, now } = settings;
  const key = `floe:${settings.app}`;
  const listeners = new Set<() => void>();
  let last: { raw: string | null; held: readonly HeldSession[] } = { raw: null, held: NONE };

  // The storage is read each time, since another tab may have written and its event may still be under way.
  const read = () => {
    const raw = storage.getItem(key);
    if (raw !== last.raw) last = { raw, held: parse(raw, settings) };
    const isOver = (held: HeldSession) => held.expiresAt <= now();
    if (last.held.some(isOver)) last = { raw, held: last.held.filter((held) => !isOver(held)) };
    return last.held;
  };
  const tell = () => {
    for (const listener of listeners) listener();
  };
  const write = (sessions: readonly HeldSession[]) => {
    if (sessions.length === 0) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify({ version: 1, sessions }));
    tell();
  };
  const change = (session: string, token: string | null) =>
    write(read().map((held) => (held.session === session ? { ...held, token } : held)));
  const readToken = (token: string) => {
    const claims = decode(token);
    const isOurs = claims?.iss === `${settings.gateway}/${settings.mode}` && claims.aud === settings.app;
    return isOurs ? claims : undefined;
  };

  page?.addEventListener('storage', (event) => {
    if (event.key === key || event.key === null) tell();
  });
  return {
    read,
    readToken,
    add(held, replaces) {
      const others = read().filter(({ session }) => session !== held.session && session !== replaces);
      const all = [held, ...others];
      const of = (proof: HeldSession['proof']) => all.filter((each) => each.proof === proof);
      write([...of('email'), ...of('purchase')].slice(0, MAX_SESSIONS));
    },
    keepToken(session, token) {
      const held = read().find((each) => each.session === session);
      const [old, fresh] = [held?.token ? readToken(held.token) : undefined, readToken(token)];
      if (held?.token && old && fresh && old.sub === fresh.sub && old.ver > fresh.ver) return held.token;
      // It ended while the answer was under way: nothing is kept for it.
      if (held && held.token !== token) change(session, token);
      return token;
    },
    forgetToken(session) {
      if (read().some((held) => held.session === session && held.token !== null)) change(session, null);
    },
    remove(...sessions) {
      const kept = sessions.length === 0 ? NONE : read().filter((held) => !sessions.includes(held.session));
      if (kept.length !== read().length) write(kept);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    findToken(resource, maxAge = settings.maxAge) {
      for (const { token } of read()) {
        const claims = token === null ? undefined : readToken(token);
        if (token === null || !claims || claims.exp * 1000 <= now()) continue;
        const age = now() - claims.ver;
        if (age < maxAge * 1000 && opens(claims, resource, now())) return token;
      }
      return undefined;
    },
  };
}

/** Reads what is stored, without entries of another form: all scripts of the site can write to the storage. */
function parse(raw: string | null, settings: BrowserSettings): readonly HeldSession[] {
  let value: unknown;
  try {
    value = JSON.parse(raw ?? 'null');
  } catch {
    return NONE;
  }
  if (!isRecord(value) || value['version'] !== 1 || !Array.isArray(value['sessions'])) return NONE;
  return value['sessions'].flatMap((each: unknown): HeldSession[] => {
    if (!isRecord(each)) return [];
    const { session, expiresAt, proof, token } = each;
    if (typeof session !== 'string' || !isSessionOf(session, settings.mode)) return [];
    if (typeof expiresAt !== 'number' || (proof !== 'purchase' && proof !== 'email')) return [];
    return [{ session, expiresAt, proof, token: typeof token === 'string' ? token : null }];
  });
}

/** Whether it looks like a session of this mode. */
export function isSessionOf(value: string, mode: 'live' | 'sandbox'): boolean {
  return new RegExp(`^floe_st_${mode}_[\\w-]{43}$`).test(value);
}

function decode(token: string): EntitlementClaims | undefined {
  try {
    return readClaims(parseBase64UrlJson(token.split('.')[1] ?? ''));
  } catch {
    return undefined;
  }
}
