import { toNormalForm } from '../../packages/kit/normal-form.ts';

/* Signing in by mail: what needs no I/O. */

/** How long a code is right. */
export const SIGN_IN_MINUTES = 15;

/**
 * An address as it is compared: lower case in ASCII only, as SQLite's `lower` does. Unicode folds other letters into
 * these (the Kelvin sign into k), and one person's address into another's.
 */
export function normalizeAddress(email: string): string {
  return email.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Enough for its owner to know it again: `a…@readers.dev`. */
export function maskAddress(email: string): string {
  const at = email.lastIndexOf('@');
  const [first = ''] = email;
  return `${first}…${email.slice(at)}`;
}

/**
 * The six digits that were typed or pasted, however they were grouped: full-width digits are digits (NFKC), and spaces, hyphens of
 * any kind and characters that nobody sees are left out.
 */
export function readCode(typed: string): string {
  return (toNormalForm(typed, 'NFKC') ?? typed).replaceAll(/[\p{White_Space}\p{Pd}\p{Cf}]/gu, '');
}

/* In this order: each browser also claims to be those below it. */
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

/** `Firefox on Linux`, from a User-Agent; null when it says neither. Nothing of the header itself is kept. */
export function labelBrowser(userAgent: string | undefined): string | null {
  const name = (known: typeof BROWSERS) => known.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1];
  const [browser, system] = [name(BROWSERS), name(SYSTEMS)];
  if (browser === undefined || system === undefined) return browser ?? system ?? null;
  return `${browser} on ${system}`;
}

/** Whom a proven address stands for. `memberId`: one member of a team, not all of the customer. */
export interface SignedIn {
  customerId: string;
  memberId: string | null;
}

/**
 * Whether a new session opens all that the old one did, so that the old one may end: it was the same person's, or a
 * purchase that turns out to be theirs. Someone else's purchase is not lost by signing in.
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
