import type { AppRow } from '../base/db/schema.rows.ts';
import { type ResultsOf, runBatch } from '../base/db/database.rows.ts';
import type { Services } from '../base/services.ts';
import { type CheckoutBudget, noRoom } from '../polar/public-budget.ts';
import { isAdmitted } from '../polar/public-budget.rows.ts';
import { refusalOfAmount } from './amounts.rules.ts';
import { learnProduct } from './learn-product.ts';
import { refusedAmount, refusedProduct } from './open-polar-checkout.ts';
import { productStatement } from './payments.rows.ts';

/** What is to be sold: the product, and the amount that the caller chose, in minor units. */
interface Wanted {
  productId: string;
  amount?: number | undefined;
  /** Whether it is sold by the seat, and what it gives, matters. */
  asksWhatItIs?: boolean;
}

/** A product as it can be sold. */
export interface SellableProduct {
  isRecurring: boolean;
  /** Of a product for which it was asked, as what follows. */
  isSeatBased: boolean;
  /** The types of its benefits. */
  gives: readonly string[];
}

/** The product's row, and room for what it needs of Polar: a server has always room. */
export function readProduct(
  app: AppRow,
  { productId, amount, asksWhatItIs }: Wanted,
  budget?: CheckoutBudget,
) {
  return {
    product: productStatement(app.mode, productId, amount !== undefined || asksWhatItIs === true),
    room: budget ? [budget.statements] : [],
  };
}

type ProductFound = ResultsOf<ReturnType<typeof readProduct>>;

/**
 * The product, if the app sells it and the amount fits it. Another app's product, an unowned one and one that does not
 * exist are refused in the same words (invariant 5).
 * @throws {Problem} `unknown_product`, `product_archived`, `validation_failed`, `rate_limited`, `polar_…`
 */
export async function requireProduct(
  services: Services,
  app: AppRow,
  wanted: Wanted,
  found: ProductFound,
  budget?: CheckoutBudget,
): Promise<SellableProduct> {
  if (found.product.length > 0) return refuseUnlessSold(app, wanted, found);
  if (!found.room.every(({ learn }) => isAdmitted(learn))) throw noRoom();
  const isLearned = await learnProduct(budget?.learning ?? services, app.mode, wanted.productId);
  if (!isLearned) throw refusedProduct('unknown_product');
  return refuseUnlessSold(app, wanted, await runBatch(services.database, readProduct(app, wanted, budget)));
}

function refuseUnlessSold(
  app: AppRow,
  { amount }: Wanted,
  { product: [product], room }: ProductFound,
): SellableProduct {
  if (product?.appId !== app.id) throw refusedProduct('unknown_product');
  if (product.isArchived) throw refusedProduct('product_archived');
  const prices = readParts(product.prices);
  const refusal = amount === undefined ? undefined : refusalOfAmount(prices, amount);
  if (refusal !== undefined) throw refusedAmount(refusal);
  if (!room.every(({ store }) => isAdmitted(store))) throw noRoom();
  return {
    isRecurring: product.isRecurring === 1,
    isSeatBased: prices.some(({ amount_type: type }) => type === 'seat_based'),
    gives: readParts(product.benefits).flatMap(({ type }) => (typeof type === 'string' ? [type] : [])),
  };
}

function readParts(json: string | null): Record<string, unknown>[] {
  const read: unknown = json === null ? [] : JSON.parse(json);
  return Array.isArray(read) ? read.map((part) => Object(part) as Record<string, unknown>) : [];
}
