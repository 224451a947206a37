import * as z from 'zod';

/* What is read of Polar's lists. Polar answers with more than it documents, and only what is here is looked at. */

const metadata = z.record(z.string(), z.unknown()).default({});
const base = { id: z.string(), created_at: z.string(), metadata };

const price = z.looseObject({ id: z.string(), amount_type: z.string(), price_currency: z.string() });

export const wireModels = {
  meters: z.looseObject({ ...base, name: z.string(), archived_at: z.string().nullish() }),
  files: z.looseObject({
    id: z.string(),
    created_at: z.string(),
    name: z.string(),
    service: z.string(),
    mime_type: z.string(),
    size: z.number(),
    checksum_sha256_base64: z.string().nullish(),
    version: z.string().nullish(),
  }),
  fields: z.looseObject({
    ...base,
    slug: z.string(),
    name: z.string(),
    type: z.string(),
    properties: z.record(z.string(), z.unknown()),
  }),
  benefits: z.looseObject({
    ...base,
    type: z.string(),
    description: z.string(),
    visibility: z.string().optional(),
    properties: z.record(z.string(), z.unknown()),
  }),
  products: z.looseObject({
    ...base,
    name: z.string(),
    description: z.string().nullable(),
    visibility: z.string().default('public'),
    is_archived: z.boolean(),
    recurring_interval: z.string().nullable(),
    recurring_interval_count: z.number().nullish(),
    meter_interval: z.string().nullish(),
    meter_interval_count: z.number().nullish(),
    trial_interval: z.string().nullish(),
    trial_interval_count: z.number().nullish(),
    prices: z.array(price),
    benefits: z.array(z.looseObject({ id: z.string() })),
    medias: z.array(z.looseObject({ id: z.string() })).default([]),
    attached_custom_fields: z
      .array(z.looseObject({ custom_field_id: z.string(), required: z.boolean() }))
      .default([]),
  }),
  discounts: z.looseObject({
    ...base,
    name: z.string(),
    code: z.string().nullable(),
    type: z.string(),
    duration: z.string(),
    products: z.array(z.looseObject({ id: z.string() })).default([]),
  }),
} as const;

export type Wire = { [Kind in keyof typeof wireModels]: z.output<(typeof wireModels)[Kind]>[] };
export type WireObject = Wire[keyof Wire][number];

/** The scope of an access token that each needs. */
export const SCOPES = {
  meters: 'meters',
  files: 'files',
  fields: 'custom_fields',
  benefits: 'benefits',
  products: 'products',
  discounts: 'discounts',
} as const satisfies Record<keyof Wire, string>;
