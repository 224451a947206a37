import type { AppRow } from '../base/db/schema.rows.ts';
import { type ResultsOf, runBatch } from '../base/db/database.rows.ts';
import type { Services } from '../base/services.ts';
import { type CheckoutBudget, noRoom } from '../polar/public-budget.ts';
import { isAdmitted } from '../polar/public-budget.rows.ts';
import { refusalOfAmount } from './amounts.rules.ts';
import { learnProduct } from './learn-product.ts';
import { type CheckoutOptions, readQuestions, unfitting } from './checkout-options.rules.ts';
import { refusedAmount, refusedOptions, refusedProduct } from './open-polar-checkout.ts';
import { otherProductsStatement, productStatement, type SoldProduct } from './payments.rows.ts';

/** What is to be sold: the product, what it can be exchanged for, and the amount that the caller chose, in minor units. */
interface Wanted extends CheckoutOptions {
  productId: string;
  amount?: number | undefined;
  /** Whether it is sold by the seat, and what it gives, matters. */
  asksWhatItIs?: boolean;
}

/** A product as it can be sold. */
export interface SellableProduct {
  /** Whatever the buyer chooses is a subscription. */
  isRecurring: boolean;
  /** Of a product for which it was asked, as what follows. */
  isSeatBased: boolean;
  /** The types of its benefits. */
  gives: readonly string[];
}

/** The product's row and those of the others, and room for what it needs of Polar: a server has always room. */
export function readProduct(app: AppRow, wanted: Wanted, budget?: CheckoutBudget) {
  const { productId, amount, asksWhatItIs, currency, customFieldData } = wanted;
  const others = wanted.otherProductIds ?? [];
  const details = {
    prices: amount !== undefined || asksWhatItIs === true || currency !== undefined,
    benefits: asksWhatItIs === true,
    questions: customFieldData !== undefined,
  };
  return {
    product: productStatement(app.mode, productId, details),
    others: others.length === 0 ? [] : [otherProductsStatement(app.mode, others, details)],
    room: budget ? [budget.statements] : [],
  };
}

type ProductFound = ResultsOf<ReturnType<typeof readProduct>>;

/**
 * The product, if the app sells it and all others, and the amount and the options fit. Another app's product, an unowned one and
 * one that does not exist are refused in the same words (invariant 5).
 * @throws {Problem} `unknown_product`, `product_archived`, `validation_failed`, `rate_limited`, `polar_…`
 */
export async function requireProduct(
  services: Services,
  app: AppRow,
  wanted: Wanted,
  found: ProductFound,
  budget?: CheckoutBudget,
): Promise<SellableProduct> {
  const unheard = unheardOf(wanted, found);
  if (unheard.length === 0) return refuseUnlessSold(app, wanted, found);
  if (!found.room.every(({ learn }) => isAdmitted(learn))) throw noRoom();
  for (const productId of unheard) {
    const isLearned = await learnProduct(budget?.learning ?? services, app.mode, productId);
    if (!isLearned) throw refusedProduct('unknown_product', undefined, pathOf(wanted, productId));
  }
  return refuseUnlessSold(app, wanted, await runBatch(services.database, readProduct(app, wanted, budget)));
}

function unheardOf({ productId, otherProductIds = [] }: Wanted, found: ProductFound): string[] {
  const others = new Set(found.others.flat().map(({ id }) => id));
  const missing = otherProductIds.filter((id) => !others.has(id));
  return found.product.length > 0 ? missing : [productId, ...missing];
}

/** Undefined: the first one, which has a field of its own. */
function pathOf({ otherProductIds = [] }: Wanted, productId: string): string | undefined {
  return otherProductIds.includes(productId) ? 'body.product_ids' : undefined;
}

function refuseUnlessSold(app: AppRow, wanted: Wanted, found: ProductFound): SellableProduct {
  const { amount, prices: ownPrices } = wanted;
  const [first] = found.product;
  const others = found.others.flat();
  refuseForeign(app, first);
  for (const id of wanted.otherProductIds ?? [])
    refuseForeign(
      app,
      others.find((row) => row.id === id),
      'body.product_ids',
    );
  const prices: readonly unknown[] = ownPrices?.[wanted.productId] ?? readList(first?.prices);
  const refusal = amount === undefined ? undefined : refusalOfAmount(prices, amount);
  if (refusal !== undefined) throw refusedAmount(refusal);
  const rows = first ? [first, ...others] : others;
  const products = rows.map((row) => ({
    isRecurring: row.isRecurring === 1,
    prices: ownPrices?.[row.id] ?? readList(row.prices),
    questions: row.questions === null ? undefined : readQuestions(JSON.parse(row.questions)),
  }));
  const errors = unfitting(wanted, products);
  if (errors.length > 0) throw refusedOptions(errors);
  if (!found.room.every(({ store }) => isAdmitted(store))) throw noRoom();
  return {
    isRecurring: products.every(({ isRecurring }) => isRecurring),
    isSeatBased: prices.some((price) => typeOf(price, 'amount_type') === 'seat_based'),
    gives: readList(first?.benefits).flatMap((benefit) => typeOf(benefit, 'type') ?? []),
  };
}

function refuseForeign(app: AppRow, product: SoldProduct | undefined, path?: string): void {
  if (product?.appId !== app.id) throw refusedProduct('unknown_product', undefined, path);
  if (product.isArchived) throw refusedProduct('product_archived', undefined, path);
}

function typeOf(part: unknown, key: string): string | undefined {
  const { [key]: type }: Record<string, unknown> = Object(part);
  return typeof type === 'string' ? type : undefined;
}

function readList(json: string | null | undefined): unknown[] {
  const read: unknown = json ? JSON.parse(json) : [];
  return Array.isArray(read) ? read : [];
}
