import type { OwnerKeys } from '../../packages/kit/product-owners.ts';
import * as z from 'zod/mini';
import { once } from '../base/once.rules.ts';
import { readOwnerName } from '../polar/product-names.rules.ts';
import { toMilliseconds } from '../polar/versions.rules.ts';

/*
 * Discounts are the organization's: one without a list of products lowers the price of every app's. So each belongs to one
 * app or to none (ADR 77).
 */

/** What is read of one of Polar's discounts. */
export interface Discount {
  id: string;
  /** Null: it is given by its id only. */
  code: string | null;
  /** Empty: it applies to every product of the organization. */
  productIds: string[];
  /** The product slug in its metadata, which marks it as that app's. */
  owner: string | null;
  /** Milliseconds; null: it does not end. */
  endsAt: number | null;
  isUsedUp: boolean;
}

const wire = once(() =>
  z.looseObject({
    id: z.string(),
    code: z.catch(z.nullish(z.string()), undefined),
    // Read strictly: without its list a discount would count as one of all products.
    products: z.array(z.looseObject({ id: z.string() })),
    metadata: z.catch(z.record(z.string(), z.unknown()), {}),
    ends_at: z.catch(z.nullish(z.iso.datetime({ offset: true })), undefined),
    max_redemptions: z.catch(z.nullish(z.int()), undefined),
    redemptions_count: z.catch(z.int(), 0),
  }),
);

/** A discount of Polar's. `ownerKeys`: by which keys of metadata it is marked; the gateway's own unless given. @throws when it is not what Polar documents */
export function readDiscount(data: unknown, ownerKeys?: OwnerKeys): Discount {
  const { id, code, products, metadata, ends_at, max_redemptions, redemptions_count } = wire().parse(data);
  return {
    id,
    code: code ?? null,
    productIds: products.map((product) => product.id),
    owner: readOwnerName(metadata, ownerKeys),
    endsAt: ends_at ? toMilliseconds(ends_at) : null,
    isUsedUp: typeof max_redemptions === 'number' && redemptions_count >= max_redemptions,
  };
}

/** What decides whose a discount is. */
export interface DiscountOwner {
  /** The app's product slug. */
  product: string;
  /** It is the only app of its mode and owns what nobody claims: then the whole organization is its own. */
  isAlone: boolean;
  /** Of the products that discounts name, those that the app sells. */
  ownProductIds: ReadonlySet<string>;
}

/**
 * Whether a discount is the app's: by the mark in its metadata, else when all products that it applies to are the app's.
 * A mark of another app counts before the products.
 */
export function isOwnDiscount(
  discount: Discount,
  { product, isAlone, ownProductIds }: DiscountOwner,
): boolean {
  if (discount.owner !== null) return discount.owner === product;
  if (discount.productIds.length === 0) return isAlone;
  return discount.productIds.every((id) => ownProductIds.has(id));
}

/**
 * Whether a buyer of the product could type the discount's code while the checkout is open. One that has not begun may
 * begin until then.
 */
export function canBeTyped(discount: Discount, productId: string, now: number): boolean {
  if (discount.code === null || discount.isUsedUp) return false;
  if (discount.endsAt !== null && discount.endsAt <= now) return false;
  return discount.productIds.length === 0 || discount.productIds.includes(productId);
}

/** Whether a text can be a code at all. Polar's have letters and digits only, and it does not tell their case apart. */
export function isCode(text: string): boolean {
  return /^[a-z0-9]{3,256}$/i.test(text);
}

/** Whether `text` is the discount's code. */
export function hasCode({ code }: Discount, text: string): boolean {
  return code !== null && code.toLowerCase() === text.toLowerCase();
}
