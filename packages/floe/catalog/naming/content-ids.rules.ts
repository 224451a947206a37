import { slug } from 'github-slugger';
import { isPlainSegment } from '../../../kit/plain-segments.ts';

/* What a page is called when access to it is asked for: `content/blog/de/Tides.md` → `blog/tides`. */

export interface ContentIdOptions {
  /** Folders and suffixes that name a language only. */
  locales?: readonly string[];
  /** The folder beneath which content ids begin; by default what `contentRoot` finds. */
  root?: string;
}

const EXTENSION = /\.(?:md|mdx|markdown)$/i;

/** The folder of a path beneath which ids begin: the last one that is called `content` (as Astro has it), else the first folder. */
export function contentRoot(file: string): string {
  const folders = file.split('/').slice(0, -1);
  const last = folders.lastIndexOf('content');
  return folders.slice(0, last === -1 ? 1 : last + 1).join('/');
}

export type ContentId = { id: string; collection: string; locale: string | undefined } | { fault: string };

/**
 * The content id of a page. `file`: beneath the folder of the configuration, divided by slashes. Each part is spelled as sites spell
 * addresses (lower case, dashes), which is also what Astro's collections and MonaKiosk do. `named`: what the page's frontmatter calls itself instead,
 * within its collection.
 */
export function contentIdOf(
  file: string,
  named: string | undefined,
  options: ContentIdOptions = {},
): ContentId {
  const { locales = [], root = contentRoot(file) } = options;
  const beneath = root === '' ? file : file.startsWith(`${root}/`) ? file.slice(root.length + 1) : undefined;
  if (beneath === undefined) return { fault: `is not beneath ${root}` };
  const { segments, locale } = withoutLocale(beneath.replace(EXTENSION, '').split('/'), locales);
  // Some machines have the letters of a name taken apart, and the gate has them together.
  const spelled = segments.map((each) => slug(each.normalize('NFC')));
  // An index page is called like its folder.
  const own = spelled.length > 1 && spelled.at(-1) === 'index' ? spelled.slice(0, -1) : spelled;
  const [collection = ''] = own;
  const id = named === undefined ? own.join('/') : withName(collection, own, named);
  const odd = id.split('/').find((each) => each === '' || !isPlainSegment(each) || /[\s,*%]/.test(each));
  return odd === undefined
    ? { id, collection, locale }
    : { fault: `would be called "${id}", and "${odd}" can be no part of a content id; give it a slug` };
}

/** `slug: tides` in `blog/2026/high-water` is `blog/tides`: the whole name within the collection, as in MonaKiosk. */
const withName = (collection: string, own: readonly string[], named: string): string => {
  const name = named.trim().replaceAll(/^\/+|\/+$/g, '');
  return own.length > 1 ? `${collection}/${name}` : name;
};

/** `de/blog/tides`, `blog/de/tides` and `blog/tides.de` are the page `blog/tides` in German. */
function withoutLocale(
  segments: readonly string[],
  locales: readonly string[],
): { segments: readonly string[]; locale: string | undefined } {
  const at = segments.slice(0, 2).findIndex((each, i) => i < segments.length - 1 && locales.includes(each));
  if (at !== -1) return { segments: segments.toSpliced(at, 1), locale: segments[at] };
  const last = segments.at(-1) ?? '';
  const suffix = locales.find((each) => last.endsWith(`.${each}`));
  return suffix === undefined
    ? { segments, locale: undefined }
    : { segments: [...segments.slice(0, -1), last.slice(0, -suffix.length - 1)], locale: suffix };
}
