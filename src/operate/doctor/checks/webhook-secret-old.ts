import type { Check } from '../check.ts';
import { findOldSecret } from '../old-secrets.ts';

export const webhookSecretOld: Check = {
  code: 'webhook_secret_old',
  area: 'keys-and-secrets',
  severity: 'warning',
  title: 'The secret of Polar’s webhooks is old',
  each: 'mode',
  look: (evidence, mode) =>
    findOldSecret(evidence, 'webhook', { mode, mend: `npx floe rotate webhook --mode ${mode}` }),
};
