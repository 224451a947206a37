import type { OwnerKeys } from '../../packages/kit/product-owners.ts';
import { coveredBy } from '../../packages/kit/resources.ts';
import { writeNumber } from '../base/json.rules.ts';
import { readClaims, readPlan } from '../polar/product-names.rules.ts';

/*
 * What products and benefits open, as resource names: `content:blog/premium`, `plan:quay:pro`, `feature:dark-mode` (ADR
 * 16).
 */

export { spellName } from '../../packages/kit/resources.ts';

/** A resource that is asked for, read once for a whole request. */
export interface AskedResource {
  /** As the caller wrote it. */
  resource: string;
  /** What opens it: see `coveredBy`. */
  coveredBy: readonly string[];
}

export function readAsked(resource: string): AskedResource {
  return { resource, coveredBy: coveredBy(resource) };
}

export type Metadata = Record<string, unknown>;

/** A product, as far as access needs it. */
export interface SoldProduct {
  id: string;
  name: string;
  metadata: Metadata;
  /** Whether they were read: of a product whose benefits do not matter they are not. */
  knowsBenefits: boolean;
  /** The benefits that Polar grants to its buyers. */
  benefitIds: readonly string[];
  /** Sold by the seat: nothing is granted until a member claims one. */
  seatBased: boolean;
  /** The app in question owns it now. */
  isOwn: boolean;
  /** By which keys its metadata says whose it is; the gateway’s own unless given. */
  ownerKeys?: OwnerKeys | undefined;
}

/** Metadata of products and benefits that names the content they open. */
const CONTENT_METADATA_KEY = 'content_id';

/** The content ids in one metadata value: separated by commas or white space, since Polar's values are single texts. */
export function readContentIds(metadata: Metadata): string[] {
  const value = metadata[CONTENT_METADATA_KEY];
  const written = typeof value === 'string' ? value : writeNumber(value);
  return (written ?? '').split(/[\s,]+/).filter((id) => id !== '');
}

/** The contents that the metadata of a product or a benefit opens. */
export function contentResources(metadata: Metadata): string[] {
  return readContentIds(metadata).map((id) => `content:${id}`);
}

/**
 * Whether a product belongs to another app: this app does not own it now, and its metadata or name says another app. At
 * Polar a subscription can be moved to such a product, whose plan, contents and flags mean nothing here (ADR 20).
 */
export function isForeign(product: SoldProduct, appProduct: string): boolean {
  return !product.isOwn && readClaims(product, product.ownerKeys).some((claim) => claim !== appProduct);
}

/** What buying the product opens by itself, whatever its benefits. `appProduct` is the app's product slug. */
export function productResources(product: SoldProduct, appProduct: string): string[] {
  if (isForeign(product, appProduct)) return [`product:${product.id}`];
  const plan = readPlan(product, appProduct, product.ownerKeys);
  return [
    `product:${product.id}`,
    ...(plan === undefined ? [] : [`plan:${plan}`]),
    ...contentResources(product.metadata),
  ];
}
