import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { configsIn, findConfig } from './find-config.ts';
import type { Catalog, CatalogFile } from '../model/catalog.rules.ts';
import { catalogOfConfig } from './config-catalog.rules.ts';
import { usesOfFiles } from './config-references.rules.ts';
import { type Config, knownFields, readConfigValue } from './config.rules.ts';
import { nearMisses } from './frontmatter.rules.ts';
import { downloadsOf } from './page-downloads.rules.ts';
import { catalogOfPages } from './pages-catalog.rules.ts';
import { faultsOfWhole } from './faults-of-whole.rules.ts';
import { opensOf, type SitePage, sitePages } from './site-pages.rules.ts';
import { type Place, placesOfConfig } from './places.rules.ts';
import type { PageFile } from './sold-pages.rules.ts';
import { isBeneath, knownFile, readOwnFile } from './read-files.ts';
import { describeFault, type Fault, faultsOf, type Parsed, parseYaml } from './yaml-text.rules.ts';

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

const PROGRAM = /\.[cm]?[jt]s$/;

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
  refuse([
    ...outside.map(([name]) => ({
      file,
      line: lineOf(['files', name]),
      field: `files.${name}`,
      message: 'is not beneath the folder of the configuration',
    })),
    ...ofConfig.faults.map((fault) => ({ ...fault, line: lineOf(fault.field.split('.')) })),
    ...[...pages.faults, ...site.faults].map((fault) => ({ ...fault, file: beside(file, fault.file) })),
    ...faultsOfWhole(catalog, (entry) => places.get(entry) ?? { file, line: undefined }),
  ]);
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

/** Reads the pages of a configuration, and the files that they give: by what pages call them, and where they are, by their keys. */
export async function readContent(config: Config, folder: string, onUnmatched?: (pattern: string) => void) {
  const files = await readPages(config, folder, onUnmatched);
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const sold = new Map<string, CatalogFile>();
  const paths = new Map<string, string>();
  for (const name of new Set(downloadsOf(files))) {
    const whole = path.join(folder, decodeURIComponent(name));
    const found = await readOwnFile(folder, whole, 'downloadable');
    if (!found) continue;
    sold.set(name, found);
    paths.set(found.key, whole);
  }
  return { files, pages: catalogOfPages(config, files, hash, sold), sold, paths };
}

/** Reads the configuration alone. @throws {CliError} with every mistake, and when there is none */
export async function readConfig(context: Context, given: string | undefined) {
  const file = given ?? (await findConfig(context.cwd));
  const whole = path.resolve(context.cwd, file);
  const text = await readFile(whole, 'utf8');
  // What compiles TypeScript is as large as all else of this program.
  const parsed: Parsed = PROGRAM.test(file)
    ? { value: await (await import('./load-program.ts')).loadProgram(whole, file), lineOf: () => undefined }
    : parseYaml(text, file);
  if ('faults' in parsed) throw refusal(parsed.faults);
  const read = readConfigValue(parsed.value);
  if (!read.success) throw refusal(faultsOf(read.error, file, parsed.lineOf, knownFields));
  return { config: read.data, file, folder: path.dirname(whole), lineOf: parsed.lineOf };
}

/** The pages of a configuration, in its order. `onUnmatched`: told of each pattern that names none. */
export async function readPages(
  config: Pick<Config, 'content'>,
  folder: string,
  onUnmatched?: (pattern: string) => void,
): Promise<PageFile[]> {
  const files = new Map<string, PageFile>();
  for (const entry of config.content) {
    const { include, exclude, group } =
      typeof entry === 'string' ? { include: entry, exclude: [], group: undefined } : entry;
    const found = await glob(include, {
      cwd: folder,
      ignore: exclude,
      onlyFiles: true,
      expandDirectories: false,
    });
    if (found.length === 0) onUnmatched?.(include);
    for (const file of found.toSorted()) {
      // The first pattern that names a page says how it is sold.
      if (files.has(file)) continue;
      files.set(file, {
        file,
        text: await readFile(path.join(folder, file), 'utf8'),
        groupIndex: group?.index,
      });
    }
  }
  return [...files.values()];
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw refusal(faults);
}

/** Mistakes as the failure that names them all. */
function refusal(faults: readonly Fault[]): CliError {
  const [first] = faults;
  const message =
    faults.length === 1 && first ? describeFault(first) : `The catalogue has ${faults.length} mistakes.`;
  return new CliError(EXIT.failed, message, {
    code: 'catalog_invalid',
    errors: faults.map((fault) => ({
      path: fault.line === undefined ? fault.file : `${fault.file}:${fault.line}`,
      message: [fault.field, fault.message].filter((each) => each !== '').join(': '),
    })),
  });
}
