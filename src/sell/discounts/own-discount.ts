import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { PolarRefusal } from '../../base/polar-gateway.ts';
import { describeErrors, Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { findDiscountOwner } from '../discounts.rows.ts';
import { type Discount, isOwnDiscount, readDiscount } from '../discounts.rules.ts';
import { ownProductsStatement } from './app-discounts.rows.ts';
import { MAX_PRODUCTS } from './limits.rules.ts';
import { presentDiscount } from './app-discount.rules.ts';
import type { AppDiscountView } from './discounts.answers.ts';

/** One of Polar's discounts that is the app's. */
export interface OwnDiscount {
  id: string;
  /** Polar's, as it came. */
  data: unknown;
  ownProductIds: ReadonlySet<string>;
}

/**
 * A discount of the app. Another app's, one of all products and one that does not exist are the same, by the same path
 * (invariant 5). @throws {Problem} `not_found`, `polar_…`
 */
export async function requireOwnDiscount(services: Services, app: AppRow, id: string): Promise<OwnDiscount> {
  const read = await services.polar(app.mode).fetchDiscount(id);
  const discount = read && understand(services, read.data);
  const owner = await findDiscountOwner(services.database, app, discount?.productIds ?? []);
  if (!discount || !isOwnDiscount(discount, owner)) throw unknownDiscount();
  return { id, data: read?.data, ownProductIds: owner.ownProductIds };
}

function unknownDiscount(): Problem {
  return new Problem('not_found', { detail: 'This app has no such discount.' });
}

/** @throws {Problem} `polar_failed` when it is not what Polar documents */
export function understand({ config }: Services, data: unknown): Discount {
  try {
    return readDiscount(data, config.ownerKeys);
  } catch (cause) {
    throw notUnderstood(cause);
  }
}

/** @throws {Problem} `polar_failed` when it is not what Polar documents */
export function present(
  services: Services,
  { data, ownProductIds }: Pick<OwnDiscount, 'data' | 'ownProductIds'>,
): AppDiscountView {
  try {
    return presentDiscount(data, {
      ownProductIds,
      now: services.now(),
      ownerKey: services.config.ownerKeys.product,
    });
  } catch (cause) {
    throw notUnderstood(cause);
  }
}

function notUnderstood(cause: unknown): Problem {
  return new Problem('polar_failed', {
    detail: 'What Polar says of a discount is not what it documents.',
    cause,
  });
}

/** Refuses products that are not the app's: a discount has no others. @throws {Problem} `validation_failed` */
export async function requireOwnProducts(
  services: Services,
  app: AppRow,
  ids: readonly string[],
): Promise<void> {
  const { own } = await runBatch(services.database, { own: ownProductsStatement(app, ids) });
  requireAll(ids, own);
}

/** The named products, if the app owns them all. @throws {Problem} `validation_failed` */
export function requireAll(ids: readonly string[], own: readonly { id: string }[]): readonly string[] {
  const known = new Set(own.map(({ id }) => id));
  const errors = ids.flatMap((id, index) =>
    known.has(id) ? [] : [{ path: `body.product_ids.${index}`, message: 'This app has no such product.' }],
  );
  if (errors.length > 0) throw invalid(errors);
  return ids;
}

/** The products of a discount that names none. @throws {Problem} `validation_failed` */
export function allProducts(sold: readonly { id: string }[]): string[] {
  const path = 'body.product_ids';
  if (sold.length === 0)
    throw invalid([{ path, message: 'The app sells nothing yet: make a product first, or name products.' }]);
  if (sold.length > MAX_PRODUCTS)
    throw invalid([
      { path, message: `The app sells more than ${MAX_PRODUCTS} products: name those that it is for.` },
    ]);
  return sold.map(({ id }) => id);
}

/** The refusal of a code that a campaign of the app has: the campaign's discounts would be given for it, and this one never. */
export function codeOfCampaign(): Problem {
  return new Problem('conflict', {
    detail: 'body.code: A campaign of this app has this code. Choose another, or change the campaign.',
  });
}

const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^body\.products\b/, 'body.product_ids'],
  [/^body\.(percentage|fixed)\./, 'body.'],
];

/** What Polar refused, in the words of the request. */
export function refusedByPolar({ status, name, errors: found, cause }: PolarRefusal): Problem {
  if (status === 404) return unknownDiscount();
  const errors = found.map(({ path, message }) => ({
    path: FIELDS.reduce((text, [pattern, ours]) => text.replace(pattern, ours), path),
    message: /already exists/i.test(message)
      ? 'This code is taken: a code is of one discount in the whole organization.'
      : message,
  }));
  if (errors.length > 0)
    return new Problem('polar_rejected', { detail: describeErrors(errors), errors, cause });
  if (name === 'NotPermitted')
    return new Problem('conflict', {
      detail: 'It was redeemed already, so what it takes off cannot be changed. Make another one.',
      cause,
    });
  return new Problem('polar_rejected', { cause });
}

function invalid(errors: { path: string; message: string }[]): Problem {
  return new Problem('validation_failed', { detail: describeErrors(errors), errors });
}
