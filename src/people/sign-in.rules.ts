import { toNormalForm } from '../../packages/kit/normal-form.ts';

/* Signing in by mail: what needs no I/O. */

/** How long a code is valid. */
export const SIGN_IN_MINUTES = 15;

/**
 * An address as it is compared: only ASCII letters in lower case, as SQLite's `lower` does. Unicode would make other
 * letters equal to these (the Kelvin sign to k), and so one person's address equal to another's (ADR 61).
 */
export function normalizeAddress(email: string): string {
  return email.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Shortens an address so that its owner still recognises it: `a…@readers.dev`. */
export function maskAddress(email: string): string {
  const at = email.lastIndexOf('@');
  const [first = ''] = email;
  return `${first}…${email.slice(at)}`;
}

/**
 * The six digits that were typed or pasted: full-width digits become ASCII (NFKC), and spaces, hyphens of any kind and
 * invisible characters are removed (ADR 61).
 */
export function readCode(typed: string): string {
  return (toNormalForm(typed, 'NFKC') ?? typed).replaceAll(/[\p{White_Space}\p{Pd}\p{Cf}]/gu, '');
}

/* The order matters: each browser's User-Agent also names those below it. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|OPT)\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** `Firefox on Linux`, from a User-Agent; null when neither is recognised. Nothing else of the header is kept. */
export function labelBrowser(userAgent: string | undefined): string | null {
  const name = (known: typeof BROWSERS) => known.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1];
  const [browser, system] = [name(BROWSERS), name(SYSTEMS)];
  if (browser === undefined || system === undefined) return browser ?? system ?? null;
  return `${browser} on ${system}`;
}

/** The customer that a proven address belongs to; with `memberId` one member of that team. */
export interface SignedIn {
  customerId: string;
  memberId: string | null;
}

/**
 * Whether a new session opens all that the old one did, so that the old one may end: it was the same person's, or that
 * of a purchase by the same customer. Signing in must not end the session of someone else's purchase.
 */
export function coversSession(
  subject: SignedIn,
  old: {
    paymentId: string | null;
    customerId: string | null;
    memberId: string | null;
    externalId: string | null;
    /** Who made the purchase. */
    buyerId: string | null;
  },
): boolean {
  if (old.externalId !== null && old.customerId === null && old.paymentId === null) return false;
  if (old.customerId !== null)
    return old.customerId === subject.customerId && old.memberId === subject.memberId;
  return old.paymentId !== null && subject.memberId === null && old.buyerId === subject.customerId;
}
