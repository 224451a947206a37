import { claimsOf } from '../../../kit/product-owners.ts';
import { CONNECTED } from '../model/benefits.rules.ts';
import { type Catalog, type Entry, type Kind, KINDS, placeOf } from '../model/catalog.rules.ts';
import { OWNER_PRESETS, type OwnerKeys } from '../model/metadata.rules.ts';
import { conventionalKey, fileKeys, type Known, nameObjects, writtenKey } from './object-keys.rules.ts';
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
  /** Content ids that stand for another one of the source. */
  alsoKnown?: Known | undefined;
  /** Of the name of a product that nobody claims: whether it is this product's all the same. */
  takes?: ((name: string) => boolean) | undefined;
}

type Keyed = Exclude<Kind, 'files'>;

/** The keys of what belongs to the product, by id. All else is somebody else's. */
export function keysOfProduct(
  wire: Wire,
  { product, ownerKeys, wanted, alsoKnown, takes }: Whose,
): Map<string, string> {
  const keys = new Map<string, string>();
  const isOurs = (id: string) => keys.has(id);
  const entries = wanted === 'all' ? undefined : byPlace(wanted);
  const entry = (kind: Kind, key: string) => entries?.get(placeOf(kind, key));
  const isWanted = (kind: Kind, key: string) => entries === undefined || entry(kind, key) !== undefined;
  const convention = (kind: Keyed, object: WireObject) => conventionalKey(kind, object, product, alsoKnown);
  const standsFor = (kind: Keyed, object: WireObject, key: string) =>
    convention(kind, object) === key && entry(kind, key) !== undefined;

  /** Under any of the keys that are in use, since what somebody else owns says so in theirs. */
  const isAnothers = (kind: Kind, object: WireObject) =>
    claimsUnderAll(kind, object, ownerKeys).some((claim) => claim !== product);
  let sold: ReadonlySet<string> = new Set();
  /** A benefit that opens something is a page's when the page is sold. */
  const isConvention = (kind: Keyed, key: string) =>
    kind === 'products' ||
    entry(kind, key) !== undefined ||
    (entries === undefined && sold.has(key.replace(/^files:/, 'page:')));

  /** `mayBe`, `isTaken`: of what nobody claims, whether it may be ours at all, and whether it is taken over by this key. */
  function take<K extends Keyed>(
    kind: K,
    mayBe: (object: Wire[K][number]) => boolean,
    isTaken: (object: Wire[K][number], key: string) => boolean,
  ): void {
    const all: readonly Wire[K][number][] = wire[kind].toSorted(byAge);
    const claims = (object: WireObject) => claimsOfObject(kind, object, ownerKeys);
    const own = all.filter(
      (each) => claims(each).length > 0 && claims(each).every((claim) => claim === product),
    );
    const free = all.filter((each) => claims(each).length === 0 && !isAnothers(kind, each) && mayBe(each));
    const names = nameObjects(kind, [...own, ...free], product, (object) => {
      const key = convention(kind, object);
      return key !== undefined && isConvention(kind, key) ? key : undefined;
    });
    if (wanted !== 'all') renameByText(kind, [...own, ...free], wanted[kind], names);
    for (const { id } of own) keys.set(id, names.get(id) ?? '');
    for (const each of free) {
      const key = names.get(each.id) ?? '';
      if (isTaken(each, key)) keys.set(each.id, key);
    }
  }

  take(
    'products',
    () => true,
    (object, key) => {
      // A name that says nothing of its owner has to be wanted as a whole.
      const named = entry('products', key);
      const isNamed = named !== undefined && 'name' in named && named.name === object.name;
      return isNamed || standsFor('products', object, key) || (takes?.(object.name) ?? false);
    },
  );
  sold = new Set(keys.values());
  const uses = usesOfProducts(wire.products, isOurs, (object) => isAnothers('products', object));
  take(
    'benefits',
    // A page's is known by its content id, unless another slug's product gives it too: what changes here would change there.
    (object) => {
      const by = uses.benefits.get(object.id);
      return by !== 'another' && (by !== 'others' || convention('benefits', object) !== undefined);
    },
    (object, key) => {
      if (standsFor('benefits', object, key)) return true;
      const isUsed = uses.benefits.get(object.id) === 'ours';
      // What takes a connection is made by somebody who was told to, before a product gives it.
      return (isUsed || (entries !== undefined && object.type in CONNECTED)) && isWanted('benefits', key);
    },
  );
  addUsesOfBenefits(uses, wire.benefits, isOurs);
  for (const kind of ['meters', 'fields'] as const)
    take(
      kind,
      ({ id }) => uses[kind].get(id) === 'ours',
      (_object, key) => isWanted(kind, key),
    );
  take(
    'discounts',
    ({ products }) => products.length > 0 && products.every(({ id }) => isOurs(id)),
    (_object, key) => isWanted('discounts', key),
  );
  // Whoever else shows or gives it: a file never changes.
  for (const file of wire.files) {
    const key = fileKeys(file).find((each) => isWanted('files', each));
    if (key !== undefined && (wanted !== 'all' || uses.files.has(file.id))) keys.set(file.id, key);
  }
  return keys;
}

const byPlace = (catalog: Catalog): Map<string, Entry> =>
  new Map(KINDS.flatMap((kind) => catalog[kind].map((each) => [placeOf(kind, each.key), each] as const)));

/** What has no key yet, and is called as an entry that nothing else stands for, stands for it. */
function renameByText(
  kind: Keyed,
  objects: readonly WireObject[],
  wanted: readonly Entry[],
  names: Map<string, string>,
): void {
  const known = new Set(wanted.map(({ key }) => key));
  const held = new Set([...names.values()].filter((key) => known.has(key)));
  const byText = new Map(
    wanted.filter(({ key }) => !held.has(key)).map((each) => [textOf(kind, each), each.key]),
  );
  for (const object of objects) {
    const key = byText.get(textOf(kind, object));
    if (key === undefined || writtenKey(object) !== undefined || known.has(names.get(object.id) ?? ''))
      continue;
    names.set(object.id, key);
    byText.delete(textOf(kind, object));
  }
}

/** What people know an object or an entry by. */
function textOf(kind: Keyed, each: object): string {
  const { name, type, description, slug } = each as Readonly<Record<string, unknown>>;
  return kind === 'benefits'
    ? `${String(type)} ${String(description)}`
    : String(kind === 'fields' ? slug : name);
}

/** By their name only products say whose they are. */
const claimsOfObject = (kind: Kind, object: WireObject, ownerKeys: OwnerKeys): string[] => {
  const { name, metadata } = object as Wire['products'][number];
  return claimsOf(kind === 'products' ? { name, metadata } : { metadata }, ownerKeys.product);
};

/** The slugs that an object says it is of, under these keys and under the presets: an organization may have both. */
export const claimsUnderAll = (kind: Kind, object: WireObject, ownerKeys: OwnerKeys): string[] => [
  ...new Set(
    [ownerKeys, ...Object.values(OWNER_PRESETS)].flatMap((keys) => claimsOfObject(kind, object, keys)),
  ),
];

/** What is sold comes before what is archived: of two with one name it is the one that counts. */
export const byAge = (a: WireObject, b: WireObject): number => (ageOf(a) < ageOf(b) ? -1 : 1);
const ageOf = (object: WireObject) => `${isArchived(object) ? 1 : 0}${object.created_at}${object.id}`;

export const isArchived = (object: WireObject): boolean =>
  ('is_archived' in object && object.is_archived === true) ||
  ('archived_at' in object && object.archived_at != null);
