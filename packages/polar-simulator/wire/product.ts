/** Products, prices, benefits and discounts as Polar writes them. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { BenefitRow, DiscountRow, PriceRow, ProductRow } from '../state.ts';
import { fileToWire } from './file.ts';
import type { World } from '../world.ts';

export function priceToWire(world: World, row: PriceRow): models.ProductPrice {
  const { organization_id: _1, checkout_id: _2, order: _3, ...price } = row;
  const product = world.tables.products.get(row.product_id);
  // Written by Polar although its schema does not say so (facts §0).
  const legacy = {
    type: product?.is_recurring ? 'recurring' : 'one_time',
    recurring_interval: product?.recurring_interval ?? null,
  };
  if (price.amount_type === 'metered_unit') {
    const meter = world.tables.meters.get(price.meter_id);
    return {
      ...price,
      ...legacy,
      meter: {
        id: price.meter_id,
        name: meter?.name ?? 'Meter',
        unit: meter?.unit ?? 'scalar',
        custom_label: meter?.custom_label ?? null,
        custom_multiplier: meter?.custom_multiplier ?? null,
      },
    };
  }
  return { ...price, ...legacy };
}

export function pricesOf(world: World, product: ProductRow): PriceRow[] {
  return product.price_ids.flatMap((id) => {
    const price = world.tables.prices.get(id);
    return price && !price.is_archived ? [price] : [];
  });
}

function benefitsOf(world: World, product: ProductRow): BenefitRow[] {
  return product.benefit_ids.flatMap((id) => {
    const benefit = world.tables.benefits.get(id);
    return benefit && !benefit.is_deleted ? [benefit] : [];
  });
}

function mediasOf(world: World, product: ProductRow): models.ProductMediaFileRead[] {
  return product.media_ids.flatMap((id) => {
    const file = world.tables.files.get(id);
    return file && !file.deleted_at ? [fileToWire(world, file) as models.ProductMediaFileRead] : [];
  });
}

/** The fields a product asks for at checkout, in its order. */
export function attachedFieldsToWire(world: World, product: ProductRow): models.AttachedCustomField[] {
  return product.attached_fields.flatMap(({ custom_field_id, order, required }) => {
    const field = world.tables.customFields.get(custom_field_id);
    return field ? [{ custom_field_id, custom_field: field as models.CustomField, order, required }] : [];
  });
}

/** The product without what hangs on it, as orders and discounts embed it. */
export function productBaseToWire(row: ProductRow): models.OrderProduct {
  const { benefit_ids: _1, price_ids: _2, media_ids: _3, attached_fields: _4, ...product } = row;
  return product;
}

export function productToWire(world: World, row: ProductRow): models.Product {
  return {
    ...productBaseToWire(row),
    prices: pricesOf(world, row).map((price) => priceToWire(world, price)),
    benefits: benefitsOf(world, row),
    medias: mediasOf(world, row),
    attached_custom_fields: attachedFieldsToWire(world, row),
    is_deletable: world.tables.orders.by('product', row.id).length === 0,
  };
}

export function checkoutProductToWire(world: World, row: ProductRow): models.CheckoutProduct {
  const { metadata: _1, ...product } = productBaseToWire(row);
  return {
    ...product,
    prices: pricesOf(world, row).map((price) => priceToWire(world, price)),
    benefits: benefitsOf(world, row).map(
      ({ metadata: _2, properties: _3, visibility: _4, visibility_configurable: _5, ...benefit }) => benefit,
    ),
    medias: mediasOf(world, row),
  } as models.CheckoutProduct;
}

type DiscountBase = NonNullable<models.Order['discount']>;

/** The discount as orders and subscriptions embed it. */
export function discountBaseToWire(world: World, row: DiscountRow): DiscountBase {
  const { product_ids: _1, deleted_at: _2, ...rest } = row;
  const { amounts, basis_points, duration_in_months, ...common } = rest;
  const [currency, amount] = Object.entries(amounts)[0] ?? ['usd', 0];
  return {
    ...common,
    redemptions_count: world.tables.redemptions.by('discount', row.id).length,
    ...(row.duration === 'repeating' ? { duration_in_months } : {}),
    ...(row.type === 'percentage' ? { basis_points } : { amount, currency, amounts }),
  };
}

export function discountToWire(world: World, row: DiscountRow): models.Discount {
  return {
    ...discountBaseToWire(world, row),
    products: row.product_ids.flatMap((id) => {
      const product = world.tables.products.get(id);
      return product ? [productBaseToWire(product)] : [];
    }),
  };
}

export function checkoutDiscountToWire(world: World, row: DiscountRow): models.Checkout['discount'] {
  const base = discountBaseToWire(world, row);
  const { id, name, code, type, duration } = base;
  return {
    id,
    name,
    code,
    type,
    duration,
    ...('duration_in_months' in base ? { duration_in_months: base.duration_in_months } : {}),
    ...('basis_points' in base
      ? { basis_points: base.basis_points }
      : { amount: base.amount, currency: base.currency, amounts: base.amounts }),
  };
}
