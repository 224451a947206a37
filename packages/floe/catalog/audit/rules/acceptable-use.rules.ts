import type { Product } from '../../model/catalog.rules.ts';
import { refusedWords } from '../refused-words.rules.ts';
import type { Rule } from '../rule.rules.ts';
import { onProducts } from './products.rules.ts';

export const acceptableUse: Rule = {
  code: 'acceptable_use',
  severity: 'warning',
  title: 'Nothing is sold that Polar refuses to sell',
  reason:
    'Polar is the seller, and suspends organizations for services by hand, physical goods and what its acceptable-use policy names. Words cannot tell; a person reads them.',
  mend: 'Read https://docs.polar.sh/merchant-of-record/acceptable-use and ask Polar when in doubt. If it is fine, say it in other words or switch the rule off.',
  check(subject) {
    const benefits = new Map(
      [...(subject.there?.catalog.benefits ?? []), ...subject.wanted.benefits].map((each) => [
        each.key,
        each,
      ]),
    );
    const textOf = (product: Product) =>
      [
        product.name.replaceAll(/[:-]/g, ' '),
        product.description ?? '',
        ...product.benefits.map((key) => benefits.get(key)?.description ?? ''),
      ].join('\n');
    return onProducts(subject, (product) => {
      const found = refusedWords(textOf(product));
      if (found.length === 0) return undefined;
      const words = found.map(({ word, kind }) => `"${word}" (${kind})`);
      return `${product.name} says ${words.join(', ')}.`;
    });
  },
};
