import { toNormalForm } from '../../packages/kit/normal-form.ts';
import { isPlainSegment } from '../../packages/kit/plain-segments.ts';

/*
 * The path that a proxy says was asked for. The proxy, the gateway and the site each read it in their own way. If the
 * gateway decided by one reading and the site served by another, paid pages would leak. So only one spelling of a path
 * is accepted, and a path that any of them could resolve, decode or fold into another is refused (ADR 36).
 */

const MAX_URI_CHARS = 8_192;
const MAX_PATH_CHARS = 2_048;
/**
 * Browsers encode all other characters. A header that came twice arrives joined with ", ", and is refused because of
 * the space.
 */
const REQUEST_TARGET = /^\/[\u0021-\u0022\u0024-\u007e]*$/;
/**
 * The path of a request target (RFC 9112 section 3.2.1), without its query, if it has the one accepted spelling: RFC
 * 3986, escapes in upper case and only where they are needed. Undefined when it is to be refused.
 */
export function readForwardedPath(target: string): string | undefined {
  if (target.length > MAX_URI_CHARS || !REQUEST_TARGET.test(target)) return undefined;
  const [path = ''] = target.split('?', 1);
  return path.length <= MAX_PATH_CHARS && isCanonical(path) ? path : undefined;
}

/**
 * Letters that accent-insensitive collations take for others, though Unicode does not decompose them, such as `ø` for
 * `o`.
 */
const JOINED: Readonly<Record<string, string>> = {
  Æ: 'AE',
  Œ: 'OE',
  Ø: 'O',
  Ł: 'L',
  Đ: 'D',
  Ð: 'D',
  Ħ: 'H',
  Ŧ: 'T',
};

/**
 * The path as it is compared by servers, file systems and databases that ignore case, compatibility forms and invisible
 * characters. Upper case after lower case, since lower case alone does not make `ß` equal `ss`, `ς` equal `σ`, or `ı`
 * equal `i`.
 */
export function foldCase(path: string): string {
  return withoutCase(decompose(path));
}

/** The path as it is compared by those that ignore accents too, as many databases do by default. */
export function foldAccents(path: string): string {
  return withoutCase(decompose(path).replaceAll(/\p{M}/gu, '')).replaceAll(
    /[ÆŒØŁĐÐĦŦ]/g,
    (letter) => JOINED[letter] ?? letter,
  );
}

function withoutCase(text: string): string {
  return text.toLowerCase().toUpperCase();
}

function decompose(path: string): string {
  const decoded = decodeURIComponent(path);
  // An accepted path has no run of marks too long to normalize, so the fallback only satisfies the type.
  return (toNormalForm(decoded, 'NFKD') ?? decoded).replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '');
}

function isCanonical(path: string): boolean {
  let decoded: string;
  try {
    // Strict UTF-8: overlong forms and halves of characters throw.
    decoded = decodeURIComponent(path);
  } catch {
    return false;
  }
  // Escapes of plain characters (`%61`, `%2e`, `%2f`), lower-case escapes and characters that should be escaped are
  // spelled differently by `encodeURI`.
  if (encodeURI(decoded) !== path || decoded !== toNormalForm(decoded, 'NFC')) return false;
  // A percent sign would begin another escape if the site decoded once more.
  if (decoded.includes('%')) return false;
  const segments = decoded.slice(1).split('/');
  // One slash at the end is allowed.
  return segments.every(
    (segment, i) => isPlainSegment(segment) || (segment === '' && i === segments.length - 1),
  );
}
