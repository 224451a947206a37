import type { Check } from '../check.ts';
import { findOldSecret } from '../old-secrets.ts';

export const adminTokenOld: Check = {
  code: 'admin_token_old',
  area: 'keys-and-secrets',
  severity: 'warning',
  title: 'The operator’s token is old',
  each: 'gateway',
  look: (evidence) => findOldSecret(evidence, 'admin', { mode: null, mend: 'npx floe rotate admin' }),
};
