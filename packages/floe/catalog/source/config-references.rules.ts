import type { CatalogFile, Kind } from '../model/catalog.rules.ts';
import { BY_ID } from '../model/references.rules.ts';
import { PREFIXES } from '../naming/key-names.rules.ts';
import type { Config } from './config.rules.ts';
import type { Fault } from './yaml-text.rules.ts';

/* Names of a configuration, and the keys that they stand for. */

type Section = 'plans' | 'benefits' | 'meters' | 'fields' | 'discounts';
/** Where a configuration has entries of a kind. */
export const SECTIONS: Readonly<Record<Exclude<Kind, 'files'>, Section>> = {
  products: 'plans',
  benefits: 'benefits',
  meters: 'meters',
  fields: 'fields',
  discounts: 'discounts',
};

/** What a configuration may refer to that does not stand in it. */
export interface Around {
  /** The files that it names, as they are found, by use and name: `downloadable handbook`. */
  files: ReadonlyMap<string, CatalogFile>;
  /** Keys of what pages sell and give: `page:blog/tides`. */
  pages: ReadonlySet<string>;
}

export const keyOf = (
  kind: Exclude<Kind, 'files'>,
  name: string,
  entry: { key?: string | undefined },
): string => entry.key ?? `${PREFIXES[kind]}:${name}`;

/** Reads names as keys, and notes those that stand for nothing. */
export function readReferences(config: Config, file: string, { files, pages }: Around) {
  const faults: Omit<Fault, 'line'>[] = [];
  const refuse = (field: string, message: string, name: string) => {
    faults.push({ file, field, message });
    return name;
  };
  const refer = (kind: Exclude<Kind, 'files'>, name: string, field: string): string => {
    // Names are anybody's: `constructor` is none of the object's own.
    const entries = config[SECTIONS[kind]];
    const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
    if (entry) return keyOf(kind, name, entry);
    if (name.startsWith(BY_ID) || pages.has(name)) return name;
    return refuse(field, `there is no ${PREFIXES[kind]} "${name}"`, name);
  };
  const referToFile = (service: CatalogFile['service'], name: string, field: string): string => {
    const found = files.get(`${service} ${name}`);
    if (found) return found.key;
    if (name.startsWith(BY_ID)) return name;
    const path = config.files[name]?.path;
    const message =
      path === undefined ? `there is no file "${name}" among files` : `there is no file ${path}`;
    return refuse(field, message, name);
  };
  return { faults, refer, referToFile };
}

/** Names of files by what they are used for; a file may be used for both. */
export function usesOfFiles({
  plans,
  benefits,
}: Config): { service: CatalogFile['service']; name: string }[] {
  const given = Object.values(benefits).flatMap((each) =>
    each.type === 'downloadables' ? (each.properties as { files: string[] }).files : [],
  );
  const shown = Object.values(plans).flatMap(({ medias }) => medias);
  return [
    ...[...new Set(given)].map((name) => ({ service: 'downloadable' as const, name })),
    ...[...new Set(shown)].map((name) => ({ service: 'product_media' as const, name })),
  ];
}
