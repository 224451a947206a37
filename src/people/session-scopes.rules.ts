import type { NamedSubject, Subject } from '../base/subject.rules.ts';
import type { SessionScope } from './sessions.rows.ts';

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
