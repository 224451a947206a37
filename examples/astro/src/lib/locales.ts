export type Locale = 'en' | 'de';

/** The language of a `[...locale]` page; undefined when it is none of ours, so that the address is no page. */
export function readLocale(param: string | undefined): Locale | undefined {
  if (param === undefined) return 'en';
  // English has no prefix: one address for one page.
  return param === 'de' ? param : undefined;
}

/** A path of the site in a language: `/blog/diff` is `/de/blog/diff` in German. */
export function inLocale(locale: Locale, path: string): string {
  if (locale === 'en') return path;
  return path === '/' ? `/${locale}` : `/${locale}${path}`;
}

/** The path without its language. */
export function withoutLocale(path: string): string {
  return path.replace(/^\/de(?=\/|$)/, '') || '/';
}

/** The language of an address. */
export function localeOf(path: string): Locale {
  return /^\/de(\/|$)/.test(path) ? 'de' : 'en';
}
