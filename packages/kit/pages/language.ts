import { en, type Messages } from './messages/en.ts';
import { isLanguage, LANGUAGES, type PagesSettings } from './options.ts';

/** A language and its texts. */
export interface Spoken {
  lang: string;
  locale: string;
  text: Messages;
}

/** The kit's languages. Each is loaded when somebody wants it. */
const LOADERS: Readonly<Record<(typeof LANGUAGES)[number], () => Promise<Messages>>> = {
  ar: async () => (await import('./messages/ar.ts')).ar,
  de: async () => (await import('./messages/de.ts')).de,
  en: async () => en,
  es: async () => (await import('./messages/es.ts')).es,
  fr: async () => (await import('./messages/fr.ts')).fr,
  ja: async () => (await import('./messages/ja.ts')).ja,
};
const FALLBACK = 'en';
/** More than any browser sends. */
const MAX_HEADER_CHARS = 400;

/** The language of a page: the site's, or the best that the browser asks for (RFC 9110 section 12.5.4). */
export async function chooseLanguage(
  { lang, messages = {} }: PagesSettings,
  request: Request,
): Promise<Spoken> {
  const known = [...LANGUAGES, ...Object.keys(messages)];
  const wanted = lang === undefined ? readAccepted(request.headers.get('accept-language') ?? '') : [lang];
  for (const range of wanted) {
    const found = lookUp(range, known);
    if (found !== undefined) return { lang: found, locale: range, text: await loadTexts(found, messages) };
  }
  return { lang: FALLBACK, locale: FALLBACK, text: await loadTexts(FALLBACK, messages) };
}

/** The English texts, and over them those of `de`, then of `de-AT`: the kit's before the site's own. */
async function loadTexts(lang: string, own: NonNullable<PagesSettings['messages']>): Promise<Messages> {
  let texts: Messages = en;
  const parts = lang.toLowerCase().split('-');
  for (const i of parts.keys()) {
    const tag = parts.slice(0, i + 1).join('-');
    const name = LANGUAGES.find((each) => each === tag);
    const kept = name === undefined ? undefined : await LOADERS[name]();
    const written = Object.entries(own).find(([each]) => each.toLowerCase() === tag)?.[1];
    texts = { ...texts, ...kept, ...written };
  }
  return texts;
}

/** The languages of an `Accept-Language`, those wanted most first. What `Intl` would not take is left out. */
function readAccepted(header: string): string[] {
  return header
    .slice(0, MAX_HEADER_CHARS)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((each) => each.trim());
      const weight = parameters.find((each) => /^q=/i.test(each))?.slice(2);
      return { tag, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ tag, weight }) => weight > 0 && isLanguage(tag))
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}

/** The first of `de-AT`, `de` that there is (RFC 4647 section 3.4). */
function lookUp(range: string, known: readonly string[]): string | undefined {
  for (let tag = range; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    const found = known.find((each) => each.toLowerCase() === tag.toLowerCase());
    if (found !== undefined) return found;
  }
  return undefined;
}
