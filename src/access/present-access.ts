import type { AccessView, DecisionView } from './access.answers.ts';
import { Problem } from '../base/problem.ts';
import { customerName, type Subject } from '../base/subject.rules.ts';
import type { AccessAnswer, ResourceDecision } from './check-access.ts';

/** @throws {Problem} `unauthorized` for a session of nobody */
export function requireSubject(subject: Subject | undefined): Subject {
  if (!subject) throw new Problem('unauthorized', { detail: 'This session is nobody’s.' });
  return subject;
}

/** The answer to a question about one resource. */
export function presentAccess({ decisions: [first], token }: AccessAnswer, subject: Subject): AccessView {
  if (!first) throw new Error('a check without an answer');
  return { ...presentDecision(first), customer: customerName(subject), token };
}

export function presentDecision({ resource, allow, reason, endsAt, values }: ResourceDecision): DecisionView {
  // Whole seconds, as in the token: the answer is the same whether it comes from there or from the database.
  const expiresAt = endsAt === null ? null : new Date(Math.floor(endsAt / 1000) * 1000).toISOString();
  return { resource, allow, reason, expires_at: expiresAt, ...(values ? { values } : {}) };
}

/** A check that could not be made is a failure, a "no" is none. */
export function statusOf(decisions: readonly ResourceDecision[]): 200 | 503 {
  return decisions.some(({ reason }) => reason === 'unavailable') ? 503 : 200;
}

/** Whether asking again soon makes sense. */
export function mayChangeSoon(decisions: readonly ResourceDecision[]): boolean {
  return decisions.some(({ reason }) => reason === 'unavailable' || reason === 'pending_payment');
}
