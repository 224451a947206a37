/** Checkout links as Polar writes them. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { CheckoutLinkRow } from '../state.ts';
import type { World } from '../world.ts';
import { checkoutProductToWire, discountBaseToWire } from './product.ts';

export function checkoutLinkToWire(world: World, row: CheckoutLinkRow): models.CheckoutLink {
  const { product_ids, deleted_at: _1, ...link } = row;
  const discount = world.tables.discounts.get(row.discount_id);
  return {
    ...link,
    payment_processor: 'stripe',
    units: null,
    products: product_ids.flatMap((id) => {
      const product = world.tables.products.get(id);
      return product ? [{ ...checkoutProductToWire(world, product), metadata: product.metadata }] : [];
    }),
    discount: discount ? discountBaseToWire(world, discount) : null,
    url: `${world.publicUrl}/buy/${row.client_secret}`,
  };
}
