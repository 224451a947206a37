import { CONTENT_ID } from '../../model/metadata.rules.ts';
import type { Rule } from '../rule.rules.ts';

export const benefitUnattached: Rule = {
  code: 'benefit_unattached',
  severity: 'warning',
  title: 'A benefit is given by a product',
  reason: 'What no product gives is bought by nobody, and is often what a product was meant to give.',
  mend: 'Name it among the benefits of a plan, or take it out.',
  check({ wanted }) {
    const given = new Set(wanted.products.flatMap(({ benefits }) => benefits));
    return wanted.benefits
      .filter(({ key }) => !given.has(key))
      .map(({ description, key }) => ({ about: key, message: `"${description}" is given by no product.` }));
  },
};

export const benefitOpensNothing: Rule = {
  code: 'benefit_opens_nothing',
  severity: 'warning',
  title: 'A benefit of the type custom says what it opens',
  reason: 'Without content_id in its metadata Polar grants it, and the gateway opens nothing for it.',
  mend: 'Give it a content_id, or make it a feature_flag.',
  check: ({ wanted }) =>
    wanted.benefits
      .filter(({ type, metadata }) => type === 'custom' && metadata[CONTENT_ID] === undefined)
      .map(({ description, key }) => ({ about: key, message: `"${description}" has no ${CONTENT_ID}.` })),
};
