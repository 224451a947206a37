import * as z from 'zod';
import { BENEFIT_TYPES, descriptionField, propertiesOf } from '../model/benefits.rules.ts';
import { discountModel, fieldModel, meterModel, productModel } from '../model/catalog.rules.ts';
import { metadataField, OWNER_PRESETS } from '../model/metadata.rules.ts';
import { amountField, currencyField, priceModel } from '../model/prices.rules.ts';
import { DEFAULT_TEMPLATE } from '../naming/product-names.rules.ts';
import { plainIssues } from './issues.rules.ts';

/*
 * `floe.config.yaml`, and what `defineConfig` takes: a catalogue as people write it. What each part becomes is in config-catalog.rules.ts, and what editors
 * say of it in define-config.ts.
 */

const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const name = z.string().regex(SLUG, 'must be lower case and divided by dashes');

const shortPrice = z.union([
  amountField,
  priceModel,
  /** `{ usd: 500, eur: 450 }`. */
  z.record(currencyField, amountField),
]);

/** One collection of pages. */
const collection = z.strictObject({
  include: z.string(),
  exclude: z.array(z.string()).default([]),
  /** Courses: the page of this name sells its folder, and the others in it are its chapters. */
  group: z
    .strictObject(
      { index: z.string().default('index') },
      {
        error: ({ code }) =>
          code === 'invalid_type'
            ? 'must be { index: … }, with the name of the page that sells its folder'
            : undefined,
      },
    )
    .optional(),
});
const pages = z.union([z.string(), collection]);

/** What an entry is at Polar, where that is not its kind and its name, as for what was once a page. */
const key = z.string().min(1).max(500).optional();

const every = z
  .string()
  .regex(/^(?:\d{1,3} )?(?:day|week|month|year)s?$/, 'must be an interval, such as month or 3 months');

const planConfig = productModel
  .omit({
    key: true,
    name: true,
    prices: true,
    recurring_interval: true,
    recurring_interval_count: true,
    trial_interval: true,
    trial_interval_count: true,
    meter_interval: true,
    meter_interval_count: true,
    benefits: true,
    medias: true,
    fields: true,
  })
  .partial()
  .extend({
    key,
    /** Of a product that is not called `<product>:<plan>`. */
    name: productModel.shape.name.optional(),
    price: z.union([shortPrice, z.array(shortPrice)]),
    /** `month`, `3 months`; without it the plan is bought once. */
    every: every.optional(),
    trial: z
      .string()
      .regex(/^\d{1,4} (?:day|week|month|year)s?$/, 'must be a time, such as 14 days')
      .optional(),
    /** How often use is billed and credited, where that is oftener than the rest: `month` of a yearly plan. */
    usage_every: every.optional(),
    /** Names of benefits, in the order in which buyers see them. */
    benefits: z.array(z.string()).default([]),
    /** Names of files that show it. */
    medias: z.array(z.string()).default([]),
    /** What buyers are asked, in order. */
    fields: z
      .array(
        z.union([
          z.string().transform((field) => ({ field, required: false })),
          productModel.shape.fields.unwrap().element,
        ]),
      )
      .default([]),
  });

const fieldsOfBenefit = (type: keyof typeof propertiesOf): string[] => [
  ...Object.keys(propertiesOf[type].shape),
  'key',
  'type',
  'description',
  'content_id',
  'metadata',
  'visibility',
];

const benefitConfig = z
  .looseObject({
    key,
    type: z.enum(BENEFIT_TYPES).default('custom'),
    description: descriptionField,
    content_id: z.string().optional(),
    metadata: metadataField.default({}),
    visibility: z.enum(['draft', 'private', 'public']).optional(),
  })
  .transform(({ key: kept, type, description, content_id, metadata, visibility, ...given }, context) => {
    const read = propertiesOf[type].safeParse(given, { reportInput: true });
    if (read.success)
      return { key: kept, type, description, content_id, metadata, visibility, properties: read.data };
    for (const { path, message } of plainIssues(read.error.issues, () => fieldsOfBenefit(type)))
      context.addIssue({ code: 'custom', path: [...path], message });
    return z.NEVER;
  });

const fileConfig = z.union([
  z.string().transform((path) => ({ path, version: null, sha256: undefined })),
  z.strictObject({
    path: z.string(),
    version: z.string().nullable().default(null),
    /** As `sha256sum` says it: what Polar has is known by it where the file itself is not on this machine. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in 64 hexadecimal digits')
      .optional(),
  }),
]);

const ownerKeys = z.strictObject({ product: z.string(), plan: z.string(), owner: z.string() });

export const configModel = z.strictObject({
  /** The slug of the gateway's app that sells this. */
  product: name,
  /** Where pages are, for the note that buyers see. */
  siteUrl: z
    .url({ protocol: /^https?$/, error: 'must be an address, such as https://quay.example' })
    .optional(),
  content: z.array(pages).default([]),
  /** The folder beneath which content ids begin. */
  contentRoot: z.string().optional(),
  /** The first one's frontmatter sells a page. */
  locales: z.array(z.string()).default([]),
  currency: currencyField.default('usd'),
  productName: z.string().default(DEFAULT_TEMPLATE),
  /** Whose the objects are, written into their metadata. */
  owner: z.email('must be a mail address').optional(),
  ownerKeys: z
    .union([z.enum(Object.keys(OWNER_PRESETS) as [keyof typeof OWNER_PRESETS]), ownerKeys])
    .default('gateway'),
  plans: z.record(name, planConfig).default({}),
  benefits: z.record(name, benefitConfig).default({}),
  meters: z.record(name, meterModel.extend({ key })).default({}),
  fields: z.record(name, fieldModel.extend({ key, slug: fieldModel.shape.slug.optional() })).default({}),
  discounts: z.record(name, discountModel.extend({ key })).default({}),
  /** Where files are, beneath the folder of the configuration. */
  files: z.record(name, fileConfig).default({}),
  audit: z.strictObject({ off: z.array(z.string()).default([]) }).default({ off: [] }),
});
export type Config = z.output<typeof configModel>;

/** The fields that a configuration knows at a path. */
export function knownFields(path: readonly PropertyKey[]): string[] {
  const [section, , ...deeper] = path;
  if (section === undefined) return Object.keys(configModel.shape);
  if (deeper.length > 0 || path.length === 1) return [];
  if (section === 'plans') return Object.keys(planConfig.shape);
  return section === 'content' ? Object.keys(collection.shape) : [];
}

/** A configuration as it was written, with what `plainIssues` needs of it where it is wrong. */
export const readConfigValue = (value: unknown) => configModel.safeParse(value, { reportInput: true });
