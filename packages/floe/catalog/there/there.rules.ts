import { claimsOf, readProductName } from '../../../kit/product-owners.ts';
import type { Benefit } from '../model/benefits.rules.ts';
import type {
  Catalog,
  CatalogFile,
  CustomField,
  Discount,
  Kind,
  Meter,
  Product,
} from '../model/catalog.rules.ts';
import { CONTENT_ID, KEY, type Metadata, type OwnerKeys } from '../model/metadata.rules.ts';
import { type Price, plainDecimal } from '../model/prices.rules.ts';
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

export interface Whose {
  /** The slug. */
  product: string;
  ownerKeys: OwnerKeys;
  /** Keys of the source, by kind: what nobody claims is taken over when it stands for one of them. */
  wanted: Readonly<Record<Kind, ReadonlySet<string>>>;
}

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

type Taken<K extends Kind> = { key: string; object: Wire[K][number] };
type KeyById = (id: string) => string;

/** What identifies a file: bytes, name and use. */
export const fileKey = (file: {
  service: string;
  name: string;
  checksum_sha256_base64?: string | null | undefined;
}): string => `${file.service}:${file.checksum_sha256_base64 ?? ''}:${file.name}`;

/** The key that an object has in the catalogue of a product; undefined: it is not of it. */
function keyOf(kind: Kind, object: WireObject, { product, ownerKeys, wanted }: Whose): string | undefined {
  if (kind === 'files') {
    const key = fileKey(object as Wire['files'][number]);
    return wanted.files.has(key) ? key : undefined;
  }
  const { metadata } = object as Wire['benefits'][number];
  const name = kind === 'products' ? (object as Wire['products'][number]).name : '';
  const claims = claimsOf({ name, metadata }, ownerKeys.product);
  if (claims.some((claim) => claim !== product)) return undefined;
  const { [KEY]: written } = metadata;
  const adopted = adoptedKey(kind, object, product);
  if (claims.length === 0) return adopted !== undefined && wanted[kind].has(adopted) ? adopted : undefined;
  return typeof written === 'string' ? written : (adopted ?? `id:${object.id}`);
}

/** What an object stands for that this command did not make: a plan by its name, a page by its content id (as MonaKiosk writes it). */
function adoptedKey(kind: Kind, object: WireObject, product: string): string | undefined {
  if (kind === 'discounts') return undefined;
  const { metadata } = object as Wire['benefits'][number];
  const { [CONTENT_ID]: content } = metadata;
  if (kind === 'products') {
    const named = readProductName((object as Wire['products'][number]).name);
    if (named?.slug === product) return `plan:${named.plan}`;
  }
  if (typeof content !== 'string') return undefined;
  const page = content.replace(/\/\*$/, '');
  const { type } = object as Wire['benefits'][number];
  if (kind === 'products' || type === 'custom') return `page:${page}`;
  return type === 'downloadables' ? `files:${page}` : undefined;
}

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

/* What Polar says is of the shape that the model has, or the difference shows it: so what is read here is not checked once more. */

const meterOf = ({ key, object }: Taken<'meters'>): Meter =>
  ({
    key,
    ...pick(object, [
      'name',
      'unit',
      'custom_label',
      'custom_multiplier',
      'filter',
      'aggregation',
      'metadata',
    ]),
  }) as Meter;

const fieldOf = ({ key, object }: Taken<'fields'>): CustomField =>
  ({ key, ...pick(object, ['slug', 'name', 'type', 'properties', 'metadata']) }) as CustomField;

const fileOf = ({ key, object }: Taken<'files'>): CatalogFile =>
  ({
    key,
    ...pick(object, ['name', 'service', 'mime_type', 'size', 'checksum_sha256_base64', 'version']),
  }) as CatalogFile;

function benefitOf({ key, object }: Taken<'benefits'>, keyById: KeyById): Benefit {
  const { files, meter_id, archived: _, guild_id: _guild, ...rest } = object.properties;
  const properties = {
    ...rest,
    ...(Array.isArray(files) ? { files: files.map((id) => keyById(String(id))) } : {}),
    ...(typeof meter_id === 'string' ? { meter: keyById(meter_id) } : {}),
  };
  const { type, description, visibility = 'public', metadata } = object;
  return { key, type, description, visibility, properties, metadata } as Benefit;
}

function productOf({ key, object }: Taken<'products'>, keyById: KeyById): Product {
  return {
    key,
    ...pick(object, ['name', 'description', 'visibility', 'recurring_interval', 'metadata']),
    recurring_interval_count: object.recurring_interval_count ?? null,
    trial_interval: object.trial_interval ?? null,
    trial_interval_count: object.trial_interval_count ?? null,
    prices: object.prices.map((each) => priceOf(each, keyById)),
    benefits: object.benefits.map(({ id }) => keyById(id)),
    medias: object.medias.map(({ id }) => keyById(id)),
    fields: object.attached_custom_fields.map((each) => ({
      field: keyById(each.custom_field_id),
      required: each.required,
    })),
  } as Product;
}

function priceOf(wire: Wire['products'][number]['prices'][number], keyById: KeyById): Price {
  const common = {
    amount_type: wire.amount_type,
    price_currency: wire.price_currency,
    tax_behavior: wire['tax_behavior'] ?? null,
  };
  switch (wire.amount_type) {
    case 'free':
      return { ...common, amount_type: 'fixed', price_amount: 0 } as Price;
    case 'fixed':
      return { ...common, price_amount: wire['price_amount'] } as Price;
    case 'custom':
      return { ...common, ...pick(wire, ['minimum_amount', 'maximum_amount', 'preset_amount']) } as Price;
    case 'seat_based': {
      const { seat_tier_type, tiers } = Object(wire['seat_tiers']) as {
        seat_tier_type: string;
        tiers: object[];
      };
      const plain = tiers.map((each) => pick(each, ['min_seats', 'max_seats', 'price_per_seat']));
      return { ...common, seat_tiers: { seat_tier_type, tiers: plain } } as unknown as Price;
    }
    case 'metered_unit':
      return {
        ...common,
        meter: keyById(String(wire['meter_id'])),
        unit_amount: plainDecimal(String(wire['unit_amount'])),
        cap_amount: wire['cap_amount'] ?? null,
      } as Price;
    default:
      // A kind of price that this version does not write. It differs from all that a source can say.
      return { ...common } as Price;
  }
}

function discountOf({ key, object }: Taken<'discounts'>, keyById: KeyById): Discount {
  const isPercentage = object.type === 'percentage';
  return {
    key,
    ...pick(object, [
      'name',
      'code',
      'type',
      'duration',
      'starts_at',
      'ends_at',
      'max_redemptions',
      'max_redemptions_per_customer',
      'metadata',
    ]),
    duration_in_months: object['duration_in_months'] ?? null,
    basis_points: isPercentage ? object['basis_points'] : null,
    amounts: isPercentage ? null : object['amounts'],
    products: object.products.length === 0 ? null : object.products.map(({ id }) => keyById(id)),
  } as Discount;
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, (from as Record<string, unknown>)[name] ?? null]));
}
