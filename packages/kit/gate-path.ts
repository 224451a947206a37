import { toNormalForm } from './normal-form.ts';

/*
 * The site's function decides by the address what is gated, and its router what is served. If only one of them decodes,
 * `/%7Emembers/x` could be public to the function and the members' page to the router. So a path has one spelling here,
 * and both see only that one (ADR 38). It is the one that forward-auth accepts (`src/access/forwarded-path.rules.ts`).
 */

/** Longer than the addresses that servers accept. */
const MAX_PATH_CHARS = 8_192;
/** An encoded separator, which some readers decode. */
const ENCODED_SEPARATOR = /%2f|%5c/i;
/**
 * In the text: control characters, empty segments, and what would begin a query, a fragment or another escape if someone
 * decoded once more.
 */
const AMBIGUOUS = /\p{Cc}|\/\/|[?#]|%[0-9a-f]{2}/iu;

/**
 * A path, as `URL` gives it, in its one spelling: that of `encodeURI`, with escapes in upper case, and only of what cannot
 * stand plainly (RFC 3986 section 6.2.2), in valid UTF-8, composed (NFC). Undefined where readers differ in what its text is.
 * Not what `URL` itself makes of the text: engines differ in that, and it leaves `[` and `%5B` both as they are.
 */
export function spellPath(path: string): string | undefined {
  if (path.length > MAX_PATH_CHARS || ENCODED_SEPARATOR.test(path)) return undefined;
  let text: string;
  try {
    text = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (AMBIGUOUS.test(text)) return undefined;
  const composed = toNormalForm(text, 'NFC');
  return composed === undefined ? undefined : encodeURI(composed);
}
