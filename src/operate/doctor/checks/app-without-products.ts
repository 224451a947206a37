import type { Check } from '../check.ts';

const GRACE_MS = 24 * 60 * 60_000;

export const appWithoutProducts: Check = {
  code: 'app_without_products',
  area: 'apps-and-products',
  severity: 'warning',
  title: 'An app has nothing to sell',
  each: 'gateway',
  async look(evidence) {
    return (await evidence.apps())
      .filter(({ products, createdAt }) => products === 0 && evidence.now - createdAt > GRACE_MS)
      .map(({ slug, mode }) => ({
        app: slug,
        target: slug,
        detail: `${slug} owns no product that can be bought.`,
        mend: `npx floe products list --mode ${mode}`,
      }));
  },
};
