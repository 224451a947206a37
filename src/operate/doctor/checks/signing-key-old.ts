import type { Check } from '../check.ts';
import { findOldSecret } from '../old-secrets.ts';

export const signingKeyOld: Check = {
  code: 'signing_key_old',
  area: 'keys-and-secrets',
  severity: 'warning',
  title: 'The signing keys are old',
  each: 'mode',
  look: (evidence, mode) =>
    findOldSecret(evidence, 'signing', { mode, mend: `npx floe rotate signing --mode ${mode}` }),
};
