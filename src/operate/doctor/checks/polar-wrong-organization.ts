import type { Check } from '../check.ts';
import { settingOf } from '../words.rules.ts';

export const polarWrongOrganization: Check = {
  code: 'polar_wrong_organization',
  area: 'polar',
  severity: 'error',
  title: 'The token is of another organization',
  each: 'mode',
  async look(evidence, mode) {
    const { probe } = await evidence.probed(mode);
    const expected = evidence.config.modes[mode]?.organizationId;
    if (probe.kind !== 'ready' || probe.organizationId === undefined || probe.organizationId === expected)
      return [];
    const target = `POLAR_${mode.toUpperCase()}_ORGANIZATION_ID`;
    return [
      {
        target,
        detail: `${settingOf(mode, 'ACCESS_TOKEN')} is of the organization ${probe.organizationId}, and ${target} is ${expected}. Its webhooks are refused.`,
        mend: `npx wrangler secret put ${target} --name floe`,
      },
    ];
  },
};
