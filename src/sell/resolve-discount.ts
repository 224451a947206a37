import type { AppRow } from '../base/db/schema.rows.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { findDiscountOwner } from './discounts.rows.ts';
import {
  canBeTyped,
  type Discount,
  hasCode,
  isCode,
  isOwnDiscount,
  readDiscount,
} from './discounts.rules.ts';

/** A discount as a request names it: by Polar's id or by its code. */
type NamedDiscount = { discountId: string } | { discountCode: string };

/** What a checkout is asked for. */
export interface DiscountWish {
  productId: string;
  /** What the buyer may choose instead. */
  otherProductIds?: readonly string[] | undefined;
  discountId?: string | undefined;
  discountCode?: string | undefined;
  /** Buyers may type codes on Polar's page. */
  allowDiscountCodes?: boolean | undefined;
}

/** Above any honest number of codes: each page of 100 is a request to Polar, and a buyer waits. */
export const MOST_PAGES = 10;

/**
 * The discount that a request names, if it is the app's. Another app's, and one that applies to all apps, are refused in
 * the same words as one that does not exist (invariant 5). One or two requests to Polar, one D1 round trip. `where` is
 * the part of the request that names it.
 * @throws {Problem} `unknown_discount`, `polar_…`
 */
export async function resolveDiscount(
  services: Services,
  app: AppRow,
  named: NamedDiscount,
  where: 'body' | 'query' = 'body',
): Promise<Discount> {
  const discount =
    'discountId' in named
      ? await fetchDiscount(services, app, named.discountId)
      : await findByCode(services, app, named.discountCode);
  return requireOwn(services, app, discount, named, where);
}

/**
 * The discount of a checkout and whether buyers may type codes, as far as the app may have them. Codes can be typed when
 * all that apply to the product now are the app's, or the operator has allowed the app others' (ADR 77).
 * @throws {Problem} `unknown_discount`, `foreign_discount_codes`, `polar_…`
 */
export async function resolveDiscounts(
  services: Services,
  app: AppRow,
  wish: DiscountWish,
  where: 'body' | 'query',
): Promise<{ discountId: string | undefined; allowDiscountCodes: boolean }> {
  const allowDiscountCodes = wish.allowDiscountCodes ?? false;
  const all = allowDiscountCodes && !app.allowsForeignCodes ? await fetchAll(services, app) : undefined;
  const productIds = [wish.productId, ...(wish.otherProductIds ?? [])];
  if (all) await refuseForeignCodes(services, app, all, { productIds, where });
  const named = readNamed(wish);
  if (named === undefined) return { discountId: undefined, allowDiscountCodes };
  const known = all?.find((discount) =>
    'discountId' in named ? discount.id === named.discountId : hasCode(discount, named.discountCode),
  );
  const { id } = known
    ? await requireOwn(services, app, known, named, where)
    : await resolveDiscount(services, app, named, where);
  return { discountId: id, allowDiscountCodes };
}

/**
 * The refusal of a discount, by the name that the request gave it: the same for another app's and one that does not
 * exist.
 */
function unknownDiscount(
  { config }: Services,
  named: NamedDiscount,
  app: AppRow,
  where: 'body' | 'query',
): Problem {
  const ownerKey = config.ownerKeys.product;
  return refused(
    'unknown_discount',
    `${where}.${fieldOf(named)}`,
    `This app has no such discount. A discount is this app’s when every product in its list is, or when its metadata at Polar has ${ownerKey}: ${app.product}.`,
  );
}

/** The discount that a wish names. */
function readNamed({ discountId, discountCode }: DiscountWish): NamedDiscount | undefined {
  if (discountId !== undefined) return { discountId };
  return discountCode === undefined ? undefined : { discountCode };
}

const fieldOf = (named: NamedDiscount) => ('discountId' in named ? 'discount_id' : 'discount_code');

async function requireOwn(
  services: Services,
  app: AppRow,
  discount: Discount | undefined,
  named: NamedDiscount,
  where: 'body' | 'query',
): Promise<Discount> {
  if (!discount) throw unknownDiscount(services, named, app, where);
  const owner = await findDiscountOwner(services.database, app, discount.productIds);
  if (!isOwnDiscount(discount, owner)) throw unknownDiscount(services, named, app, where);
  return discount;
}

async function refuseForeignCodes(
  services: Services,
  app: AppRow,
  all: readonly Discount[],
  { productIds, where }: { productIds: readonly string[]; where: string },
): Promise<void> {
  const typed = all.filter((discount) =>
    productIds.some((productId) => canBeTyped(discount, productId, services.now())),
  );
  if (typed.length === 0) return;
  const ids = typed.flatMap((discount) => discount.productIds);
  const owner = await findDiscountOwner(services.database, app, ids);
  if (typed.every((discount) => isOwnDiscount(discount, owner))) return;
  throw refused(
    'foreign_discount_codes',
    `${where}.allow_discount_codes`,
    `Buyers could type a code that is not this app’s. Name the discount yourself by discount_code or discount_id. Or give every discount at Polar its list of products or a ${services.config.ownerKeys.product} in its metadata, or have the operator set allows_foreign_codes for this app.`,
  );
}

async function fetchDiscount(services: Services, app: AppRow, id: string): Promise<Discount | undefined> {
  const read = await services.polar(app.mode).fetchDiscount(id);
  return read && understand(services, read.data);
}

/** The app's discount with a code, in any case. Mostly one request to Polar, and one D1 round trip. @throws {Problem} `polar_…` */
export async function findOwnByCode(
  services: Services,
  app: AppRow,
  code: string,
): Promise<Discount | undefined> {
  const found = await findByCode(services, app, code);
  if (!found) return undefined;
  const owner = await findDiscountOwner(services.database, app, found.productIds);
  return isOwnDiscount(found, owner) ? found : undefined;
}

/** Polar finds codes that contain the text, so that there may be further pages of those. */
async function findByCode(services: Services, app: AppRow, code: string): Promise<Discount | undefined> {
  if (!isCode(code)) return undefined;
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { items, maxPage } = await services.polar(app.mode).fetchDiscounts(page, code);
    const found = items
      .flatMap((data) => readIfUnderstood(services, data))
      .find((discount) => hasCode(discount, code));
    if (found || page >= maxPage) return found;
  }
  return undefined;
}

async function fetchAll(services: Services, app: AppRow): Promise<Discount[]> {
  const found: Discount[] = [];
  for (let page = 1; ; page++) {
    const { items, maxPage } = await services.polar(app.mode).fetchDiscounts(page);
    if (maxPage > MOST_PAGES) throw tooMany();
    found.push(...items.map((data) => understand(services, data)));
    if (page >= maxPage) return found;
  }
}

function tooMany(): Problem {
  return new Problem('foreign_discount_codes', {
    detail: `The organization has more than ${MOST_PAGES * 100} discounts, too many to look through. Name the discount yourself, or have the operator set allows_foreign_codes for this app.`,
  });
}

function understand({ config }: Services, data: unknown): Discount {
  try {
    return readDiscount(data, config.ownerKeys);
  } catch (cause) {
    throw new Problem('polar_failed', {
      detail: 'What Polar says of a discount is not what it documents.',
      cause,
    });
  }
}

/** An odd discount of somebody else's must not hide the one that is looked for. */
function readIfUnderstood({ config }: Services, data: unknown): Discount[] {
  try {
    return [readDiscount(data, config.ownerKeys)];
  } catch {
    return [];
  }
}

function refused(
  code: 'unknown_discount' | 'foreign_discount_codes',
  path: string,
  message: string,
): Problem {
  return new Problem(code, { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
