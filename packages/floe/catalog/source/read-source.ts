import path from 'node:path';
import type { Context } from '../../context.ts';
import type { Catalog, CatalogFile } from '../model/catalog.rules.ts';
import { catalogOfConfig } from './config-catalog.rules.ts';
import { usesOfFiles } from './config-references.rules.ts';
import type { Config } from './config.rules.ts';
import { faultsOfWhole } from './faults-of-whole.rules.ts';
import { configsIn } from './find-config.ts';
import { nearMisses } from './frontmatter.rules.ts';
import { type Place, placesOfConfig } from './places.rules.ts';
import { readConfig, refusal } from './read-config.ts';
import { readContent } from './read-content.ts';
import { isBeneath, knownFile, readOwnFile } from './read-files.ts';
import { opensOf, type SitePage, sitePages } from './site-pages.rules.ts';
import type { Fault } from './yaml-text.rules.ts';

/** What a repository wants to sell. */
export interface Source {
  config: Config;
  /** The file that was read, as it is shown. */
  file: string;
  catalog: Catalog;
  /** Where each file is on this machine, by its key. */
  paths: ReadonlyMap<string, string>;
  /** Where each entry stands, by `placeOf`. */
  places: ReadonlyMap<string, Place>;
  /** Content ids under which another tool may have sold a page, and ours. */
  alsoKnown: ReadonlyMap<string, string>;
  /** Every page that `content` names, sold or not, its file as it is shown. */
  pages: readonly SitePage[];
  /** Patterns of `content` that name no page. */
  unmatched: readonly string[];
  /** Fields of pages that are nearly ours, and do nothing. */
  doubts: readonly Fault[];
}

/** Reads the configuration and the pages it names. @throws {CliError} with every mistake, by file, line and field */
export async function readSource(context: Context, given: string | undefined): Promise<Source> {
  const { config, file, folder, lineOf } = await readConfig(context, given);
  const unmatched: string[] = [];
  const { files, pages, sold, paths } = await readContent(config, folder, (pattern) =>
    unmatched.push(pattern),
  );
  const named = new Map<string, CatalogFile>();
  for (const { service, name } of usesOfFiles(config)) {
    const { [name]: said } = config.files;
    if (!said) continue;
    const whole = path.resolve(folder, said.path);
    const here = await readOwnFile(folder, whole, service, said.version);
    if (here) paths.set(here.key, whole);
    const found = here ?? knownFile(said, service);
    if (found) named.set(`${service} ${name}`, found);
  }
  const keys = new Set([...pages.products, ...pages.benefits].map(({ key }) => key));
  const ofConfig = catalogOfConfig(config, file, { files: named, pages: keys });
  const places = new Map([
    ...placesOfConfig(config, file, lineOf),
    ...pages.places.map(([entry, at]) => [entry, { ...at, file: beside(file, at.file) }] as const),
  ]);
  const { catalog: own } = ofConfig;
  const all = new Map([...sold.values(), ...own.files].map((each) => [each.key, each]));
  const catalog: Catalog = {
    ...own,
    files: [...all.values()],
    products: [...own.products, ...pages.products],
    benefits: [...own.benefits, ...pages.benefits],
  };
  const site = sitePages(config, files, opensOf(catalog));
  const outside = Object.entries(config.files).filter(
    ([, said]) => !isBeneath(folder, path.resolve(folder, said.path)),
  );
  const faults = [
    ...outside.map(([name]) => ({
      file,
      line: lineOf(['files', name]),
      field: `files.${name}`,
      message: 'is not beneath the folder of the configuration',
    })),
    ...ofConfig.faults.map((fault) => ({ ...fault, line: lineOf(fault.field.split('.')) })),
    ...[...pages.faults, ...site.faults].map((fault) => ({ ...fault, file: beside(file, fault.file) })),
    ...faultsOfWhole(catalog, (entry) => places.get(entry) ?? { file, line: undefined }),
  ];
  if (faults.length > 0) throw refusal(faults);
  const doubts = files
    .flatMap(({ file: page, text }) => nearMisses(text, page))
    .map((fault) => ({ ...fault, file: beside(file, fault.file) }));
  const shown = site.pages.map((page) => ({ ...page, file: beside(file, page.file) }));
  return {
    config,
    file,
    paths,
    places,
    alsoKnown: pages.alsoKnown,
    catalog,
    pages: shown,
    unmatched,
    doubts,
  };
}

/** A file beneath the configuration’s folder, as the configuration itself is shown. */
const beside = (config: string, file: string) => path.posix.join(path.posix.dirname(config), file);

/** The same, or undefined where there is no configuration and none was asked for. @throws {CliError} with every mistake */
export async function findSource(context: Context, given: string | undefined): Promise<Source | undefined> {
  if (given === undefined && (await configsIn(context.cwd)).own.length === 0) return undefined;
  return readSource(context, given);
}
