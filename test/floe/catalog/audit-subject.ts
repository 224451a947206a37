import type { Organization } from '../../../packages/floe/catalog/audit/facts.rules.ts';
import { organizationModel } from '../../../packages/floe/catalog/audit/facts.rules.ts';
import type { Subject } from '../../../packages/floe/catalog/audit/rule.rules.ts';
import { benefitModel } from '../../../packages/floe/catalog/model/benefits.rules.ts';
import {
  type Catalog,
  discountModel,
  emptyCatalog,
  type Product,
  productModel,
} from '../../../packages/floe/catalog/model/catalog.rules.ts';
import { configModel } from '../../../packages/floe/catalog/source/config.rules.ts';
import { wireModels, type Wire } from '../../../packages/floe/catalog/there/polar-objects.rules.ts';
import type { Held, There } from '../../../packages/floe/catalog/there/there.rules.ts';

/* A catalogue that keeps to all conventions, and what can be wrong with it. */

export const product = (more: object = {}) =>
  productModel.parse({
    key: 'plan:monthly',
    name: 'quay:monthly',
    prices: [{ amount_type: 'fixed', price_amount: 500 }],
    recurring_interval: 'month',
    recurring_interval_count: 1,
    benefits: ['benefit:all'],
    metadata: { gateway_product: 'quay', gateway_plan: 'monthly' },
    ...more,
  });

export const benefit = (more: object = {}) =>
  benefitModel.parse({
    key: 'benefit:all',
    type: 'custom',
    description: 'All of Quay',
    properties: {},
    metadata: { content_id: 'blog/*' },
    ...more,
  });

export const discount = (more: object = {}) =>
  discountModel.parse({
    key: 'discount:spring',
    name: 'Spring',
    code: 'SPRING',
    type: 'percentage',
    basis_points: 1000,
    duration: 'once',
    products: ['plan:monthly'],
    ...more,
  });

const ORGANIZATION = organizationModel.parse({
  slug: 'harbour',
  subscription_settings: { allow_multiple_subscriptions: true, prevent_trial_abuse: true },
  customer_portal_settings: { subscription: { update_plan: false } },
  capabilities: { checkout_payments: true, subscription_renewals: true },
});

export const organization = (more: Partial<Organization>): Organization => ({ ...ORGANIZATION, ...more });

const CLEAN: Catalog = {
  ...emptyCatalog(),
  products: [product()],
  benefits: [benefit()],
  discounts: [discount()],
};

/** A product in Polar's list, on sale. */
export const listed = (more: object) =>
  wireModels.products.parse({
    id: 'prod-2',
    created_at: '2027-01-01T00:00:00Z',
    name: 'atlas:monthly',
    description: null,
    is_archived: false,
    recurring_interval: 'month',
    prices: [],
    benefits: [],
    ...more,
  });

export const listedDiscount = (more: object) =>
  wireModels.discounts.parse({
    id: 'disc-2',
    created_at: '2027-01-01T00:00:00Z',
    name: 'Summer',
    code: 'SUMMER',
    type: 'percentage',
    duration: 'once',
    products: [],
    ...more,
  });

interface Planted {
  config?: object;
  wanted?: Partial<Catalog>;
  /** What Polar has of it; what is wanted, unless it differs. */
  there?: Partial<Catalog>;
  /** Keys of products that are archived at Polar. */
  archived?: readonly string[];
  /** What Polar has in live; the same as here, unless it differs. */
  elsewhere?: Partial<Catalog>;
  duplicates?: There['duplicates'];
  wire?: Partial<Wire>;
  facts?: Subject['facts'];
}

/** All is known, and well but for what is planted. */
export function subject({
  config,
  wanted,
  there,
  archived = [],
  elsewhere,
  duplicates = [],
  wire,
  facts,
}: Planted = {}): Subject {
  const all: Catalog = { ...CLEAN, ...wanted };
  const catalog: Catalog = { ...all, ...there };
  return {
    config: configModel.parse({ product: 'quay', siteUrl: 'https://quay.example', ...config }),
    file: 'floe.config.yaml',
    wanted: all,
    there: { ...thereOf(catalog, archived), duplicates },
    wire: {
      meters: [],
      files: [],
      fields: [],
      discounts: [],
      products: [listed({ id: 'prod-1', name: 'quay:monthly', benefits: [{ id: 'id of benefit:all' }] })],
      benefits: [],
      ...wire,
    },
    facts: {
      organization: ORGANIZATION,
      endpoints: [endpoint({})],
      subscribersOfArchived: new Map(),
      subscribersOfChanged: new Map(),
      excessScopes: [],
      apps: { gateway: 'https://pay.quay.example', products: ['quay', 'atlas'], ownsUnclaimed: false },
      otherSide: { mode: 'live', there: thereOf({ ...catalog, ...elsewhere }, archived) },
      ...facts,
    },
  };
}

const thereOf = (catalog: Catalog, archived: readonly string[]): There => ({
  catalog,
  held: new Map([
    ...catalog.products.map((each) => hold('products', each, archived.includes(each.key))),
    ...catalog.benefits.map((each) => hold('benefits', each)),
  ]),
  duplicates: [],
  counted: new Set(),
  foreign: [],
  foreignCodes: [],
});

export const endpoint = (more: object) => ({
  id: 'endpoint-1',
  url: 'https://pay.quay.example/webhooks/polar',
  enabled: true,
  events: ['order.paid', 'subscription.updated'],
  ...more,
});

export function hold(
  kind: Held['kind'],
  entry: { key: string; metadata: Product['metadata'] },
  isArchived = false,
) {
  const { key, metadata } = entry;
  const held = {
    kind,
    key,
    name: key,
    id: `id of ${key}`,
    createdAt: '2027-01-01T00:00:00Z',
    isArchived,
    metadata,
    isUsed: false,
    priceIds: [],
  };
  return [`${kind} ${key}`, held] as const;
}
