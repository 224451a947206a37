import { selectEncryptedWith } from '../apps.rows.ts';
import type { Check } from '../check.ts';
import { quote, several } from '../words.rules.ts';

export const encryptionKeyGone: Check = {
  code: 'encryption_key_gone',
  area: 'keys-and-secrets',
  severity: 'error',
  title: 'What is stored was encrypted with a key that is gone',
  each: 'gateway',
  async look({ database, config }) {
    const known = new Set(config.encryptionKeys.map(({ id }) => id));
    return (await selectEncryptedWith(database))
      .filter(({ keyId }) => !known.has(keyId))
      .map(({ keyId, endpoints, app }) => ({
        app,
        target: 'FLOE_ENCRYPTION_KEYS',
        detail: `The secrets of ${several(endpoints, 'endpoint')} are encrypted with the key ${quote(keyId)}, which FLOE_ENCRYPTION_KEYS does not have: nothing can be sent to them.`,
        mend: 'Put that key back behind the present one, from your copy of the secrets: npx wrangler secret put FLOE_ENCRYPTION_KEYS --name floe',
      }));
  },
};
