import { claimsOf } from '../../../../kit/product-owners.ts';
import { ownerKeysOf } from '../../source/config-catalog.rules.ts';
import type { Rule } from '../rule.rules.ts';

const BY_CONVENTION = /^[a-z0-9]+(?:-[a-z0-9]+)*:[a-z0-9]+(?:-[a-z0-9]+)*$/;

export const productName: Rule = {
  code: 'product_name',
  severity: 'error',
  title: 'A product is called <product>:<plan>, lower case and divided by dashes',
  reason:
    'Several products share one organization, and the gateway, reports and people tell them apart by the name.',
  mend: 'Rename it. Buyers see the description beside the name; put the title there.',
  check: ({ wanted, there }) =>
    [...new Set([...wanted.products, ...(there?.catalog.products ?? [])].map(({ name }) => name))]
      .filter((name) => !BY_CONVENTION.test(name))
      .map((about) => ({ about, message: `${about} is not called so.` })),
};

export const ownerMetadata: Rule = {
  code: 'owner_metadata',
  severity: 'warning',
  title: 'A product says whose it is in its metadata',
  reason:
    'A name can be changed in the dashboard by anybody of the organization, and refunds and support go to whoever is named.',
  mend: 'Push the catalogue: it writes the metadata. For what is not in it, write it in the dashboard.',
  check({ there, config }) {
    const { product } = ownerKeysOf(config);
    return (there?.catalog.products ?? [])
      .filter(({ metadata }) => claimsOf({ metadata }, product).length === 0)
      .map(({ name }) => ({ about: name, message: `${name} has no ${product}.` }));
  },
};
