import { toNormalForm } from './normal-form.ts';

/*
 * A path stands for what a site serves, and something behind the site may decode, fold or resolve it once more:
 * `courses/git/..;/finance` is `courses/finance` to some servers. This rule says which segments every reader takes for
 * the same, for names beneath a star, for content ids of pages and for forward-auth (ADR 61).
 */

/** Control characters, ends of lines, a backslash, parameters (`;`), and what begins a query or a fragment. */
const AMBIGUOUS = /[\p{Cc}\p{Zl}\p{Zp}\\/;?#]/u;
/**
 * An escape that is left in a segment of a name in its one spelling: of a separator, a dot, a star or a control character, of what is no
 * UTF-8, or of a percent sign that begins a further escape. `100%25-sure` has none of them.
 */
const ESCAPED_AGAIN = /%(?!25)|%25(?:[0-9a-f]{2}|u[0-9a-f]{4})/i;
/** Invisible characters, which servers and file systems may drop. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const LETTERS_ONLY = /^[\w~-]+$/;

/**
 * Whether every reader takes the segment for itself. Not empty, `.` or `..`, in whatever disguise: full-width dots, characters that
 * nobody sees, white space between. At its end neither a dot nor white space, which Windows drops.
 */
export function isPlainSegment(segment: string): boolean {
  if (LETTERS_ONLY.test(segment)) return true;
  if (AMBIGUOUS.test(segment) || ESCAPED_AGAIN.test(segment)) return false;
  // A full-width question mark is allowed: titles have it, and no server takes it for `?`. Full-width dots and slashes
  // are not.
  const folded = toNormalForm(segment, 'NFKC')?.replaceAll(INVISIBLE, '');
  if (folded === undefined || folded === '' || /[\\/]/.test(folded)) return false;
  return folded.trimEnd() === folded && !folded.endsWith('.');
}
