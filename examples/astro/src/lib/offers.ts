import type { Locale } from './locales.ts';

/* What the site says of its offers. What they are, open and cost stands in floe.config.yaml and above the texts; Polar has it from there. */

/** What access to the notes is asked for with: either membership. */
export const MEMBERSHIP = 'plan:margin:member';

export interface Offer {
  title: Record<Locale, string>;
  lead: Record<Locale, string>;
}

const membership = {
  en: 'Every essay, and the notes that only members get.',
  de: 'Alle Essays und die Notizen, die nur Mitglieder bekommen.',
};

/** By the names of products, the smallest first. */
export const OFFERS: Readonly<Record<string, Offer>> = {
  'margin:blog-diff': {
    title: { en: 'This essay', de: 'Dieser Essay' },
    lead: { en: 'Once, for good, in both languages.', de: 'Einmalig, für immer, in beiden Sprachen.' },
  },
  'margin:courses-git': {
    title: { en: 'Git, slowly', de: 'Git, in Ruhe' },
    lead: { en: 'All chapters, and those still to come.', de: 'Alle Kapitel, auch die, die noch kommen.' },
  },
  'margin:member': {
    title: { en: 'Membership, month by month', de: 'Mitgliedschaft, Monat für Monat' },
    lead: membership,
  },
  'margin:member-yearly': {
    title: { en: 'Membership, a year at a time', de: 'Mitgliedschaft, Jahr für Jahr' },
    lead: membership,
  },
};
