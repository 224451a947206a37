import { type Benefit, CONNECTED } from '../model/benefits.rules.ts';
import type { Discount, Entry, Kind, Product } from '../model/catalog.rules.ts';
import { CONTENT_ID, type Metadata, UPDATED_AT } from '../model/metadata.rules.ts';
import type { Price } from '../model/prices.rules.ts';
import { type Difference, isSame, OPENING } from '../plan/differences.rules.ts';
import type { Held } from '../there/there.rules.ts';

/* What is sent to Polar. */

export interface BodyOptions {
  /** The id of what a key stands for. @throws when it is not there yet: the order of pushing is wrong */
  idOf: (kind: Kind, key: string) => string;
  /** Undefined: it is new. */
  held: Held | undefined;
  /** The prices that it has now. */
  prices: readonly Price[];
  /** The properties that it has now. */
  properties: Readonly<Record<string, unknown>>;
  /** What changes of it; none of what is new. */
  differences: readonly Difference[];
  /** Milliseconds since 1970. */
  now: number;
}

export function bodyOf(kind: Kind, entry: Entry, options: BodyOptions): Record<string, unknown> {
  const { key: _, ...plain } = entry as Entry & { metadata?: Metadata };
  const metadata = mergeMetadata(kind, plain.metadata ?? {}, options);
  switch (kind) {
    case 'products':
      return { ...productBody(entry as Product, options), metadata };
    case 'benefits':
      return { ...plain, properties: propertiesBody(entry as Benefit, options), metadata };
    case 'discounts':
      return { ...discountBody(entry as Discount, options), metadata };
    case 'meters':
      return { ...(options.held ? meterChanges(plain, options) : plain), metadata };
    case 'fields':
      return { ...plain, metadata };
    case 'files':
      return plain;
    default:
      return kind satisfies never;
  }
}

/** What Polar keeps of a meter that has counted: it refuses these fields even when they say the same. */
const COUNTED = ['filter', 'aggregation'];

function meterChanges(plain: object, { differences }: BodyOptions): Record<string, unknown> {
  const changed = new Set(differences.map(({ field }) => field));
  const own = Object.entries(plain).filter(([field]) => !COUNTED.includes(field) || changed.has(field));
  // To take one out of the archive counts everybody's use anew, so it is said only of one that is in it.
  return { ...Object.fromEntries(own), ...(changed.has('is_archived') ? { is_archived: false } : {}) };
}

/** Polar replaces metadata as a whole, so what others wrote is sent along. What it opens is said by the source alone. */
function mergeMetadata(kind: Kind, wanted: Metadata, { held, now }: BodyOptions): Metadata {
  const { [CONTENT_ID]: opens, ...others } = held?.metadata ?? {};
  const kept = opens === undefined || OPENING.has(kind) ? {} : { [CONTENT_ID]: opens };
  const all = { ...others, ...kept, ...wanted };
  return kind === 'products' && CONTENT_ID in wanted ? { ...all, [UPDATED_AT]: now } : all;
}

function productBody(product: Product, { idOf, held, prices }: BodyOptions): Record<string, unknown> {
  const {
    key: _key,
    benefits: _,
    prices: wanted,
    medias,
    fields,
    metadata: _metadata,
    recurring_interval,
    recurring_interval_count,
    meter_interval,
    meter_interval_count,
    trial_interval,
    trial_interval_count,
    ...plain
  } = product;
  // A price cannot be changed: what stays is named by its id, and what is not named is archived.
  const list = wanted.map((price) => {
    const at = prices.findIndex((each) => isSame(each, price));
    const id = at === -1 ? undefined : held?.priceIds[at];
    return id === undefined ? priceBody(price, idOf) : { id };
  });
  return {
    ...plain,
    prices: list,
    medias: medias.map((key) => idOf('files', key)),
    attached_custom_fields: fields.map(({ field, required }) => ({
      custom_field_id: idOf('fields', field),
      required,
    })),
    ...(recurring_interval === null ? {} : { trial_interval, trial_interval_count }),
    ...(held
      ? { is_archived: false }
      : recurring_interval === null
        ? {}
        : {
            recurring_interval,
            recurring_interval_count,
            ...(meter_interval === null ? {} : { meter_interval, meter_interval_count }),
          }),
  };
}

function priceBody(price: Price, idOf: BodyOptions['idOf']): Record<string, unknown> {
  if (price.amount_type !== 'metered_unit') return price;
  const { meter, ...rest } = price;
  return { ...rest, meter_id: idOf('meters', meter) };
}

function propertiesBody(
  benefit: Benefit,
  { idOf, properties: before }: BodyOptions,
): Record<string, unknown> {
  if (benefit.type === 'downloadables')
    return { files: benefit.properties.files.map((key) => idOf('files', key)) };
  // What only Polar's answer has, such as the token of a Discord server.
  if (benefit.type in CONNECTED) return { ...before, ...benefit.properties };
  if (benefit.type !== 'meter_credit') return benefit.properties;
  const { meter, ...rest } = benefit.properties;
  return { ...rest, meter_id: idOf('meters', meter) };
}

/** What a discount of its type has; Polar refuses the fields of the other one. */
function discountBody(discount: Discount, { idOf, held, differences }: BodyOptions): Record<string, unknown> {
  const {
    key: _,
    products,
    basis_points,
    amounts,
    duration_in_months,
    metadata: _metadata,
    ...plain
  } = discount;
  const isNew = held === undefined;
  return {
    ...plain,
    // Of one that somebody has used it is refused, also when it says the same.
    ...(isNew || differences.some(({ field }) => field === 'basis_points' || field === 'amounts')
      ? discount.type === 'percentage'
        ? { basis_points }
        : { amounts }
      : {}),
    ...(discount.duration === 'repeating' && isNew ? { duration_in_months } : {}),
    // An empty list is of all; null would leave the list that is there.
    products: (products ?? []).map((key) => idOf('products', key)),
  };
}
