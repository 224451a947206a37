import * as z from 'zod/mini';
import { readContentIds } from '../access/resources.rules.ts';

const amount = z.optional(z.nullable(z.int()));

/** A price as sites show it. `amount_type` says which of the amounts it has. */
export const price = z.object({
  id: z.string(),
  amount_type: z.string(),
  price_currency: z.string(),
  price_amount: amount,
  minimum_amount: amount,
  maximum_amount: amount,
  preset_amount: amount,
  unit_amount: z.optional(z.nullable(z.string())),
  cap_amount: amount,
  seat_tiers: z.optional(z.unknown()),
});
export const benefit = z.object({ id: z.string(), type: z.string(), description: z.string() });

/** A product as sites show it, with only what a buyer may see. */
export const product = z.object({
  id: z.string(),
  name: z.string(),
  description: z.nullable(z.string()),
  is_archived: z.boolean(),
  is_recurring: z.boolean(),
  recurring_interval: z.nullable(z.string()),
  recurring_interval_count: z.nullable(z.int()),
  trial_interval: z.nullable(z.string()),
  trial_interval_count: z.nullable(z.int()),
  prices: z.array(price),
  benefits: z.array(benefit),
  images: z.array(z.string()),
  collection: z.nullable(z.string()),
  content_ids: z.array(z.string()),
  created_at: z.nullable(z.iso.datetime()),
  /** Only servers get it, since a seller's notes on a product are not for buyers. */
  metadata: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
});
export type ProductView = z.output<typeof product>;

/** The reader: a server of the app, or anybody with its publishable key. */
export type Audience = 'server' | 'public';

const polarProduct = z.looseObject({
  visibility: z.nullish(z.string()),
  description: z.catch(z.nullish(z.string()), null),
  recurring_interval: z.nullish(z.string()),
  recurring_interval_count: z.nullish(z.int()),
  trial_interval: z.nullish(z.string()),
  trial_interval_count: z.nullish(z.int()),
  prices: z.array(z.looseObject({ is_archived: z.optional(z.boolean()) })),
  benefits: z.array(z.unknown()),
  medias: z.catch(z.array(z.catch(z.looseObject({ public_url: z.nullish(z.string()) }), {})), []),
  metadata: z.catch(z.record(z.string(), z.unknown()), {}),
  is_archived: z.catch(z.boolean(), false),
  created_at: z.catch(z.nullish(z.iso.datetime({ offset: true })), null),
});

/** Metadata of a product that says which collection of a shop it stands in. */
const COLLECTION_METADATA_KEY = 'collection';

function readCollection({ [COLLECTION_METADATA_KEY]: named }: Record<string, unknown>): string | null {
  return typeof named === 'string' && named.trim() !== '' ? named.trim() : null;
}

const polarBenefit = z.looseObject({ ...benefit.shape, visibility: z.nullish(z.string()) });

/** A benefit that is not understood is left out; the product can be sold without showing it. */
function presentBenefit(data: unknown, audience: Audience): z.output<typeof benefit> | undefined {
  const { data: read } = polarBenefit.safeParse(data);
  return audience === 'public' && read?.visibility === 'private' ? undefined : read;
}

const withBenefits = z.looseObject({ benefits: z.catch(z.array(z.unknown()), []) });
const identified = z.looseObject({ id: z.string() });

/** The ids of the benefits that Polar grants to the buyers of its product. */
export function readBenefitIds(data: unknown): string[] {
  const { data: read } = withBenefits.safeParse(data);
  return (read?.benefits ?? []).flatMap((benefit) => identified.safeParse(benefit).data?.id ?? []);
}

/**
 * Shows a product of Polar's. Undefined when `audience` may not see it: nobody can buy a draft, and a private product
 * is sold by link only. Undefined also when Polar's object is not understood, since a product must not be listed with a
 * wrong price.
 */
export function presentProduct(data: unknown, audience: Audience): ProductView | undefined {
  const read = polarProduct.safeParse(data);
  if (!read.success) return undefined;
  const { visibility, prices, benefits, medias, metadata, ...kept } = read.data;
  if (visibility === 'draft' || (audience === 'public' && visibility === 'private')) return undefined;
  const view = product.safeParse({
    ...kept,
    description: kept.description ?? null,
    recurring_interval: kept.recurring_interval ?? null,
    recurring_interval_count: kept.recurring_interval_count ?? null,
    trial_interval: kept.trial_interval ?? null,
    trial_interval_count: kept.trial_interval_count ?? null,
    prices: prices.filter((entry) => entry.is_archived !== true),
    benefits: benefits.flatMap((entry) => presentBenefit(entry, audience) ?? []),
    images: medias.flatMap((media) => media.public_url ?? []),
    // Where a product stands and what it opens is what pages are made of; the rest of its metadata is the seller's own.
    collection: readCollection(metadata),
    content_ids: readContentIds(metadata),
    created_at: kept.created_at ? new Date(kept.created_at).toISOString() : null,
  });
  if (!view.success) return undefined;
  // Polar documents text, numbers and booleans as metadata. Other values are shown too: the seller wrote them, and they
  // are no prices.
  return audience === 'server'
    ? { ...view.data, metadata: metadata as NonNullable<ProductView['metadata']> }
    : view.data;
}
