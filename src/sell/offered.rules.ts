import type { SoldBenefit } from '../access/benefits.rules.ts';
import { namesSold } from '../access/decide-access.rules.ts';
import { readAsked, type SoldProduct } from '../access/resources.rules.ts';
import { presentProduct, readBenefitIds } from './product.rules.ts';

/** A stored product of the app. */
interface StoredProduct extends Pick<SoldProduct, 'id' | 'name' | 'metadata'> {
  /** Polar's product; null while only a part of it was seen. */
  data: unknown;
}

/**
 * The products that open a resource, by themselves or by their benefits, and may be offered to whoever is told so. A private
 * product is sold by link only, so it is not among them, whoever asks. `app`: the app's product slug.
 */
export function findOffered<Row extends StoredProduct>(
  rows: readonly Row[],
  benefits: readonly SoldBenefit[],
  { resource, app }: { resource: string; app: string },
): Row[] {
  const { coveredBy } = readAsked(resource);
  return rows.filter(({ id, name, metadata, data }) => {
    if (data === null || presentProduct(data, 'public') === undefined) return false;
    const product = {
      id,
      name,
      metadata,
      knowsBenefits: true,
      benefitIds: readBenefitIds(data),
      seatBased: false,
      isOwn: true,
    };
    const names = namesSold([product], benefits, app);
    return coveredBy.some((each) => names.has(each));
  });
}
