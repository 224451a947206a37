import type {
  EndedSessionsView,
  ListedSessionView,
  NewSessionView,
  OwnSessionView,
  SessionView,
  SubjectView,
} from './sessions.answers.ts';
import type { NamedSubject, Subject } from '../base/subject.rules.ts';
import { newId } from '../base/ids.rules.ts';
import { labelBrowser, maskAddress } from './sign-in.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { decodeCursor, encodeCursor } from '../base/db/cursor.ts';
import type { AppRow, SessionRow } from '../base/db/schema.rows.ts';
import { hashSecret, newToken } from '../base/secrets.ts';
import { insertSession, listSessions, revokeSessions, type SessionScope } from './sessions.rows.ts';
import { forgetCallers } from '../http/identify-caller.ts';
import { fingerprintOf, withIdempotency } from '../http/idempotency.ts';

const ROUTE = 'POST /v1/sessions';

interface Vouched {
  subject: NamedSubject;
  ttlSeconds: number;
  userAgent: string | undefined;
}

/**
 * A session for the user whom the app vouches for, by its external id or Polar's id. At most one for an
 * `Idempotency-Key`. @throws {Problem} see `withIdempotency`
 */
export function vouchForSession(
  services: Services,
  app: AppRow,
  { subject, ttlSeconds, userAgent }: Vouched,
  request: { key: string | undefined; rawBody: string },
) {
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf(ROUTE, request.rawBody),
    prefetch: [],
  };
  return withIdempotency(services, once, async () => {
    const now = services.now();
    const token = newToken('session', app.mode);
    const session: Omit<SessionRow, 'revokedAt'> = {
      id: newId('ses'),
      hash: await hashSecret(token),
      appId: app.id,
      paymentId: null,
      customerId: subject.kind === 'external' ? null : subject.customerId,
      externalId: subject.kind === 'external' ? subject.externalId : null,
      memberId: subject.kind === 'member' ? subject.memberId : null,
      proof: 'app',
      holder: 'app',
      email: null,
      label: labelBrowser(userAgent),
      createdAt: now,
      expiresAt: now + ttlSeconds * 1000,
    };
    return {
      status: 201,
      body: presentNewSession(token, session),
      commit: [insertSession(services.database, session)],
    };
  });
}

/** How the answer describes a session that has just been made, with its token, which no other answer has. */
export function presentNewSession(token: string, session: Omit<SessionRow, 'revokedAt'>): NewSessionView {
  return { session: token, expires_at: toIso(session.expiresAt), subject: presentSubject(session) };
}

/** How an answer describes whom a session is for. */
export function presentOwnSession(app: AppRow, session: SessionRow): OwnSessionView {
  return { app: app.slug, ...presentSession(session) };
}

/** A page of sessions, newest first. `current` is the caller's own. @throws {Problem} `validation_failed` (the cursor) */
export async function listOwnSessions(
  services: Services,
  app: AppRow,
  scope: SessionScope,
  page: { limit: number; cursor: string | undefined; current: string | undefined },
) {
  const { limit, cursor, current } = page;
  const rows = await listSessions(services.database, app.id, scope, {
    limit: limit + 1,
    cursor: cursor === undefined ? undefined : decodeCursor(cursor),
    now: services.now(),
  });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map((row): ListedSessionView => ({ ...presentSession(row), current: row.id === current })),
    next_cursor: last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

/** Ends all sessions of a scope: at once in this isolate, within 30 s in others. */
export async function endSessions(
  services: Services,
  app: AppRow,
  scope: SessionScope,
): Promise<EndedSessionsView> {
  const ended = await revokeSessions(services.database, app.id, scope, { now: services.now() });
  forgetCallers();
  return { ended };
}

/**
 * Ends one session of a scope (undefined: of the whole app). @throws {Problem} `not_found` when it is not in the scope
 * or has ended.
 */
export async function endOneSession(
  services: Services,
  app: AppRow,
  scope: SessionScope | undefined,
  id: string,
): Promise<void> {
  const ended = await revokeSessions(services.database, app.id, scope, { id, now: services.now() });
  if (ended === 0) throw new Problem('not_found', { detail: 'There is no such session, or it has ended.' });
  forgetCallers();
}

/**
 * The sessions that the holder of one may see and end: all of whom it speaks for, or only this one while nobody is proven.
 */
export function scopeOfOwn(subject: Subject | undefined, sessionId: string): SessionScope {
  switch (subject?.kind) {
    case 'customer':
      return { ...subject, memberId: null };
    case 'member':
      return { ...subject, kind: 'customer' };
    case 'external':
      return { ...subject, includesProven: false };
    case 'purchase':
    case undefined:
      return { kind: 'session', sessionId };
  }
}

/** Those that an app means: a customer's with all members, one member's, or all that began in the name of its user. */
export function scopeOfNamed(subject: NamedSubject): SessionScope {
  if (subject.kind === 'external') return { ...subject, includesProven: true };
  const memberId = subject.kind === 'member' ? subject.memberId : undefined;
  return { kind: 'customer', customerId: subject.customerId, memberId };
}

function presentSession(session: SessionRow): SessionView {
  return {
    id: session.id,
    proof: session.proof,
    email: session.email === null ? null : maskAddress(session.email),
    browser: session.label,
    holder: session.holder,
    created_at: toIso(session.createdAt),
    expires_at: toIso(session.expiresAt),
    subject: presentSubject(session),
  };
}

function presentSubject(session: Omit<SessionRow, 'revokedAt'>): SubjectView {
  return {
    payment_id: session.paymentId,
    customer_id: session.customerId,
    external_id: session.externalId,
    member_id: session.memberId,
  };
}

function toIso(time: number): string {
  return new Date(time).toISOString();
}
