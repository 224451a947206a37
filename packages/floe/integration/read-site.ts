import path from 'node:path';
import type { SoldPagesData } from '../../kit/sold-pages.ts';
import { CONFIG_NAMES } from '../catalog/source/find-config.ts';
import { readSource, type Source } from '../catalog/source/read-source.ts';
import type { Context } from '../context.ts';
import { pagesData, type Place } from './pages-data.rules.ts';

/** The catalogue of a site, as its build needs it. */
export interface Site {
  source: Source;
  data: SoldPagesData;
}

/** Reads configuration and pages beneath `context.cwd`, as `floe catalog plan` does. @throws {CliError} with every mistake */
export async function readSite(context: Context, given: string | undefined, place: Place): Promise<Site> {
  const { cwd } = context;
  const read = await readSource(context, given === undefined ? undefined : spellFile(cwd, given));
  // Beneath the site's folder, as Astro names them, also when the configuration is above it.
  const pages = read.pages.map((page) => ({ ...page, file: spellFile(cwd, page.file) }));
  const source = { ...read, pages };
  return { source, data: pagesData(source, place) };
}

/** A file as pages name theirs: beneath the folder, with slashes. */
export const spellFile = (folder: string, file: string): string =>
  path.relative(folder, path.resolve(folder, file)).replaceAll(path.sep, '/');

const PAGE = /\.(?:md|mdx|markdown)$/i;
const PROGRAM = /\.[cm]?[jt]s$/;
/** What a configuration in TypeScript may import. */
const IMPORTED = /\.(?:[cm]?[jt]s|json)$/;
/** Nobody writes there by hand. */
const MADE = /^(?:\.astro|dist)\/|(?:^|\/)(?:node_modules|\.git)(?:\/|$)/;

/**
 * Whether the catalogue may be another one after a change of a file. `event`: as Vite's watcher says it. A file that comes or goes may be a
 * page or what a page gives; of those that change, pages and configuration count, and what a configuration in TypeScript imports.
 */
export function concernsSite(
  { root, config, pages }: { root: string; config: string | undefined; pages: ReadonlySet<string> },
  event: string,
  file: string,
): boolean {
  const name = spellFile(root, file);
  if (MADE.test(name)) return false;
  if (event !== 'change' || pages.has(name) || PAGE.test(name)) return true;
  const configs: readonly string[] = config === undefined ? CONFIG_NAMES : [spellFile(root, config)];
  return configs.includes(name) || (configs.some((each) => PROGRAM.test(each)) && IMPORTED.test(name));
}
