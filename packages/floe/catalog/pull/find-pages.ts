import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { CONTENT_ID } from '../model/metadata.rules.ts';
import { contentIdOf } from '../naming/content-ids.rules.ts';
import { type Config, configModel } from '../source/config.rules.ts';
import { readFrontmatter } from '../source/frontmatter.rules.ts';
import { readContent } from '../source/read-content.ts';
import type { There } from '../there/there.rules.ts';
import type { Settings } from './config-of-catalog.rules.ts';

const PAGES = '**/*.{md,mdx,markdown}';

/** The pages beneath a folder that sell what Polar has: how a configuration names them, and the keys of what they sell. */
export async function findPages(
  folder: string,
  { catalog }: There,
  settings: Settings,
): Promise<{ settings: Settings; keys: ReadonlySet<string> }> {
  const sold = new Map(
    catalog.products.flatMap(({ key, metadata }) => {
      const { [CONTENT_ID]: opens } = metadata;
      return key.startsWith('page:') && typeof opens === 'string'
        ? [[opens.replace(/\/\*$/, ''), opens] as const]
        : [];
    }),
  );
  if (sold.size === 0) return { settings, keys: new Set() };
  const known = (settings.content ?? []).length > 0;
  const content = known ? settings.content : await searchContent(folder, sold);
  const found: Settings = {
    ...settings,
    ...(content === undefined || content.length === 0
      ? {}
      : { content, siteUrl: settings.siteUrl ?? siteOf(catalog) }),
  };
  const { pages } = await readContent(configModel.parse(plain(found)), folder);
  return { settings: found, keys: new Set([...pages.products, ...pages.benefits].map(({ key }) => key)) };
}

const plain = (settings: Settings) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

/** Globs of the folders in which pages are that Polar sells. `sold`: what each page opens, by its content id. */
async function searchContent(folder: string, sold: ReadonlyMap<string, string>): Promise<Config['content']> {
  const globs = new Map<string, Config['content'][number]>();
  const files = await glob(PAGES, { cwd: folder, ignore: ['**/node_modules/**'], onlyFiles: true });
  for (const file of files.toSorted()) {
    const read = readFrontmatter(await readFile(path.join(folder, file), 'utf8'), file);
    if (!read || 'faults' in read) continue;
    const named = contentIdOf(file, read.fields.slug);
    const opens = 'id' in named ? sold.get(named.id) : undefined;
    if (opens === undefined) continue;
    const isCourse = opens.endsWith('/*');
    const beneath = path.posix.dirname(isCourse ? path.posix.dirname(file) : file);
    const include = `${beneath}/${isCourse ? '**/' : ''}*${path.posix.extname(file)}`;
    const index = path.posix.basename(file, path.posix.extname(file));
    globs.set(include, isCourse ? { include, exclude: [], group: { index } } : include);
  }
  return [...globs.values()];
}

/** Where pages are, as the notes of their benefits say. */
function siteOf({ benefits }: There['catalog']): string | undefined {
  for (const { key, type, properties } of benefits) {
    if (type !== 'custom' || !key.startsWith('page:')) continue;
    const address = /https?:\/\/\S+$/.exec(properties.note ?? '')?.[0];
    const end = `/${key.slice('page:'.length)}/`;
    if (address?.endsWith(end)) return address.slice(0, -end.length);
  }
  return undefined;
}
