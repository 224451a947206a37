import * as z from 'zod';

/** Polar's limits of metadata. */
const MOST_KEYS = 50;
const LONGEST_KEY = 40;
const LONGEST_VALUE = 500;

const value = z.union([z.string().min(1).max(LONGEST_VALUE), z.number(), z.boolean()]);

export const metadataField = z
  .record(z.string().min(1).max(LONGEST_KEY), value)
  .refine((all) => Object.keys(all).length <= MOST_KEYS, `has more than ${MOST_KEYS} keys`);
export type Metadata = z.output<typeof metadataField>;

/*
 * What this command writes into metadata, beside what a catalogue says itself. Other keys of an object stay as they are: somebody has put
 * them there.
 */

/** What the object is to its catalogue, for as long as it lives: `page:blog/tides`, `plan:monthly`. Names may change, this does not. */
export const KEY = 'catalog_key';
/** What a product or benefit opens. */
export const CONTENT_ID = 'content_id';
/** The collection of a page: the first part of its content id. */
export const COLLECTION = 'collection';
/** Of a page's product. */
export const PRICING_MODEL = 'pricing_model';
/** When the product was last pushed, milliseconds since 1970. It is written with another change, and is none by itself: clones have other times of files. */
export const UPDATED_AT = 'updatedAt';
/** Of a page's benefits: its whole title, since a description is short. */
export const TITLE = 'title';

export { OWNER_PRESETS, type OwnerKeys } from '../../../kit/product-owners.ts';
