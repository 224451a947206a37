import { claimsOf } from '../../../kit/product-owners.ts';
import type { Catalog, Kind } from '../model/catalog.rules.ts';
import { KEY, type Metadata } from '../model/metadata.rules.ts';
import { benefitOf, discountOf, fieldOf, fileOf, meterOf, productOf } from './entries.rules.ts';
import { keyOf, type Whose } from './object-keys.rules.ts';
import type { Wire, WireObject } from './polar-objects.rules.ts';

/* What Polar has, as a catalogue: of this product alone, each object with the key that it has in the source. */

/** An object at Polar that belongs to the catalogue. */
export interface Held {
  kind: Kind;
  key: string;
  id: string;
  createdAt: string;
  isArchived: boolean;
  /** All of it, with the keys that others wrote. */
  metadata: Metadata;
  /** Of a product: the id of each price, in the order of the entry's prices. */
  priceIds: readonly string[];
}

export interface There {
  catalog: Catalog;
  held: ReadonlyMap<string, Held>;
  /** Further objects with a key that another one has: two pushes at once have made them. The oldest of them is in the catalogue. */
  duplicates: readonly Held[];
  /** Products of others, by name and by whom they say they are sold. */
  foreign: readonly { id: string; name: string; key: string | undefined; claims: readonly string[] }[];
}

export const placeOf = (kind: Kind, key: string): string => `${kind} ${key}`;

export function readThere(wire: Wire, whose: Whose): There {
  const held = new Map<string, Held>();
  const duplicates: Held[] = [];
  const foreign: There['foreign'][number][] = [];
  const keys = new Map<string, string>();
  const take = <Object extends WireObject>(
    kind: Kind,
    objects: readonly Object[],
  ): { key: string; object: Object }[] =>
    objects.toSorted(byAge).flatMap((object) => {
      const key = keyOf(kind, object, whose);
      if (key === undefined) {
        if (kind === 'products') foreign.push(describeForeign(object, whose));
        return [];
      }
      const one = holdOf(kind, key, object);
      keys.set(object.id, key);
      if (held.has(placeOf(kind, key))) {
        duplicates.push(one);
        return [];
      }
      held.set(placeOf(kind, key), one);
      return [{ key, object }];
    });
  const keyById = (id: string) => keys.get(id) ?? `id:${id}`;
  // In the order of KINDS: what refers to others comes behind them.
  const catalog: Catalog = {
    meters: take('meters', wire.meters).map(meterOf),
    files: take('files', wire.files).map(fileOf),
    fields: take('fields', wire.fields).map(fieldOf),
    benefits: take('benefits', wire.benefits).map((each) => benefitOf(each, keyById)),
    products: take('products', wire.products).map((each) => productOf(each, keyById)),
    discounts: take('discounts', wire.discounts).map((each) => discountOf(each, keyById)),
  };
  return { catalog, held, duplicates, foreign };
}

const byAge = (a: WireObject, b: WireObject) => (a.created_at + a.id < b.created_at + b.id ? -1 : 1);

function describeForeign(object: WireObject, { ownerKeys }: Whose): There['foreign'][number] {
  const { id, name, metadata } = object as Wire['products'][number];
  const { [KEY]: key } = metadata;
  return {
    id,
    name,
    key: typeof key === 'string' ? key : undefined,
    claims: claimsOf({ name, metadata }, ownerKeys.product),
  };
}

function holdOf(kind: Kind, key: string, object: WireObject): Held {
  const { id, created_at: createdAt } = object;
  const metadata = ('metadata' in object ? object.metadata : {}) as Metadata;
  const isArchived =
    ('is_archived' in object && object.is_archived === true) ||
    ('archived_at' in object && object.archived_at != null);
  const prices = kind === 'products' ? (object as Wire['products'][number]).prices : [];
  return { kind, key, id, createdAt, isArchived, metadata, priceIds: prices.map((each) => each.id) };
}
