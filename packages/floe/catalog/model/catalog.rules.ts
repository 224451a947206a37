import * as z from 'zod';
import type { Benefit } from './benefits.rules.ts';
import { metadataField } from './metadata.rules.ts';
import { amountField, currencyField, priceModel } from './prices.rules.ts';

/*
 * A catalogue: what a repository wants, and what Polar has, in the same words. So the difference of two catalogues is the plan, and the
 * same difference says whether sandbox and live are alike, and what to promote.
 */

const interval = z.enum(['day', 'week', 'month', 'year']);
const times = z.int().min(1).max(999);
/** In one spelling: Polar answers with microseconds. */
export const plainMoment = (text: string): string => new Date(text).toISOString();
const moment = z.iso.datetime({ offset: true }).transform(plainMoment).nullable().default(null);

/** As Polar keeps it: without the white space around it, such as the line break at the end of a block of YAML; nothing of an empty one. */
const trimmed = z
  .string()
  .nullable()
  .transform((text) => text?.trim() || null);

export const productModel = z.strictObject({
  key: z.string(),
  name: z.string().trim().min(3).max(64),
  description: trimmed.default(null),
  visibility: z.enum(['draft', 'private', 'public']).default('public'),
  /** Null: bought once. */
  recurring_interval: interval.nullable().default(null),
  recurring_interval_count: times.nullable().default(null),
  /** How often use is billed and credited, where that is oftener than the rest. */
  meter_interval: interval.nullable().default(null),
  meter_interval_count: times.nullable().default(null),
  trial_interval: interval.nullable().default(null),
  trial_interval_count: z.int().min(1).max(1000).nullable().default(null),
  prices: z.array(priceModel).min(1),
  /** Keys, in the order in which buyers see them. */
  benefits: z.array(z.string()).default([]),
  /** Keys of files that show it. */
  medias: z.array(z.string()).default([]),
  fields: z.array(z.strictObject({ field: z.string(), required: z.boolean().default(false) })).default([]),
  metadata: metadataField.default({}),
});
export type Product = z.output<typeof productModel>;

export const discountModel = z.strictObject({
  key: z.string(),
  name: z.string().min(1),
  code: z
    .string()
    .regex(/^[a-z0-9]{3,256}$/i, 'must be 3 to 256 letters and digits')
    .nullable()
    .default(null),
  type: z.enum(['percentage', 'fixed']),
  basis_points: z.int().min(1).max(10_000).nullable().default(null),
  amounts: z.record(currencyField, amountField).nullable().default(null),
  duration: z.enum(['once', 'forever', 'repeating']),
  duration_in_months: times.nullable().default(null),
  starts_at: moment,
  ends_at: moment,
  max_redemptions: z.int().min(1).nullable().default(null),
  max_redemptions_per_customer: z.int().min(1).nullable().default(null),
  /** Keys of products; null: all of the organization, which is more than this catalogue. */
  products: z
    .array(z.string())
    .min(1, 'is empty, and would be of every product of the organization: leave it out if that is meant')
    .nullable()
    .default(null),
  metadata: metadataField.default({}),
});
export type Discount = z.output<typeof discountModel>;

const clause = z.strictObject({
  property: z.string(),
  operator: z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'like', 'not_like']),
  value: z.union([z.string(), z.number(), z.boolean()]),
});
interface FilterTree {
  conjunction: 'and' | 'or';
  clauses: (z.output<typeof clause> | FilterTree)[];
}
const filter: z.ZodType<FilterTree, FilterTree> = z.strictObject({
  conjunction: z.enum(['and', 'or']),
  get clauses() {
    return z.array(z.union([clause, filter]));
  },
});

export const meterModel = z.strictObject({
  key: z.string(),
  name: z.string().min(3),
  unit: z.enum(['scalar', 'token', 'custom']).default('scalar'),
  custom_label: z.string().nullable().default(null),
  custom_multiplier: z.int().min(1).nullable().default(null),
  filter,
  aggregation: z.union([
    z.strictObject({ func: z.literal('count') }),
    z.strictObject({ func: z.enum(['sum', 'max', 'min', 'avg', 'unique']), property: z.string() }),
  ]),
  metadata: metadataField.default({}),
});
export type Meter = z.output<typeof meterModel>;

export const fieldModel = z.strictObject({
  key: z.string(),
  /** Unique in the organization, and so it begins with the product's slug. */
  slug: z.string().regex(/^[a-z0-9_-]+$/),
  name: z.string().min(1),
  type: z.enum(['text', 'number', 'date', 'checkbox', 'select']),
  properties: z.record(z.string(), z.unknown()).default({}),
  metadata: metadataField.default({}),
});
export type CustomField = z.output<typeof fieldModel>;

/** A file has no metadata at Polar: it is the same file when its bytes, its name and its use are the same. */
export interface CatalogFile {
  key: string;
  name: string;
  service: 'downloadable' | 'product_media';
  mime_type: string;
  /** Bytes. */
  size: number;
  checksum_sha256_base64: string;
  version: string | null;
}

/** Everything, by its key. */
export interface Catalog {
  meters: readonly Meter[];
  files: readonly CatalogFile[];
  fields: readonly CustomField[];
  benefits: readonly Benefit[];
  products: readonly Product[];
  discounts: readonly Discount[];
}

export type Kind = keyof Catalog;
export type Entry = Catalog[Kind][number];

/** What refers to another kind comes behind it: the order in which things are made. */
export const KINDS = [
  'meters',
  'files',
  'fields',
  'benefits',
  'products',
  'discounts',
] as const satisfies readonly Kind[];

export const emptyCatalog = (): Catalog => ({
  meters: [],
  files: [],
  fields: [],
  benefits: [],
  products: [],
  discounts: [],
});

/** An entry among all kinds. */
export const placeOf = (kind: Kind, key: string): string => `${kind} ${key}`;
