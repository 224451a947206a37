import type { Messages } from './messages/en.ts';
import type { AccountPage, CodePage, DeniedPage, ProblemPage, SignInPage } from './data.ts';

/** A page of the site's own: its HTML, or a whole answer. Status, cookies and `Cache-Control: private, no-store` are added. */
export type MakePage<Data> = (page: Data) => string | Response | Promise<string | Response>;

/** The gate's own pages. Everything may be left out. */
export interface PagesOptions {
  /** Beneath which path of the site they are: `sign-in`, `account` and so on. Default `/floe/`. */
  path?: string;
  /** The site's name, above each page. */
  name?: string;
  /** Where somebody goes who came from no page, a path of the site. Default `/`. */
  home?: string;
  /** What the gated page is called. Default: from the last part of `content:blog/premium-article`, "Premium article". */
  title?: (resource: string, request: Request) => string | undefined | Promise<string | undefined>;
  /** The language of all pages, such as `de`. Default: the best that the browser asks for, else English. */
  lang?: string;
  /**
   * Texts by language: more languages, or other words in one. What a language lacks is taken from the kit's texts in it,
   * else from the English ones.
   */
  messages?: Record<string, Partial<Messages>>;
  /** Colours, font and corners: CSS values, set as custom properties such as `--floe-accent`. */
  theme?: Theme;
  /** A stylesheet of the site's own, loaded after the kit's: a path of the site, or an https address. */
  stylesheet?: string;

  /** Instead of the page for a no. */
  denied?: MakePage<DeniedPage>;
  /** Instead of the page that asks for the e-mail address. */
  signIn?: MakePage<SignInPage>;
  /** Instead of the page that takes the code. */
  code?: MakePage<CodePage>;
  /** Instead of the page with what somebody has bought. */
  account?: MakePage<AccountPage>;
  /** Instead of the page that says what went wrong. */
  problem?: MakePage<ProblemPage>;
}

/** Each is a CSS value. `accent` is behind `onAccent`, on buttons and links. */
export interface Theme {
  accent?: string;
  onAccent?: string;
  background?: string;
  surface?: string;
  text?: string;
  muted?: string;
  border?: string;
  font?: string;
  radius?: string;
}

export interface PagesSettings extends PagesOptions {
  path: string;
  home: string;
  theme: Theme;
}

/** The kit's own languages. */
export const LANGUAGES = ['ar', 'de', 'en', 'es', 'fr', 'ja'] as const;

/** What would end a declaration or the style element. */
const NO_CSS_VALUE = /[;{}<>\\\p{Cc}]/u;

/** Checks the options of the pages once, when a site starts. @throws {TypeError} which names what is wrong. */
export function readPagesOptions(options: PagesOptions): PagesSettings {
  const { path = '/floe/', home = '/', theme = {}, stylesheet, lang, messages = {} } = options;
  if (!/^\/(?:[\w.~-]+\/)+$/.test(path) || /\/\.{1,2}\//.test(path))
    throw new TypeError('createGate: pages.path is a path such as /floe/.');
  if (!/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(home))
    throw new TypeError('createGate: pages.home is a path of the site such as /.');
  for (const [name, value] of Object.entries(theme))
    if (typeof value !== 'string' || NO_CSS_VALUE.test(value))
      throw new TypeError(`createGate: pages.theme.${name} is a CSS value such as #0a7d4f.`);
  if (stylesheet !== undefined && !/^(?:https:\/\/[^/\s"';,]|\/(?![/\\]))[^\s"';,\\]*$/.test(stylesheet))
    throw new TypeError('createGate: pages.stylesheet is a path of the site, or an https address.');
  if (new URL(home, 'http://site.invalid').pathname.startsWith(path))
    throw new TypeError('createGate: pages.home is a page of the site, not one of the gate’s own.');
  for (const tag of [...Object.keys(messages), ...(lang === undefined ? [] : [lang])])
    if (!isLanguage(tag))
      throw new TypeError(`createGate: ${tag} in pages is no language tag, such as pt-BR.`);
  const known = [...LANGUAGES, ...Object.keys(messages)];
  if (lang !== undefined && !known.some((each) => lang === each || lang.startsWith(`${each}-`)))
    throw new TypeError(`createGate: pages.lang is one of ${known.join(', ')}; pages.messages adds others.`);
  return { ...options, path, home, theme };
}

/** Whether it is a language such as `de` or `pt-BR`, for `Intl` and for the checkout. */
export function isLanguage(tag: string): boolean {
  try {
    return /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(tag) && Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
