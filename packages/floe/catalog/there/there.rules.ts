import { type Catalog, type Kind, placeOf } from '../model/catalog.rules.ts';
import type { Metadata } from '../model/metadata.rules.ts';
import { BY_ID } from '../model/references.rules.ts';
import { benefitOf, discountOf, fieldOf, fileOf, meterOf, productOf } from './entries.rules.ts';
import { byAge, claimsUnderAll, isArchived, keysOfProduct, type Whose } from './belonging.rules.ts';
import { writtenKey } from './object-keys.rules.ts';
import type { Wire, WireObject } from './polar-objects.rules.ts';
import { countedMeters } from './uses.rules.ts';

/* What Polar has, as a catalogue: of this product alone, each object with the key that it has in the source. */

/** An object at Polar that belongs to the catalogue. */
export interface Held {
  kind: Kind;
  key: string;
  /** What people know it by. */
  name: string;
  id: string;
  createdAt: string;
  isArchived: boolean;
  /** Of a discount: somebody has redeemed it. */
  isUsed: boolean;
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
  /** Ids of meters that Polar does not archive: benefits, or products on sale of others, count with them. */
  counted: ReadonlySet<string>;
  /** Products of others, by name and by whom they say they are sold. */
  foreign: readonly {
    id: string;
    name: string;
    /** The key of what is ours by one of its claims, and another's by the other. */
    disputed: string | undefined;
    claims: readonly string[];
  }[];
  /** Discounts of others that have a code, by whom they say they are of. */
  foreignCodes: readonly { id: string; name: string; code: string; claims: readonly string[] }[];
}

export function readThere(wire: Wire, whose: Whose): There {
  const held = new Map<string, Held>();
  const duplicates: Held[] = [];
  const foreign: There['foreign'][number][] = [];
  const keys = keysOfProduct(wire, whose);
  const foreignCodes = wire.discounts.flatMap((each) => {
    const { id, name, code } = each;
    if (code === null || keys.has(id)) return [];
    return [{ id, name, code, claims: claimsUnderAll('discounts', each, whose.ownerKeys) }];
  });
  const take = <Object extends WireObject>(
    kind: Kind,
    objects: readonly Object[],
  ): { key: string; object: Object }[] =>
    objects.toSorted(byAge).flatMap((object) => {
      const key = keys.get(object.id);
      if (key === undefined) {
        if (kind === 'products') foreign.push(describeForeign(object, whose));
        return [];
      }
      const one = holdOf(kind, key, object);
      if (held.has(placeOf(kind, key))) {
        duplicates.push(one);
        return [];
      }
      held.set(placeOf(kind, key), one);
      return [{ key, object }];
    });
  const keyById = (id: string) => keys.get(id) ?? `${BY_ID}${id}`;
  const catalog: Catalog = {
    meters: take('meters', wire.meters).map(meterOf),
    files: take('files', wire.files).map(fileOf),
    fields: take('fields', wire.fields).map(fieldOf),
    benefits: take('benefits', wire.benefits).map((each) => benefitOf(each, keyById)),
    products: take('products', wire.products).map((each) => productOf(each, keyById)),
    discounts: take('discounts', wire.discounts).map((each) => discountOf(each, keyById)),
  };
  const counted = countedMeters(wire, (id) => keys.has(id));
  return { catalog, held, duplicates, foreign, foreignCodes, counted };
}

function describeForeign(object: WireObject, { product, ownerKeys }: Whose): There['foreign'][number] {
  const { id, name } = object as Wire['products'][number];
  const claims = claimsUnderAll('products', object, ownerKeys);
  return { id, name, disputed: claims.includes(product) ? writtenKey(object) : undefined, claims };
}

function holdOf(kind: Kind, key: string, object: WireObject): Held {
  const { id, created_at: createdAt } = object;
  const metadata = ('metadata' in object ? object.metadata : {}) as Metadata;
  const prices = kind === 'products' ? (object as Wire['products'][number]).prices : [];
  const name =
    'description' in object && kind === 'benefits'
      ? object.description
      : (object as Wire['products'][number]).name;
  return {
    kind,
    key,
    name: String(name),
    id,
    createdAt,
    isArchived: isArchived(object),
    isUsed: 'redemptions_count' in object && Number(object.redemptions_count) > 0,
    metadata,
    priceIds: prices.map((each) => each.id),
  };
}
