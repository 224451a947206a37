import GithubSlugger from 'github-slugger';
import * as z from 'zod';
import type { ConfigInput } from '../source/define-config.ts';

/*
 * MonaKiosk (https://github.com/monakit/mona-kiosk, 0.4.0), an integration of Astro that sells pages at Polar: what its configuration and its
 * state say, as a configuration of ours. Its tokens are not read.
 */

const collection = z.looseObject({
  include: z.string(),
  group: z.looseObject({ index: z.string() }).optional(),
});
export const monaKioskModel = z.looseObject({
  polar: z.looseObject({ organizationSlug: z.string().optional(), server: z.string().optional() }).optional(),
  siteUrl: z.string().optional(),
  productNameTemplate: z.string().optional(),
  collections: z.array(collection).min(1),
});
export type MonaKiosk = z.output<typeof monaKioskModel>;

/** What is read of Astro's own configuration. */
export const astroModel = z.looseObject({
  site: z.string().optional(),
  i18n: z
    .looseObject({ locales: z.array(z.union([z.string(), z.looseObject({ path: z.string() })])) })
    .optional(),
});
export type AstroSettings = z.output<typeof astroModel>;

/** `mona-kiosk/state.json`: files that it has uploaded, by their path. */
export const stateModel = z.object({
  files: z.record(z.string(), z.object({ polarFileId: z.string(), checksum: z.string() })).default({}),
});
export type State = z.output<typeof stateModel>;

/** Something that is not the same here. `what`: an option of MonaKiosk's, or a file. */
export interface Remark {
  what: string;
  message: string;
}

/** Options of MonaKiosk's that are the gate's business here, and where each is. */
const OF_THE_GATE: readonly (readonly [option: string, instead: string])[] = [
  ['signinPagePath', 'the gate has its own page for signing in, and takes yours'],
  ['middlewareOrder', 'the order of your middlewares is your own: sequence(gate, yours)'],
  ['isAuthenticated', 'a site with accounts vouches for its user: POST /v1/sessions'],
  ['checkAccess', 'the gate asks the gateway; what you give yourself is a grant (floe grants create)'],
  ['accessCookieSecret', 'the gate’s cookies need no secret of yours'],
  ['accessCookieTtlSeconds', 'the gate’s cookies have times of their own'],
  ['accessCookieMaxEntries', 'the gate’s cookies have limits of their own'],
];
const OF_A_COLLECTION: readonly (readonly [option: string, instead: string])[] = [
  ['paywallTemplate', 'the site renders its paywall, or the gate’s own page does'],
  ['downloadableTemplate', 'downloads are shown by the elements of the kit'],
  ['previewHandler', 'previews are cut by @floe/kit/content'],
  ['astroCollection', 'content ids come from the files’ paths alone'],
];

/** The configuration that sells the same. `product`: the slug of the gateway's app. */
export function configOf(mona: MonaKiosk, astro: AstroSettings, product: string): ConfigInput {
  // With languages a page is at /en/blog/tides, which its content id does not say: no address is better than a wrong one.
  const siteUrl = astro.i18n ? undefined : (mona.siteUrl ?? astro.site)?.replace(/\/+$/, '');
  return {
    product,
    ...(siteUrl === undefined ? {} : { siteUrl }),
    ...(mona.productNameTemplate === undefined ? {} : { productName: mona.productNameTemplate }),
    content: mona.collections.map(({ include, group }) =>
      group ? { include, group: { index: group.index } } : include,
    ),
  };
}

/** What of MonaKiosk's configuration is not the same here. */
export function remarksOn(mona: MonaKiosk, { i18n }: AstroSettings): Remark[] {
  const told = (given: Record<string, unknown>, rows: typeof OF_THE_GATE, prefix = ''): Remark[] =>
    rows.flatMap(([option, message]) =>
      given[option] === undefined ? [] : [{ what: `${prefix}${option}`, message }],
    );
  const template = mona.productNameTemplate === undefined ? 'its path' : 'your template';
  return [
    {
      what: 'names',
      message: `a product is called after ${template}, quay:blog-tides, and its title stands in the description`,
    },
    ...told(mona, OF_THE_GATE),
    ...mona.collections.flatMap((each, i) => told(each, OF_A_COLLECTION, `collections.${i}.`)),
    ...mona.collections.flatMap(({ group }, i) => (group === undefined ? [] : [ofGroup(group.index, i)])),
    ...(i18n === undefined
      ? []
      : ofLanguages(i18n.locales.map((each) => (typeof each === 'string' ? each : each.path)))),
  ];
}

const ofGroup = (index: string, i: number): Remark => ({
  what: `collections.${i}.group`,
  message: `${index} sells its folder: the content id loses /${index}, and opens all that is beneath`,
});

const ofLanguages = (locales: readonly string[]): Remark[] => [
  {
    what: 'i18n',
    message: `each language stays a product of its own, with its folder in the content id. With locales: [${locales.join(', ')}] one product would open them all, and who has bought another one would have to be given it`,
  },
  {
    what: 'siteUrl',
    message: 'it is left out, so notes lose their link: MonaKiosk puts the language before the path',
  },
];

/**
 * What MonaKiosk calls a page: `${collection}/${slug}`. `file`: beneath the site's folder. Undefined: its pattern names no collection. It
 * numbers a part that comes twice in one path, and looks for the collection from the end.
 */
export function monaKioskId(file: string, include: string, named: string | undefined): string | undefined {
  const name = /src\/content\/([^/*]+)/.exec(include)?.[1] ?? /(?:^|\/)content\/([^/]+)/.exec(include)?.[1];
  if (name === undefined) return undefined;
  const segments = file.replace(/^src\/content\//, '').split('/');
  const own = segments.slice(segments.lastIndexOf(name) + 1);
  const slugger = new GithubSlugger();
  const spelled = own
    .join('/')
    .replace(/\.mdx?$/i, '')
    .split('/')
    .map((each) => slugger.slug(each));
  const slug = named?.trim() ?? spelled.join('/').replace(/\/index$/, '');
  return `${name}/${slug.replaceAll(/^\/+|\/+$/g, '')}`;
}
