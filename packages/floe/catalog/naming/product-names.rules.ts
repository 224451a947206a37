import { slug as spell } from 'github-slugger';

/* Names of pages' products: `quay:blog-tides` for the page `blog/tides` that quay sells. */

/** Polar's limit. */
const MOST = 64;
const HASH_CHARS = 6;

export const DEFAULT_TEMPLATE = '[path]';

export interface NamedPage {
  /** The content id. */
  id: string;
  collection: string;
  title: string;
}

/**
 * Names by content id: `<slug>:<template>`, lower case and divided by dashes. A name that was cut, or that an earlier page (by content id) has as well, ends
 * in a hash of the content id: no two pages have one name, and a page's name says the same on every machine. `hash`: of a text, in hexadecimal.
 */
export function nameProducts(
  product: string,
  pages: readonly NamedPage[],
  template: string,
  hash: (text: string) => string,
): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const page of pages.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const plain = `${product}:${fill(template, page)}`;
    const ending = `-${hash(page.id).slice(0, HASH_CHARS)}`;
    const fits = plain.length <= MOST && !plain.endsWith(':') && !taken.has(plain);
    const name = fits ? plain : `${plain.slice(0, MOST - ending.length).replace(/-+$/, '')}${ending}`;
    taken.add(name);
    names.set(page.id, name);
  }
  return names;
}

/** `[path]`, `[collection]` and `[title]` of a page; all else stands as it is. */
function fill(template: string, { id, collection, title }: NamedPage): string {
  const parts: Readonly<Record<string, string>> = { path: id.replaceAll('/', '-'), collection, title };
  return spell(template.replaceAll(/\[(path|collection|title)\]/g, (_all, name: string) => parts[name] ?? ''))
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '');
}
