import type { Check } from '../check.ts';
import { findOldSecret } from '../old-secrets.ts';

export const encryptionKeyOld: Check = {
  code: 'encryption_key_old',
  area: 'keys-and-secrets',
  severity: 'warning',
  title: 'The encryption key is old',
  each: 'gateway',
  look: (evidence) =>
    findOldSecret(evidence, 'encryption', { mode: null, mend: 'npx floe rotate encryption' }),
};
