import { type Benefit, BENEFIT_TYPES, propertiesOf } from '../model/benefits.rules.ts';
import {
  type CatalogFile,
  type CustomField,
  type Discount,
  discountModel,
  fieldModel,
  type Meter,
  meterModel,
  type Product,
} from '../model/catalog.rules.ts';
import { CONTENT_ID, type Metadata } from '../model/metadata.rules.ts';
import { describePrices, describeTimes, describeTrial, withoutDefaults } from './plan-config.rules.ts';

/* Each entry as a configuration has it, in the shortest words that say it. What it refers to has its name there already. */

export type Written = Record<string, unknown>;
/** What an entry says in its metadata besides what is written of itself. */
type OwnMetadata = (key: string, all: Metadata) => Metadata | undefined;
interface Around {
  product: string;
  currency: string;
}

export function planOf(around: Around, product: Product, name: string, metadata: OwnMetadata): Written {
  return {
    name: product.name === `${around.product}:${name}` ? undefined : product.name,
    description: product.description,
    visibility: product.visibility === 'public' ? undefined : product.visibility,
    price: describePrices(product.prices, around.currency, (meter) => meter),
    every: describeTimes(product.recurring_interval, product.recurring_interval_count),
    usage_every: describeTimes(product.meter_interval, product.meter_interval_count),
    trial: describeTrial(product),
    benefits: filled(product.benefits),
    medias: filled(product.medias),
    fields: filled(product.fields.map((each) => (each.required ? each : each.field))),
    metadata: metadata(product.key, product.metadata),
  };
}

export function benefitOf(
  { key, type, description, visibility, properties, metadata: all }: Benefit,
  metadata: OwnMetadata,
): Written {
  const { [CONTENT_ID]: opens, ...rest } = all;
  const isText = typeof opens === 'string';
  // A type that this version does not know is refused when it is read again.
  if (!BENEFIT_TYPES.includes(type)) return { type, description };
  const known = Object.keys(propertiesOf[type].shape);
  const own = Object.fromEntries(
    Object.entries(properties as Written).filter(
      ([field]) => known.includes(field) && field !== 'guild_token',
    ),
  );
  return {
    type: type === 'custom' ? undefined : type,
    description,
    visibility: visibility === (type === 'feature_flag' ? 'private' : 'public') ? undefined : visibility,
    content_id: isText ? opens : undefined,
    ...withoutDefaults(own, (given) => propertiesOf[type].safeParse(given)),
    metadata: metadata(key, isText ? rest : all),
  };
}

export function meterOf({ key, metadata: all, ...meter }: Meter, metadata: OwnMetadata): Written {
  const short = withoutDefaults(meter, (given) => meterModel.safeParse({ ...given, key }));
  return { ...short, metadata: metadata(key, all) };
}

export function fieldOf(around: Around, field: CustomField, name: string, metadata: OwnMetadata): Written {
  const { key, slug, metadata: all, ...rest } = field;
  const short = withoutDefaults(rest, (given) => fieldModel.safeParse({ ...given, key, slug }));
  return {
    ...(slug === `${around.product}-${name}` ? {} : { slug }),
    ...short,
    metadata: metadata(key, all),
  };
}

export function discountOf({ key, metadata: all, ...discount }: Discount, metadata: OwnMetadata): Written {
  const short = withoutDefaults(discount, (given) => discountModel.safeParse({ ...given, key }));
  return { ...short, metadata: metadata(key, all) };
}

export function fileOf(file: CatalogFile, { path, isHere }: { path: string; isHere: boolean }): Written {
  const sha256 = Buffer.from(file.checksum_sha256_base64, 'base64').toString('hex');
  return { path, version: file.version, sha256: isHere ? undefined : sha256 };
}

const filled = <T>(list: readonly T[]) => (list.length === 0 ? undefined : list);

/** Without what is not said. */
export function plain(value: Written): Written {
  const deep = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(deep);
    return typeof each === 'object' && each !== null ? plain(each as Written) : each;
  };
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) =>
      each === undefined || each === null ? [] : [[name, deep(each)] as const],
    ),
  );
}
