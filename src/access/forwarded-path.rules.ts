import { toNormalForm } from '../../packages/kit/normal-form.ts';
import { isPlainSegment } from '../../packages/kit/plain-segments.ts';

/*
 * The path that a proxy says was asked for. The proxy, the gateway and the site behind each read it in their own way;
 * access decided on one reading and content served on another is how paid pages leak. So a path has exactly one spelling
 * here, and whatever any of them could resolve, decode or fold into another path is refused.
 */

const MAX_URI_CHARS = 8_192;
const MAX_PATH_CHARS = 2_048;
/** Browsers encode all else. A header that came twice arrives joined with ", " and is refused by its space. */
const REQUEST_TARGET = /^\/[\u0021-\u0022\u0024-\u007e]*$/;
/**
 * The path of a request target (RFC 9112 section 3.2.1), without its query, in its only accepted spelling: RFC 3986 with
 * upper-case escapes, and of nothing that can stand plainly. Undefined when it is to be refused.
 */
export function readForwardedPath(target: string): string | undefined {
  if (target.length > MAX_URI_CHARS || !REQUEST_TARGET.test(target)) return undefined;
  const [path = ''] = target.split('?', 1);
  return path.length <= MAX_PATH_CHARS && isCanonical(path) ? path : undefined;
}

/** What collations without accents take apart, though Unicode does not: an o with a stroke is an o. */
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
 * The path as servers, file systems and databases compare it that ignore case, compatibility forms and invisible
 * characters. Up again after down: `ß` is `SS`, `ς` is `Σ`, a dotless `ı` is `I`, and lower case alone says none of it.
 */
export function foldCase(path: string): string {
  return withoutCase(decompose(path));
}

/** And as those compare it that ignore accents as well, `é` for `e`: many a database, by default. */
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
  // Of a canonical path, which has no such runs of marks, it is never undefined.
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
  // Escapes of plain characters (`%61`, `%2e`, `%2f`), lower-case ones and unescaped oddities come back otherwise.
  if (encodeURI(decoded) !== path || decoded !== toNormalForm(decoded, 'NFC')) return false;
  // A percent sign would begin another escape if someone decoded once more.
  if (decoded.includes('%')) return false;
  const segments = decoded.slice(1).split('/');
  // One slash at the end says nothing.
  return segments.every(
    (segment, i) => isPlainSegment(segment) || (segment === '' && i === segments.length - 1),
  );
}
