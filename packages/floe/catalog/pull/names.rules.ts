import { type Catalog, type Entry, type Kind, KINDS, placeOf } from '../model/catalog.rules.ts';
import { BY_ID } from '../model/references.rules.ts';
import { freeName, nameOfText, PREFIXES } from '../naming/key-names.rules.ts';

/* What each object is called in a configuration that is written of it. */

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Names by place. An object whose key is made as a configuration makes it has the name of its key, and all others one that resembles it. */
export function nameEntries(catalog: Catalog): Map<string, string> {
  const names = new Map<string, string>();
  for (const kind of KINDS) {
    const taken = new Set<string>();
    const give = ({ key }: Entry, name: string) => {
      taken.add(name);
      names.set(placeOf(kind, key), name);
    };
    for (const entry of catalog[kind]) {
      const own = ownName(kind, entry.key);
      if (own !== undefined) give(entry, own);
    }
    for (const entry of catalog[kind])
      if (!names.has(placeOf(kind, entry.key)))
        give(
          entry,
          freeName(nameOfText(textOf(entry), PREFIXES[kind]), idLike(entry), (name) => taken.has(name)),
        );
  }
  return names;
}

/** `plan:monthly` is `monthly`; undefined where a configuration would give another key. */
function ownName(kind: Kind, key: string): string | undefined {
  const prefix = `${PREFIXES[kind]}:`;
  if (kind === 'files' || !key.startsWith(prefix)) return undefined;
  const name = key.slice(prefix.length);
  return NAME.test(name) ? name : undefined;
}

/** A page's key says more than its product's name. */
const textOf = (entry: Entry): string =>
  'checksum_sha256_base64' in entry ? entry.name.replace(/\.\w+$/, '') : entry.key.replace(/^\w+:/, '');

/** What tells two of one name apart, always alike. */
const idLike = (entry: Entry): string =>
  'checksum_sha256_base64' in entry
    ? Buffer.from(entry.checksum_sha256_base64, 'base64').toString('hex')
    : Buffer.from(entry.key).toString('hex').slice(-6);

/** How a reference is written: the name, a page's key, or the id of what the configuration has not. */
export function writeReference(
  kind: Kind,
  key: string,
  names: ReadonlyMap<string, string>,
  ids: ReadonlyMap<string, string>,
  pages: ReadonlySet<string>,
): string {
  const place = placeOf(kind, key);
  const name = names.get(place);
  if (name !== undefined) return name;
  if (pages.has(key) || key.startsWith(BY_ID)) return key;
  return `${BY_ID}${ids.get(place) ?? ''}`;
}
