import type { Check } from '../check.ts';
import { findUnowned } from '../unowned.ts';
import { quote } from '../words.rules.ts';

export const productClaimsDisagree: Check = {
  code: 'product_claims_disagree',
  area: 'apps-and-products',
  severity: 'warning',
  title: 'What a product says of its app does not fit',
  each: 'mode',
  async look(evidence, mode) {
    const unowned = await findUnowned(evidence, mode);
    return unowned
      .filter(({ claims }) => claims.length > 0)
      .map(({ id, name, claims }) => ({
        target: id,
        detail:
          claims.length > 1
            ? `The product ${quote(name)} (${id}) names ${claims.map(quote).join(' and ')} as its app, by its metadata and its name: it belongs to none.`
            : `The product ${quote(name)} (${id}) names ${claims.map(quote).join('')} as its app, and ${mode} has no such app.`,
        mend: `npx floe products assign ${id} APP`,
      }));
  },
};
