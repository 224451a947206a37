import type { Check } from '../check.ts';
import { findUnowned } from '../unowned.ts';
import { quote } from '../words.rules.ts';

export const productUnowned: Check = {
  code: 'product_unowned',
  area: 'apps-and-products',
  severity: 'warning',
  title: 'A product belongs to no app',
  each: 'mode',
  async look(evidence, mode) {
    const unowned = await findUnowned(evidence, mode);
    return unowned
      .filter(({ claims }) => claims.length === 0)
      .map(({ id, name }) => ({
        target: id,
        detail: `The product ${quote(name)} (${id}) names no app, and no app owns what is unclaimed: whoever buys it at Polar gets nothing here.`,
        mend: `npx floe products assign ${id} APP`,
      }));
  },
};
