import { claimsOf, readOwner, readProductName } from '../../packages/kit/product-owners.ts';

export { readProductName } from '../../packages/kit/product-owners.ts';

/** Metadata of products and discounts that names the owning app's product slug. */
export const OWNER_METADATA_KEY = 'gateway_product';

/** Product metadata that names the plan, when the product's name does not. */
const PLAN_METADATA_KEY = 'gateway_plan';

/** The product slug that metadata names as the owner; null when it names none. */
export function readOwnerName(metadata: Record<string, unknown>): string | null {
  return readOwner(metadata, OWNER_METADATA_KEY) || null;
}

/** The product slugs that a product says it belongs to: by its metadata, by its name. */
export function readClaims(product: { name: string; metadata: Record<string, unknown> }): string[] {
  return claimsOf(product, OWNER_METADATA_KEY);
}

/** The plan that a product names, without the slug before it: `pro`; null when it names none. */
export function readPlanName(product: { name: string; metadata: Record<string, unknown> }): string | null {
  const inMetadata = product.metadata[PLAN_METADATA_KEY];
  if (typeof inMetadata === 'string' && inMetadata.trim() !== '') return inMetadata.trim();
  return readProductName(product.name)?.plan ?? null;
}

/** The plan a product stands for, `quay:pro`, as asked for with `plan:quay:pro`; undefined when it names none. */
export function readPlan(
  product: { name: string; metadata: Record<string, unknown> },
  appProduct: string,
): string | undefined {
  const inMetadata = product.metadata[PLAN_METADATA_KEY];
  if (typeof inMetadata === 'string' && inMetadata.trim() !== '') return `${appProduct}:${inMetadata.trim()}`;
  const named = readProductName(product.name);
  return named && named.slug === appProduct ? `${named.slug}:${named.plan}` : undefined;
}
