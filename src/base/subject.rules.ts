/** Who access is asked for, within one app. */
export type Subject =
  | { kind: 'customer'; customerId: string }
  | { kind: 'member'; customerId: string; memberId: string }
  /** A buyer whose identity is not proven: this purchase, nothing else. */
  | { kind: 'purchase'; paymentId: string }
  /** The app's own name for a set of customers. */
  | { kind: 'external'; externalId: string };

const EXTERNAL = 'external:';

/** The subject as text: `sub` of the entitlement token, and what its cache entry is filed under. */
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

/** Who to call the subject towards others; null for a purchase: whoever bought it may have typed someone else's address. */
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
 * An app's own name of a user, as it was written: two names are one only when every character is the same, since an app may
 * tell `bob` from ` bob`, and a name in composed letters from one in parts. Folding them would open one user's purchases to
 * another. Undefined for one that cannot be a name: nothing but white space, control characters, half a character
 * or what is read in the place of bytes that are none.
 */
export function readExternalId(text: string): string | undefined {
  return text.trim() !== '' && text.isWellFormed() && !/[\p{Cc}\ufffd]/u.test(text) ? text : undefined;
}

/** What a caller names as `customer`: a Polar id (UUID) or `external:<id>`. Undefined when it is neither. */
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
 * Whom a session speaks for. One that began at a checkout stays with that purchase until a customer is proven: the
 * external id which that checkout claimed opens nothing (trust rules 1 and 2). Undefined for a session of nobody.
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
