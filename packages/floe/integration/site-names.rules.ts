import type { Place, SiteRoute } from './pages-data.rules.ts';

/* What the addresses of a site call a page, where that is not its content id. */

/**
 * Names of a page that has a language in its name, since the configuration does not know the language and the site does: `blog/de/tides` is at `/de/blog/tides`, and at
 * `/blog/tides` when nothing else is.
 */
export function namesInLanguages(name: string, languages: readonly string[]): string[] {
  const path = name.split('/');
  const isIn = (segment: string) => languages.find((each) => fold(each) === fold(segment));
  const at = path.slice(0, -1).findIndex((each, i) => i < 2 && isIn(each) !== undefined);
  const [language, bare] =
    at === -1 ? bySuffix(path, languages) : [isIn(path[at] ?? ''), path.toSpliced(at, 1)];
  if (language === undefined) return [];
  const [first = '', ...rest] = bare;
  return [[fold(language), ...bare], [first, fold(language), ...rest], bare].map((each) => each.join('/'));
}

function bySuffix(path: readonly string[], languages: readonly string[]) {
  const last = path.at(-1) ?? '';
  const language = languages.find((each) => fold(last).endsWith(`.${fold(each)}`));
  const bare = language === undefined ? path : [...path.slice(0, -1), last.slice(0, -language.length - 1)];
  return [language, bare] as const;
}

const fold = (locale: string) => locale.replaceAll('_', '-').toLowerCase();

/** Of a page that is a route by itself, as those in `src/pages` are. */
export const namesOfFile = (file: string, { routes }: Pick<Place, 'routes'>): string[] =>
  routes.flatMap((route) => (route.isFixed && route.file === file ? [route.path.slice(1) || 'index'] : []));

/**
 * The name without its first folder, when a route that ends in a parameter has that, and none names the folder: `src/pages/[...id].astro` may show `docs/git` at
 * `/git`, but not where there is `src/pages/docs/[...id].astro`.
 */
export function nameByRoute(name: string, place: Pick<Place, 'locales' | 'routes'>): string[] {
  const [folder, ...rest] = name.split('/');
  const short = rest.join('/');
  const ofFolder = place.routes.filter(({ path }) => path.split('/').find(isFixedPart) === folder);
  const isNamed = findRoute(name, { ...place, routes: ofFolder }) !== undefined;
  return short !== '' && !isNamed && findRoute(short, place)?.isFixed === false ? [short] : [];
}

const isFixedPart = (part: string) => part !== '' && !part.includes('[');

/** Where routes may show a page that has no address of its own: `blog/tides` of `posts/tides`, when there is `src/pages/blog/[id].astro`. */
export function namesInRoutes(name: string, { routes }: Pick<Place, 'routes'>): string[] {
  const path = name.split('/');
  return routes.flatMap((route) => {
    const [, folders, spread] = /^(.*)\/\[(\.\.\.)?[^\]/]+\]$/.exec(route.path) ?? [];
    if (folders === undefined) return [];
    const fixed = folders.split('/').filter(isFixedPart);
    return [[...fixed, ...path.slice(spread === undefined ? -1 : path.length > 1 ? 1 : 0)].join('/')];
  });
}

/** The route of a page, in any language. One that ends in no parameter comes first, as in Astro. */
export function findRoute(
  name: string,
  { locales, routes }: Pick<Place, 'locales' | 'routes'>,
): SiteRoute | undefined {
  const page = name === 'index' ? '' : `/${name}`;
  const paths = ['', ...locales.map((each) => `/${each}`)]
    .map((language) => `${language}${page}`)
    .flatMap((each) => [each || '/', `${each}/`]);
  const found = routes.filter(({ pattern }) => paths.some((each) => pattern.test(each)));
  return found.find(({ isFixed }) => isFixed) ?? found[0];
}
