/*
 * A function of the address decides what is gated, and a router decides what is served. Where one decodes and the other does
 * not, `/%7Emembers/x` is public to the first and the members' page to the second. So a path has one spelling here: the one
 * that a browser sends for its text.
 */

/** Empty segments, and what would begin a query, a fragment or another escape if someone decoded once more. */
const AMBIGUOUS = /\/\/|%(?:23|3f|25[0-9a-f]{2})/i;
const CONTROL = /\p{Cc}/u;

/**
 * Whether a path, as `URL` gives it, is spelled as `URL` itself would spell its text: escapes in upper case, and only of what
 * a browser escapes (RFC 3986 section 6.2.2), in valid UTF-8, composed (NFC). Asked of `URL`, and no list of characters of
 * our own, since engines differ: some leave `^` as it is.
 */
export function hasOneSpelling(path: string): boolean {
  if (AMBIGUOUS.test(path)) return false;
  if (!path.includes('%')) return true;
  let text: string;
  try {
    text = decodeURIComponent(path);
  } catch {
    return false;
  }
  if (CONTROL.test(text) || text !== text.normalize('NFC')) return false;
  const spelled = new URL('http://a');
  spelled.pathname = text.replaceAll('%', '%25');
  return spelled.pathname === path;
}
