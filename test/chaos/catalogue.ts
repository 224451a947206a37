/* What the two tenants of the run sell, and what each thing opens, written down by hand: the judge must not ask the gateway. */

export const APPS = ['quay', 'atlas'] as const;
export type AppName = (typeof APPS)[number];

export const BENEFITS = {
  library: { type: 'custom', description: 'Library', metadata: { content_id: 'library/*' } },
  guides: { type: 'custom', description: 'Guides', metadata: { content_id: 'guides/atlas' } },
  /** Both tenants’ products give it, so its app depends on what was bought. */
  feed: { type: 'feature_flag', description: 'Feed', metadata: { key: 'feed' } },
} as const;
export type BenefitName = keyof typeof BENEFITS;

export interface ProductPlan {
  app: AppName;
  plan: string;
  price: number;
  every: 'month' | null;
  benefits: readonly BenefitName[];
  metadata: Record<string, string>;
  /** What a live purchase opens by itself, beside `product:<id>`. */
  opens: readonly string[];
}

export const PRODUCTS = {
  'quay:lifetime': {
    app: 'quay',
    plan: 'lifetime',
    price: 900,
    every: null,
    benefits: ['library'],
    metadata: { content_id: 'articles/premium' },
    opens: ['plan:quay:lifetime', 'content:articles/premium'],
  },
  'quay:single': {
    app: 'quay',
    plan: 'single',
    price: 300,
    every: null,
    benefits: [],
    metadata: {},
    opens: ['plan:quay:single'],
  },
  'quay:monthly': {
    app: 'quay',
    plan: 'monthly',
    price: 500,
    every: 'month',
    benefits: ['library', 'feed'],
    metadata: {},
    opens: ['plan:quay:monthly'],
  },
  'atlas:pro': {
    app: 'atlas',
    plan: 'pro',
    price: 2900,
    every: null,
    benefits: ['guides'],
    metadata: {},
    opens: ['plan:atlas:pro'],
  },
  'atlas:monthly': {
    app: 'atlas',
    plan: 'monthly',
    price: 700,
    every: 'month',
    benefits: ['guides', 'feed'],
    metadata: {},
    opens: ['plan:atlas:monthly'],
  },
} as const satisfies Record<string, ProductPlan>;
export type ProductName = keyof typeof PRODUCTS;

export const PRODUCT_NAMES: readonly ProductName[] = [
  'quay:lifetime',
  'quay:single',
  'quay:monthly',
  'atlas:pro',
  'atlas:monthly',
];

/** What a live grant of a benefit opens, beside `benefit:<id>`. One name each that stands for all it covers. */
export const GRANT_OPENS: Record<BenefitName, string> = {
  library: 'content:library/shelf-1',
  guides: 'content:guides/atlas',
  feed: 'feature:feed',
};
