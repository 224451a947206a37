import type { Product } from '../../model/catalog.rules.ts';
import type { Price } from '../../model/prices.rules.ts';
import type { Remark, Rule, Subject } from '../rule.rules.ts';

/** A remark on each product, wanted or there, of which `find` says something; once a name. */
function onProducts({ wanted, there }: Subject, find: (product: Product) => string | undefined): Remark[] {
  const byName = new Map<string, Remark>();
  for (const product of [...wanted.products, ...(there?.catalog.products ?? [])]) {
    const message = find(product);
    if (message !== undefined) byName.set(product.name, { about: product.name, message });
  }
  return [...byName.values()];
}

export const usdFirst: Rule = {
  code: 'usd_first',
  severity: 'warning',
  title: 'Prices are in US dollars first',
  reason: 'The organization is paid out and reports in dollars, and its products are compared by them.',
  mend: 'Add a price in usd, before the others.',
  check: (subject) =>
    onProducts(subject, ({ name, prices }) => {
      const [first] = prices;
      if (first?.price_currency === 'usd') return undefined;
      return `${name} begins with ${first?.price_currency ?? 'no price'}.`;
    }),
};

export const freeTier: Rule = {
  code: 'free_tier',
  severity: 'warning',
  title: 'What is free is no product',
  reason:
    'Whoever takes it becomes a customer with a subscription, which then stands in the way of a paid one.',
  mend: 'Leave it out: the app gives what is free without a purchase.',
  check: (subject) =>
    onProducts(subject, ({ name, prices }) =>
      prices.some((price) => price.amount_type === 'fixed' && price.price_amount === 0)
        ? `${name} is free.`
        : undefined,
    ),
};

export const pricingToDiscuss: Rule = {
  code: 'pricing_to_discuss',
  severity: 'note',
  title: 'Tiers, volume and metered prices are talked over first',
  reason:
    'They make invoices that depend on use, and whoever answers for the organization has to expect them.',
  mend: 'Talk to operations. Then switch the rule off for this catalogue.',
  check: (subject) =>
    onProducts(subject, ({ name, prices }) =>
      prices.some(isByUse) ? `${name} is priced by tiers or by use.` : undefined,
    ),
};

const isByUse = (price: Price) =>
  price.amount_type === 'metered_unit' ||
  (price.amount_type === 'unit_based' && price.tiers.tiers.length > 1) ||
  (price.amount_type === 'seat_based' && price.seat_tiers.tiers.length > 1);
