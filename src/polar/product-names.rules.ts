/** Metadata of products and discounts that names the owning app's product slug. */
export const OWNER_METADATA_KEY = 'gateway_product';

/** Product metadata that names the plan, when the product's name does not. */
const PLAN_METADATA_KEY = 'gateway_plan';

/** `quay:pro` → `{slug: 'quay', plan: 'pro'}`; a name of another form says nothing. */
export function readProductName(name: string): { slug: string; plan: string } | undefined {
  const match = /^([a-z0-9]+(?:-[a-z0-9]+)*):(\S+)$/.exec(name.trim());
  return match?.[1] && match[2] ? { slug: match[1], plan: match[2] } : undefined;
}

/** The product slug that metadata names as the owner; null when it names none. */
export function readOwnerName(metadata: Record<string, unknown>): string | null {
  const named = metadata[OWNER_METADATA_KEY];
  // A slug has no upper case and no white space, so the typed text can be normalized safely.
  return typeof named === 'string' && named.trim() !== '' ? named.trim().toLowerCase() : null;
}

/** The product slugs that a product says it belongs to: by its metadata, by its name. */
export function readClaims(product: { name: string; metadata: Record<string, unknown> }): string[] {
  const inMetadata = product.metadata[OWNER_METADATA_KEY];
  return [
    typeof inMetadata === 'string' ? (readOwnerName(product.metadata) ?? '') : undefined,
    readProductName(product.name)?.slug,
  ].filter((claim) => claim !== undefined);
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
