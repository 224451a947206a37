import type { Check } from '../check.ts';
import { settingOf, time } from '../words.rules.ts';

export const signingKeyNoneYet: Check = {
  code: 'signing_key_none_yet',
  area: 'keys-and-secrets',
  severity: 'error',
  title: 'No signing key may sign yet',
  each: 'mode',
  look({ config, now }, mode) {
    const keys = config.modes[mode]?.signingKeys ?? [];
    const first = Math.min(...keys.map((key) => key.sign_from)) * 1000;
    if (first <= now) return [];
    const target = settingOf(mode, 'SIGNING_KEYS');
    return [
      {
        target,
        detail: `Every key of ${target} is to sign from ${time(first)} on at the earliest. One signs already, and who keeps the key set for offline checks may not have it.`,
        mend: `npx floe rotate signing --mode ${mode}`,
      },
    ];
  },
};
