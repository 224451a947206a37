import { placeOf } from '../../model/catalog.rules.ts';
import type { Benefit } from '../../model/benefits.rules.ts';
import { CONTENT_ID } from '../../model/metadata.rules.ts';
import type { Remark, Rule, Subject } from '../rule.rules.ts';

/** Of ours at Polar those that left the files. */
function leftBenefits({ wanted, there }: Subject): Benefit[] {
  const keys = new Set(wanted.benefits.map(({ key }) => key));
  return (there?.catalog.benefits ?? []).filter(({ key }) => !keys.has(key));
}

const remarkOn = ({ key, description }: Benefit, what: string): Remark => ({
  about: key,
  entry: placeOf('benefits', key),
  message: `"${description}" ${what}.`,
});

export const benefitUnattached: Rule = {
  code: 'benefit_unattached',
  severity: 'warning',
  title: 'A benefit is given by a product',
  reason: 'What no product gives is bought by nobody, and is often what a product was meant to give.',
  mend: 'Name it among the benefits of a plan, or take it out; at Polar delete it when nobody has it any more.',
  check(subject) {
    const { wanted, wire } = subject;
    const given = new Set(wanted.products.flatMap(({ benefits }) => benefits));
    // Also by products of others, and by archived ones: people have bought those.
    const givenThere = new Set(wire?.products.flatMap(({ benefits }) => benefits.map(({ id }) => id)) ?? []);
    const ids = new Map(
      [...(subject.there?.held.values() ?? [])].flatMap(({ kind, key, id }) =>
        kind === 'benefits' ? [[key, id] as const] : [],
      ),
    );
    return [
      ...wanted.benefits.filter(({ key }) => !given.has(key)),
      ...leftBenefits(subject).filter(({ key }) => !givenThere.has(ids.get(key) ?? '')),
    ].map((benefit) => remarkOn(benefit, 'is given by no product'));
  },
};

export const benefitOpensNothing: Rule = {
  code: 'benefit_opens_nothing',
  severity: 'warning',
  title: 'A benefit of the type custom says what it opens',
  reason: 'Without content_id in its metadata Polar grants it, and the gateway opens nothing for it.',
  mend: 'Give it a content_id, or make it a feature_flag.',
  check: (subject) =>
    [...subject.wanted.benefits, ...leftBenefits(subject)]
      .filter(({ type, metadata }) => type === 'custom' && metadata[CONTENT_ID] === undefined)
      .map((benefit) => remarkOn(benefit, `has no ${CONTENT_ID}`)),
};
