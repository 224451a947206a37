import { readOwner } from '../../../../kit/product-owners.ts';
import type { Product } from '../../model/catalog.rules.ts';
import type { OwnerKeys } from '../../model/metadata.rules.ts';
import { ownerKeysOf } from '../../source/config-catalog.rules.ts';
import type { Config } from '../../source/config.rules.ts';
import type { Rule } from '../rule.rules.ts';
import { onProducts } from './products.rules.ts';

const BY_CONVENTION = /^[a-z0-9]+(?:-[a-z0-9]+)*:[a-z0-9]+(?:-[a-z0-9]+)*$/;

export const productName: Rule = {
  code: 'product_name',
  severity: 'error',
  title: 'A product is called <product>:<plan>, lower case and divided by dashes',
  reason:
    'Several products share one organization, and the gateway, reports and people tell them apart by the name.',
  mend: 'Rename it. Buyers see the description beside the name; put the title there.',
  check: (subject) =>
    onProducts(subject, ({ name }) => {
      if (!BY_CONVENTION.test(name)) return `${name} is not called so.`;
      const { product } = subject.config;
      return name.startsWith(`${product}:`) ? undefined : `${name} does not begin with ${product}.`;
    }),
};

export const appSlug: Rule = {
  code: 'app_slug',
  severity: 'error',
  title: 'The product of the configuration is an app of the gateway',
  reason:
    'What is pushed for a product that has no app is on sale at Polar, and no gateway sells or delivers it.',
  mend: 'Make the app (floe apps create), or correct product in the configuration.',
  needs: ['apps'],
  check({ config: { product }, facts: { apps } }) {
    if (!apps || apps.products.includes(product)) return [];
    const are = apps.products.length === 0 ? 'It has none' : `It has ${apps.products.join(', ')}`;
    return [{ about: product, message: `${apps.gateway} has no app of ${product}. ${are}.` }];
  },
};

export const ownerMetadata: Rule = {
  code: 'owner_metadata',
  severity: 'warning',
  title: 'A product says whose it is in its metadata',
  reason:
    'A name can be changed in the dashboard by anybody of the organization, and refunds and support go to whoever is named.',
  mend: 'Push the catalogue: it writes the metadata. For what is not in it, write it in the dashboard.',
  needs: ['there'],
  check(subject) {
    const keys = ownerKeysOf(subject.config);
    // As they are at Polar: what is wanted always says so.
    const there = { ...subject, wanted: { ...subject.wanted, products: [] } };
    return onProducts(there, (product) => {
      const missing = missingKeys(product, keys, subject.config);
      return missing.length === 0 ? undefined : `${product.name} has no ${missing.join(' and no ')}.`;
    });
  },
};

/** A page has its content id in place of a plan. */
function missingKeys({ key, metadata }: Product, keys: OwnerKeys, { owner }: Config): string[] {
  const has = (name: string) => Boolean(readOwner(metadata, name));
  return [
    ...(has(keys.product) ? [] : [keys.product]),
    ...(!key.startsWith('plan:') || has(keys.plan) ? [] : [keys.plan]),
    ...(owner === undefined || has(keys.owner) ? [] : [keys.owner]),
  ];
}
