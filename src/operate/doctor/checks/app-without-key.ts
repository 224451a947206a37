import type { Check } from '../check.ts';

export const appWithoutKey: Check = {
  code: 'app_without_key',
  area: 'apps-and-products',
  severity: 'warning',
  title: 'An app has no secret key',
  each: 'gateway',
  async look(evidence) {
    return (await evidence.apps())
      .filter(({ secretKeys }) => secretKeys === 0)
      .map(({ slug }) => ({
        app: slug,
        target: slug,
        detail: `${slug} has no secret key that is neither revoked nor over: its server can ask for nothing.`,
        mend: `npx floe keys create ${slug}`,
      }));
  },
};
