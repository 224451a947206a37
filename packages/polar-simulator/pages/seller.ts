/** Whom a buyer buys from: the shop, and the organization that it belongs to. */

import type { CheckoutRow } from '../state.ts';
import type { World } from '../world.ts';

export interface SellerNames {
  /** What the buyer knows: the shop, or the organization when nothing names a shop. */
  shop: string;
  /** Whom Polar pays. */
  organization: string;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * An organization may have several shops. Metadata named `shop` says which: of the checkout, or of the product. Otherwise it
 * is the site that the buyer goes back to. The real Polar names the organization alone.
 */
export function sellerNames(world: World, row: CheckoutRow): SellerNames {
  const organization = world.tables.organizations.get(row.organization_id)?.name ?? 'the seller';
  const product = world.tables.products.get(row.product_id);
  const named = row.metadata['shop'] ?? product?.metadata['shop'] ?? hostOf(row.return_url);
  return { shop: named === undefined || named === '' ? organization : String(named), organization };
}

function hostOf(url: string | null | undefined): string | undefined {
  if (!url || !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return LOOPBACK.test(hostname) ? undefined : hostname;
}
