import { fail, ok, type Result } from './result.rules.ts';

/** Who access is asked for, within one app. */
export type Subject =
  | { kind: 'customer'; customerId: string }
  | { kind: 'member'; customerId: string; memberId: string }
  /** A buyer whose identity is not proven: this purchase, nothing else. */
  | { kind: 'purchase'; paymentId: string }
  /** The app's external id for a set of customers. */
  | { kind: 'external'; externalId: string };

const EXTERNAL = 'external:';

/** The subject as text: `sub` of the entitlement token, and part of its cache key. */
export function subjectName(subject: Subject): string {
  switch (subject.kind) {
    case 'customer':
      return subject.customerId;
    case 'member':
      return `${subject.customerId}/${subject.memberId}`;
    case 'purchase':
      return `purchase:${subject.paymentId}`;
    case 'external':
      return EXTERNAL + subject.externalId;
  }
}

/**
 * The customer's name in answers; null for a purchase, whose buyer is not proven and may have typed someone else's
 * address (trust rule 1).
 */
export function customerName(subject: Subject): string | null {
  switch (subject.kind) {
    case 'customer':
    case 'member':
      return subject.customerId;
    case 'purchase':
      return null;
    case 'external':
      return EXTERNAL + subject.externalId;
  }
}

/**
 * An app's external id for a user, as it was written. Two ids are the same only when every character is, since an app
 * may tell `bob` from ` bob`, and composed letters from the same in parts; if they were folded, one user's purchases
 * could open to another (ADR 61). Undefined for white space alone, control characters, half a surrogate pair, and the
 * character that replaces invalid bytes.
 */
export function readExternalId(text: string): string | undefined {
  return text.trim() !== '' && text.isWellFormed() && !/[\p{Cc}\ufffd]/u.test(text) ? text : undefined;
}

/** Reads a caller's `customer`: a Polar id (UUID) or `external:<id>`. Undefined when it is neither. */
export function readCustomer(text: string): Extract<Subject, { kind: 'customer' | 'external' }> | undefined {
  if (text.startsWith(EXTERNAL)) {
    const externalId = readExternalId(text.slice(EXTERNAL.length));
    return externalId === undefined ? undefined : { kind: 'external', externalId };
  }
  const customerId = text.toLowerCase();
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(customerId)
    ? { kind: 'customer', customerId }
    : undefined;
}

/**
 * The subject that a session is for. A session that began at a checkout is for that purchase alone until a customer is
 * proven; the external id that the checkout claimed does not count (trust rules 1 and 2). Undefined when it is for
 * nobody.
 */
export function subjectOfSession(session: {
  paymentId: string | null;
  customerId: string | null;
  externalId: string | null;
  memberId: string | null;
}): Subject | undefined {
  const { paymentId, customerId, externalId, memberId } = session;
  if (paymentId !== null && customerId === null) return { kind: 'purchase', paymentId };
  if (customerId !== null && memberId !== null) return { kind: 'member', customerId, memberId };
  if (externalId !== null && paymentId === null) return { kind: 'external', externalId };
  return customerId === null ? undefined : { kind: 'customer', customerId };
}

/** How a request names whom it is about. */
export interface Named {
  customer?: string | undefined;
  member?: string | undefined;
}

/** Whom somebody may name who may ask for anybody. */
export type NamedSubject = Exclude<Subject, { kind: 'purchase' }>;

/** A field that does not do, and why. */
export interface WrongName {
  field: keyof Named;
  message: string;
}

/** The customer that is named, or one member of it. */
export function readNamed({ customer, member }: Named): Result<NamedSubject, WrongName> {
  const subject = customer === undefined ? undefined : readCustomer(customer);
  if (!subject)
    return fail({ field: 'customer', message: 'Name the customer: a Polar id or external:<your id>.' });
  if (member === undefined) return ok(subject);
  return subject.kind === 'customer'
    ? ok({ kind: 'member', customerId: subject.customerId, memberId: member })
    : fail({ field: 'member', message: 'Name the member’s customer by its Polar id.' });
}

/** Whom a session speaks for, which names nobody. Undefined for a session of nobody. */
export function readOwn(
  session: Parameters<typeof subjectOfSession>[0],
  named: Named,
): Result<Subject | undefined, WrongName> {
  const wrong = namesBesideSession(named);
  return wrong ? fail(wrong) : ok(subjectOfSession(session));
}

/** What is wrong with naming somebody beside a session; undefined when nobody is named. */
export function namesBesideSession({ customer, member }: Named): WrongName | undefined {
  if (customer === undefined && member === undefined) return undefined;
  const field = customer === undefined ? 'member' : 'customer';
  return { field, message: 'Leave it out: a session speaks for its own customer.' };
}
