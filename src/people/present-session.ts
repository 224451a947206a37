import type { NewSessionView, OwnSessionView, SessionView, SubjectView } from './sessions.answers.ts';
import { maskAddress } from './sign-in.rules.ts';
import type { AppRow, SessionRow } from '../base/db/schema.rows.ts';

/** How the answer describes a session that has just been made, with its token, which no other answer has. */
export function presentNewSession(token: string, session: Omit<SessionRow, 'revokedAt'>): NewSessionView {
  return { session: token, expires_at: toIso(session.expiresAt), subject: presentSubject(session) };
}

/** How an answer describes whom a session is for. */
export function presentOwnSession(app: AppRow, session: SessionRow): OwnSessionView {
  return { app: app.slug, ...presentSession(session) };
}

/** How a list describes one of somebody's sessions; the address is masked. */
export function presentSession(session: SessionRow): SessionView {
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
