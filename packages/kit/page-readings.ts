import { contentId } from './content-ids.ts';
import { foldName } from './offers.ts';

/* What an address may mean to a router: which part of it names a page, and which a language, a file or the place of the site. */

interface Site {
  locales: readonly string[];
  base: string;
}

/** Forms in which sites serve a text besides its page: `.html`, `.md`, `.json`, `.pdf`. A number at the end is a version. */
const ENDING = /\.[a-z][a-z0-9]{0,9}$/i;
/** What shows or loads a page is for everybody, such as the image that others see of it. */
const AROUND = /\.(?:apng|avif|bmp|gif|ico|jpe?g|jxl|png|svg|tiff?|webp|css|m?js|map|woff2?|ttf|otf)$/i;
const INDEX = 'index';
/** A language may stand before the collection and in it, and an index in what looks like a file: `/de/blog/de/tides.html/index.html`. */
const ROUNDS = 2;

type Path = readonly string[];
/** The same path with less of it. */
type Shorten = (path: Path) => Path[];

/**
 * Every name that a router may read in an address, the likeliest first: without the site's base and with it, with languages and without, as a file
 * and as a page. `id`: the address as `contentId` gives it; '' for the first page.
 */
export function readingsOf(id: string, { locales, base }: Site): readonly string[] {
  const isLanguage = languagesOf(locales);
  const path = id === '' ? [] : id.split('/');
  const shorter: Shorten[] = [
    (each) => [0, 1].filter((at) => isLanguage(each[at])).map((at) => each.filter((_, i) => i !== at)),
    (each) => changeLast(each, (last) => (AROUND.test(last) ? last : last.replace(ENDING, ''))),
    (each) => changeLast(each, (last) => withoutSuffix(last, isLanguage)),
    (each) => (each.at(-1)?.toLowerCase() === INDEX ? [each.slice(0, -1)] : []),
  ];
  // A router takes the base out where it is, be a page called so or not.
  let all: Path[] = [...withoutBase(path, base), path];
  for (let round = 0; round < ROUNDS; round++)
    for (const shorten of shorter) all = all.flatMap((each) => [each, ...shorten(each)]);
  const names = all.map((each) => (each.length === 0 ? INDEX : each.join('/')));
  return [...new Set(names)];
}

/**
 * Names of pages that an address may be another form of, the nearest first and folded (`foldName`): `blog/tides` of `blog/tides.pdf` and `blog/tides/print`. Also
 * without a language wherever it stands, since Astro's `fallback` takes the first one out. None of an image, a style or a script.
 */
export function formsOf(names: readonly string[], { locales }: Pick<Site, 'locales'>): string[] {
  if (AROUND.test(names[0] ?? '')) return [];
  const isLanguage = languagesOf(locales);
  const all = names.flatMap((name) => [name, ...withoutFirstLanguage(name, isLanguage)]);
  return [...new Set([...new Set(all)].flatMap((name) => ancestorsOf(foldName(name) ?? '')))];
}

function withoutFirstLanguage(name: string, isLanguage: IsLanguage): string[] {
  const path = name.split('/');
  const at = path.findIndex(isLanguage);
  return at === -1 || path.length === 1 ? [] : [path.filter((_, i) => i !== at).join('/')];
}

/** Folded: an ending as in `ENDING`, or a language. */
const LAST_ENDING = /([^/])\.[a-z][a-z0-9_-]*$/;
const withoutEnding = (name: string) => name.replace(LAST_ENDING, '$1');

/** The name and all that it is beneath, each without one or two endings (`.min.txt`), too. */
function ancestorsOf(name: string): string[] {
  const all: string[] = [];
  for (let end = name.length; end > 0; end = name.lastIndexOf('/', end - 1)) {
    const own = name.slice(0, end);
    const bare = withoutEnding(own);
    all.push(own, bare, withoutEnding(bare));
  }
  return all;
}

type IsLanguage = (segment: string | undefined) => boolean;

function languagesOf(locales: readonly string[]): IsLanguage {
  const languages = new Set(locales.map(foldLocale));
  return (segment) => segment !== undefined && languages.has(foldLocale(segment));
}

/** As sites spell them in addresses: `pt_BR` is `pt-br`. */
const foldLocale = (locale: string) => locale.replaceAll('_', '-').toLowerCase();

function withoutBase(path: Path, base: string): Path[] {
  const own = contentId(base)?.toLowerCase().split('/') ?? [];
  const isBeneath = own.length > 0 && own.every((each, i) => path[i]?.toLowerCase() === each);
  return isBeneath ? [path.slice(own.length)] : [];
}

/** The path with another last segment; nothing when it stays as it is or would be empty. */
function changeLast(path: Path, change: (last: string) => string): Path[] {
  const last = path.at(-1);
  const changed = last === undefined ? undefined : change(last);
  return changed === undefined || changed === '' || changed === last ? [] : [[...path.slice(0, -1), changed]];
}

/** `tides` of `tides.de`. */
function withoutSuffix(last: string, isLanguage: (segment: string) => boolean): string {
  const at = last.lastIndexOf('.');
  return at > 0 && isLanguage(last.slice(at + 1)) ? last.slice(0, at) : last;
}
