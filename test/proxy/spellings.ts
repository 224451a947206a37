/* Paths as they should be, and the ways in which they should not: what proxies, routers and file systems read differently. */

export const PLAIN_PATHS = [
  '/',
  '/premium/article',
  '/premium/article/',
  '/a/b.c/d-e_f~g',
  '/caf%C3%A9/%E2%9C%93',
  '/%F0%9F%93%9A',
  '/a%20b',
  "/it's(a)!test*",
  '/a:b@c,d=e+f&g$h',
  '/.well-known/x',
  '/..a/...b',
  '/%5Bslug%5D',
];

/** Dot segments in every disguise: URL-encoded once, twice, overlong, full-width. */
const UP = ['..', '%2e%2e', '%2E%2E', '.%2e', '%2e.', '%252e%252e', '%c0%ae%c0%ae', '%EF%BC%8E%EF%BC%8E'];
const HERE = ['.', '%2e', '%2E', '%252e'];
const SLASHES = [
  '//',
  '/%2f',
  '%2f',
  '%2F',
  '%252f',
  '\\',
  '%5c',
  '%5C',
  '%255c',
  '/\\',
  '%c0%af',
  '%EF%BC%8F',
];
/** Control characters, a NUL for those who read to one, and what Windows drops. */
const ENDS = ['%00', '%0a', '%0d%0a', '%09', '%7f', '%20', '.', '%2e', '%C2%85', '%E2%80%A8'];
/** No UTF-8, overlong UTF-8, halves of characters, lower-case escapes, another normal form. */
const BROKEN = ['%E9', '%C3', '%C0%AF', '%E0%80%AF', '%ED%A0%80', '%F4%90%80%80', '%c3%a9', 'e%CC%81'];
/** What would begin something else when decoded once more, and what browsers never send so. */
const ODD = [
  '%3fx',
  '%3Fx',
  '%23x',
  '#x',
  '[x]',
  '|',
  '^',
  '"',
  '<x>',
  '{x}',
  '`',
  ' ',
  'é',
  '%',
  '%4',
  '%zz',
  '%25',
];

/** Every other spelling of `path`, or of what may be resolved to it. `path` has two segments of letters. */
export function oddSpellings(path: string): string[] {
  const [, first = '', second = ''] = path.split('/');
  const escaped = (text: string, percent: string) =>
    `${percent}${text.charCodeAt(0).toString(16)}${text.slice(1)}`;
  return [
    UP.flatMap((up) => [
      `/free/${up}${path}`,
      `/${first}/x/${up}/${second}`,
      `/${up}${path}`,
      `${path}/${up}`,
    ]),
    HERE.flatMap((here) => [`/${here}${path}`, `/${first}/${here}/${second}`, `${path}/${here}`]),
    SLASHES.flatMap((slash) => [`/${first}${slash}${second}`, `/free${slash}..${slash}${first}/${second}`]),
    [`/${path}`, `///${first}/${second}`, `${path}//`],
    [
      `/${first};/${second}`,
      `/${first};v=1/${second}`,
      `/${first}%3b/${second}`,
      `/;${path}`,
      `${path};id=1`,
    ],
    ['%', '%25'].flatMap((percent) => [
      `/${escaped(first, percent)}/${second}`,
      `/${first}/${escaped(second, percent)}`,
    ]),
    [...ENDS, ...BROKEN, ...ODD].map((end) => `${path}${end}`),
    [`/${first}%00/${second}`, `/${first}%20/${second}`, `/${first}./${second}`, `/${first}%/${second}`],
    // No path at all.
    ['', '*', first, `http://site.example${path}`, `@elsewhere.example${path}`],
  ].flat();
}

/** Letters that are `letter` to whoever ignores case and accents: file systems, and databases by their usual collations. */
const ALIKE: Readonly<Record<string, string>> = {
  a: 'áåāａ',
  d: 'đ',
  e: 'éêẽ',
  g: 'ğ',
  h: 'ħ',
  i: 'ıİíī',
  k: '\u212a',
  l: 'łľ',
  n: 'ñ',
  o: 'öøō',
  s: 'ſšŞ',
  t: 'ţŧ',
  u: 'üů',
  y: 'ý',
};
/** Two that one letter stands for. */
const TWO: Readonly<Record<string, string>> = {
  ss: 'ßẞ',
  ae: 'æÆ',
  oe: 'œŒ',
  fi: '\ufb01',
  ij: 'ĳ',
  st: '\ufb06',
};

/**
 * Spellings of `path` that are well-formed paths of their own, and to somebody the same one: another case, accents, full
 * width, joined letters. Canonical, percent-encoded.
 */
export function likeSpellings(path: string): string[] {
  const plain = decodeURIComponent(path);
  const swaps = Object.entries({ ...ALIKE, ...TWO }).flatMap(([letters, alike]) =>
    plain.includes(letters) ? Array.from(alike, (like) => plain.replace(letters, like)) : [],
  );
  const all = [...swaps, plain, plain.replaceAll('e', 'é').replaceAll('o', 'ø')];
  const cased = all.flatMap((text) => [text, text.toUpperCase(), text.toLowerCase()]);
  return [...new Set(cased)].filter((text) => text !== plain).map((text) => encodeURI(text.normalize('NFC')));
}
