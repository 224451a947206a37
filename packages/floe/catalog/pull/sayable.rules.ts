import { type Catalog, type CatalogFile, type Kind, KINDS, placeOf } from '../model/catalog.rules.ts';
import { planChanges } from '../plan/plan.rules.ts';
import { catalogOfConfig, ownerKeysOf } from '../source/config-catalog.rules.ts';
import { usesOfFiles } from '../source/config-references.rules.ts';
import { faultsOfWhole } from '../source/faults-of-whole.rules.ts';
import { configModel } from '../source/config.rules.ts';
import type { There } from '../there/there.rules.ts';
import { configOfCatalog, type Pulled } from './config-of-catalog.rules.ts';

/* A configuration is read again before it is written: what comes back otherwise cannot be said, and is left out. */

export interface LeftOut {
  kind: Kind;
  key: string;
  name: string;
  why: string;
}

const SECTIONS: Readonly<Record<string, Kind>> = {
  plans: 'products',
  benefits: 'benefits',
  meters: 'meters',
  fields: 'fields',
  discounts: 'discounts',
  files: 'files',
};

/** What of a catalogue a configuration can say. `look`: what Polar has, for whom wants this. */
export function writeSayable(pulled: Pulled, look: (wanted: Catalog) => There) {
  const leftOut = new Map<string, LeftOut>();
  for (;;) {
    const catalog = Object.fromEntries(
      KINDS.map((kind) => [kind, pulled.catalog[kind].filter(({ key }) => !leftOut.has(placeOf(kind, key)))]),
    ) as unknown as Catalog;
    const written = configOfCatalog({ ...pulled, catalog });
    const before = leftOut.size;
    const kindOf = (section: string) => SECTIONS[section];
    const leave = (kind: Kind, key: string, why: string) => {
      const entry = catalog[kind].find((each) => each.key === key);
      if (!entry || leftOut.has(placeOf(kind, key))) return;
      const name = 'name' in entry ? entry.name : entry.description;
      leftOut.set(placeOf(kind, key), { kind, key, name, why });
    };
    const leaveAt = ([section, name, ...field]: readonly PropertyKey[], why: string) => {
      const kind = kindOf(String(section));
      const entry = kind && catalog[kind].find(({ key }) => written.names.get(placeOf(kind, key)) === name);
      if (kind && entry)
        leave(kind, entry.key, [field.join('.'), why].filter((each) => each !== '').join(': '));
    };
    for (const { path, message } of readAgain(written.config)) leaveAt(path, message);
    if (leftOut.size === before)
      for (const { kind, key, why } of compare(pulled, catalog, written, look)) leave(kind, key, why);
    if (leftOut.size === before) return { ...written, catalog, leftOut: [...leftOut.values()] };
  }
}

const readAgain = (config: unknown) => configModel.safeParse(config).error?.issues ?? [];

function compare(
  { pages }: Pulled,
  catalog: Catalog,
  { config, names }: ReturnType<typeof configOfCatalog>,
  look: (wanted: Catalog) => There,
): { kind: Kind; key: string; why: string }[] {
  const read = configModel.parse(config);
  const nameOf = (file: CatalogFile) => names.get(placeOf('files', file.key)) ?? '';
  const files = new Map(catalog.files.map((file) => [`${file.service} ${nameOf(file)}`, file]));
  const used = new Map(
    usesOfFiles(read).flatMap(({ service, name }) => {
      const found = files.get(`${service} ${name}`);
      return found ? [[`${service} ${name}`, found] as const] : [];
    }),
  );
  const { catalog: wanted, faults } = catalogOfConfig(read, '', { files: used, pages });
  const keyOf = (kind: Kind, name: string) =>
    catalog[kind].find(({ key }) => names.get(placeOf(kind, key)) === name)?.key ?? '';
  const refused = faults.flatMap(({ field, message }) => {
    const [section = '', name = ''] = field.split('.');
    const kind = SECTIONS[section];
    return kind ? [{ kind, key: keyOf(kind, name), why: message }] : [];
  });
  // What the whole cannot have, such as two products of one name.
  for (const { file: place, message } of faultsOfWhole(wanted, (entry) => ({
    file: entry,
    line: undefined,
  }))) {
    const kind = KINDS.find((each) => place.startsWith(placeOf(each, '')));
    if (kind) refused.push({ kind, key: place.slice(placeOf(kind, '').length), why: message });
  }
  if (refused.length > 0) return refused;
  const { changes, obstacles } = planChanges(wanted, look(wanted), {
    archive: false,
    ownerKeys: ownerKeysOf(read),
    isAtHand: () => true,
  });
  return [
    ...changes.map((change) => ({
      kind: change.kind,
      key: change.key,
      why:
        change.action === 'update'
          ? change.differences.map(({ field }) => field).join(', ')
          : 'it is not found again',
    })),
    ...obstacles.map(({ kind, key, code }) => ({ kind, key, why: code })),
  ];
}
