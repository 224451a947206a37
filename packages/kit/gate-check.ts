import type { CookieJar, Cookies } from './cookies.ts';
import { verifyEntitlements, type VerifyResult } from './entitlements.ts';
import { type Decision, deny, readReason, RETRY_SECONDS } from './gate-decision.ts';
import { askAccess, withinTime } from './gate-gateway.ts';
import { type KeptSession, writeOver } from './gate-sessions.ts';
import type { GateSettings } from './gate-settings.ts';
import { weighNo } from './noes.ts';

export type Verified = Extract<VerifyResult, { ok: true }>;

/** A token, and the one of the sessions that it was given to. */
interface Held {
  session: string;
  token: Verified;
}

/** `signal` ends what a decision waits for, the key set as well. */
type Timed = GateSettings & { signal: AbortSignal };

interface Question {
  sessions: readonly KeptSession[];
  cookies: Cookies;
  resource: string;
}

interface Checked {
  decision: Decision;
  session?: { token: string; subject: string | null };
  entitlements?: Verified;
  setCookies: string[];
}

const GRANTED = { allow: true, reason: 'granted', status: 200 } as const;

/**
 * Answers by the held token, or asks the gateway with each session until one opens the resource, all within one
 * `timeoutMs` (ADR 43).
 */
export function checkSessions(settings: GateSettings, jar: CookieJar, question: Question): Promise<Checked> {
  return withinTime(settings.timeoutMs, (signal) => check({ ...settings, signal }, jar, question));
}

async function check(settings: Timed, jar: CookieJar, question: Question): Promise<Checked> {
  const { sessions, cookies, resource } = question;
  const held = await readHeld(settings, question);
  const holdsIt = held?.token.allows(resource) === true;
  const goOn = ({ session, token }: Held, setCookies: string[]) => ({
    decision: GRANTED,
    session: { token: session, subject: token.claims.sub },
    entitlements: token,
    setCookies,
  });
  if (holdsIt && settings.now() - held.token.claims.ver < settings.maxAge * 1000) return goOn(held, []);

  // The one that opened it a moment ago is most likely to do so again.
  const inOrder = holdsIt
    ? [...sessions].sort((a, b) => Number(b.session === held.session) - Number(a.session === held.session))
    : sessions;
  const { yes, over, no, denied } = await askEach(settings, { sessions: inOrder, resource, held });
  const left = sessions.filter(({ session }) => !over.has(session));
  const isHeldOver = held !== undefined && over.has(held.session);
  // The held token says yes where the gateway has just said no.
  const isHeldWrong = isHeldOver || (holdsIt && denied.has(held.session));
  // Sessions that are over stay in the cookie until one is added: if this answer wrote the list, it could arrive after
  // that of a return and undo it (ADR 43).
  const clearToken = isHeldWrong ? [jar.clear('token')] : [];

  if (yes) {
    const { session, text, token } = yes;
    const isOlder = isBehind(held, token);
    const answer = goOn(yes, []);
    if (isOlder) return { ...answer, setCookies: clearToken };
    const sealed = await settings.binding.seal(session, text);
    if (sealed === cookies.token) return answer;
    const cookie = jar.set('token', sealed, token.claims.exp - settings.now() / 1000);
    // Too large for a cookie: the gateway is asked each time.
    return { ...answer, setCookies: [cookie ?? jar.clear('token')] };
  }
  // While the gateway is away, a held token that has not expired still opens, unless every check is to be fresh
  // (`maxAge` 0).
  if (no.reason === 'unavailable' && holdsIt && !isHeldWrong && settings.maxAge > 0) return goOn(held, []);
  const [first] = left;
  const subject = held?.session === first?.session ? held?.token.claims.sub : undefined;
  return {
    decision: no,
    ...(first === undefined ? {} : { session: { token: first.session, subject: subject ?? null } }),
    setCookies: left.length === 0 ? [writeOver(jar, cookies)] : clearToken,
  };
}

/**
 * Whether a session that is for more than one purchase opens `resource` by the database itself, so that a session for this
 * purchase alone adds nothing; and which ones were found over.
 */
export async function askProven(
  settings: Timed,
  sessions: readonly KeptSession[],
  resource: string,
): Promise<{ isOpen: boolean; over: string[] }> {
  const over: string[] = [];
  for (const { session, proof } of sessions) {
    if (proof === 'purchase') continue;
    const said = await ask(settings, { session, resource, held: undefined, maxAge: 0 });
    // One of an older kit may be for a purchase as well: the answer says for whom it is.
    if (said.kind === 'yes' && !said.token.claims.sub.startsWith('purchase:')) return { isOpen: true, over };
    if (said.kind === 'no_session') over.push(session);
  }
  return { isOpen: false, over };
}

/** The token in the cookie, when it was given to one of these very sessions and is genuine. */
async function readHeld(settings: Timed, { sessions, cookies }: Question): Promise<Held | undefined> {
  if (cookies.token === undefined) return undefined;
  for (const { session } of sessions) {
    const text = await settings.binding.open(session, cookies.token);
    if (text === undefined) continue;
    const token = await verifyEntitlements(text, settings);
    return token.ok ? { session, token } : undefined;
  }
  return undefined;
}

interface Asked {
  yes?: Yes;
  /** When there is no yes. */
  no: Decision;
  /** Sessions that the gateway does not know (any more). */
  over: Set<string>;
  /** Sessions that were answered with a no. */
  denied: Set<string>;
}

/** Asks with one session after the other until one opens it. */
async function askEach(
  settings: Timed,
  question: { sessions: readonly KeptSession[]; resource: string; held: Held | undefined },
): Promise<Asked> {
  const { sessions, resource, held } = question;
  const { maxAge } = settings;
  const over = new Set<string>();
  const denied = new Set<string>();
  let no = deny('no_session');
  for (const { session } of sessions) {
    const said = await ask(settings, { session, resource, held, maxAge });
    if (said.kind === 'yes') return { yes: said, no, over, denied };
    // A malformed name is refused for every session.
    if (said.kind === 'no_resource') return { no: deny('unknown_resource'), over, denied };
    if (said.kind === 'no_session') {
      over.add(session);
      continue;
    }
    if (said.kind === 'no') denied.add(session);
    if (weighNo(said.decision.reason) > weighNo(no.reason)) no = said.decision;
  }
  return { no, over, denied };
}

interface Yes extends Held {
  kind: 'yes';
  /** The token as it came. */
  text: string;
}

type Said =
  | Yes
  | { kind: 'no' | 'unavailable'; decision: Decision }
  | { kind: 'no_session' }
  | { kind: 'no_resource' };

/** The gateway's answer. A yes counts only with its token, which says for which app it is. */
async function ask(
  settings: Timed,
  question: { session: string; resource: string; held: Held | undefined; maxAge: number },
): Promise<Said> {
  const { session, held, maxAge } = question;
  const access = await askAccess(settings, { ...question, signal: settings.signal });
  if (access.kind === 'unavailable') return unavailable(access.retryAfter);
  if (access.kind !== 'answer') return access;
  if (!access.allow) return { kind: 'no', decision: deny(readReason(access.reason), access.retryAfter) };
  if (access.token === null) return unavailable(RETRY_SECONDS);
  // The token was made for this answer, so times are not compared with this clock.
  const token = await verifyEntitlements(access.token, { ...settings, clockToleranceSeconds: Infinity });
  if (!token.ok) {
    // The session is another app's: its yes is about another shop.
    if (token.reason === 'wrong_app') {
      settings.onError(
        new Error(
          `floe: a session is not of the app “${settings.app}”: is \`app\` the slug of the app whose key this is?`,
        ),
      );
      return { kind: 'no_session' };
    }
    settings.onError(new Error(`floe: the gateway's token is not believed: ${token.reason}`));
    return unavailable(RETRY_SECONDS);
  }
  // The answer is older than the held token, so the database is asked.
  if (isBehind(held, token) && maxAge > 0) return ask(settings, { ...question, maxAge: 0 });
  return { kind: 'yes', session, text: access.token, token };
}

function isBehind(held: Held | undefined, { claims }: Verified): boolean {
  return held?.token.claims.sub === claims.sub && claims.ver < held.token.claims.ver;
}

function unavailable(retryAfter: number): Said {
  return { kind: 'unavailable', decision: deny('unavailable', retryAfter) };
}
