import type { Locale } from './locales.ts';

/*
 * What the site sells. Polar has the prices; this says which offer opens what. `local/stock.ts` creates the products at
 * Polar.
 */

/** The product's slug at the gateway: its products are named `margin:<plan>`. */
export const PRODUCT = 'margin';

/** What access to the notes is asked for with: either membership. */
export const MEMBERSHIP = `plan:${PRODUCT}:member`;

export interface Offer {
  plan: string;
  /** The `content_id` of its benefit, as Polar has it: one text, a whole course, a whole blog. */
  content: string;
  /** What Polar calls it, to buyers too. */
  benefit: string;
  /** Asked for on the account page. */
  resource: string;
  isMembership: boolean;
  title: Record<Locale, string>;
  lead: Record<Locale, string>;
  /** To begin with, in cents. */
  amount: number;
  every: 'month' | 'year' | null;
  /** What is downloaded, in the folder `files`, and what Polar calls the benefit that gives it. */
  files?: { description: string; names: readonly { name: string; version: string }[] };
  /** Polar's metadata: two products, one plan. */
  metadata: Record<string, string>;
}

const membership = {
  content: 'blog/*',
  benefit: 'All essays on Margin',
  resource: MEMBERSHIP,
  isMembership: true,
  lead: {
    en: 'Every essay, and the notes that only members get.',
    de: 'Alle Essays und die Notizen, die nur Mitglieder bekommen.',
  },
  metadata: { gateway_plan: 'member' },
} as const;

export const OFFERS: readonly Offer[] = [
  {
    plan: 'essay-diff',
    content: 'blog/diff',
    benefit: 'The diff nobody read',
    resource: 'content:blog/diff',
    isMembership: false,
    title: { en: 'This essay', de: 'Dieser Essay' },
    lead: { en: 'Once, for good, in both languages.', de: 'Einmalig, für immer, in beiden Sprachen.' },
    amount: 400,
    every: null,
    metadata: {},
  },
  {
    plan: 'course-git',
    // The page of the course, and all chapters beneath it, those too that are written later.
    content: 'courses/git/*',
    benefit: 'The course “Git, slowly”',
    resource: 'content:courses/git',
    isMembership: false,
    title: { en: 'Git, slowly', de: 'Git, in Ruhe' },
    lead: { en: 'All chapters, and those still to come.', de: 'Alle Kapitel, auch die, die noch kommen.' },
    amount: 2900,
    every: null,
    files: {
      description: 'The cheat sheet of “Git, slowly”',
      names: [{ name: 'git-slowly-cheat-sheet.txt', version: '1' }],
    },
    metadata: {},
  },
  {
    ...membership,
    plan: 'member',
    title: { en: 'Membership, month by month', de: 'Mitgliedschaft, Monat für Monat' },
    amount: 600,
    every: 'month',
  },
  {
    ...membership,
    plan: 'member-yearly',
    title: { en: 'Membership, a year at a time', de: 'Mitgliedschaft, Jahr für Jahr' },
    amount: 5400,
    every: 'year',
  },
];
