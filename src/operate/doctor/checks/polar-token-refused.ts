import { Problem } from '../../../base/problem.ts';
import type { Check } from '../check.ts';
import { settingOf } from '../words.rules.ts';

export const polarTokenRefused: Check = {
  code: 'polar_token_refused',
  area: 'polar',
  severity: 'error',
  title: 'Polar refuses the access token',
  each: 'mode',
  async look(evidence, mode) {
    const target = settingOf(mode, 'ACCESS_TOKEN');
    try {
      const { probe } = await evidence.probed(mode);
      if (probe.kind === 'ready') return [];
    } catch (error) {
      // Whoever is refused for want of a scope has a token that Polar knows.
      if (error instanceof Problem && error.code === 'polar_scope_missing') return [];
      throw error;
    }
    return [
      {
        target,
        detail: `Polar refuses ${target}: it is unknown, has expired or was revoked, or is of the other environment.`,
        mend: `npx wrangler secret put ${target} --name floe`,
      },
    ];
  },
};
