import {
  claimsOf,
  OWNER_PRESETS,
  type OwnerKeys,
  readOwner,
  readProductName,
} from '../../packages/kit/product-owners.ts';

export { readProductName } from '../../packages/kit/product-owners.ts';

/** The keys of metadata, of products and discounts, that name the owning app's product slug and the plan, unless FLOE_OWNER_KEYS says others. */
export const OWNER_KEYS: OwnerKeys = OWNER_PRESETS.gateway;

/** The product slug that metadata names as the owner; null when it names none. */
export function readOwnerName(metadata: Record<string, unknown>, keys = OWNER_KEYS): string | null {
  return readOwner(metadata, keys.product) || null;
}

/** The product slugs that a product says it belongs to: by its metadata, by its name. */
export function readClaims(
  product: { name: string; metadata: Record<string, unknown> },
  keys = OWNER_KEYS,
): string[] {
  return claimsOf(product, keys.product);
}

/** The plan that a product names, without the slug before it: `pro`; null when it names none. */
export function readPlanName(
  product: { name: string; metadata: Record<string, unknown> },
  keys = OWNER_KEYS,
): string | null {
  const inMetadata = product.metadata[keys.plan];
  if (typeof inMetadata === 'string' && inMetadata.trim() !== '') return inMetadata.trim();
  return readProductName(product.name)?.plan ?? null;
}

/** The plan a product stands for, `quay:pro`, as asked for with `plan:quay:pro`; undefined when it names none. */
export function readPlan(
  product: { name: string; metadata: Record<string, unknown> },
  appProduct: string,
  keys = OWNER_KEYS,
): string | undefined {
  const inMetadata = product.metadata[keys.plan];
  if (typeof inMetadata === 'string' && inMetadata.trim() !== '') return `${appProduct}:${inMetadata.trim()}`;
  const named = readProductName(product.name);
  return named && named.slug === appProduct ? `${named.slug}:${named.plan}` : undefined;
}
