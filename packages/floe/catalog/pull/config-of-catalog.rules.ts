import { type Catalog, type CatalogFile, type Kind, placeOf } from '../model/catalog.rules.ts';
import { type Metadata, UPDATED_AT } from '../model/metadata.rules.ts';
import { mapReferences } from '../model/references.rules.ts';
import { PREFIXES } from '../naming/key-names.rules.ts';
import { ownerMetadata, planMetadata } from '../source/config-catalog.rules.ts';
import type { Config } from '../source/config.rules.ts';
import {
  benefitOf,
  discountOf,
  fieldOf,
  fileOf,
  meterOf,
  plain,
  planOf,
  type Written,
} from './entry-config.rules.ts';
import { nameEntries, writeReference } from './names.rules.ts';

/* A catalogue as a configuration: what source/config-catalog.rules.ts reads, written. */

/** What is said of a configuration besides what it sells. */
export type Settings = Pick<Config, 'product' | 'ownerKeys' | 'currency'> &
  Partial<
    Pick<Config, 'siteUrl' | 'content' | 'contentRoot' | 'locales' | 'productName' | 'owner' | 'audit'>
  >;

export interface Pulled {
  settings: Settings;
  catalog: Catalog;
  /** The id of each object of the product, by place, for references to what is not written. */
  ids: ReadonlyMap<string, string>;
  /** Keys of what pages sell. */
  pages: ReadonlySet<string>;
  /** Where each file is, beneath the folder of the configuration; undefined: it is not on this machine. */
  pathOf: (file: CatalogFile) => { path: string; isHere: boolean };
}

/** Those of a configuration that stands there. */
export const settingsOf = ({
  plans: _p,
  benefits: _b,
  meters: _m,
  fields: _f,
  discounts: _d,
  files: _files,
  ...rest
}: Config): Settings => rest;

/** The sections of a configuration. `names`: what each object is called there, by place. */
export function configOfCatalog({ settings, catalog, ids, pages, pathOf }: Pulled) {
  const names = nameEntries(catalog);
  const refer = (kind: Kind, key: string) => writeReference(kind, key, names, ids, pages);
  const section = <E extends Catalog[Kind][number]>(
    kind: Kind,
    entries: readonly E[],
    write: (entry: E, name: string) => Written,
  ): Record<string, Written> =>
    Object.fromEntries(
      entries.map((entry) => {
        const name = names.get(placeOf(kind, entry.key)) ?? '';
        const own = `${PREFIXES[kind]}:${name}`;
        const key = kind === 'files' || entry.key === own ? undefined : entry.key;
        const named = mapReferences(kind, entry, refer) as E;
        return [name, plain({ key, ...write(named, name) })] as const;
      }),
    );
  const metadata = (key: string, all: Metadata, says: Metadata = {}): Metadata | undefined => {
    const made = [...Object.keys(ownerMetadata(settings, key)), UPDATED_AT];
    const rest = Object.fromEntries(
      Object.entries(all).filter(([field, value]) => !made.includes(field) && says[field] !== value),
    );
    return Object.keys(rest).length === 0 ? undefined : rest;
  };
  const sections = {
    plans: section('products', catalog.products, (product, name) =>
      planOf(settings, product, name, (key, all) => metadata(key, all, planMetadata(settings, product))),
    ),
    benefits: section('benefits', catalog.benefits, (benefit) => benefitOf(benefit, metadata)),
    meters: section('meters', catalog.meters, (meter) => meterOf(meter, metadata)),
    fields: section('fields', catalog.fields, (field, name) => fieldOf(settings, field, name, metadata)),
    discounts: section('discounts', catalog.discounts, (discount) => discountOf(discount, metadata)),
    files: section('files', catalog.files, (file) => fileOf(file, pathOf(file))),
  };
  const filled = Object.entries(sections).filter(([, entries]) => Object.keys(entries).length > 0);
  return { config: { ...writeSettings(settings), ...Object.fromEntries(filled) }, names };
}

function writeSettings(settings: Settings): Written {
  const { product, siteUrl, content, contentRoot, locales, currency, productName, owner, ownerKeys, audit } =
    settings;
  const all = { product, siteUrl, content, contentRoot, locales, productName, owner };
  return plain({
    ...Object.fromEntries(
      Object.entries(all).filter(([, value]) => !Array.isArray(value) || value.length > 0),
    ),
    ...(currency === 'usd' ? {} : { currency }),
    ...(ownerKeys === 'gateway' ? {} : { ownerKeys }),
    ...(audit === undefined || audit.off.length === 0 ? {} : { audit }),
  });
}
