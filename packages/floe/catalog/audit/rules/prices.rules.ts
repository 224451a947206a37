import { describePrice } from '../../plan/describe-entry.rules.ts';
import { pricesToChange } from '../../plan/price-changes.rules.ts';
import { placeOf } from '../../model/catalog.rules.ts';
import type { Price } from '../../model/prices.rules.ts';
import { count } from '../../../words/names.rules.ts';
import type { Rule } from '../rule.rules.ts';
import { onProducts } from './products.rules.ts';

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

export const priceChange: Rule = {
  code: 'price_change',
  severity: 'note',
  title: 'A price that people pay is about to change',
  reason:
    'Who subscribes keeps the price of today, and Polar has no way to move all of them: two prices live on beside each other.',
  mend: 'Push it if that is meant. To move subscribers too, tell them, and change each subscription.',
  needs: ['there', 'subscribersOfChanged'],
  check: ({ wanted, there, facts }) =>
    (there ? pricesToChange(wanted, there) : []).flatMap(({ key, name, from, to }) => {
      const subscribers = facts.subscribersOfChanged?.get(key) ?? 0;
      if (subscribers === 0) return [];
      const shown = (prices: readonly Price[]) => prices.map(describePrice).join(', ');
      const who = `${count(subscribers, 'customer')} ${subscribers === 1 ? 'subscribes' : 'subscribe'} to it.`;
      return [
        {
          about: name,
          entry: placeOf('products', key),
          message: `${name} goes from ${shown(from)} to ${shown(to)}. ${who}`,
        },
      ];
    }),
};

export const archivedSubscribed: Rule = {
  code: 'archived_subscribed',
  severity: 'warning',
  title: 'Nobody subscribes to what is archived',
  reason:
    'An archived product is sold no more, and those who have it pay on and keep what it gives: its benefits have to stay.',
  mend: 'Move them to another plan, or wait until their subscriptions end. Keep its benefits until then.',
  needs: ['there', 'subscribersOfArchived'],
  check: ({ there, facts }) =>
    (there?.catalog.products ?? []).flatMap(({ key, name }) => {
      const subscribers = facts.subscribersOfArchived?.get(key) ?? 0;
      if (subscribers === 0) return [];
      const who = `${count(subscribers, 'customer')} still ${subscribers === 1 ? 'subscribes' : 'subscribe'} to it.`;
      return [{ about: name, entry: placeOf('products', key), message: `${name} is archived. ${who}` }];
    }),
};
