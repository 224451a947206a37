import type { Check } from '../check.ts';

export const appWithoutOrigins: Check = {
  code: 'app_without_origins',
  area: 'apps-and-products',
  severity: 'warning',
  title: 'Pages use an app that knows no origin',
  each: 'gateway',
  async look(evidence) {
    return (await evidence.apps())
      .filter(({ origins, publishableUsedAt }) => origins === 0 && publishableUsedAt !== null)
      .map(({ slug }) => ({
        app: slug,
        target: slug,
        detail: `The publishable key of ${slug} is used, and the app knows no origin: every page is refused with 403 forbidden_origin.`,
        mend: `npx floe apps origins ${slug} --add URL`,
      }));
  },
};
