import type { Benefit } from './benefits.rules.ts';
import type { Discount, Entry, Kind, Product } from './catalog.rules.ts';

/* What an entry refers to: benefits of a product, files of a benefit, and so on. */

/** Begins a reference to an object at Polar that is not in the catalogue: `id:3fa1…`. */
export const BY_ID = 'id:';

/** The same entry, each reference of which is what `map` gives for it. */
export function mapReferences(kind: Kind, entry: Entry, map: (kind: Kind, key: string) => string): Entry {
  const to = (of: Kind) => (key: string) => map(of, key);
  switch (kind) {
    case 'products': {
      const product = entry as Product;
      return {
        ...product,
        benefits: product.benefits.map(to('benefits')),
        medias: product.medias.map(to('files')),
        fields: product.fields.map((each) => ({ ...each, field: map('fields', each.field) })),
        prices: product.prices.map((price) =>
          price.amount_type === 'metered_unit' ? { ...price, meter: map('meters', price.meter) } : price,
        ),
      };
    }
    case 'benefits': {
      const { type, properties, ...rest } = entry as Benefit;
      if (type === 'downloadables')
        return { ...rest, type, properties: { files: properties.files.map(to('files')) } };
      if (type === 'meter_credit')
        return { ...rest, type, properties: { ...properties, meter: map('meters', properties.meter) } };
      return entry;
    }
    case 'discounts': {
      const discount = entry as Discount;
      return { ...discount, products: discount.products?.map(to('products')) ?? null };
    }
    case 'meters':
    case 'files':
    case 'fields':
      return entry;
    default:
      return kind satisfies never;
  }
}
/** All that an entry refers to. */
export function referencesOf(kind: Kind, entry: Entry): { kind: Kind; key: string }[] {
  const found: { kind: Kind; key: string }[] = [];
  mapReferences(kind, entry, (of, key) => {
    found.push({ kind: of, key });
    return key;
  });
  return found;
}
