import { contentId } from './content-ids.ts';

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
 * Every name that a router may read in an address, the whole one first: with the site's base and without, with languages and without, as a file
 * and as a page. `id`: the address as `contentId` gives it; '' for the first page.
 */
export function readingsOf(id: string, { locales, base }: Site): readonly string[] {
  const languages = new Set(locales.map(foldLocale));
  const isLanguage = (segment: string | undefined) =>
    segment !== undefined && languages.has(foldLocale(segment));
  const path = id === '' ? [] : id.split('/');
  const shorter: Shorten[] = [
    (each) => [0, 1].filter((at) => isLanguage(each[at])).map((at) => each.filter((_, i) => i !== at)),
    (each) => changeLast(each, (last) => (AROUND.test(last) ? last : last.replace(ENDING, ''))),
    (each) => changeLast(each, (last) => withoutSuffix(last, isLanguage)),
    (each) => (each.at(-1)?.toLowerCase() === INDEX ? [each.slice(0, -1)] : []),
  ];
  let all: Path[] = [path, ...withoutBase(path, base)];
  for (let round = 0; round < ROUNDS; round++)
    for (const shorten of shorter) all = all.flatMap((each) => [each, ...shorten(each)]);
  const names = all.map((each) => (each.length === 0 ? INDEX : each.join('/')));
  return [...new Set(names)];
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
