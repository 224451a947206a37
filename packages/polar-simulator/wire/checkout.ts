/** A checkout as its seller sees it, and as its buyer does. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { CheckoutRow } from '../state.ts';
import type { World } from '../world.ts';
import {
  attachedFieldsToWire,
  checkoutDiscountToWire,
  checkoutProductToWire,
  priceToWire,
} from './product.ts';

export function checkoutToWire(world: World, row: CheckoutRow): models.Checkout {
  const {
    product_ids,
    ad_hoc_price_ids: _1,
    customer_is_given: _2,
    customer_is_typed: _5,
    order_id: _3,
    last_error: _4,
    ...checkout
  } = row;
  const productOf = (id: string): models.CheckoutProduct[] => {
    const product = world.tables.products.get(id);
    if (!product) return [];
    return [{ ...checkoutProductToWire(world, product), prices: checkoutPrices(world, row, id) }];
  };
  const products = product_ids.flatMap(productOf);
  const price = world.tables.prices.get(row.product_price_id);
  const chosen = world.tables.products.get(row.product_id);
  const discount = world.tables.discounts.get(row.discount_id);
  const wire = {
    ...checkout,
    customer_tax_id: row.customer_tax_id?.[0] ?? null,
    url: checkoutUrl(world, row),
    success_url: successUrl(world, row),
    products,
    product: products.find((product) => product.id === row.product_id) ?? null,
    product_price: price ? priceToWire(world, price) : null,
    prices: Object.fromEntries(products.map((product) => [product.id, product.prices])),
    discount: discount ? checkoutDiscountToWire(world, discount) : null,
    attached_custom_fields: chosen ? attachedFieldsToWire(world, chosen) : [],
    // Written by Polar although its schema does not say so (facts §0).
    subtotal_amount: row.net_amount,
    customer_external_id: row.external_customer_id,
  };
  return wire;
}

/** The prices on offer for one product: the checkout's own, or the catalogue's. */
function checkoutPrices(world: World, row: CheckoutRow, productId: string): models.ProductPrice[] {
  const product = world.tables.products.get(productId);
  const ids = row.ad_hoc_price_ids[productId] ?? product?.price_ids ?? [];
  return ids.flatMap((id) => {
    const price = world.tables.prices.get(id);
    return price && !price.is_archived ? [priceToWire(world, price)] : [];
  });
}

export function checkoutPublicToWire(world: World, row: CheckoutRow): models.CheckoutPublic {
  const {
    metadata: _1,
    customer_metadata: _2,
    external_customer_id: _3,
    subscription_id: _4,
    ...checkout
  } = checkoutToWire(world, row);
  const organization = world.tables.organizations.get(row.organization_id);
  if (!organization) throw new Error(`The checkout ${row.id} has no organization.`);
  const { created_at, modified_at, id, name, slug, avatar_url, proration_behavior, allow_customer_updates } =
    organization;
  return {
    ...checkout,
    organization: {
      created_at,
      modified_at,
      id,
      name,
      slug,
      avatar_url,
      proration_behavior,
      allow_customer_updates,
    },
  };
}

export const checkoutUrl = (world: World, row: CheckoutRow): string =>
  `${world.publicUrl}/checkout/${row.client_secret}`;

/** Where the buyer goes afterwards. The placeholder is replaced in API answers too. */
export function successUrl(world: World, row: CheckoutRow): string {
  if (!row.success_url) return `${checkoutUrl(world, row)}/confirmation`;
  return row.success_url.replaceAll('{CHECKOUT_ID}', row.id).replaceAll('%7BCHECKOUT_ID%7D', row.id);
}
