import type { OwnerKeys } from '../../packages/kit/product-owners.ts';
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
 * The products that open a resource for their buyer, by themselves or by their benefits, and may be offered to whoever is told
 * so. A private product is sold by link only, so it is not among them, whoever asks. The benefits of one that is sold by the
 * seat do not count: they are for whoever claims a seat. `app`: the app's product slug.
 */
export function findOffered<Row extends StoredProduct>(
  rows: readonly Row[],
  benefits: readonly SoldBenefit[],
  { resource, app, ownerKeys }: { resource: string; app: string; ownerKeys?: OwnerKeys },
): Row[] {
  const { coveredBy } = readAsked(resource);
  const byId = new Map(benefits.map((benefit) => [benefit.id, benefit]));
  return rows.filter(({ id, name, metadata, data }) => {
    const shown = data === null ? undefined : presentProduct(data, 'public');
    if (!shown) return false;
    const seatBased = shown.prices.some((price) => price.amount_type === 'seat_based');
    const benefitIds = seatBased ? [] : readBenefitIds(data);
    const product = {
      id,
      name,
      metadata,
      knowsBenefits: true,
      benefitIds,
      seatBased,
      isOwn: true,
      ownerKeys,
    };
    const given = benefitIds.flatMap((benefitId) => byId.get(benefitId) ?? []);
    const names = namesSold([product], given, app);
    return coveredBy.some((each) => names.has(each));
  });
}
