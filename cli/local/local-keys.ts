import type { LocalState } from './state.ts';

export interface LocalProduct {
  id: string;
  name: string;
}

/**
 * What samples of `/docs` are filled with on this machine (src/offer-local-keys.ts): the keys of the demo shop's first app, and a product of
 * it. The operator's token stays in `dev.json`: it can do everything, and no page needs it.
 */
export function describeLocalKeys(
  { apps }: LocalState,
  products: readonly LocalProduct[],
  { site, polar }: { site: string; polar: string },
) {
  const { quay } = apps;
  return {
    app: 'quay-sandbox',
    values: quay ? { FLOE_SECRET_KEY: quay.secretKey, FLOE_PUBLISHABLE_KEY: quay.publishableKey } : {},
    product_id: products.find(({ name }) => name === 'quay:lifetime')?.id ?? products[0]?.id ?? null,
    site_url: site,
    polar_url: polar,
  };
}
