import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { Services } from '../../base/services.ts';
import { findDiscountOwner } from '../discounts.rows.ts';
import { type Discount, isOwnDiscount, readDiscount } from '../discounts.rules.ts';
import type { AppDiscountView } from './discounts.answers.ts';
import { type OwnDiscount, present, requireOwnDiscount } from './own-discount.ts';

/** The order of Polar's pages, oldest first: what is new does not move them. */
const ORDER = 'polar';

interface Read {
  data: unknown;
  discount: Discount;
}

/**
 * A page of the app's discounts, oldest first. It is read from one page of Polar's, where they are beside those of others, so it may
 * be short or empty, and go on. @throws {Problem} `validation_failed` for an unknown cursor, `polar_…`
 */
export async function listDiscounts(
  services: Services,
  app: AppRow,
  { code, cursor, limit }: { code?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ data: AppDiscountView[]; next_cursor: string | null }> {
  const place = cursor === undefined ? { at: 1, id: '0' } : decodeCursor(cursor, { order: ORDER });
  const page = Math.max(1, Math.trunc(place.at));
  const from = Math.max(0, Math.trunc(Number(place.id)) || 0);
  const { items, maxPage } = await services.polar(app.mode).fetchDiscounts(page, code);
  const read = items.map((data) => readIfUnderstood(services, data));
  const owner = await findDiscountOwner(
    services.database,
    app,
    read.flatMap((each) => each?.discount.productIds ?? []),
  );
  const shown: AppDiscountView[] = [];
  let next = from;
  for (; next < read.length && shown.length < limit; next++) {
    const each = read[next];
    if (!each || !isOwnDiscount(each.discount, owner)) continue;
    if (code !== undefined && each.discount.code?.toLowerCase() !== code.toLowerCase()) continue;
    shown.push(...presentIfUnderstood(services, { data: each.data, ownProductIds: owner.ownProductIds }));
  }
  const isWithin = next < read.length;
  const further = isWithin ? { at: page, id: String(next) } : { at: page + 1, id: '0' };
  return { data: shown, next_cursor: isWithin || page < maxPage ? encodeCursor(further, ORDER) : null };
}

/** One that is not what Polar documents must not hide the others. */
function presentIfUnderstood(
  services: Services,
  own: Pick<OwnDiscount, 'data' | 'ownProductIds'>,
): AppDiscountView[] {
  try {
    return [present(services, own)];
  } catch {
    return [];
  }
}

/** One discount. @throws {Problem} `not_found`, for another app's too; `polar_…` */
export async function getDiscount(services: Services, app: AppRow, id: string): Promise<AppDiscountView> {
  return present(services, await requireOwnDiscount(services, app, id));
}

/** An odd discount of somebody else's must not hide the app's own. */
function readIfUnderstood({ config }: Services, data: unknown): Read | undefined {
  try {
    return { data, discount: readDiscount(data, config.ownerKeys) };
  } catch {
    return undefined;
  }
}
