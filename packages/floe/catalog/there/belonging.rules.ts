import { claimsOf } from '../../../kit/product-owners.ts';
import { CONNECTED } from '../model/benefits.rules.ts';
import { type Catalog, type Entry, type Kind, KINDS, placeOf } from '../model/catalog.rules.ts';
import type { OwnerKeys } from '../model/metadata.rules.ts';
import { conventionalKey, fileKeys, nameObjects } from './object-keys.rules.ts';
import type { Wire, WireObject } from './polar-objects.rules.ts';
import { addUsesOfBenefits, usesOfProducts } from './uses.rules.ts';

/* What of an organization belongs to one product, and by which keys. */

export interface Whose {
  /** The slug. */
  product: string;
  ownerKeys: OwnerKeys;
  /**
   * What the source has: what nobody claims is taken over when it stands for some of it. 'all': there is no source, and all that the product's own objects
   * alone refer to is theirs.
   */
  wanted: Catalog | 'all';
  /** Of the name of a product that nobody claims: whether it is this product's all the same. */
  takes?: ((name: string) => boolean) | undefined;
}

type Keyed = Exclude<Kind, 'files'>;
/** The key that an object which nobody claims is taken over by. `key`: the one it would have. */
type Adopt<K extends Keyed> = (object: Wire[K][number], key: string) => string | undefined;

/** The keys of what belongs to the product, by id. All else is somebody else's. */
export function keysOfProduct(wire: Wire, { product, ownerKeys, wanted, takes }: Whose): Map<string, string> {
  const keys = new Map<string, string>();
  const isOurs = (id: string) => keys.has(id);
  const entries = new Map<string, Entry>();
  if (wanted !== 'all')
    for (const kind of KINDS) for (const each of wanted[kind]) entries.set(placeOf(kind, each.key), each);
  const entry = (kind: Kind, key: string) => entries.get(placeOf(kind, key));
  const isWanted = (kind: Kind, key: string) => wanted === 'all' || entry(kind, key) !== undefined;

  function take<K extends Keyed>(kind: K, adopt: Adopt<K>): void {
    const all: readonly Wire[K][number][] = wire[kind].toSorted(byAge);
    const claims = (object: WireObject) => claimsOfObject(kind, object, ownerKeys);
    const own = all.filter(
      (each) => claims(each).length > 0 && claims(each).every((claim) => claim === product),
    );
    const free = all.filter((each) => claims(each).length === 0);
    const names = nameObjects(kind, [...own, ...free], product);
    for (const { id } of own) keys.set(id, names.get(id) ?? '');
    for (const each of free) {
      const key = adopt(each, names.get(each.id) ?? '');
      if (key !== undefined) keys.set(each.id, key);
    }
  }
  const standsFor = (kind: Keyed, object: WireObject, key: string) =>
    conventionalKey(kind, object, product) === key && entry(kind, key) !== undefined;

  take('products', (object, key) => {
    // A name that says nothing of its owner has to be wanted as a whole.
    const named = entry('products', key);
    const isNamed = named !== undefined && 'name' in named && named.name === object.name;
    return isNamed || standsFor('products', object, key) || takes?.(object.name) ? key : undefined;
  });
  const uses = usesOfProducts(wire.products, isOurs);
  const connections = wanted === 'all' ? [] : wanted.benefits.filter(({ type }) => type in CONNECTED);
  take('benefits', (object, key) => {
    const user = uses.benefits.get(object.id);
    if ((user === 'ours' && isWanted('benefits', key)) || standsFor('benefits', object, key)) return key;
    // Only somebody can have made it who was told to.
    if (user === 'others') return undefined;
    return connections.find(
      ({ type, description }) => object.type === type && object.description === description,
    )?.key;
  });
  addUsesOfBenefits(uses, wire.benefits, isOurs);
  for (const kind of ['meters', 'fields'] as const)
    take(kind, ({ id }, key) => (uses[kind].get(id) === 'ours' && isWanted(kind, key) ? key : undefined));
  take('discounts', ({ products }, key) =>
    products.length > 0 && products.every(({ id }) => isOurs(id)) && isWanted('discounts', key)
      ? key
      : undefined,
  );
  // Whoever else shows or gives it: a file never changes.
  for (const file of wire.files) {
    const key = fileKeys(file).find((each) => isWanted('files', each));
    if (key !== undefined && (wanted !== 'all' || uses.files.has(file.id))) keys.set(file.id, key);
  }
  return keys;
}

/** By their name only products say whose they are. */
const claimsOfObject = (kind: Kind, object: WireObject, ownerKeys: OwnerKeys): string[] => {
  const { name, metadata } = object as Wire['products'][number];
  return claimsOf(kind === 'products' ? { name, metadata } : { metadata }, ownerKeys.product);
};

/** What is sold comes before what is archived: of two with one name it is the one that counts. */
export const byAge = (a: WireObject, b: WireObject): number => (ageOf(a) < ageOf(b) ? -1 : 1);
const ageOf = (object: WireObject) => `${isArchived(object) ? 1 : 0}${object.created_at}${object.id}`;

export const isArchived = (object: WireObject): boolean =>
  ('is_archived' in object && object.is_archived === true) ||
  ('archived_at' in object && object.archived_at != null);
