import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import { type Catalog, KINDS } from '../model/catalog.rules.ts';
import type { CatalogPolar } from '../open-catalog.ts';
import { ownerKeysOf } from '../source/config-catalog.rules.ts';
import type { Wire } from '../there/polar-objects.rules.ts';
import { readThere } from '../there/there.rules.ts';
import { chooseEntries, fitsOne } from './choose-entries.rules.ts';
import { archivedIn, commentsOn, headOf, nameOfId } from './comments.rules.ts';
import type { Settings } from './config-of-catalog.rules.ts';
import { findPages } from './find-pages.ts';
import { findOwner } from './owners.rules.ts';
import { placeFiles } from './place-files.ts';
import { type LeftOut, writeSayable } from './sayable.rules.ts';
import { writeConfig } from './write-config.rules.ts';

export interface PulledProduct {
  product: string;
  text: string;
  catalog: Catalog;
  pages: number;
  leftOut: readonly LeftOut[];
  archived: readonly string[];
  missingFiles: readonly string[];
}

interface Pulling {
  wire: Wire;
  mode: Mode;
  product: string;
  /** Where the configuration will be. */
  folder: string;
  ownerKeys: Settings['ownerKeys'];
  /** Of a configuration that is there. */
  settings: Settings | undefined;
  /** Names of products; without a colon all are meant. */
  patterns: readonly string[];
  /** Names of products that nobody claims. */
  take: readonly string[];
  isFetched: boolean;
}

/** Makes a configuration of what Polar has of a product, and brings its files. @throws {CliError} when there is nothing */
export async function pullProduct(
  context: Context,
  polar: CatalogPolar,
  { wire, mode, product, folder, ownerKeys, settings: given, patterns, take, isFetched }: Pulling,
): Promise<PulledProduct> {
  const keys = ownerKeysOf({ ownerKeys });
  const takes = take.length === 0 ? undefined : fitsOne(take);
  const whose = { product, ownerKeys: keys, takes };
  const there = readThere(wire, { ...whose, wanted: 'all' });
  const ids = new Map([...there.held].map(([place, { id }]) => [place, id]));
  const ours = new Set(ids.values());
  const globs = patterns.filter((each) => each.includes(':'));
  const isNamed = globs.length === 0 ? undefined : fitsOne(globs);
  const known: Settings = given ?? {
    product,
    ownerKeys,
    currency: 'usd',
    owner: findOwner(wire, (id) => ours.has(id), keys),
  };
  const { settings, keys: pages } = await findPages(folder, there, known);
  const catalog = chooseEntries(there, {
    isChosen: isNamed && (({ name }) => isNamed(name) || (takes?.(name) ?? false)),
    pages,
  });
  if (KINDS.every((kind) => catalog[kind].length === 0) && pages.size === 0)
    throw new CliError(EXIT.notFound, `Polar has nothing of ${patterns.join(' ') || product} in ${mode}.`);
  const places = await placeFiles(context, polar, catalog.files, {
    folder,
    wire,
    isFetched,
  });
  const written = writeSayable(
    { settings, catalog, ids, pages, pathOf: ({ key }) => places.get(key) ?? { path: key, isHere: false } },
    (wanted) => readThere(wire, { ...whose, takes: undefined, wanted }),
  );
  const missing = written.catalog.files.filter(({ key }) => places.get(key)?.isHere === false);
  const text = writeConfig(written.config, {
    head: headOf(
      `What Polar had of ${product} in ${mode} on ${new Date(context.now()).toISOString().slice(0, 10)}.`,
      written.leftOut,
      there,
    ),
    entries: commentsOn(
      written,
      missing.map(({ key }) => key),
    ),
    nameOfId: (id) => nameOfId(wire, id),
  });
  return {
    product,
    text,
    catalog: written.catalog,
    pages: there.catalog.products.filter(({ key }) => pages.has(key)).length,
    leftOut: written.leftOut,
    archived: archivedIn(there),
    missingFiles: missing.map(({ name }) => name),
  };
}
