import type { Check } from '../check.ts';

export const modeWithoutApp: Check = {
  code: 'mode_without_app',
  area: 'apps-and-products',
  severity: 'warning',
  title: 'A mode has no app',
  each: 'mode',
  async look(evidence, mode) {
    if ((await evidence.apps()).some((app) => app.mode === mode)) return [];
    return [
      {
        detail: `${mode} is configured and has no app: whatever the organization sells belongs to nobody.`,
        mend: `npx floe apps create PRODUCT --mode ${mode} --callback URL`,
      },
    ];
  },
};
