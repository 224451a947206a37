import { type Catalog, type Entry, KINDS, placeOf } from '../model/catalog.rules.ts';
import type { Place } from './places.rules.ts';
import type { Fault } from './yaml-text.rules.ts';

/** Keys and names of products that two entries have: one of them would not be found again. `find`: where an entry stands, by `placeOf`. */
export function faultsOfWhole(catalog: Catalog, find: (entry: string) => Place): Fault[] {
  const faults: Fault[] = [];
  for (const kind of KINDS) {
    const keys = new Set<string>();
    const names = new Map<string, string>();
    for (const entry of catalog[kind] as readonly Entry[]) {
      const { key } = entry;
      const refuse = (message: string) => faults.push({ ...find(placeOf(kind, key)), field: '', message });
      if (keys.has(key)) refuse(`"${key}" is the key of two ${kind}`);
      else if (kind === 'products' && 'name' in entry) {
        const other = names.get(entry.name);
        if (other !== undefined)
          refuse(`would be called "${entry.name}", as ${other} is; give it another name`);
        names.set(entry.name, key);
      }
      keys.add(key);
    }
  }
  return faults;
}
